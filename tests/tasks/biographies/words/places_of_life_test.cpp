// SPDX-License-Identifier: MIT
#include "looplab/tasks/biographies/words/places_of_life.hpp"

#include <set>

#include "support/catch.hpp"

using namespace looplab;
using List = std::vector<std::string>;

TEST_CASE("the lists have the paper's sizes, and no entry twice") {
  const auto sizes = std::array{std::pair{cities(), 200},     std::pair{universities(), 300},
                                std::pair{majors(), 100},     std::pair{employers(), 263},
                                std::pair{month_words(), 12}, std::pair{day_words(), 28},
                                std::pair{year_words(), 200}};
  for (const auto& [list, size] : sizes) {
    CHECK(std::ssize(list) == size);
    CHECK(std::ssize(std::set(list.begin(), list.end())) == size);
  }
}

TEST_CASE("no entry is the beginning of another of its list") {
  for (const List& list : {cities(), universities(), majors(), employers()}) {
    const std::set<std::string> entries(list.begin(), list.end());
    for (const std::string& entry : list) {
      // Beginnings of an entry end before one of its spaces.
      for (std::size_t at = entry.find(' '); at != std::string::npos;
           at = entry.find(' ', at + 1)) {
        INFO(entry);
        CHECK_FALSE(entries.contains(entry.substr(0, at)));
      }
    }
  }
}

TEST_CASE("every employer has a headquarters among the cities in use, 133 different ones in all") {
  for (const Index num_cities : {1, 16, 37, 133, 200}) {
    std::set<Index> used;
    for (Index employer = 0; employer < 263; ++employer) {
      const Index city = headquarters(employer, num_cities);
      REQUIRE(city >= 0);
      REQUIRE(city < num_cities);
      used.insert(city);
    }
    CHECK(std::ssize(used) == std::min<Index>(num_cities, 133));
  }
}

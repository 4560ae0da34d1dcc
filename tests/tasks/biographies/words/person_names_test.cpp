// SPDX-License-Identifier: MIT
#include "looplab/tasks/biographies/words/person_names.hpp"

#include <set>

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("there are 400 first, 400 middle and 1000 last names, each a word of its own") {
  CHECK(first_names().size() == 400);
  CHECK(middle_names().size() == 400);
  CHECK(last_names().size() == 1000);
  std::set<std::string> all;
  for (const auto& list : {first_names(), middle_names(), last_names()})
    for (const std::string& name : list) {
      INFO(name);
      CHECK(all.insert(name).second);
      CHECK(words_of(name).size() == 1);
      CHECK((name[0] >= 'A' && name[0] <= 'Z'));
    }
}

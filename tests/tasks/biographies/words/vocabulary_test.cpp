// SPDX-License-Identifier: MIT
#include "looplab/tasks/biographies/words/vocabulary.hpp"

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("each word has one token, in the order in which words come up") {
  Vocabulary words;
  CHECK(words.add("in") == 0);
  CHECK(words.add_words("New Haven in New York") == std::vector<Token>{1, 2, 0, 1, 3});
  CHECK(words.add_phrases({"York City", "Salem", "Dover"}, 2) ==
        std::vector<std::vector<Token>>{{3, 4}, {5}});
  CHECK(words.size() == 6);
  CHECK(words.word(4) == "City");
  CHECK_THROWS_AS(words.word(6), std::out_of_range);
}

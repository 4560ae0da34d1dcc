// SPDX-License-Identifier: MIT
#include "looplab/tasks/biographies/words/word_list.hpp"

#include "support/catch.hpp"

using namespace looplab;
using Words = std::vector<std::string>;

TEST_CASE("a text is split at every separator, without empty parts") {
  CHECK(words_of(" one two  three ") == Words{"one", "two", "three"});
  CHECK(split_text("New Haven,Salem", ',') == Words{"New Haven", "Salem"});
  CHECK(words_of("").empty());
  CHECK(split_text(",,", ',').empty());
}

TEST_CASE("lists are composed with the endings fastest") {
  CHECK(composed({"Ash", "Oak"}, {"ford", "ley"}) ==
        Words{"Ashford", "Ashley", "Oakford", "Oakley"});
  CHECK(filled_in("University of @", "Keswick") == "University of Keswick");
  CHECK(filled_in("@ College", "Keswick") == "Keswick College");
}

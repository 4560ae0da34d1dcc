// SPDX-License-Identifier: MIT
#include "looplab/lab/report/text_table.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("words are wrapped inside their columns", "[text_table]") {
  CHECK(wrapped("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(wrapped("unbreakable a", 4) == std::vector<std::string>{"unbreakable", "a"});
  CHECK(wrapped("", 4).empty());
  CHECK(wrapped("\na\nb c", 9) == std::vector<std::string>{"a", "b c"});
  CHECK(text_table({{"a", "bb"}, {"one two", "x"}}, {3, 4}) == "a    bb\n---  ----\none  x\ntwo\n");
}

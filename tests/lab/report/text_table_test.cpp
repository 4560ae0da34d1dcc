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
  CHECK(wrapped("± ± ±", 3) == std::vector<std::string>{"± ±", "±"});
  Table table({"a", "bb"});
  table.add({"one two", {"x", "y"}});
  table.add({"", "z"});
  table.columns[0].width = 3;
  CHECK(terminal_text(table) == "a    bb\n---  --\none  x\ntwo  y\n\n     z\n");
}

TEST_CASE("columns fit their cells, and numbers stand on the right", "[text_table]") {
  Table table({"name"}, {"n"});
  table.add({"a ± b", 7});
  table.add({"c", 1234});
  CHECK(terminal_text(table) == "name      n\n-----  ----\na ± b     7\nc      1234\n");
  CHECK(terminal_text(Table({"none"})) == "none\n----\n");
}

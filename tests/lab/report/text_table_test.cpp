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
  const Table table{{{"a", 3}, {"bb", 4}}, {{"one two", {"x", "y"}}, {"", "z"}}};
  CHECK(terminal_text(table) == "a    bb\n---  ----\none  x\ntwo  y\n\n     z\n");
}

TEST_CASE("columns without a width fit their cells, and numbers stand on the right",
          "[text_table]") {
  const Table table{{{"name"}, number_column("n")}, {{"a ± b", 7}, {"c", 1234}}};
  CHECK(terminal_text(table) == "name      n\n-----  ----\na ± b     7\nc      1234\n");
  CHECK(terminal_text({{{"none"}}, {}}) == "none\n----\n");
}

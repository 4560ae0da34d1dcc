// SPDX-License-Identifier: MIT
#include "looplab/lab/report/table.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

namespace {

Table made_table() {
  Table table({"name", "empty"}, {"n"});
  table.add({{"a|b", "first\nsecond"}, "", 1});
  table.add({"c, \"d\"", "", true});
  return table;
}

}  // namespace

TEST_CASE("columns are dropped by their heading, or because they are empty", "[table]") {
  const Table table = made_table();
  CHECK(csv_text(table.without({"name", "n"})) == "empty\n\n\n");
  CHECK(csv_text(table.without({"name"}).without_empty()) == "n\n1\ntrue\n");
  CHECK(table.without({}).columns.size() == 3);
}

TEST_CASE("a table in Markdown keeps every cell on its line", "[table]") {
  CHECK(markdown_text(made_table()) ==
        "| name | empty | n |\n|---|---|---|\n"
        "| a\\|b; first; second |  | 1 |\n| c, \"d\" |  | true |\n");
}

TEST_CASE("only fields with a comma, a quote or a line break are quoted in CSV", "[table]") {
  CHECK(csv_text(made_table()) ==
        "name,empty,n\n\"a|b\nfirst\nsecond\",,1\n\"c, \"\"d\"\"\",,true\n");
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/report/json_table.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("records are a table with a column for each key that any of them has", "[json_table]") {
  const Table table = json_table({{{"rule", "gate"}, {"mean_loops", 1.23456}, {"pair", {1, 2}}},
                                  {{"rule", "fixed"}, {"slices", {{"k", 1}}}, {"rows", 7}}});
  CHECK(markdown_text(table) ==
        "| rule | mean loops | pair | rows |\n|---|---|---|---|\n"
        "| gate | 1.235 | 1,2 |  |\n| fixed |  |  | 7 |\n");
  CHECK(table.columns[0].align == Align::left);
  CHECK(table.columns[1].align == Align::right);
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/results/results_table.hpp"

#include "support/catch.hpp"
#include "support/made_results.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("results are a table with a column for each metric", "[results_table]") {
  RunResult first = made_result("1x1", 2, {{"accuracy", 0.5}, {"loss", 1}});
  first.claim = "a,\"b\"";
  first.hash = "0123";
  const RunResult second = made_result("1x4", 1, {{"loss", 2}, {"accuracy k=1", 0.25}});
  const std::string csv = csv_text(results_table({first, second}));
  CHECK_THAT(csv, contains(",wall_seconds,stamp,accuracy,loss,accuracy k=1\n"));
  CHECK_THAT(csv, contains("\n\"a,\"\"b\"\"\",1x1,2,0123,false,200,") && contains(",0.5,1,\n"));
  CHECK(csv.ends_with(",,2,0.25\n"));
}

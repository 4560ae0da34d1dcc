// SPDX-License-Identifier: MIT
#include "looplab/lab/report/summary_table.hpp"

#include "support/catch.hpp"
#include "support/made_results.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("a row of the summary has once, looped, and the same depth unshared", "[summary_table]") {
  Claim claim = shaped_claim();
  Exchange& exchange = claim.exchanges.emplace_back();
  exchange.label = "k hops: 1 x 4";
  exchange.metric = "accuracy";
  exchange.cell = "1x4";
  exchange.ladder = "1x1, 4x1";
  exchange.paper = "98 %";
  claim.exchanges.push_back(exchange);
  claim.exchanges[1].in_summary = false;
  auto results = three_cells();
  for (RunResult& result : results) result.wall_seconds = 40;
  const Verdicts verdicts = judge_all({claim}, results);
  const Table table = summary_table({claim}, results, verdicts);
  REQUIRE(table.num_rows() == 1);
  const std::string row = markdown_text(table);
  CHECK_THAT(row, contains("| k hops: 1 x 4 | accuracy | 0.520 ± 0.025 | 0.880 ± 0.025 | 0.920 ± "
                           "0.025 | 0.900 [0.900, 0.900] | 3.48 layers | 98 % | 3 | 6 |"));
  CHECK(summary_table({claim}, {}, judge_all({claim}, {})).num_rows() == 0);
}

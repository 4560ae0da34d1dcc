// SPDX-License-Identifier: MIT
#include "looplab/lab/verdicts/budget.hpp"

#include "support/catch.hpp"
#include "support/made_results.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

EndpointRow made_row(const std::string& cells, double level) {
  EndpointRow row;
  row.endpoint.metric = "accuracy";
  row.endpoint.budget_cells = cells;
  row.endpoint.learned_above = level;
  row.measured = true;
  row.p = 0.5;
  return row;
}

}  // namespace

TEST_CASE("one budget cell that learns suffices, whichever", "[budget]") {
  const auto results = three_cells();  // 1x4 .88, 1x1 .52, 4x1 .92
  const ClaimResults of_claim("claim", results);
  EndpointRow none;
  CHECK(within_budget(of_claim, none));
  EndpointRow either = made_row("1x1, 4x1", 0.9);
  CHECK(within_budget(of_claim, either));
  EndpointRow other = made_row("1x4, 1x1", 0.9);
  CHECK_FALSE(within_budget(of_claim, other));
  CHECK(other.verdict == stats::Verdict::beyond_budget);
  CHECK_FALSE(other.p);
  CHECK(other.notes.at(0) == "none of 1x4, 1x1 learns: 1x4 reaches 0.880 of accuracy, below 0.9");
}

TEST_CASE("a budget that is not met names the steps that it would take", "[budget]") {
  auto results = three_cells();
  for (RunResult& result : results)
    for (Index step : {1, 2, 4})
      result.curve.push_back({step, {{"accuracy", 0.2 * static_cast<double>(step)}}});
  EndpointRow row = made_row("4x1", 0.95);
  CHECK_FALSE(within_budget(ClaimResults("claim", results), row));
  CHECK_THAT(row.notes.at(1), contains("it would reach 0.95 after"));
  EndpointRow missing = made_row("8x1, 9x1", 0.95);
  CHECK_FALSE(within_budget(ClaimResults("claim", results), missing));
  CHECK_FALSE(missing.measured);
  CHECK(missing.notes.at(0) == "no results of 8x1, 9x1, of which one has to learn");
}

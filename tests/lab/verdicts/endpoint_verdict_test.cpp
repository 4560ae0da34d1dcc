// SPDX-License-Identifier: MIT
#include "looplab/lab/verdicts/endpoint_verdict.hpp"

#include "support/catch.hpp"
#include "support/made_results.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

Endpoint difference(double size, EndpointKind kind = EndpointKind::difference) {
  Endpoint endpoint;
  endpoint.name = "loops_help";
  endpoint.kind = kind;
  endpoint.metric = "accuracy";
  endpoint.cell = "1x4";
  endpoint.baseline = "1x1";
  endpoint.size = endpoint.margin = size;
  endpoint.primary = true;
  return endpoint;
}

EndpointRow row_of(const Endpoint& endpoint, const std::vector<RunResult>& results) {
  Claim claim;
  claim.name = "claim";
  std::vector<EndpointRow> rows{judge(claim, endpoint, ClaimResults("claim", results))};
  correct_by_family(rows);
  return rows[0];
}

stats::Verdict verdict_of(const Endpoint& endpoint, const std::vector<RunResult>& results) {
  return row_of(endpoint, results).verdict;
}

/// Two arms of a null that differ by nothing, and what twice the training makes of them.
std::vector<RunResult> null_with_controls(double cell, double baseline) {
  std::vector<RunResult> results;
  add_cell(results, "1x4", 0.5);
  add_cell(results, "1x1", 0.5);
  add_cell(results, "1x4_double", cell);
  add_cell(results, "1x1_double", baseline);
  return results;
}

Endpoint controlled_null() {
  Endpoint endpoint = difference(0.1, EndpointKind::null);
  endpoint.control_cell = "1x4_double";
  endpoint.control_baseline = "1x1_double";
  return endpoint;
}

}  // namespace

TEST_CASE("an endpoint is judged by differences paired by seed", "[endpoint_verdict]") {
  const EndpointRow row = row_of(difference(0.3), three_cells());
  CHECK(row.difference.mean == Approx(0.36));
  CHECK(row.difference.high - row.difference.low < 1e-9);  // the noise is the same in both cells
  CHECK(row.verdict == stats::Verdict::reproduced);
  CHECK(row.p < 1e-9);
  CHECK(verdict_of(difference(0.4), three_cells()) == stats::Verdict::not_reproduced);
  CHECK(verdict_of(difference(0.4, EndpointKind::null), three_cells()) ==
        stats::Verdict::reproduced);
  CHECK(verdict_of(difference(0.1, EndpointKind::null), three_cells()) ==
        stats::Verdict::not_reproduced);
}

TEST_CASE("seeds that one cell lacks are left out, and too few decide nothing",
          "[endpoint_verdict]") {
  auto results = three_cells();
  results.erase(results.begin() + 1);  // 1x4, seed 2
  const EndpointRow row = row_of(difference(0.3), results);
  CHECK(row.difference.count == 2);
  CHECK(row.difference.mean == Approx(0.36));
  CHECK(row.verdict == stats::Verdict::inconclusive);
  const EndpointRow nothing = row_of(difference(0.3), {});
  CHECK(nothing.verdict == stats::Verdict::inconclusive);
  CHECK(nothing.p == 1);
  CHECK(p_text(nothing).empty());
}

TEST_CASE("where an arm that has to learn did not, nothing was tested", "[endpoint_verdict]") {
  Endpoint endpoint = difference(0.3);
  endpoint.budget_cell = "4x1";  // at 0.92
  endpoint.learned_above = 0.9;
  CHECK(verdict_of(endpoint, three_cells()) == stats::Verdict::reproduced);
  endpoint.learned_above = 0.95;
  const EndpointRow row = row_of(endpoint, three_cells());
  CHECK(row.verdict == stats::Verdict::beyond_budget);
  CHECK(to_text(row.verdict) == "beyond this budget");
  CHECK(row.p == 1);  // of what was not tested
  CHECK(row.note == "4x1, which has to learn, reaches 0.920 of accuracy, below 0.95");
  auto with_curve = three_cells();
  for (RunResult& result : with_curve)
    for (Index step : {1, 2, 4})
      result.curve.push_back({step, {{"accuracy", 0.2 * static_cast<double>(step)}}});
  CHECK_THAT(row_of(endpoint, with_curve).note, contains("it would reach 0.95 after"));
  endpoint.budget_cell = "8x1";
  CHECK(verdict_of(endpoint, three_cells()) == stats::Verdict::inconclusive);
  CHECK_THAT(row_of(endpoint, three_cells()).note, contains("no results of 8x1"));
}

TEST_CASE("a null counts only where twice the training moves neither arm", "[endpoint_verdict]") {
  const EndpointRow still = row_of(controlled_null(), null_with_controls(0.52, 0.49));
  CHECK(still.verdict == stats::Verdict::reproduced);
  CHECK(still.note == "training twice as long moves 1x4 by 3.85 % and 1x1 by 1.92 %");
  for (const auto& [cell, baseline] : {std::pair{0.55, 0.5}, std::pair{0.5, 0.45}}) {
    const EndpointRow moving = row_of(controlled_null(), null_with_controls(cell, baseline));
    CHECK(moving.verdict == stats::Verdict::inconclusive);
    CHECK(moving.p == 1);
    CHECK_THAT(moving.note, contains("9.62 %") || contains("5.77 %"));
    CHECK_THAT(moving.note, contains("may only be late"));
  }
  // A difference that is there may be one of lateness too.
  auto results = null_with_controls(0.99, 0.5);
  for (RunResult& result : results)
    if (result.cell == "1x4") result.metrics[0].value += 0.2;
  CHECK(verdict_of(difference(0.1, EndpointKind::null), results) == stats::Verdict::not_reproduced);
  CHECK(verdict_of(controlled_null(), results) == stats::Verdict::inconclusive);
  results.resize(9);  // without 1x1_double
  CHECK_THAT(row_of(controlled_null(), results).note, contains("no results of 1x4_double and"));
}

TEST_CASE("what is reproduced alone has to stand among all primary endpoints",
          "[endpoint_verdict]") {
  EndpointRow strong, weak, hopeless, secondary;
  strong.p = 0.001;
  weak.p = 0.03;
  hopeless.p = 1;
  secondary.p = 0.04;
  for (EndpointRow* row : {&strong, &weak, &secondary}) row->alone = stats::Verdict::reproduced;
  for (EndpointRow* row : {&strong, &weak, &hopeless}) row->endpoint.primary = true;
  hopeless.alone = stats::Verdict::not_reproduced;
  weak.difference.count = secondary.difference.count = 3;
  std::vector<EndpointRow> rows{weak, secondary, hopeless, strong};
  correct_by_family(rows);
  CHECK(rows[3].verdict == stats::Verdict::reproduced);
  CHECK(*rows[3].corrected_p == Approx(0.003));
  CHECK(rows[0].verdict == stats::Verdict::inconclusive);
  CHECK(*rows[0].corrected_p == Approx(0.06));
  CHECK_THAT(rows[0].note, contains("the only one of 3 primary endpoints"));
  CHECK(rows[1].verdict == stats::Verdict::reproduced);
  CHECK_FALSE(rows[1].corrected_p);
  CHECK(rows[2].verdict == stats::Verdict::not_reproduced);
  CHECK(p_text(rows[0]) == "p 0.0300, 0.0600 in its family");
  CHECK(p_text(rows[1]) == "p 0.0400");
}

TEST_CASE("one cell is compared with itself at other loops", "[endpoint_verdict]") {
  auto results = three_cells();
  for (RunResult& result : results)
    result.test_loops = {{8, {{"accuracy", result.metrics[0].value - 0.2}}}};
  Endpoint endpoint = difference(0.1);
  endpoint.baseline = "1x4";
  endpoint.baseline_metric = "accuracy loops=8";
  const EndpointRow row = row_of(endpoint, results);
  CHECK(row.difference.mean == Approx(0.2));
  CHECK(row.verdict == stats::Verdict::reproduced);
  CHECK(expectation_text(endpoint) == "accuracy of 1x4 - accuracy loops=8 of 1x4 >= 0.1");
}

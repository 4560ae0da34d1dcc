// SPDX-License-Identifier: MIT
#include "looplab/lab/verdicts/gap_verdict.hpp"

#include "support/catch.hpp"
#include "support/made_results.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

Claim claim_with_gap() {
  Claim claim;
  claim.name = "claim";
  claim.gaps = {{.name = "gap",
                 .metric = "accuracy",
                 .loop = "1x4",
                 .iso_parameter = "1x1",
                 .iso_flop = "4x1",
                 .label = ""}};
  return claim;
}

GapRow row_of(const Claim& claim, const std::vector<RunResult>& results) {
  return measure_gap(claim.gaps[0], ClaimResults("claim", results));
}

}  // namespace

TEST_CASE("the gap closed is a ratio, or undefined with its reason", "[gap_verdict]") {
  Claim claim = claim_with_gap();
  const auto row = [&] { return row_of(claim, three_cells()); };
  REQUIRE(row().closed.ratio);
  CHECK(*row().closed.ratio == Approx(0.9));
  CHECK(row().count == 3);
  Gap& gap = claim.gaps[0];
  gap.ceiling = 0.95;
  CHECK(row().closed.ratio);
  gap.ceiling = 0.92;  // iso-FLOP is at 0.92
  CHECK_FALSE(row().closed.ratio);
  CHECK_FALSE(row().nats.ratio);
  CHECK_THAT(gap_text(row().closed), contains("undefined") && contains("4x1 is 0.920"));
  gap.ceiling = 0;
  gap.min_demand = 1.5;  // 1000 bits for 600 parameters
  CHECK(row().closed.ratio);
  gap.min_demand = 2;
  CHECK_THAT(row().closed.reason, contains("1.67 bits to know per parameter of 4x1, fewer than 2"));
  CHECK(row_of(claim, {}).nats.reason == "no results");
}

TEST_CASE("the gap is closed in nats of the answers too", "[gap_verdict]") {
  const Claim claim = claim_with_gap();
  auto results = three_cells();
  CHECK(*row_of(claim, results).nats.ratio == Approx(0.9));  // made as 1 - accuracy
  // Loops make the answers surer than more right: 0.3 of 0.4 nats.
  for (RunResult& result : results)
    if (result.cell == "1x4") result.metrics[1].value += 0.06;
  const GapRow row = row_of(claim, results);
  CHECK(*row.closed.ratio == Approx(0.9));
  CHECK(*row.nats.ratio == Approx(0.75));
  for (RunResult& result : results) result.metrics.erase(result.metrics.begin() + 1);
  CHECK(row_of(claim, results).closed.ratio);
  CHECK(row_of(claim, results).nats.reason == "the results have no answer_nats");
}

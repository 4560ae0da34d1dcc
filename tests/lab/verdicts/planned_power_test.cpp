// SPDX-License-Identifier: MIT
#include "looplab/lab/verdicts/planned_power.hpp"

#include "support/catch.hpp"
#include "support/made_results.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

Claim made_design(Index seeds) {
  Claim claim = shaped_claim();
  claim.seeds.count = seeds;
  Endpoint& endpoint = claim.endpoints.emplace_back();
  endpoint.name = "primary";
  endpoint.metric = "accuracy";
  endpoint.cell = "1x4";
  endpoint.baseline = "1x1";
  endpoint.primary = true;
  return claim;
}

PlannedPower planned(const Claim& claim, const std::vector<RunResult>& results,
                     double wanted = 0.9) {
  const auto rows = plan_power(claim, ClaimResults("claim", results), wanted);
  REQUIRE(rows.size() == 1);
  return rows[0];
}

}  // namespace

TEST_CASE("a difference is planned with the upper limit of the pilot's spread", "[planned_power]") {
  std::vector<RunResult> pilot;
  add_values(pilot, "1x4", {0.4, 0.5, 0.6});
  add_values(pilot, "1x1", {0.2, 0.2, 0.2});
  Claim design = made_design(5);
  const PlannedPower plan = planned(design, pilot);
  // sd .1 of 3 seeds: .1 sqrt(2 / .4463) = .2117, chi-squared's 20 % quantile with 2 degrees
  const double sd = 0.1 * std::sqrt(2 / 0.446287);
  CHECK(plan.power == Approx(stats::difference_power(0.3, stats::paired_precision(sd, 5), 0.01)));
  CHECK(plan.pilot == "0.300, sd 0.100, planned with 0.212");
  CHECK(plan.seeds == 5);
  const auto at = [&](Index n) {
    return stats::difference_power(0.3, stats::paired_precision(sd, n), 0.01);
  };
  CHECK(at(*plan.seeds_needed) >= 0.9);
  CHECK(at(*plan.seeds_needed - 1) < 0.9);
  design.endpoints[0].assumed = 0.1;
  CHECK(planned(design, pilot).power < plan.power);
  design.cells[1].max_seeds = 4;  // the cell with the fewest seeds counts
  CHECK(planned(design, pilot).seeds == 4);
}

TEST_CASE("a null is planned at 0, a bound at what the pilot found", "[planned_power]") {
  std::vector<RunResult> pilot;
  add_values(pilot, "1x4", {0.04, 0.05, 0.06});
  add_values(pilot, "1x1", {0, 0, 0});
  const double sd = 0.01 * std::sqrt(2 / 0.446287);
  Claim design = made_design(4);
  Endpoint& endpoint = design.endpoints[0];
  endpoint.kind = EndpointKind::null;
  endpoint.margin = 0.1;
  CHECK(planned(design, pilot).power ==
        Approx(stats::null_power(0, 0.1, stats::paired_precision(sd, 4), 0.025)));
  endpoint.kind = EndpointKind::one_sided;
  endpoint.bound = 0.1;
  CHECK(planned(design, pilot).power ==
        Approx(stats::one_sided_power(0.05, stats::paired_precision(sd, 4), 0.025)));
  endpoint.side = Side::above;
  endpoint.bound = -0.1;
  CHECK(planned(design, pilot).power ==
        Approx(stats::one_sided_power(0.15, stats::paired_precision(sd, 4), 0.025)));
}

TEST_CASE("shares are planned with the limits nearest to each other", "[planned_power]") {
  std::vector<RunResult> pilot;
  add_values(pilot, "1x4", {0.95, 0.95, 0.95, 0.4, 0.95});
  add_values(pilot, "1x1", {0.5, 0.5, 0.5, 0.5, 0.5});
  Claim design = made_design(15);
  design.endpoints[0].kind = EndpointKind::proportion;
  design.endpoints[0].threshold = 0.9;
  const double first = stats::lower_limit({4, 5}, 0.8), second = stats::upper_limit({0, 5}, 0.8);
  CHECK(planned(design, pilot).power == Approx(stats::fisher_power(first, 15, second, 15, 0.01)));
}

TEST_CASE("the power of an exchange rate is simulated", "[planned_power]") {
  std::vector<RunResult> pilot;
  add_values(pilot, "1x1", {0.10, 0.12, 0.08});
  add_values(pilot, "2x1", {0.50, 0.52, 0.48});
  add_values(pilot, "4x1", {0.90, 0.92, 0.88});
  add_values(pilot, "1x4", {0.30, 0.32, 0.28});  // phi = 1/4
  Claim design = made_design(4);
  Endpoint& endpoint = design.endpoints[0];
  endpoint.kind = EndpointKind::exchange_rate;
  endpoint.baseline = "";
  endpoint.ladder = "1x1, 2x1, 4x1";
  endpoint.bound = 0.5;
  const PlannedPower far = planned(design, pilot);
  CHECK(far.power > 0.9);
  CHECK(far.seeds_needed);
  endpoint.bound = 0.25;  // the truth: hardly ever reproduced
  CHECK(planned(design, pilot).power < 0.06);
  endpoint.side = Side::above;
  endpoint.bound = 0.1;
  CHECK(planned(design, pilot).power > 0.5);
}

TEST_CASE("a pilot that lacks runs is said to", "[planned_power]") {
  std::vector<RunResult> pilot;
  add_values(pilot, "1x4", {0.4, 0.5, 0.6});
  add_values(pilot, "1x1", {0.4});
  CHECK(planned(made_design(3), pilot).problem == "the pilot has fewer than 2 seeds of its cells");
}

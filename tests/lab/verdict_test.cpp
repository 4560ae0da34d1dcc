// SPDX-License-Identifier: MIT
#include "looplab/lab/verdict.hpp"

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

RunResult result(const std::string& cell, Index seed, double accuracy) {
  RunResult made;
  made.claim = "claim";
  made.cell = cell;
  made.seed = seed;
  made.metrics = {{"accuracy", accuracy}, {"demand", 1000}};
  made.cost.model.unique_parameters = cell == "4x1" ? 600 : 200;
  return made;
}

/// Seeds 1, 2, 3 of three cells; loops close 90 % of a gap of 0.4.
std::vector<RunResult> three_cells() {
  std::vector<RunResult> results;
  for (Index seed = 1; seed <= 3; ++seed) {
    const double noise = 0.01 * static_cast<double>(seed);
    results.push_back(result("1x4", seed, 0.86 + noise));
    results.push_back(result("1x1", seed, 0.5 + noise));
    results.push_back(result("4x1", seed, 0.9 + noise));
  }
  return results;
}

Experiment experiment_with(const Endpoint& endpoint) {
  Experiment experiment;
  experiment.name = "claim";
  experiment.text.paper = "the claim's sentence";
  experiment.endpoints = {endpoint};
  experiment.gaps = {{.name = "gap",
                      .metric = "accuracy",
                      .loop = "1x4",
                      .iso_parameter = "1x1",
                      .iso_flop = "4x1",
                      .label = ""}};
  return experiment;
}

Endpoint difference(double size, EndpointKind kind = EndpointKind::difference) {
  Endpoint endpoint;
  endpoint.name = "loops_help";
  endpoint.kind = kind;
  endpoint.metric = "accuracy";
  endpoint.cell = "1x4";
  endpoint.baseline = "1x1";
  endpoint.size = endpoint.margin = size;
  return endpoint;
}

Verdict verdict_of(const Endpoint& endpoint, const std::vector<RunResult>& results) {
  return judge_all({experiment_with(endpoint)}, results).endpoints.at(0).verdict;
}

}  // namespace

TEST_CASE("an endpoint is judged by differences paired by seed", "[verdict]") {
  const auto verdicts = judge_all({experiment_with(difference(0.3))}, three_cells());
  const EndpointRow& row = verdicts.endpoints.at(0);
  CHECK(row.difference.mean == Approx(0.36));
  CHECK(row.difference.high - row.difference.low < 1e-9);  // the noise is the same in both cells
  CHECK(row.verdict == Verdict::reproduced);
  CHECK(verdicts.all_reproduced());
  CHECK(row.paper == "the claim's sentence");
  CHECK(verdict_of(difference(0.4), three_cells()) == Verdict::not_reproduced);
  CHECK(verdict_of(difference(0.4, EndpointKind::null), three_cells()) == Verdict::reproduced);
  CHECK(verdict_of(difference(0.1, EndpointKind::null), three_cells()) == Verdict::not_reproduced);
}

TEST_CASE("seeds that one cell lacks are left out, and too few seeds decide nothing", "[verdict]") {
  auto results = three_cells();
  results.erase(results.begin() + 3);  // 1x4, seed 2
  const auto row = judge_all({experiment_with(difference(0.3))}, results).endpoints.at(0);
  CHECK(row.difference.count == 2);
  CHECK(row.difference.mean == Approx(0.36));
  CHECK(row.verdict == Verdict::inconclusive);
  CHECK(verdict_of(difference(0.3), {}) == Verdict::inconclusive);
  CHECK(interval_text({}) == "no results");
}

TEST_CASE("the gap closed is a ratio, or undefined with its reason", "[verdict]") {
  Experiment experiment = experiment_with(difference(0.3));
  const auto gap = [&] { return judge_all({experiment}, three_cells()).gaps.at(0).closed; };
  REQUIRE(gap().ratio);
  CHECK(*gap().ratio == Approx(0.9));
  CHECK_THAT(gap_text(gap()), contains("0.900 ["));
  experiment.gaps[0].ceiling = 0.95;
  CHECK(gap().ratio);
  experiment.gaps[0].ceiling = 0.92;  // iso-FLOP is at 0.92
  CHECK_FALSE(gap().ratio);
  CHECK_THAT(gap_text(gap()), contains("undefined") && contains("4x1 is 0.920"));
  experiment.gaps[0].ceiling = 0;
  experiment.gaps[0].min_demand = 1.5;  // 1000 bits for 600 parameters
  CHECK(gap().ratio);
  experiment.gaps[0].min_demand = 2;
  CHECK_THAT(gap_text(gap()), contains("1.67 bits to know per parameter of 4x1, fewer than 2"));
  CHECK_THAT(gap_text(judge_all({experiment}, {}).gaps.at(0).closed), contains("no results"));
}

TEST_CASE("numbers and expectations are written short", "[verdict]") {
  CHECK(short_number(0.12345) == "0.123");
  CHECK(short_number(-1.2345) == "-1.23");
  CHECK(short_number(123.4) == "123");
  CHECK(short_number(0) == "0.000");
  CHECK(short_number(1.23e13) == "1.23e+13");
  CHECK(interval_text({3, 0.5, 0.4, 0.6}) == "+0.500 [0.400, 0.600], 3 seeds");
  CHECK(interval_text({1, 0.5, 0.4, 0.6}) == "+0.500, 1 seed (no interval)");
  CHECK(expectation_text(difference(0.3)) == "accuracy: 1x4 - 1x1 >= 0.3");
  CHECK(expectation_text(difference(0.1, EndpointKind::null)) ==
        "accuracy: 1x4 - 1x1 within +-0.1");
}

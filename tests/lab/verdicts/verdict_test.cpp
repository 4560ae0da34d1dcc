// SPDX-License-Identifier: MIT
#include "looplab/lab/verdicts/verdict.hpp"

#include "support/catch.hpp"
#include "support/made_results.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("all claims are judged, and their primary endpoints corrected together", "[verdict]") {
  Endpoint endpoint;
  endpoint.metric = "accuracy";
  endpoint.cell = "1x4";
  endpoint.baseline = "1x1";
  endpoint.primary = true;
  Endpoint second = endpoint;
  second.primary = false;
  second.paper = "its own words";
  Claim experiment, unmeasured;
  experiment.name = "claim";
  experiment.text.title = "Loops help.";
  experiment.text.paper = "the claim's sentence";
  experiment.endpoints = {endpoint, second};
  experiment.gaps.resize(1);
  experiment.gaps[0].metric = "accuracy";
  experiment.gaps[0].loop = "1x4";
  experiment.gaps[0].iso_parameter = "1x1";
  experiment.gaps[0].iso_flop = "4x1";
  unmeasured.name = "other";
  unmeasured.endpoints = {endpoint};
  std::vector<RunResult> results = three_cells();
  results[1].metrics[0].value += 0.05;  // so that p is not 0

  const Verdicts one = judge_all({experiment}, results);
  CHECK(one.all_reproduced());
  CHECK(one.num_primary() == 1);
  CHECK(one.endpoints.at(0).title == "Loops help.");
  CHECK(one.endpoints.at(0).paper == "the claim's sentence");
  CHECK(one.endpoints.at(1).title.empty());
  CHECK(one.endpoints.at(1).paper == "its own words");
  REQUIRE(one.gaps.size() == 1);
  CHECK(one.gaps[0].closed.ratio);

  const Verdicts two = judge_all({experiment, unmeasured}, results);
  CHECK_FALSE(two.all_reproduced());
  CHECK(two.num_primary() == 2);
  CHECK(two.count(stats::Verdict::inconclusive) == 1);
  CHECK(one.endpoints[0].p > 0);
  CHECK(*two.endpoints[0].corrected_p == Approx(2 * *one.endpoints[0].corrected_p));
}

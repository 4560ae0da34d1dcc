// SPDX-License-Identifier: MIT
#include "looplab/lab/verdicts/verdict.hpp"

#include "support/catch.hpp"
#include "support/made_results.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("all claims are judged, each with its rows", "[verdict]") {
  Endpoint endpoint;
  endpoint.metric = "accuracy";
  endpoint.cell = "1x4";
  endpoint.baseline = "1x1";
  endpoint.primary = true;
  Endpoint second = endpoint;
  second.primary = false;
  second.paper = "its own words";
  Claim claim, unmeasured;
  claim.name = "claim";
  claim.text.title = "Loops help.";
  claim.text.paper = "the claim's sentence";
  claim.endpoints = {endpoint, second};
  claim.gaps.resize(1);
  claim.gaps[0].metric = "accuracy";
  claim.gaps[0].loop = "1x4";
  claim.gaps[0].iso_parameter = "1x1";
  claim.gaps[0].iso_flop = "4x1";
  unmeasured.name = "other";
  unmeasured.endpoints = {endpoint};
  std::vector<RunResult> results = three_cells();
  results[1].metrics[0].value += 0.05;  // so that p is not 0

  const Verdicts one = judge_all({claim}, results);
  CHECK(one.all_reproduced());
  CHECK(one.family("claim").num_primary == 1);  // without a name, a claim is its own family
  CHECK(one.family("claim").missing.empty());
  CHECK(one.endpoints.at(0).title == "Loops help.");
  CHECK(one.endpoints.at(0).paper == "the claim's sentence");
  CHECK(one.endpoints.at(1).title.empty());
  CHECK(one.endpoints.at(1).paper == "its own words");
  REQUIRE(one.gaps.size() == 1);
  CHECK(one.gaps[0].closed.ratio);
  const Verdicts apart = judge_all({claim, unmeasured}, results);
  CHECK_FALSE(apart.all_reproduced());
  CHECK(apart.count(stats::Verdict::inconclusive) == 1);
  CHECK(*apart.endpoints[0].corrected_p == *one.endpoints[0].corrected_p);
}

TEST_CASE("a family is corrected together, whichever of its claims are selected", "[verdict]") {
  Claim first, second, missing;
  first.name = "claim";
  first.endpoints.resize(1);
  first.endpoints[0].metric = "accuracy";
  first.endpoints[0].cell = "1x4";
  first.endpoints[0].baseline = "1x1";
  first.endpoints[0].primary = true;
  first.text.family = "loops";
  second = missing = first;
  second.name = "second";
  missing.name = "missing";
  std::vector<RunResult> results = three_cells(), all = results;
  results[1].metrics[0].value += 0.05;  // so that p is not 0
  all = results;
  for (RunResult result : results) {
    result.claim = "second";
    all.push_back(result);
  }

  const Verdicts together = judge_all({first, second, missing}, all);
  const Verdicts alone = judge_all({first}, all, {second, missing});
  REQUIRE(alone.endpoints.size() == 1);
  CHECK(*alone.endpoints[0].corrected_p == *together.endpoints[0].corrected_p);
  CHECK(*alone.endpoints[0].corrected_p == Approx(3 * alone.endpoints[0].p));
  CHECK(alone.endpoints[0].verdict == together.endpoints[0].verdict);
  for (const Verdicts* verdicts : {&alone, &together}) {
    const Family& family = verdicts->family("loops");
    CHECK(family.num_primary == 3);
    CHECK(family.claims.size() == 3);
    CHECK(family.missing == std::vector<std::string>{"missing"});
  }
}

TEST_CASE("a claim with runs but without one that a primary endpoint needs is missing",
          "[verdict]") {
  Claim claim;
  claim.name = "claim";
  claim.endpoints.resize(2);
  Endpoint& primary = claim.endpoints[0];
  primary.metric = "accuracy";
  primary.cell = "1x4";
  primary.baseline = "1x1";
  primary.primary = true;
  claim.endpoints[1].metric = "accuracy";  // not primary: decides nothing about its family
  claim.endpoints[1].cell = claim.endpoints[1].baseline = "8x1";
  const std::vector<RunResult> results = three_cells();
  const auto missing = [&] { return judge_all({claim}, results).family("claim").missing; };
  CHECK(missing().empty());
  primary.baseline = "8x1";
  CHECK(missing() == std::vector<std::string>{"claim"});
  primary.baseline = "1x1";
  primary.budget_cell = "8x1";
  CHECK(missing() == std::vector<std::string>{"claim"});
  primary.budget_cell = "4x1";
  CHECK(missing().empty());
  primary.kind = EndpointKind::null;
  primary.margin = 0.5;
  primary.control_cell = primary.control_baseline = "8x1";
  CHECK(missing() == std::vector<std::string>{"claim"});
}

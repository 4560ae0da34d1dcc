// SPDX-License-Identifier: MIT
#include "looplab/lab/verdicts/verdict.hpp"

#include "support/catch.hpp"
#include "support/made_results.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

Claim claim_with_exchange() {
  Claim claim = shaped_claim();
  claim.text.title = "Loops help.";
  claim.text.paper = "the claim's sentence";
  Endpoint endpoint;
  endpoint.metric = "accuracy";
  endpoint.cell = "1x4";
  endpoint.baseline = "1x1";
  endpoint.primary = true;
  claim.endpoints = {endpoint, endpoint};
  claim.endpoints[1].primary = false;
  claim.endpoints[1].paper = "its own words";
  Exchange& exchange = claim.exchanges.emplace_back();
  exchange.metric = "accuracy";
  exchange.cell = "1x4";
  exchange.ladder = "1x1, 4x1";
  return claim;
}

}  // namespace

TEST_CASE("all claims are judged, each with its rows and by itself", "[verdict]") {
  const Claim claim = claim_with_exchange();
  Claim unmeasured = claim;
  unmeasured.name = "other";
  unmeasured.endpoints.pop_back();
  std::vector<RunResult> results = three_cells();
  results[1].metrics[0].value += 0.001;  // so that p is not 0
  const Verdicts one = judge_all({claim}, results);
  CHECK(one.all_reproduced());
  CHECK_FALSE(one.is_preliminary("claim"));
  CHECK(one.endpoints.at(0).title == "Loops help.");
  CHECK(one.endpoints.at(0).paper == "the claim's sentence");
  CHECK(one.endpoints.at(1).title.empty());
  CHECK(one.endpoints.at(1).paper == "its own words");
  REQUIRE(one.exchanges.size() == 1);
  CHECK(one.exchanges[0].count == 3);
  CHECK(one.exchanges[0].nats.place == stats::LadderPlace::on);
  const Verdicts both = judge_all({unmeasured, claim}, results);
  CHECK_FALSE(both.all_reproduced());
  CHECK(both.is_preliminary("other"));
  CHECK(*both.endpoints[1].p == *one.endpoints[0].p);  // another claim changes nothing
  CHECK(both.endpoints[1].verdict == one.endpoints[0].verdict);
}

TEST_CASE("a claim is preliminary while a primary endpoint lacks a cell", "[verdict]") {
  Claim claim = claim_with_exchange();
  claim.endpoints[1].cell = claim.endpoints[1].baseline = "8x1";  // reported only
  const std::vector<RunResult> results = three_cells();
  const auto preliminary = [&] { return judge_all({claim}, results).is_preliminary("claim"); };
  CHECK_FALSE(preliminary());
  claim.endpoints[0].baseline = "8x1";
  CHECK(preliminary());
  claim.endpoints[0].baseline = "1x1";
  claim.endpoints[0].budget_cells = "8x1";
  claim.endpoints[0].learned_above = 0.5;
  CHECK(preliminary());
  claim.endpoints[0].budget_cells = "8x1, 4x1";
  CHECK_FALSE(preliminary());
}

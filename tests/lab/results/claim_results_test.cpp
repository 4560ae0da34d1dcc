// SPDX-License-Identifier: MIT
#include "looplab/lab/results/claim_results.hpp"

#include "support/catch.hpp"
#include "support/made_results.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("results are found by claim, cell and metric, in the order of seeds", "[claim_results]") {
  std::vector<RunResult> all{
      made_result("1x4", 2, {{"accuracy", 0.9, 0.25, true}, {"accuracy k=1", 0.95}}),
      made_result("1x4", 1, {{"accuracy", 0.8, 0.25, true}, {"accuracy k=1", 0.85}}),
      made_result("1x1", 1, {{"accuracy", 0.5, 0.25, true}, {"loss", 1}})};
  all.push_back(all[0]);
  all.back().claim = "other";
  all[0].test_loops = {{4, {{"accuracy", 0.9}}}, {1, {{"accuracy", 0.3}}}};
  all[1].test_loops = {{1, {{"accuracy", 0.5}}}};
  const ClaimResults results("claim", all);
  CHECK(results.runs().size() == 3);
  CHECK(results.values("1x4", "accuracy") == std::vector<double>{0.8, 0.9});
  CHECK(results.values("1x4", "accuracy loops=1") == std::vector<double>{0.5, 0.3});
  CHECK(results.values("1x4", "loss").empty());
  CHECK(results.has("accuracy k=1", false));
  CHECK_FALSE(results.has("accuracy k=1", true));
  CHECK(results.has("accuracy", true));
  CHECK(results.test_loops() == std::vector<Index>{1, 4});
  CHECK(results.mean_at("1x4", 1, "accuracy") == Approx(0.4));
  CHECK(std::isnan(results.mean_at("1x1", 1, "accuracy")));
  CHECK_FALSE(ClaimResults("none", all).has("accuracy", false));
}

TEST_CASE("a floor is shared if all runs have it", "[claim_results]") {
  std::vector<RunResult> all{made_result("a", 1, {{"accuracy", 0.9, 0.25, true}}),
                             made_result("b", 1, {{"accuracy", 0.8, 0.2501, true}})};
  CHECK(*ClaimResults("claim", all).shared_floor("accuracy") == Approx(0.25));
  CHECK(*ClaimResults("claim", all).floor_of("b", "accuracy") == 0.2501);
  all[1].metrics[0].floor = 0.5;  // cells with other tasks
  CHECK_FALSE(ClaimResults("claim", all).shared_floor("accuracy"));
  CHECK_FALSE(ClaimResults("claim", all).shared_floor("loss"));
}

TEST_CASE("values are paired by the seeds that all have", "[claim_results]") {
  const std::vector<RunResult> all{
      made_result("1x4", 3, {{"accuracy", 0.3}}),  made_result("1x4", 1, {{"accuracy", 0.1}}),
      made_result("1x4", 2, {{"loss", 0.2}}),      made_result("1x1", 2, {{"accuracy", 0.02}}),
      made_result("1x1", 1, {{"accuracy", 0.01}}), made_result("1x1", 3, {{"accuracy", 0.03}})};
  const ClaimResults results("claim", all);
  CHECK(results.seed_values("1x4", "accuracy") == SeedValues{{1, 0.1}, {3, 0.3}});
  const auto paired = results.paired({{"1x1", "accuracy"}, {"1x4", "accuracy"}});
  REQUIRE(paired.size() == 2);
  CHECK(paired[0] == std::vector<double>{0.01, 0.03});
  CHECK(paired[1] == std::vector<double>{0.1, 0.3});
  CHECK(results.paired({{"1x1", "accuracy"}, {"1x2", "accuracy"}})[0].empty());
}

TEST_CASE("a curve has the seeds of every step", "[claim_results]") {
  std::vector<RunResult> all{made_result("1x4", 2, {}), made_result("1x4", 1, {})};
  all[0].curve = {{10, {{"accuracy", 0.2}}}, {20, {{"accuracy", 0.4}}}};
  all[1].curve = {{10, {{"accuracy", 0.1}}}, {20, {{"loss", 1}}}};
  const auto curve = ClaimResults("claim", all).curve("1x4", "accuracy");
  REQUIRE(curve.size() == 2);
  CHECK(curve.at(10) == SeedValues{{1, 0.1}, {2, 0.2}});
  CHECK(curve.at(20) == SeedValues{{2, 0.4}});
}

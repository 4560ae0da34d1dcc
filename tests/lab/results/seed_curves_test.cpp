// SPDX-License-Identifier: MIT
#include "looplab/lab/results/seed_curves.hpp"

#include "support/catch.hpp"
#include "support/made_results.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("a line is the mean over seeds, by ascending x", "[seed_curves]") {
  SeedCurves curves("1x4");
  curves.add(200, {{1, 0.5}, {2, 0.7}});
  curves.add(100, {{1, 0.1}, {2, 0.3}, {3, std::numeric_limits<double>::quiet_NaN()}});
  curves.add(300, {});
  const SeedCurves::Points points = curves.points();
  REQUIRE(points.size() == 2);
  CHECK(points[0].first == 100);
  CHECK(points[0].second.mean == Approx(0.2));
  CHECK(points[0].second.count == 2);
  CHECK(curves.means().at(1) == std::pair(200.0, points[1].second.mean));
  CHECK(curves.has(200));
  CHECK_FALSE(curves.has(300));
}

TEST_CASE("two cells of one size keep a point each", "[seed_curves]") {
  SeedCurves curves("2 x 1");
  curves.add(100, {{1, 0.1}});
  curves.add(100, {{1, 0.9}});
  REQUIRE(curves.points().size() == 2);
  CHECK(curves.points()[1].second.mean == 0.9);
}

TEST_CASE("what is needed to reach a level is found for each seed", "[seed_curves]") {
  SeedCurves curves("1x4");
  CHECK(curves.empty());
  curves.add(200, {{1, 0.5}, {2, 0.7}});
  curves.add(100, {{1, 0.3}, {2, 0.3}});
  // Seed 1 at 150, seed 2 at 125: mean 137.5, standard error 12.5, t_1 = 12.706.
  CHECK(curves.needed_text(0.4) == "1x4 138 [-21.3, 296]");
  CHECK(curves.needed_text(0.6) == "1x4 in 1 of 2 seeds within 200");
  SeedCurves one("a");
  one.add_value(10, 0.5);
  CHECK(one.needed_text(0.5) == "a 10.0");
}

TEST_CASE("a curve of training has the seeds of every step", "[seed_curves]") {
  std::vector<RunResult> results;
  for (Index seed : {1, 2}) {
    results.push_back(looplab_test::made_result("1x4", seed, {}));
    for (Index step : {10, 20})
      results.back().curve.push_back(
          {step, {{"accuracy", 0.01 * static_cast<double>(step + seed)}}});
  }
  const ClaimResults claim("claim", results);
  const stats::CurvePoints means = training_curve(claim, "1x4", "accuracy").means();
  REQUIRE(means.size() == 2);
  CHECK(means[0].first == 10);
  CHECK(means[0].second == Approx(0.115));
  CHECK(training_curve(claim, "1x4", "accuracy", 3).means().at(1).first == 60);
  CHECK(training_curve(claim, "2x1", "accuracy").empty());
}

// SPDX-License-Identifier: MIT
#include "looplab/stats/trend.hpp"

#include "looplab/core/random.hpp"
#include "looplab/stats/judgement.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;

TEST_CASE("a slope worked by hand", "[trend]") {
  // x 1 ... 4 (mean 2.5, sum of squares 5), y 2 3 5 8 (mean 4.5): products 3.75 + .75 + .25 + 5.25.
  const std::vector<double> x{1, 2, 3, 4}, y{2, 3, 5, 8};
  CHECK(least_squares_slope(x, y) == Approx(10. / 5));
  CHECK(least_squares_slope(y, y) == Approx(1));
}

TEST_CASE("the interval of the mean slope is that of one slope per seed", "[trend]") {
  const std::vector<double> x{0, 1, 2};
  const std::vector<std::vector<double>> y{{0, 1, 2}, {5, 7, 9}, {1, 7, 13}};  // slopes 1, 2, 6
  const Interval interval = slope_interval(x, y),
                 expected = mean_interval(std::vector<double>{1, 2, 6});
  CHECK(interval.count == 3);
  CHECK(interval.mean == Approx(3));
  CHECK(interval.low == Approx(expected.low));
  CHECK(slope_interval(x, y, 0.99).high > interval.high);
}

TEST_CASE("simulated: a slope at the bound is found above it no more often than alpha", "[trend]") {
  const std::vector<double> hops{1, 2, 3, 4, 5, 6, 7, 8};
  int reproduced = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    RandomStream stream(Seed{9}, "trend_test", i);
    std::vector<std::vector<double>> of_seed(10);
    for (auto& exits : of_seed) {
      const double slope = 0.1 * stream.normal();  // of this seed, around 0
      for (double k : hops) exits.push_back(1 + slope * k + 0.3 * stream.normal());
    }
    reproduced += judge_difference(slope_interval(hops, of_seed, 0.99), 0) == Verdict::reproduced;
  }
  INFO("reproduced: " << reproduced);
  CHECK(reproduced <= 21);
  CHECK(reproduced > 0);
}

TEST_CASE("without two different x there is no slope", "[trend]") {
  const std::vector<double> one{1}, same{3, 3}, y{1, 2};
  CHECK_THROWS_WITH(least_squares_slope(same, y), looplab_test::contains("x is 3 at every point"));
  CHECK_THROWS_AS(least_squares_slope(one, one), ShapeError);
  CHECK_THROWS_AS(least_squares_slope(one, y), ShapeError);
  CHECK_THROWS_AS(slope_interval(y, {}), ShapeError);
}

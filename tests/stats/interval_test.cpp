// SPDX-License-Identifier: MIT
#include "looplab/stats/interval.hpp"

#include "looplab/core/random.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;

TEST_CASE("mean_interval of a case worked by hand") {
  // 1, 2, 6: mean 3, variance (4 + 1 + 9) / 2 = 7, t_2 = 4.30265, half width t sqrt(7/3).
  const std::vector<double> values{1, 2, 6};
  const Interval interval = mean_interval(values);
  CHECK(interval.count == 3);
  CHECK(interval.mean == 3);
  CHECK(standard_deviation(values) == Approx(std::sqrt(7.)));
  CHECK(interval.high - 3 == Approx(4.302652730 * std::sqrt(7. / 3)).epsilon(1e-9));
  CHECK(3 - interval.low == Approx(interval.high - 3));
}

TEST_CASE("mean_interval of one value is the whole line, of equal values a point") {
  const std::vector<double> one{5}, equal{2, 2, 2};
  CHECK(mean_interval(one).mean == 5);
  CHECK(std::isinf(mean_interval(one).low));
  CHECK(std::isinf(mean_interval(one).high));
  CHECK(mean_interval(equal).low == 2);
  CHECK(mean_interval(equal).high == 2);
  CHECK_THROWS_AS(mean_interval({}), ShapeError);
  CHECK_THROWS_AS(standard_deviation(one), ShapeError);
}

TEST_CASE("mean_interval covers the true mean in 95 % of samples of 3") {
  constexpr int kSamples = 4000;
  int covered = 0;
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    RandomStream stream(Seed{1}, "intervals_test", i);
    std::vector<double> values(3);
    for (double& value : values) value = 7 + 2 * stream.normal();
    const Interval interval = mean_interval(values);
    covered += interval.low <= 7 && 7 <= interval.high;
  }
  const double four_standard_errors = 4 * std::sqrt(0.95 * 0.05 / kSamples);
  CHECK(std::abs(static_cast<double>(covered) / kSamples - 0.95) < four_standard_errors);
}

TEST_CASE("paired differences keep what seeds share out of the interval") {
  const std::vector<double> a{11, 22, 33}, b{10, 21, 31.5};
  CHECK(paired_differences(a, b) == std::vector<double>{1, 1, 1.5});
  CHECK(mean_interval(paired_differences(a, b)).low > 0);
  CHECK_THROWS_AS(paired_differences(a, std::vector<double>{1}), ShapeError);
}

TEST_CASE("an interval at another confidence") {
  // 1, 2, 6 with t_2 = 9.92484 at 99 %; 2.91999 is the one-sided 95 % point.
  const std::vector<double> values{1, 2, 6};
  const double error = std::sqrt(7. / 3);
  const Interval at_99 = mean_interval(values, 0.99);
  CHECK(at_99.high == Approx(3 + 9.92484 * error).epsilon(1e-6));
  CHECK(at_99.confidence == 0.99);
  CHECK(at_99.degrees == 2);
  CHECK(mean_interval(values).confidence == 0.95);
  CHECK(lower_bound_of_mean(values, 0.95) == Approx(3 - 2.919986 * error).epsilon(1e-6));
  CHECK(upper_bound_of_mean(values, 0.95) == Approx(3 + 2.919986 * error).epsilon(1e-6));
  CHECK(upper_bound_of_mean(values, 0.975) == Approx(mean_interval(values).high));
  CHECK_THROWS_AS(mean_interval(values, 1), ConfigError);
  CHECK_THROWS_AS(lower_bound_of_mean(values, 0.5), ConfigError);
  CHECK_THROWS_AS(upper_bound_of_mean(values, 1), ConfigError);
}

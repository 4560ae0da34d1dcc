// SPDX-License-Identifier: MIT
#include "looplab/stats/intervals.hpp"

#include "looplab/core/random.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;

namespace {
constexpr double kTable = 0.0005;  // half a unit of the last printed digit
constexpr double kExact = 1e-12;   // closed forms, in units of the result
}  // namespace

TEST_CASE("student_t_quantile agrees with the printed table of 95 %") {
  for (const auto& [degrees, t] :
       {std::pair{1., 12.706}, std::pair{2., 4.303}, std::pair{3., 3.182}, std::pair{4., 2.776},
        std::pair{5., 2.571}, std::pair{9., 2.262}, std::pair{10., 2.228}, std::pair{30., 2.042},
        std::pair{120., 1.980}, std::pair{1e6, 1.960}}) {
    INFO("degrees " << degrees);
    CHECK(std::abs(student_t_quantile(degrees) - t) < kTable);
  }
  CHECK(std::abs(student_t_quantile(1, 0.99) - 63.657) < kTable);
  CHECK(std::abs(student_t_quantile(4, 0.5) - 0.741) < kTable);
  CHECK_THROWS_AS(student_t_quantile(0), ConfigError);
  CHECK_THROWS_AS(student_t_quantile(3, 1), ConfigError);
}

TEST_CASE("student_t_quantile has its closed forms for 1 and 2 degrees") {
  for (double confidence : {0.01, 0.5, 0.9, 0.95, 0.999}) {
    const double cauchy = std::tan(confidence * std::acos(-1) / 2);
    const double two = confidence * std::sqrt(2 / (1 - confidence * confidence));
    CHECK(student_t_quantile(1, confidence) == Approx(cauchy).epsilon(1e3 * kExact));
    CHECK(student_t_quantile(2, confidence) == Approx(two).epsilon(1e3 * kExact));
  }
}

TEST_CASE("incomplete_beta has its closed forms and its symmetry") {
  for (double x : {0., 1e-9, 0.1, 0.5, 0.9, 1.}) {
    CHECK(incomplete_beta(x, 1, 1) == Approx(x).epsilon(kExact));
    CHECK(incomplete_beta(x, 3, 1) == Approx(x * x * x).epsilon(kExact));
    CHECK(incomplete_beta(x, 1, 4) == Approx(1 - std::pow(1 - x, 4)).margin(kExact));
    CHECK(incomplete_beta(x, 2.5, 0.5) ==
          Approx(1 - incomplete_beta(1 - x, 0.5, 2.5)).margin(kExact));
  }
}

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

TEST_CASE("verdicts on a difference") {
  using enum Verdict;
  CHECK(judge_difference({3, 0.30, 0.10, 0.50}, 0.2) == reproduced);
  CHECK(judge_difference({3, 0.30, 0.10, 0.50}, 0.3) == reproduced);
  CHECK(judge_difference({3, 0.30, 0.10, 0.50}, 0.4) == inconclusive);    // mean too small
  CHECK(judge_difference({3, 0.30, 0.00, 0.60}, 0.2) == inconclusive);    // 0 is not excluded
  CHECK(judge_difference({3, 0.10, 0.05, 0.15}, 0.2) == not_reproduced);  // there, but too small
  CHECK(judge_difference({3, -0.3, -0.5, -0.1}, 0.2) == not_reproduced);  // the other direction
  CHECK(judge_difference({3, -0.3, -0.5, -0.1}, 0.0) == not_reproduced);
  CHECK(judge_difference({2, 0.30, 0.29, 0.31}, 0.2) == inconclusive);  // too few seeds
  CHECK(judge_difference({2, -0.3, -0.5, -0.1}, 0.2) == inconclusive);
  CHECK_THROWS_AS(judge_difference({3, 0, 0, 0}, -1), ConfigError);
}

TEST_CASE("verdicts on a null") {
  using enum Verdict;
  CHECK(judge_null({3, 0.02, -0.05, 0.09}, 0.1) == reproduced);
  CHECK(judge_null({3, 0.07, 0.05, 0.09}, 0.1) == reproduced);     // not 0, but within the margin
  CHECK(judge_null({3, 0.02, -0.15, 0.19}, 0.1) == inconclusive);  // wide
  CHECK(judge_null({3, 0.20, 0.05, 0.35}, 0.1) == inconclusive);   // overlaps one end
  CHECK(judge_null({3, 0.20, 0.15, 0.25}, 0.1) == not_reproduced);
  CHECK(judge_null({3, -0.2, -0.25, -0.15}, 0.1) == not_reproduced);
  CHECK(judge_null({2, 0, 0, 0}, 0.1) == inconclusive);
  CHECK_THROWS_AS(judge_null({3, 0, 0, 0}, 0), ConfigError);
}

TEST_CASE("a difference that is not finite is never reproduced") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(judge_difference({3, nan, nan, nan}, 0) == Verdict::inconclusive);
  CHECK(judge_null({3, nan, nan, nan}, 1) == Verdict::inconclusive);
}

TEST_CASE("p-values of a case worked by hand", "[intervals]") {
  // 1, 2, 6: t = 3 / sqrt(7/3) = 1.9640 with 2 degrees; P(|T_2| > t) = 1 - t / sqrt(t^2 + 2).
  const std::vector<double> values{1, 2, 6};
  const Interval interval = mean_interval(values);
  const auto two_sided = [](double t) { return 1 - t / std::sqrt(t * t + 2); };
  const double error = std::sqrt(7. / 3);
  CHECK(difference_p(interval) == Approx(two_sided(3 / error)).epsilon(1e-9));
  CHECK(difference_p({3, -3, -3 - 6.57, -3 + 6.57}) == 1);
  CHECK(null_p(interval, 10) == Approx(two_sided(7 / error)).epsilon(1e-9));
  CHECK(null_p({3, -3, -9.572413, 3.572413}, 10) == Approx(null_p(interval, 10)).epsilon(1e-6));
  CHECK(null_p(interval, 3) == 1);
  CHECK(null_p(interval, 2) == 1);
}

TEST_CASE("p is below 0.05 exactly where the 95 % interval decides", "[intervals]") {
  int decided = 0;
  for (std::uint64_t i = 0; i < 400; ++i) {
    RandomStream stream(Seed{5}, "intervals_test", i);
    std::vector<double> values(5);
    for (double& value : values) value = 0.6 + 0.5 * stream.normal();
    const Interval interval = mean_interval(values);
    REQUIRE((difference_p(interval) < 0.05) == (interval.low > 0));
    REQUIRE((null_p(interval, 1) < 0.05) == (interval.low > -1 && interval.high < 1));
    decided += interval.low > 0;
  }
  CHECK(decided > 100);
  CHECK(decided < 300);
}

TEST_CASE("one seed proves nothing, equal seeds everything", "[intervals]") {
  const std::vector<double> one{5}, equal{2, 2, 2}, zero{0, 0};
  CHECK(difference_p(mean_interval(one)) == 1);
  CHECK(null_p(mean_interval(one), 100) == 1);
  CHECK(difference_p(mean_interval(equal)) == 0);
  CHECK(null_p(mean_interval(equal), 1) == 1);
  CHECK(null_p(mean_interval(equal), 3) == 0);
  CHECK(difference_p(mean_interval(zero)) == 1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(difference_p({3, nan, nan, nan}) == 1);
  CHECK(null_p({3, nan, nan, nan}, 1) == 1);
}

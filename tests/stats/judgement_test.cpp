// SPDX-License-Identifier: MIT
#include "looplab/stats/judgement.hpp"

#include "looplab/core/random.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;

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

TEST_CASE("verdicts on a bound, and their p") {
  using enum Verdict;
  CHECK(judge_below({3, 0.02, -0.05, 0.09}, 0.1) == reproduced);
  CHECK(judge_below({3, -0.3, -0.5, -0.1}, 0.1) == reproduced);  // below, however far
  CHECK(judge_below({3, 0.02, -0.05, 0.19}, 0.1) == inconclusive);
  CHECK(judge_below({3, 0.20, 0.15, 0.25}, 0.1) == not_reproduced);
  CHECK(judge_below({2, 0.02, -0.05, 0.09}, 0.1) == inconclusive);
  const std::vector<double> values{1, 2, 6};
  CHECK(below_p(mean_interval(values), 10) == Approx(null_p(mean_interval(values), 10)));
  CHECK(below_p(mean_interval(values), 2) == 1);
}

TEST_CASE("p does not depend on the confidence of the interval") {
  const std::vector<double> values{1, 2, 6};
  CHECK(difference_p(mean_interval(values, 0.99)) == Approx(difference_p(mean_interval(values))));
  CHECK(null_p(mean_interval(values, 0.8), 9) == Approx(null_p(mean_interval(values), 9)));
}

TEST_CASE("simulated: claims whose truth lies on the boundary of their null are seldom found") {
  // 1,000 draws: at most 21 at alpha .01, at most 42 at .025 a side (mean + 3.5 standard
  // deviations).
  for (const std::size_t seeds : {5u, 8u, 12u}) {
    int differences = 0, nulls = 0, below = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
      RandomStream stream(Seed{10}, "boundary", 1000 * seeds + i);
      std::vector<double> difference(seeds), null(seeds);
      for (double& value : difference) value = 0.1 * stream.normal();
      for (double& value : null) value = 0.1 + 0.05 * stream.normal();
      differences += judge_difference(mean_interval(difference, 0.99), 0) == Verdict::reproduced;
      nulls += judge_null(mean_interval(null), 0.1) == Verdict::reproduced;
      below += judge_below(mean_interval(null), 0.1) == Verdict::reproduced;
    }
    INFO(seeds << " seeds: differences " << differences << ", nulls " << nulls << ", below "
               << below);
    CHECK(differences <= 21);
    CHECK(nulls <= 42);
    CHECK(below <= 42);
    CHECK(nulls > 0);
  }
}

TEST_CASE("above a bound is the mirror image of below it", "[judgement]") {
  const Interval interval{4, 0.2, 0.1, 0.3, 0.95, 3}, mirrored{4, -0.2, -0.3, -0.1, 0.95, 3};
  for (double bound : {0.05, 0.2, 0.35}) {
    CHECK(judge_above(interval, bound) == judge_below(mirrored, -bound));
    CHECK(above_p(interval, bound) == Approx(below_p(mirrored, -bound)));
  }
  CHECK(judge_above(interval, 0.05) == Verdict::reproduced);
  CHECK(judge_above({2, 0.2, 0.1, 0.3}, 0.05) == Verdict::inconclusive);
}

TEST_CASE("shares need a small p and the stated size", "[judgement]") {
  const Interval difference{8, 0.6, 0.2, 0.8, 0.99, 7};
  CHECK(judge_shares(difference, 0.01, 0) == Verdict::reproduced);
  CHECK(judge_shares(difference, 0.011, 0) == Verdict::inconclusive);
  CHECK(judge_shares(difference, 0.001, 0.7) == Verdict::inconclusive);
  CHECK(judge_shares(difference, 0.5, 0.9) == Verdict::not_reproduced);
  CHECK(judge_shares({2, 1, 0.5, 1, 0.99, 1}, 0.001, 0) == Verdict::inconclusive);
}

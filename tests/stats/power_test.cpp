// SPDX-License-Identifier: MIT
#include "looplab/stats/power.hpp"

#include <boost/math/distributions/non_central_t.hpp>
#include <tuple>
#include <utility>

#include "looplab/core/random.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;

namespace {

/// The power of a paired two-sided test that counts rejections in both directions.
double both_directions(double effect, Index n, double alpha) {
  const Precision design = paired_precision(1, n);
  return difference_power(effect, design, alpha) + difference_power(-effect, design, alpha);
}

/// n paired differences.
std::vector<double> drawn(RandomStream& stream, Index n, double mean, double sd) {
  std::vector<double> values(static_cast<std::size_t>(n));
  for (double& value : values) value = mean + sd * stream.normal();
  return values;
}

}  // namespace

TEST_CASE("the power of a t test is the noncentral t distribution's", "[power]") {
  for (const auto& [effect, n, alpha] :
       {std::tuple{0.5, Index{34}, 0.025}, std::tuple{8.8, Index{3}, 0.005},
        std::tuple{0.0, Index{10}, 0.01}, std::tuple{1.0, Index{2}, 0.05}}) {
    INFO("effect " << effect << ", " << n << " seeds, alpha " << alpha);
    const auto degrees = static_cast<double>(n - 1);
    const boost::math::non_central_t distribution(degrees, effect * std::sqrt(double(n)));
    const double exact = cdf(complement(distribution, student_t_quantile(degrees, 1 - 2 * alpha)));
    CHECK(std::abs(one_sided_power(effect, paired_precision(1, n), alpha) - exact) < 2e-5);
  }
}

TEST_CASE("published powers of the paired t test", "[power]") {
  // G*Power: d .5, 34 pairs, alpha .05 two-sided: .8078; 27 pairs one-sided: .8118.
  CHECK(std::abs(both_directions(0.5, 34, 0.05) - 0.8078) < 1e-4);
  CHECK(std::abs(one_sided_power(0.5, paired_precision(1, 27), 0.05) - 0.8118) < 1e-4);
  const auto two_sided = [](double effect) {
    return [effect](Index n) { return both_directions(effect, n, 0.05); };
  };
  CHECK(seeds_for_power(0.8, two_sided(0.5)) == 34);
  CHECK(seeds_for_power(0.9, two_sided(0.5)) == 44);  // R's power.t.test: 43.99552
  CHECK(seeds_for_power(0.8, two_sided(0.2)) == 199);
  CHECK(seeds_for_power(0.8, two_sided(0.8)) == 15);
}

TEST_CASE("seeds for differences at alpha .01", "[power]") {
  for (const auto& [n, effect] :
       {std::pair{Index{3}, 8.8}, std::pair{Index{4}, 4.3}, std::pair{Index{5}, 3.0},
        std::pair{Index{8}, 1.8}, std::pair{Index{12}, 1.3}}) {
    const double power = difference_power(effect, paired_precision(1, n), 0.01);
    INFO(n << " seeds, effect " << effect << ": power " << power);
    CHECK(difference_power(effect + 0.05, paired_precision(1, n), 0.01) > 0.9);
    CHECK(difference_power(effect - 0.05, paired_precision(1, n), 0.01) < 0.9);
  }
}

TEST_CASE("seeds for a null within -.1 ... .1, each side at .025", "[power]") {
  for (const auto& [sd, seeds] :
       {std::pair{0.05, Index{6}}, std::pair{0.07, Index{9}}, std::pair{0.10, Index{16}},
        std::pair{0.125, Index{23}}, std::pair{0.165, Index{38}}}) {
    INFO("sd " << sd);
    CHECK(seeds_for_power(0.9, [&](Index n) {
            return null_power(0, 0.1, paired_precision(sd, n), 0.025);
          }) == seeds);
  }
  CHECK_FALSE(seeds_for_power(
      0.9, [](Index n) { return null_power(0.1, 0.1, paired_precision(0.1, n), 0.025); }, 50));
}

TEST_CASE("15 seeds with sd .1 are just short of 90 %", "[power]") {
  // .8984 -+ .0007 by a simulation outside this program
  CHECK(std::abs(null_power(0, 0.1, paired_precision(0.1, 15), 0.025) - 0.8984) < 0.002);
}

TEST_CASE("power of a difference and of a null, simulated with the verdicts", "[power]") {
  constexpr int kDraws = 4000;
  const Precision design = paired_precision(0.1, 8);
  int differences = 0, nulls = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    RandomStream stream(Seed{7}, "power_test", i);
    const std::vector<double> values = drawn(stream, 8, 0.12, 0.1);
    differences += judge_difference(mean_interval(values, 0.99), 0) == Verdict::reproduced;
    nulls += judge_null(mean_interval(values, 0.95), 0.2) == Verdict::reproduced;
  }
  const double of_difference = difference_power(0.12, design, 0.01);
  const double of_null = null_power(0.12, 0.2, design, 0.025);
  INFO("difference " << of_difference << ", null " << of_null);
  const double four_standard_errors = 4 * 0.5 / std::sqrt(kDraws);
  CHECK(std::abs(differences / double(kDraws) - of_difference) < four_standard_errors);
  CHECK(std::abs(nulls / double(kDraws) - of_null) < four_standard_errors);
  CHECK(of_difference > 0.3);
  CHECK(of_null > 0.3);
}

TEST_CASE("the pooled capacity design: 36, 20 and 8 seeds with sd .165", "[power]") {
  const std::vector<double> sd(3, 0.165);
  const std::vector<Index> seeds{36, 20, 8};
  const Precision design = pooled_precision(sd, seeds);
  CHECK(design.standard_error == Approx(0.165 / 3 * std::sqrt(1 / 36. + 1 / 20. + 1 / 8.)));
  CHECK(std::abs(one_sided_power(0.1, design, 0.025) - 0.96) < 0.01);  // loops add none
  CHECK(std::abs(null_power(0, 0.1, design, 0.025) - 0.93) < 0.01);    // nor do they cost
  CHECK(std::abs(null_power(-0.03, 0.1, design, 0.025) - 0.76) < 0.015);
  const Precision one = pooled_precision(std::vector<double>{2}, std::vector<Index>{9});
  CHECK(one.standard_error == Approx(2. / 3));
  CHECK(one.degrees == Approx(8));
}

TEST_CASE("power of Fisher's exact test", "[power]") {
  // Mathews 2010, Sample Size Calculations, section 4.3: .01 against .05, 80 each, alpha .05.
  CHECK(std::abs(fisher_power(0.05, 80, 0.01, 80, 0.05) - 0.211135) < 1e-6);
  // All of the second fail: significant from 6 of 15 on (p = 5005 / 593775); P(X >= 6 | .8) =
  // .9999.
  CHECK(std::abs(fisher_power(0.8, 15, 0, 15, 0.01) - 0.9999) < 5e-5);
  CHECK(fisher_power(1, 5, 0, 5, 0.01) == Approx(1));
  CHECK(fisher_power(0.5, 15, 0.5, 15, 0.025) < 0.025);
  CHECK(fisher_power(0.5, 2, 0.1, 2, 0.01) == 0);  // no outcome is significant
  CHECK(seeds_for_power(0.9, [](Index n) { return fisher_power(1, n, 0, n, 0.01); }) == 5);
}

TEST_CASE("the upper limit of a pilot's standard deviation", "[power]") {
  CHECK(std::abs(upper_spread(0.165, 5) - 0.26) < 0.005);
  // Table of chi-squared, 10 degrees: 3.940 at the lower 5 %.
  CHECK(upper_spread(1, 11, 0.95) == Approx(std::sqrt(10 / 3.940)).epsilon(1e-4));
  CHECK(upper_spread(0, 5) == 0);
}

TEST_CASE("designs that are none are refused", "[power]") {
  CHECK_THROWS_AS(paired_precision(0, 5), ConfigError);
  CHECK_THROWS_AS(paired_precision(1, 1), ConfigError);
  CHECK_THROWS_AS(pooled_precision(std::vector<double>{1}, std::vector<Index>{}), ShapeError);
  CHECK_THROWS_AS(one_sided_power(1, paired_precision(1, 5), 0.5), ConfigError);
  CHECK_THROWS_AS(null_power(0, 0, paired_precision(1, 5), 0.025), ConfigError);
  CHECK_THROWS_AS(seeds_for_power(1, [](Index) { return 1.0; }), ConfigError);
  CHECK_THROWS_AS(fisher_power(1.2, 5, 0, 5, 0.01), ConfigError);
  CHECK_THROWS_AS(upper_spread(1, 1), ConfigError);
}

TEST_CASE("a stated size lowers the power to the chance of a mean that reaches it", "[power]") {
  const Precision design = paired_precision(0.1, 5);
  CHECK(difference_power(0.5, design, 0.01, 0.5) == Approx(0.5).margin(1e-3));
  CHECK(difference_power(0.5, design, 0.01, 0.1) == Approx(difference_power(0.5, design, 0.01)));
  // By simulation: 20,000 claims of true difference .3, sd .1, size .25.
  RandomStream stream(Seed{3}, "sized_power", 0);
  Index reproduced = 0;
  for (Index draw = 0; draw < 20000; ++draw) {
    const Interval interval = mean_interval(drawn(stream, 5, 0.3, 0.1), 0.99);
    reproduced += judge_difference(interval, 0.25) == Verdict::reproduced;
  }
  CHECK(difference_power(0.3, design, 0.01, 0.25) ==
        Approx(static_cast<double>(reproduced) / 20000).margin(0.01));
}

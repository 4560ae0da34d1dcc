// SPDX-License-Identifier: MIT
#include "looplab/stats/holm.hpp"

#include "looplab/stats/judgement.hpp"
#include "looplab/core/random.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;

namespace {
std::vector<double> corrected(const std::vector<double>& p) { return holm(p); }
}  // namespace

TEST_CASE("Holm's correction of a case worked by hand, in any order", "[holm]") {
  // 0.01 x 4, 0.02 x 3, 0.03 x 2 (not below the one before), 0.2 x 1
  const std::vector<double> once = corrected({0.03, 0.01, 0.2, 0.02});
  const std::vector<double> expected{0.06, 0.04, 0.2, 0.06};
  for (std::size_t i = 0; i < once.size(); ++i) CHECK(once[i] == Approx(expected[i]));
  CHECK(corrected({0.4, 0.5}) == std::vector<double>{0.8, 0.8});
  CHECK(corrected({0.7, 0.6}) == std::vector<double>{1, 1});
  CHECK(corrected({0.03}) == std::vector<double>{0.03});
  CHECK(corrected({}).empty());
}

TEST_CASE("what is not a probability is refused", "[holm]") {
  CHECK_THROWS_AS(corrected({0.1, 1.5}), ConfigError);
  CHECK_THROWS_AS(corrected({-0.1}), ConfigError);
  CHECK_THROWS_AS(corrected({std::numeric_limits<double>::quiet_NaN()}), ConfigError);
}

TEST_CASE("of eight effects that are none, one is found in at most 5 % of reports", "[holm]") {
  constexpr int kReports = 2000;
  int once = 0, uncorrected = 0;
  for (std::uint64_t i = 0; i < kReports; ++i) {
    RandomStream stream(Seed{4}, "holm_test", i);
    std::vector<double> p(8);
    for (double& value : p) {
      std::vector<double> differences(3);
      for (double& difference : differences) difference = stream.normal();
      const Interval interval = mean_interval(differences);
      value = 0.5 * difference_p(interval);  // one-sided: uniform below 0.5 if there is no effect
    }
    uncorrected += std::ranges::min(p) < 0.05;
    once += std::ranges::min(holm(p)) < 0.05;
  }
  const double four_standard_errors = 4 * std::sqrt(0.05 * 0.95 / kReports);
  CHECK(std::abs(double(once) / kReports - 0.05) < four_standard_errors);
  CHECK(double(uncorrected) / kReports > 0.25);  // 1 - 0.95^8 = 0.34: what the correction is for
}

// SPDX-License-Identifier: MIT
#include "looplab/stats/bootstrap.hpp"

#include "looplab/stats/interval.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;

TEST_CASE("a sample of the seeds has as many of them, drawn with replacement", "[bootstrap]") {
  RandomStream stream(Seed{1}, "bootstrap_test", 0);
  std::vector<std::size_t> seeds(5), counts(5);
  for (int sample = 0; sample < 2000; ++sample) {
    resample(stream, seeds);
    for (const std::size_t seed : seeds) ++counts.at(seed);
  }
  for (const std::size_t count : counts) CHECK(double(count) == Approx(2000).margin(160));
}

TEST_CASE("for a mean the interval is Student's", "[bootstrap]") {
  const std::vector<double> values{0.3, 0.45, 0.5, 0.75};
  std::vector<double> means;
  std::vector<std::size_t> seeds(values.size());
  for (Index sample = 0; sample < kBootstrapSamples; ++sample) {
    RandomStream stream(Seed{1}, "bootstrap_test", static_cast<std::uint64_t>(sample));
    resample(stream, seeds);
    double sum = 0;
    for (const std::size_t seed : seeds) sum += values[seed];
    means.push_back(sum / 4);
  }
  const Interval expected = mean_interval(values, 0.9);
  CHECK(std::sqrt(squared_bootstrap_factor(4, 0.9)) * standard_deviation(means) ==
        Approx(expected.high - expected.mean).epsilon(0.05));
}

TEST_CASE("one seed has an infinite interval", "[bootstrap]") {
  CHECK(std::isinf(squared_bootstrap_factor(1, 0.95)));
  CHECK(squared_bootstrap_factor(2, 0.95) == Approx(2 * 12.7062 * 12.7062));
  CHECK_THROWS_AS(squared_bootstrap_factor(3, 1), ConfigError);
}

// SPDX-License-Identifier: MIT
#include "looplab/stats/fisher_exact.hpp"

#include <cmath>

#include "looplab/core/random.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;

TEST_CASE("the lady tasting tea: p of 3 and of 4 right out of 4", "[fisher_exact]") {
  CHECK(fisher_exact_p({3, 4}, {1, 4}) == Approx(17. / 70));  // 0.243
  CHECK(fisher_exact_p({4, 4}, {0, 4}) == Approx(1. / 70));
  CHECK(fisher_exact_two_sided_p({3, 4}, {1, 4}) == Approx(34. / 70));
  CHECK(fisher_exact_p({0, 4}, {4, 4}) == Approx(1));
}

TEST_CASE("Fisher's convicted twins, as R's manual tests them", "[fisher_exact]") {
  // fisher.test(rbind(c(10, 3), c(2, 15))): 0.0004652 one-sided, 0.0005367 two-sided
  CHECK(std::abs(fisher_exact_p({10, 13}, {2, 17}) - 0.0004652) < 5e-8);
  CHECK(std::abs(fisher_exact_two_sided_p({10, 13}, {2, 17}) - 0.0005367) < 5e-8);
}

TEST_CASE("runs that reach distance 3: 11 of 15 against 0 of 10", "[fisher_exact]") {
  // Out of C(25, 11) = 4457400 tables: x = 11: C(15, 11) = 1365; x = 2: 105 x 10; x = 1: 15 x 1.
  CHECK(fisher_exact_p({11, 15}, {0, 10}) == Approx(1365. / 4457400));
  CHECK(fisher_exact_two_sided_p({11, 15}, {0, 10}) == Approx((1365. + 1050 + 15) / 4457400));
}

TEST_CASE("with no success or no failure at all, nothing is shown", "[fisher_exact]") {
  CHECK(fisher_exact_p({0, 5}, {0, 7}) == Approx(1));
  CHECK(fisher_exact_p({5, 5}, {7, 7}) == Approx(1));
  CHECK(fisher_exact_two_sided_p({5, 5}, {7, 7}) == Approx(1));
}

TEST_CASE("of two equal proportions, a difference is found no more often than alpha",
          "[fisher_exact]") {
  int at_01 = 0, at_025 = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    RandomStream stream(Seed{6}, "fisher_exact_test", i);
    Proportion first{0, 15}, second{0, 15};
    for (Index run = 0; run < 15; ++run) {
      first.successes += stream.uniform() < 0.5;
      second.successes += stream.uniform() < 0.5;
    }
    const double p = fisher_exact_p(first, second);
    at_01 += p <= 0.01;
    at_025 += p <= 0.025;
  }
  INFO("reproduced: " << at_01 << " at alpha .01, " << at_025 << " at .025");
  CHECK(at_01 <= 21);
  CHECK(at_025 <= 42);
  CHECK(at_025 > 0);
}

TEST_CASE("more successes than runs are refused", "[fisher_exact]") {
  CHECK_THROWS_WITH(fisher_exact_p({5, 4}, {0, 4}),
                    looplab_test::contains("5 successes of 4 runs"));
  CHECK_THROWS_AS(fisher_exact_p({-1, 4}, {0, 4}), ConfigError);
  CHECK_THROWS_AS(fisher_exact_two_sided_p({0, 4}, {0, 0}), ConfigError);
}

TEST_CASE("the interval of a difference of proportions is Newcombe's", "[fisher_exact]") {
  // Newcombe 1998, table II, method 10, examples (a) to (e) at 95 %
  const auto check = [](Proportion first, Proportion second, double low, double high) {
    const Interval interval = newcombe_interval(first, second);
    CHECK(interval.low == Approx(low).margin(5e-5));
    CHECK(interval.high == Approx(high).margin(5e-5));
  };
  check({56, 70}, {48, 80}, 0.0524, 0.3339);
  check({9, 10}, {3, 10}, 0.1705, 0.8090);
  check({10, 10}, {0, 20}, 0.6791, 1.0000);
  check({5, 56}, {0, 29}, -0.0381, 0.1926);
  const Interval interval = newcombe_interval({56, 70}, {48, 80}, 0.99);
  CHECK(interval.count == 70);
  CHECK(interval.confidence == 0.99);
  CHECK(interval.low < 0.0524);
  CHECK_THROWS_AS(newcombe_interval({1, 0}, {1, 2}), ConfigError);
}

TEST_CASE("the limits of a proportion are exact", "[fisher_exact]") {
  const double low = lower_limit({11, 15}, 0.8);  // P(11 or more of 15) is .2 there
  double tail = 0, choose = 1;
  for (int k = 15; k >= 11; choose *= k, --k, choose /= 15 - k)
    tail += choose * std::pow(low, k) * std::pow(1 - low, 15 - k);
  CHECK(tail == Approx(0.2));
  CHECK(upper_limit({0, 10}, 0.8) == Approx(1 - std::pow(0.2, 0.1)));
  CHECK(lower_limit({10, 10}, 0.8) == Approx(std::pow(0.2, 0.1)));
  CHECK(lower_limit({0, 10}, 0.8) == 0);
  CHECK(upper_limit({10, 10}, 0.8) == 1);
}

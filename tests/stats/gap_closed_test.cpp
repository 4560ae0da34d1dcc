// SPDX-License-Identifier: MIT
#include "looplab/stats/gap_closed.hpp"

#include "looplab/core/random.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;

namespace {
constexpr double kRounding = 1e-9;  // square roots of differences of numbers near 1
}

TEST_CASE("with a gap that is the same for every seed, the interval is that of the gain, scaled") {
  // Gains 1, 2, 6 of a gap of 10; the interval of 1, 2, 6 is 3 -+ 4.30265 sqrt(7/3) = 3 -+ 6.5724.
  const std::vector<double> iso_param{5, 6, 7}, loop{6, 8, 13}, iso_flop{15, 16, 17};
  const GapClosed gap = gap_closed(loop, iso_param, iso_flop);
  REQUIRE(gap.ratio);
  CHECK(*gap.ratio == Approx(0.3));
  CHECK(gap.low == Approx((3 - 6.5724) / 10).epsilon(1e-4));
  CHECK(gap.high == Approx((3 + 6.5724) / 10).epsilon(1e-4));
  CHECK(gap.reason.empty());
}

TEST_CASE("a case worked by hand, where gain and gap vary") {
  // d = 1, 2, 3; e = 9, 10, 11: means 2, 10; s_dd = s_ee = s_de = 1; q = 18.51282 / 3 = 6.170940.
  // a = 93.829060, b = 13.829060, c = -2.170940; b^2 - a c = 394.940097, its root 19.873100.
  const std::vector<double> zero{0, 0, 0}, gained{1, 2, 3}, whole{9, 10, 11};
  const GapClosed gap = gap_closed(gained, zero, whole);
  REQUIRE(gap.ratio);
  CHECK(*gap.ratio == Approx(0.2));
  CHECK(gap.low == Approx((13.829060 - 19.873100) / 93.829060).epsilon(1e-5));
  CHECK(gap.high == Approx((13.829060 + 19.873100) / 93.829060).epsilon(1e-5));
}

TEST_CASE("a loop that equals its iso-FLOP baseline closes the gap exactly") {
  const std::vector<double> iso_param{0.5, 0.6, 0.4}, iso_flop{0.9, 1.0, 0.9};
  const GapClosed gap = gap_closed(iso_flop, iso_param, iso_flop);
  REQUIRE(gap.ratio);
  CHECK(*gap.ratio == 1);
  CHECK(gap.low == Approx(1).epsilon(1e-6));
  CHECK(gap.high == Approx(1).epsilon(1e-6));
  CHECK(gap_closed(iso_param, iso_param, iso_flop).ratio == 0.0);
}

TEST_CASE("at the ends of the interval the paired differences just reach 0") {
  for (std::uint64_t i = 0; i < 50; ++i) {
    RandomStream stream(Seed{2}, "gap_closed_test", i);
    std::vector<double> zero(5), gained(5), whole(5);
    for (std::size_t seed = 0; seed < 5; ++seed) {
      whole[seed] = (i % 2 == 0 ? 1 : -1) * (1 + 0.2 * stream.normal());
      gained[seed] = stream.normal();
    }
    const GapClosed gap = gap_closed(gained, zero, whole);
    REQUIRE(gap.ratio);
    REQUIRE(gap.low < *gap.ratio);
    REQUIRE(*gap.ratio < gap.high);
    for (const double r : {gap.low, gap.high}) {
      std::vector<double> rest(5);
      for (std::size_t seed = 0; seed < 5; ++seed) rest[seed] = gained[seed] - r * whole[seed];
      const Interval interval = mean_interval(rest);
      REQUIRE(std::min(std::abs(interval.low), std::abs(interval.high)) < kRounding);
    }
  }
}

TEST_CASE("the interval of the gap closed covers the true ratio in 95 % of samples") {
  constexpr int kSamples = 4000;
  int covered = 0;
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    RandomStream stream(Seed{3}, "gap_closed_test", i);
    std::vector<double> loop(3), iso_param(3), iso_flop(3);  // true ratio (0.7 - 0.4) / 0.5 = 0.6
    for (std::size_t seed = 0; seed < 3; ++seed) {
      iso_param[seed] = 0.4 + 0.01 * stream.normal();
      loop[seed] = 0.7 + 0.03 * stream.normal();
      iso_flop[seed] = 0.9 + 0.02 * stream.normal();
    }
    const GapClosed gap = gap_closed(loop, iso_param, iso_flop);
    REQUIRE(gap.ratio);
    covered += gap.low <= 0.6 && 0.6 <= gap.high;
  }
  const double four_standard_errors = 4 * std::sqrt(0.95 * 0.05 / kSamples);
  CHECK(std::abs(static_cast<double>(covered) / kSamples - 0.95) < four_standard_errors);
}

TEST_CASE("the gap closed is undefined where nothing can be said, with the reason") {
  using looplab_test::contains;
  const std::vector<double> low{0.1, 0.2, 0.3}, high{0.3, 0.1, 0.4}, top{0.9, 0.8, 0.9};
  const GapClosed no_gap = gap_closed(top, low, high);
  CHECK(!no_gap.ratio);
  CHECK_THAT(no_gap.reason, contains("iso_flop - iso_param") && contains("contains 0"));
  CHECK(!gap_closed(top, low, low).ratio);

  const GapClosed ceiling = gap_closed(high, low, top, "iso_flop accuracy is above 0.98");
  CHECK(!ceiling.ratio);
  CHECK(ceiling.reason == "iso_flop accuracy is above 0.98");
  CHECK(gap_closed(high, low, top).ratio);

  const std::vector<double> one{1}, two{2};
  CHECK_THAT(gap_closed(one, one, two).reason, contains("one seed"));
  const std::vector<double> broken{0.1, std::numeric_limits<double>::quiet_NaN(), 0.3};
  CHECK_THAT(gap_closed(broken, low, top).reason, contains("not finite"));
  CHECK_THROWS_AS(gap_closed(one, low, top), ShapeError);
  CHECK_THROWS_AS(gap_closed({}, {}, {}), ShapeError);
}

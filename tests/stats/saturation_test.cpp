// SPDX-License-Identifier: MIT
#include "looplab/stats/saturation.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;
using looplab_test::contains;

namespace {

using Points = std::vector<SaturationPoint>;

/// B(E) = capacity - (capacity - first) (E / 250)^-exponent.
struct Truth {
  double capacity, first, exponent;
  [[nodiscard]] double at(double exposures) const {
    return capacity - (capacity - first) * std::pow(exposures / 250, -exponent);
  }
  [[nodiscard]] double log_exposures_90() const {
    return std::log(250) + std::log((capacity - first) / (0.1 * capacity)) / exponent;
  }
};

/// Spreads of a value over seeds: of each run alone, and of all runs of a seed together.
struct Noise {
  double alone, shared;
};

const std::vector<double> kExposures{250, 500, 1000, 2000, 4000, 8000};

Points exact(const Truth& truth, std::size_t seeds) {
  Points points;
  for (const double e : kExposures) points.push_back({e, std::vector<double>(seeds, truth.at(e))});
  return points;
}

/// Two arms of 8 seeds with the same shared part.
std::array<Points, 2> drawn(const std::array<Truth, 2>& truths, const Noise& noise,
                            std::uint64_t draw) {
  RandomStream stream(Seed{11}, "saturation_test", draw);
  std::array<Points, 2> arms{exact(truths[0], 8), exact(truths[1], 8)};
  for (std::size_t seed = 0; seed < 8; ++seed) {
    const double shared = noise.shared * stream.normal();
    for (Points& arm : arms)
      for (SaturationPoint& point : arm)
        point.values[seed] += shared + noise.alone * stream.normal();
  }
  return arms;
}

bool holds(const Interval& interval, double value) {
  return interval.low <= value && value <= interval.high;
}

/// How many of 1,000 draws have an interval that contains the true value.
struct Covered {
  int capacity = 0, speed = 0, capacity_difference = 0, speed_difference = 0, undefined = 0;
};

Covered covered(const std::array<Truth, 2>& truths, const Noise& noise) {
  Covered count;
  for (std::uint64_t draw = 0; draw < 1000; ++draw) {
    const auto [once, looped] = drawn(truths, noise, draw);
    const Saturation one = saturation(once, kConfidence, 100);
    const SaturationDifference both = saturation_difference(looped, once, kConfidence, 100);
    const double speed = truths[0].log_exposures_90();
    count.undefined += !one.reason.empty() || !both.reason.empty();
    count.capacity += one.reason.empty() && holds(one.capacity, truths[0].capacity);
    count.speed += one.reason.empty() && holds(one.log_exposures_90, speed);
    count.capacity_difference +=
        both.reason.empty() && holds(both.capacity, truths[1].capacity - truths[0].capacity);
    count.speed_difference +=
        both.reason.empty() && holds(both.log_exposures_90, truths[1].log_exposures_90() - speed);
  }
  return count;
}

}  // namespace

TEST_CASE("a curve without noise is recovered", "[saturation]") {
  for (const double g : {0.3, 0.7, 1.0, 2.5}) {
    const Truth truth{2, 0.8, g};
    const Saturation fit = saturation(exact(truth, 3));
    CAPTURE(g, fit.reason);
    CHECK(fit.capacity.mean == Approx(2).epsilon(1e-6));
    CHECK(fit.exponent == Approx(g).epsilon(1e-6));
    CHECK(fit.scale == Approx(1.2 * std::pow(250, g)).epsilon(1e-5));
    CHECK(fit.log_exposures_90.mean == Approx(truth.log_exposures_90()).epsilon(1e-6));
    CHECK(fit.capacity.low == Approx(2).epsilon(1e-6));  // all seeds agree
    CHECK(fit.capacity.high == Approx(2).epsilon(1e-6));
    CHECK(fit.capacity.count == 3);
  }
}

TEST_CASE("three exposures determine the curve: worked by hand", "[saturation]") {
  // 2 - 100 / E: 1, 1.5, 1.75; .9 x 2 at E = 100 / .2.
  const Points points{{100, {0.9, 1.1}}, {200, {1.4, 1.6}}, {400, {1.7, 1.8}}};
  const Saturation fit = saturation(points);
  CHECK(fit.capacity.mean == Approx(2));
  CHECK(fit.scale == Approx(100));
  CHECK(fit.exponent == Approx(1));
  CHECK(fit.log_exposures_90.mean == Approx(std::log(500)));
}

TEST_CASE("the fit is the one of least squares", "[saturation]") {
  const std::vector<double> x{0, 0.7, 1.4, 2.1}, bits{0.5, 1.2, 1.3, 1.55};
  const detail::PowerLaw law = detail::fitted_power_law(x, bits);
  for (double g = 0.05; g < 4; g *= 1.01)
    CHECK(detail::power_law_with(g, x, bits).squares >= law.squares);
  const auto squares = [&](double level, double gain) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      sum += std::pow(bits[i] - level + gain * std::exp(-law.exponent * x[i]), 2);
    return sum;
  };
  CHECK(squares(law.level, law.gain) == Approx(law.squares));
  for (const double step : {-1e-3, 1e-3}) {
    CHECK(squares(law.level + step, law.gain) > law.squares);
    CHECK(squares(law.level, law.gain + step) > law.squares);
  }
}

TEST_CASE("what a seed adds to all of its runs is Student's interval", "[saturation]") {
  const std::vector<double> shifts{-0.1, 0.05, 0.2, -0.05};
  Points points = exact({2, 0.8, 1}, 4);
  for (SaturationPoint& point : points)
    for (std::size_t seed = 0; seed < 4; ++seed) point.values[seed] += shifts[seed];
  const Interval expected = mean_interval(shifts), fit = saturation(points).capacity;
  CHECK(fit.mean == Approx(2 + expected.mean));
  CHECK(fit.high - fit.mean == Approx(expected.high - expected.mean).epsilon(0.05));
  CHECK(fit.mean - fit.low == Approx(fit.high - fit.mean));
  CHECK(saturation(points, 0.8).capacity.high - fit.mean ==
        Approx((fit.high - fit.mean) * student_t_quantile(3, 0.8) / student_t_quantile(3, 0.95)));
}

TEST_CASE("arms that differ in speed alone: what the seeds share does not count", "[saturation]") {
  const Truth slow{2, 0.8, 1};
  const auto [once, looped] = drawn({slow, slow}, {0, 0.2}, 0);
  Points fast = looped;
  for (SaturationPoint& point : fast) point.exposures /= 2;
  const SaturationDifference difference = saturation_difference(fast, once);
  CHECK(difference.reason.empty());
  CHECK(difference.capacity.mean == Approx(0).margin(1e-6));
  CHECK(difference.capacity.high - difference.capacity.low < 1e-5);
  CHECK(std::exp(-difference.log_exposures_90.mean) == Approx(2).epsilon(1e-6));
  CHECK(difference.log_exposures_90.high - difference.log_exposures_90.low < 1e-5);
  CHECK(saturation(once).capacity.high - saturation(once).capacity.low > 0.1);
}

TEST_CASE("an end that the data do not bound is infinite", "[saturation]") {
  const Truth truth{2, 0.8, 1};
  Points at_once = exact(truth, 4);  // level from the second exposures on
  for (std::size_t i = 1; i < at_once.size(); ++i) at_once[i].values = {1.9, 2.1, 2.0, 2.0};
  const Saturation fast = saturation(at_once);
  CHECK(fast.capacity.mean == Approx(2).epsilon(0.01));
  CHECK(std::isfinite(fast.capacity.low));
  CHECK(std::isfinite(fast.capacity.high));
  CHECK(std::isinf(fast.log_exposures_90.low));
  CHECK(std::isfinite(fast.log_exposures_90.high));

  Points slow = exact(truth, 4);  // one seed rises at the end only
  for (SaturationPoint& point : slow) point.values[0] = point.exposures < 8000 ? 0.8 : 2.8;
  const Saturation open = saturation(slow);
  CAPTURE(open.reason, open.exponent);
  CHECK(std::isinf(open.capacity.high));
  CHECK(std::isinf(open.log_exposures_90.high));
  CHECK(std::isfinite(open.capacity.low));
  const SaturationDifference first = saturation_difference(slow, at_once),
                             second = saturation_difference(at_once, slow);
  CHECK(std::isinf(first.capacity.high));
  CHECK(std::isfinite(first.capacity.low));
  CHECK(std::isinf(second.capacity.low));
  CHECK(std::isinf(first.log_exposures_90.high));
  CHECK(std::isfinite(first.log_exposures_90.low));
  CHECK(std::isinf(second.log_exposures_90.low));
}

TEST_CASE("the curve is undefined where the bits say nothing of it", "[saturation]") {
  const auto reason = [](const std::vector<double>& bits) {
    Points points;
    for (std::size_t i = 0; i < bits.size(); ++i)
      points.push_back({kExposures[i], {bits[i], bits[i]}});
    return saturation(points).reason;
  };
  CHECK(reason({2, 1.5, 1}) == "the bits do not rise with the exposures");
  CHECK(reason({1, 1, 1, 1}) == "the bits do not rise with the exposures");
  CHECK(reason({1, 2, 4, 8}) == "the bits do not level off within the exposures");
  CHECK(reason({-3, -2, -1.5}) == "the fitted capacity is not above 0");
  CHECK(reason({1, std::nan(""), 2}) == "a value is not finite");
  CHECK(reason({1, HUGE_VAL, 2}) == "a value is not finite");
  const Points good = exact({2, 1, 1}, 2);
  Points flat = good;
  for (SaturationPoint& point : flat) point.values = {1, 1};
  CHECK(saturation_difference(flat, good).reason ==
        "the first arm: the bits do not rise with the exposures");
  CHECK(saturation_difference(good, flat).reason ==
        "the second arm: the bits do not rise with the exposures");
}

TEST_CASE("one seed has a curve and no interval", "[saturation]") {
  const Saturation fit = saturation(exact({2, 0.8, 1}, 1));
  CHECK(fit.capacity.mean == Approx(2).epsilon(1e-6));
  CHECK(std::isinf(fit.capacity.low));
  CHECK(std::isinf(fit.log_exposures_90.high));
}

TEST_CASE("points that are none of a curve are refused in one sentence", "[saturation]") {
  const Points two{{1, {1}}, {2, {2}}}, twice{{1, {1}}, {2, {2}}, {2, {2}}},
      zero{{0, {1}}, {1, {1}}, {2, {2}}}, uneven{{1, {1, 1}}, {2, {2}}, {3, {3, 3}}},
      empty{{1, {}}, {2, {}}, {3, {}}};
  CHECK_THROWS_WITH(saturation(two), "saturation: 2 exposures, expected 3 or more");
  CHECK_THROWS_WITH(saturation(twice), contains("2 exposures after 2, expected exposures that"));
  CHECK_THROWS_AS(saturation(zero), ConfigError);
  CHECK_THROWS_WITH(saturation(uneven), contains("1 seeds at 2 exposures and 2 at the first"));
  CHECK_THROWS_AS(saturation(empty), ShapeError);
  CHECK_THROWS_WITH(saturation_difference(exact({2, 1, 1}, 3), exact({2, 1, 1}, 2)),
                    contains("3 and 2 seeds, expected the same number"));
}

TEST_CASE("simulated: 95 % intervals cover the truth in 93 % of draws or more", "[saturation]") {
  const Truth steady{2, 0.8, 0.7}, fast{2, 1.2, 1}, slow{2, 0.8, 0.5};
  for (const auto& [truths, noise] : {std::pair{std::array{steady, fast}, Noise{0.15, 0}},
                                      std::pair{std::array{slow, steady}, Noise{0.1, 0.11}}}) {
    const Covered count = covered(truths, noise);
    INFO("of 1,000: capacity " << count.capacity << ", speed " << count.speed << ", differences "
                               << count.capacity_difference << ", " << count.speed_difference
                               << ", undefined " << count.undefined);
    CHECK(count.capacity >= 930);
    CHECK(count.speed >= 930);
    CHECK(count.capacity_difference >= 930);
    CHECK(count.speed_difference >= 930);
    CHECK(count.undefined == 0);
  }
}

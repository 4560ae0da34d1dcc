// SPDX-License-Identifier: MIT
//
// Capacity apart from speed: the curve of bits B against exposures E that levels off,
//
//   B(E) = B_inf - c E^-g,   c > 0,   .05 <= g <= 4
//
//   fit         least squares of the means over seeds at each E, equal weights. For a given g the
//               curve is linear in B_inf and c; the best g by a grid in log g, refined by Brent's
//               minimization between the neighbours of the best grid point
//   speed       E_90 = (10 c / B_inf)^(1/g), at which B = .9 B_inf; its logarithm is reported
//   interval    B_inf and log E_90 -+ Student's t x bootstrap standard error (bootstrap.hpp)
//   difference  of two arms with the same seeds: the same for B_inf and log E_90 of one minus
//               those of the other, each bootstrap sample drawing the same seeds for both arms
//
// An end of an interval is infinite if the data do not bound it, that is if more than
// (1 - confidence) / 2 of the bootstrap samples are fitted with g at an end of its range:
//
//   g = .05   the curve does not level off: B_inf and log E_90 have no upper end
//   g = 4     the curve is level after its first exposures, or flat: log E_90 has no lower end
//
// Simulated with 8 seeds, 6 exposures 250 ... 8000, standard deviations .05 ... .15 and g = .5 ...
// 2.5: 95 % intervals cover B_inf in 94 to 96 % of draws, log E_90 in 93 to 95 %, differences in
// 94 % or more. At g = .3 and a standard deviation of .15, where E_90 is 12 times the last
// exposures, 9 % of draws are undefined; of the others 96 and 95 % are covered.
//
// Sources: Golub & Pereyra 1973, SIAM J. Numer. Anal. 10 (a model linear in all but one parameter);
//          Brent 1973, Algorithms for Minimization without Derivatives, chapter 5.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "looplab/core/compiled.hpp"
#include "looplab/stats/bootstrap.hpp"
#include "looplab/stats/interval.hpp"
#if LOOPLAB_DEFINES_LAB
#include <boost/math/tools/minima.hpp>
#endif

namespace looplab::stats {

/// Bits per parameter after training with `exposures` per person, over seeds. Entry i belongs to
/// the same seed at every point.
struct SaturationPoint {
  double exposures = 0;
  std::vector<double> values;
};

/// The fitted curve. `mean` of an interval is the estimate. E_90 beyond the last exposures is an
/// extrapolation.
struct Saturation {
  Interval capacity = {};          // B_inf
  Interval log_exposures_90 = {};  // log E_90
  double scale = 0;                // c
  double exponent = 0;             // g
  std::string reason = {};         // set only where undefined
};

/// How two arms differ, the first minus the second. exp(-log_exposures_90.mean): how many times as
/// fast the first one learns.
struct SaturationDifference {
  Interval capacity = {};
  Interval log_exposures_90 = {};
  std::string reason = {};  // set only where undefined
};

/// The curve through `points`, as in the file comment; undefined, with a reason, if a value is not
/// finite or the means do not rise and level off. The same values give the same interval, bit for
/// bit.
///
/// \throws ConfigError if there are fewer than 3 points or their exposures do not ascend from above
/// 0; ShapeError unless all have the same number of seeds, 1 or more.
[[nodiscard]] inline Saturation saturation(std::span<const SaturationPoint> points,
                                           double confidence = kConfidence,
                                           Index samples = kBootstrapSamples);

/// The curve through `first` minus that through `second`, which may have other exposures; undefined
/// if either is. \throws as saturation; ShapeError if the numbers of seeds differ.
[[nodiscard]] inline SaturationDifference saturation_difference(
    std::span<const SaturationPoint> first, std::span<const SaturationPoint> second,
    double confidence = kConfidence, Index samples = kBootstrapSamples);

namespace detail {

inline constexpr double kLeastExponent = 0.05, kMostExponent = 4;

/// level - gain (E / E_1)^-exponent, E_1 the first exposures, and its sum of squared residuals.
struct PowerLaw {
  double level = 0, gain = 0, exponent = 0, squares = 0;

  [[nodiscard]] bool at_least_exponent() const { return exponent < 1.001 * kLeastExponent; }
  [[nodiscard]] bool is_level_at_once() const {
    return gain == 0 || exponent > 0.999 * kMostExponent;
  }
  /// log(E_90 / E_1); minus infinity if the curve is flat.
  [[nodiscard]] double log_ratio_90() const { return std::log(10 * gain / level) / exponent; }
};

/// The best curve through the points (log(E / E_1), bits), 3 or more.
[[nodiscard]] PowerLaw fitted_power_law(std::span<const double> log_ratio,
                                        std::span<const double> bits);

/// The best curve with a given exponent.
[[nodiscard]] inline PowerLaw power_law_with(double exponent, std::span<const double> log_ratio,
                                             std::span<const double> bits) {
  std::vector<double> power(bits.size());
  for (std::size_t i = 0; i < bits.size(); ++i) power[i] = std::exp(-exponent * log_ratio[i]);
  const double mean_power = mean(power), mean_bits = mean(bits);
  double with_bits = 0, with_itself = 0;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    with_bits += (power[i] - mean_power) * (bits[i] - mean_bits);
    with_itself += (power[i] - mean_power) * (power[i] - mean_power);
  }
  const double gain = std::max(0.0, -with_bits / with_itself);
  PowerLaw law{mean_bits + gain * mean_power, gain, exponent, 0};
  for (std::size_t i = 0; i < bits.size(); ++i) {
    const double residual = bits[i] - law.level + gain * power[i];
    law.squares += residual * residual;
  }
  return law;
}

/// A quantity of the curve and its values in the bootstrap samples; which ends of its interval the
/// data do not bound.
struct Quantity {
  double estimate = 0;
  std::vector<double> sampled;
  bool open_low = false, open_high = false;
};

/// An arm's fit and those of its bootstrap samples. Sample i of arms with as many seeds has the
/// same seeds.
class SaturationArm {
 public:
  /// `points` are kept by reference. \throws as saturation
  SaturationArm(std::span<const SaturationPoint> points, Index samples) : points_(points) {
    check();
    for (const SaturationPoint& point : points)
      log_ratio_.push_back(std::log(point.exposures / points.front().exposures));
    std::vector<std::size_t> drawn(seeds());
    std::iota(drawn.begin(), drawn.end(), std::size_t{0});
    law_ = law_of(drawn);
    if (!reason().empty() || seeds() < 2) return;
    for (Index sample = 0; sample < samples; ++sample) {
      RandomStream stream(Seed{1}, "saturation", static_cast<std::uint64_t>(sample));
      resample(stream, drawn);
      sampled_.push_back(law_of(drawn));
    }
  }

  [[nodiscard]] std::size_t seeds() const { return points_.front().values.size(); }
  [[nodiscard]] const PowerLaw& law() const { return law_; }
  /// Why the curve is undefined; empty if it is defined.
  [[nodiscard]] std::string reason() const {
    if (!std::isfinite(law_.squares)) return "a value is not finite";
    if (!(law_.gain > 0)) return "the bits do not rise with the exposures";
    if (law_.at_least_exponent()) return "the bits do not level off within the exposures";
    if (!(law_.level > 0)) return "the fitted capacity is not above 0";
    return {};
  }

  [[nodiscard]] Quantity capacity(double confidence) const {
    return quantity([](const PowerLaw& law) { return law.level; }, false,
                    is_often(&PowerLaw::at_least_exponent, confidence));
  }
  [[nodiscard]] Quantity log_exposures_90(double confidence) const {
    const double log_first = std::log(points_.front().exposures);
    return quantity([&](const PowerLaw& law) { return log_first + law.log_ratio_90(); },
                    is_often(&PowerLaw::is_level_at_once, confidence),
                    is_often(&PowerLaw::at_least_exponent, confidence));
  }

 private:
  void check() const {
    require<ConfigError>(points_.size() >= 3, "saturation: ", points_.size(),
                         " exposures, expected 3 or more");
    double before = 0;
    for (const SaturationPoint& point : points_) {
      require<ConfigError>(point.exposures > before && std::isfinite(point.exposures),
                           "saturation: ", point.exposures, " exposures after ", before,
                           ", expected exposures that ascend from above 0");
      require<ShapeError>(!point.values.empty() && point.values.size() == seeds(),
                          "saturation: ", point.values.size(), " seeds at ", point.exposures,
                          " exposures and ", seeds(),
                          " at the first, expected the same number, 1 or more");
      before = point.exposures;
    }
  }
  /// Whether more than (1 - confidence) / 2 of the bootstrap samples have a property.
  [[nodiscard]] bool is_often(bool (PowerLaw::*property)() const, double confidence) const {
    const auto count = std::ranges::count_if(sampled_, property);
    return static_cast<double>(count) > (1 - confidence) / 2 * static_cast<double>(sampled_.size());
  }
  template <class Of>
  [[nodiscard]] Quantity quantity(Of&& of, bool open_low, bool open_high) const {
    Quantity all{of(law_), {}, open_low, open_high};
    for (const PowerLaw& law : sampled_) all.sampled.push_back(of(law));
    return all;
  }
  /// The fit of the means over the seeds of `drawn`.
  [[nodiscard]] PowerLaw law_of(std::span<const std::size_t> drawn) const {
    std::vector<double> means;
    for (const SaturationPoint& point : points_) {
      double sum = 0;
      for (const std::size_t seed : drawn) sum += point.values[seed];
      means.push_back(sum / static_cast<double>(drawn.size()));
    }
    return fitted_power_law(log_ratio_, means);
  }

  std::span<const SaturationPoint> points_;
  std::vector<double> log_ratio_;
  PowerLaw law_;
  std::vector<PowerLaw> sampled_;
};

[[nodiscard]] inline Quantity difference(const Quantity& a, const Quantity& b) {
  return {a.estimate - b.estimate, paired_differences(a.sampled, b.sampled),
          a.open_low || b.open_high, a.open_high || b.open_low};
}

/// estimate -+ t x bootstrap standard error. Samples without the quantity are left out.
[[nodiscard]] inline Interval interval_of(Quantity quantity, std::size_t seeds, double confidence) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::erase_if(quantity.sampled, [](double value) { return !std::isfinite(value); });
  double half = kInfinity;
  if (quantity.sampled.size() > 1)
    half = std::sqrt(squared_bootstrap_factor(seeds, confidence)) *
           standard_deviation(quantity.sampled);
  return {static_cast<Index>(seeds), quantity.estimate,
          quantity.open_low ? -kInfinity : quantity.estimate - half,
          quantity.open_high ? kInfinity : quantity.estimate + half, confidence};
}

}  // namespace detail

[[nodiscard]] inline Saturation saturation(std::span<const SaturationPoint> points,
                                           double confidence, Index samples) {
  const detail::SaturationArm arm(points, samples);
  if (!arm.reason().empty()) return {.reason = arm.reason()};
  const detail::PowerLaw& law = arm.law();
  return {
      .capacity = interval_of(arm.capacity(confidence), arm.seeds(), confidence),
      .log_exposures_90 = interval_of(arm.log_exposures_90(confidence), arm.seeds(), confidence),
      .scale = law.gain * std::pow(points.front().exposures, law.exponent),
      .exponent = law.exponent};
}

[[nodiscard]] inline SaturationDifference saturation_difference(
    std::span<const SaturationPoint> first, std::span<const SaturationPoint> second,
    double confidence, Index samples) {
  const detail::SaturationArm a(first, samples), b(second, samples);
  require<ShapeError>(a.seeds() == b.seeds(), "saturation_difference: ", a.seeds(), " and ",
                      b.seeds(), " seeds, expected the same number");
  if (!a.reason().empty()) return {.reason = "the first arm: " + a.reason()};
  if (!b.reason().empty()) return {.reason = "the second arm: " + b.reason()};
  return {.capacity = interval_of(difference(a.capacity(confidence), b.capacity(confidence)),
                                  a.seeds(), confidence),
          .log_exposures_90 = interval_of(
              difference(a.log_exposures_90(confidence), b.log_exposures_90(confidence)), a.seeds(),
              confidence)};
}

#if LOOPLAB_DEFINES_LAB

LOOPLAB_LAB_FUNCTION detail::PowerLaw detail::fitted_power_law(std::span<const double> log_ratio,
                                                               std::span<const double> bits) {
  constexpr int kGrid = 12;
  const double first = std::log(kLeastExponent), last = std::log(kMostExponent);
  const auto squares = [&](double log_exponent) {
    return power_law_with(std::exp(log_exponent), log_ratio, bits).squares;
  };
  const auto at = [&](int i) { return std::lerp(first, last, static_cast<double>(i) / kGrid); };
  int best = 0;
  double least = squares(first);
  for (int i = 1; i <= kGrid; ++i)
    if (const double value = squares(at(i)); value < least) {
      least = value;
      best = i;
    }
  const double log_exponent =
      boost::math::tools::brent_find_minima(squares, at(std::max(best - 1, 0)),
                                            at(std::min(best + 1, kGrid)), 26)
          .first;
  return power_law_with(std::exp(log_exponent), log_ratio, bits);
}

#endif

}  // namespace looplab::stats

// SPDX-License-Identifier: MIT
//
// A quantity of several seeds against another, such as accuracy against the training step: the mean
// with its interval at every x, and each seed's curve for the x at which a level is reached.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/results/claim_results.hpp"
#include "looplab/stats/level_crossing.hpp"

namespace looplab::lab {

/// Built point by point; x in any order.
class SeedCurves {
 public:
  using Points = std::vector<std::pair<double, stats::Interval>>;

  explicit SeedCurves(std::string name) : name_(std::move(name)) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool empty() const { return points_.empty(); }
  [[nodiscard]] bool has(double x) const {
    return std::ranges::any_of(points_, [&](const auto& point) { return point.first == x; });
  }
  /// Adds the values of several seeds at x; values that are not finite are skipped.
  void add(double x, const SeedValues& seeds) {
    std::vector<double> values;
    for (const auto& [seed, value] : seeds) {
      if (!std::isfinite(value)) continue;
      values.push_back(value);
      by_seed_[seed].emplace_back(x, value);
    }
    if (!values.empty()) points_.emplace_back(x, stats::mean_interval(values));
  }
  /// Adds a single value at x.
  void add_value(double x, double value) { add(x, {{0, value}}); }
  /// Means with intervals, by ascending x.
  [[nodiscard]] Points points() const {
    Points sorted = points_;
    std::ranges::stable_sort(sorted, {}, &Points::value_type::first);
    return sorted;
  }
  /// The means alone, by ascending x.
  [[nodiscard]] stats::CurvePoints means() const {
    stats::CurvePoints curve;
    for (const auto& [x, y] : points()) curve.emplace_back(x, y.mean);
    return curve;
  }
  /// "1x4 930 [900, 960]": the x at which the seeds reach `level`; "1x1 in 2 of 3 seeds within
  /// 1200" if not all do. There must be a point.
  [[nodiscard]] std::string needed_text(double level) const {
    std::vector<double> crossings;
    for (auto [seed, curve] : by_seed_) {
      std::ranges::sort(curve);
      if (const auto x = stats::first_crossing(curve, level)) crossings.push_back(*x);
    }
    if (crossings.size() < by_seed_.size())
      return concat(name_, " in ", crossings.size(), " of ", by_seed_.size(), " seeds within ",
                    short_number(points().back().first));
    const stats::Interval interval = stats::mean_interval(crossings);
    const std::string text = concat(name_, ' ', short_number(interval.mean));
    return interval.count < 2 ? text
                              : concat(text, " [", short_number(interval.low), ", ",
                                       short_number(interval.high), ']');
  }

 private:
  std::string name_;
  Points points_;
  std::map<Index, stats::CurvePoints> by_seed_;
};

/// A metric of a cell during training, against `scale` times the step.
[[nodiscard]] inline SeedCurves training_curve(const ClaimResults& results, const std::string& cell,
                                               const MetricKey& metric, double scale = 1) {
  SeedCurves curve(cell);
  for (const auto& [step, seeds] : results.curve(cell, metric))
    curve.add(scale * static_cast<double>(step), seeds);
  return curve;
}

}  // namespace looplab::lab

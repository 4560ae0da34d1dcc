// SPDX-License-Identifier: MIT
//
// One line of a figure with its individual seeds: the mean at every x for drawing, and each seed's
// curve for the x at which the level is reached.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "looplab/lab/figures/line_plot.hpp"
#include "looplab/lab/report/short_text.hpp"
#include "looplab/stats/level_crossing.hpp"

namespace looplab::lab {

/// Built point by point; x in any order.
class SeedCurves {
 public:
  explicit SeedCurves(std::string name) : name_(std::move(name)) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool has(double x) const {
    return std::ranges::any_of(points_, [&](const auto& point) { return point.first == x; });
  }
  /// Adds the values of several seeds at x; values that are not finite are skipped.
  void add(double x, const std::vector<std::pair<Index, double>>& seeds) {
    std::vector<double> values;
    for (const auto& [seed, value] : seeds) {
      if (!std::isfinite(value)) continue;
      values.push_back(value);
      by_seed_[seed].emplace_back(x, value);
    }
    if (!values.empty()) points_.emplace_back(x, stats::mean_interval(values));
  }
  /// Means with intervals, by ascending x.
  [[nodiscard]] PlotSeries series() const {
    PlotSeries sorted{name_, points_};
    std::ranges::stable_sort(sorted.points, {}, [](const auto& point) { return point.first; });
    return sorted;
  }
  /// "1x4 930 [900, 960]": the x at which the seeds reach `level`; "1x1 in 2 of 3 seeds within
  /// 1200" if not all do; "" without points.
  [[nodiscard]] std::string needed_text(double level) const {
    if (points_.empty()) return "";
    std::vector<double> crossings;
    for (auto [seed, curve] : by_seed_) {
      std::ranges::sort(curve);
      if (const auto x = stats::first_crossing(curve, level)) crossings.push_back(*x);
    }
    if (crossings.size() < by_seed_.size())
      return concat(name_, " in ", crossings.size(), " of ", by_seed_.size(), " seeds within ",
                    short_number(series().points.back().first));
    const stats::Interval interval = stats::mean_interval(crossings);
    const std::string text = concat(name_, ' ', short_number(interval.mean));
    return interval.count < 2 ? text
                              : concat(text, " [", short_number(interval.low), ", ",
                                       short_number(interval.high), ']');
  }

 private:
  std::string name_;
  std::vector<std::pair<double, stats::Interval>> points_;
  std::map<Index, stats::CurvePoints> by_seed_;
};

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// A metric against a quantity: curves of training, sweeps over cells, bits against parameters; or a
// metric by names side by side: slices of a task (hops, for instance), several metrics.
//
// Every point is a mean with its 95 % interval. Where given, the figure also shows the floor, a
// level to be reached, and lines y = slope x.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/lab/figures/axis_range.hpp"
#include "looplab/lab/figures/figure.hpp"
#include "looplab/lab/results/seed_curves.hpp"

namespace looplab::lab {

namespace line_plot {

inline constexpr std::string_view kScript = R"(
{data}{axes}set key outside right top Left reverse samplen 2
set ylabel {y_label}
plot {lines}
)";
inline constexpr std::string_view kAxes = R"(
set xrange {x_range}
set yrange {y_range}
set xlabel {x_label}
set grid x y
)";
inline constexpr std::string_view kNamedAxes = R"(
set xrange [-0.5:{right}]
set yrange {y_range}
set xtics ({names}) {rotation}
)";
inline constexpr std::string_view kSlope =
    "{slope} * x with lines dt {dash} lw 1.3 lc rgb '#777777' title {name}";
inline constexpr std::string_view kBand =
    "$series{i} using 1:3:4 with filledcurves fs transparent solid 0.13 noborder lt {i} notitle";
inline constexpr std::string_view kLine =
    "$series{i} using 1:2 with linespoints lt {i} lw 1.8 ps 0.8 title {name}";
inline constexpr std::string_view kMarks =
    "$series{i} using 1:2:3:4 with yerrorbars lt {i} lw 1.8 ps 0.8 title {name}";
inline constexpr std::string_view kNamed =
    "$series{i} using 1:2:3:4 with yerrorlines lt {i} lw 1.8 ps 0.7 title {name}";
inline constexpr std::string_view kFloor =
    "$floor with lines dt 2 lw 1.5 lc rgb grey title 'floor'";
inline constexpr std::string_view kLevel =
    "{level} with lines dt 3 lw 1.3 lc rgb '#000000' title 'level'";

/// "20 k", "1.5 M".
[[nodiscard]] inline std::string tick_text(double value) {
  if (value >= 1e6) return to_text(value / 1e6) + " M";
  return value >= 1e4 && std::fmod(value, 1000) == 0 ? to_text(value / 1e3) + " k" : to_text(value);
}

/// Ticks of a logarithmic axis at ascending values, each at least 1.4 times the previous one, so that
/// labels do not overlap.
[[nodiscard]] inline std::string log_ticks(const std::vector<double>& values) {
  std::vector<std::pair<std::string, double>> labels;
  for (double value : values)
    if (labels.empty() || value >= 1.4 * labels.back().second)
      labels.emplace_back(tick_text(value), value);
  return ticks(labels);
}

/// 1, 2 and 5 of each power of ten in the range.
[[nodiscard]] inline std::vector<double> round_numbers(double low, double high) {
  std::vector<double> numbers;
  for (double power = std::pow(10, std::floor(std::log10(low))); power <= high; power *= 10)
    for (double digit : {1, 2, 5})
      if (digit * power >= low && digit * power <= high) numbers.push_back(digit * power);
  return numbers;
}

/// The largest number of different x that are ticks of a logarithmic axis.
inline constexpr std::size_t kMostTicks = 12;
/// A logarithmic axis shows values down to this fraction of the largest.
inline constexpr double kLeastShare = 0.01;

}  // namespace line_plot

/// Content of the figure.
struct LinePlot {
  std::string x_label, y_label;
  bool log_x = false, log_y = false;
  bool connected = true;
  std::vector<std::string> names;  // labels of x = 0, 1, ...; none: x is a number
  std::vector<SeedCurves> series;
  std::vector<std::pair<double, double>> floor;  // by x
  std::vector<double> slopes;                    // lines y = slope x
  std::string slope_unit;                        // unit in their labels
  std::optional<double> level;

  [[nodiscard]] static FigureSize size() { return {}; }
  /// The x of all points.
  [[nodiscard]] std::set<double> xs() const {
    std::set<double> all;
    for (const SeedCurves& curves : series)
      for (const auto& [x, y] : curves.points()) all.insert(x);
    return all;
  }

  /// What the axes have to show.
  struct Extent {
    std::set<double> xs;
    double bottom = INFINITY, top = -INFINITY;  // of logarithmic y, ...
    AxisRange y;                                // and of linear y

    [[nodiscard]] double left() const { return *xs.begin(); }
    [[nodiscard]] double right() const { return *xs.rbegin(); }
  };

  [[nodiscard]] Extent extent() const {
    Extent all;
    all.xs = xs();
    for (const SeedCurves& curves : series)
      for (const auto& [x, y] : curves.points()) {
        all.y.add(y);
        all.bottom = std::min(all.bottom, y.low > 0 ? y.low : y.mean);
        all.top = std::max(all.top, std::isfinite(y.high) ? y.high : y.mean);
      }
    for (const auto& [x, y] : floor) all.y.add(y);
    if (level) all.y.add(*level);
    for (double slope : slopes) {
      all.top = std::max(all.top, slope * all.right());
      all.bottom = std::min(all.bottom, slope * all.left());
    }
    all.bottom = std::max(all.bottom, line_plot::kLeastShare * all.top);
    return all;
  }

  /// Moves x slightly, where points of several series have equal x, so that none hides another.
  [[nodiscard]] double moved(double x, std::size_t index) const {
    const double offset = static_cast<double>(index) - 0.5 * static_cast<double>(series.size() - 1);
    if (!names.empty()) return x + 0.06 * offset;
    return connected || !log_x ? x : x * std::pow(1.02, offset);
  }
  /// Whether names are too long to be written side by side.
  [[nodiscard]] bool names_collide() const {
    std::size_t length = 0;
    for (const std::string& name : names) length += name.size() + 2;
    return length > 56;
  }

  /// "" without any point.
  [[nodiscard]] std::string script() const {
    using namespace line_plot;
    std::vector<std::string> lines;
    std::string data;
    for (double slope : slopes)
      lines.push_back(fill(kSlope, "slope", slope, "dash", lines.size() + 2, "name",
                           gnuplot_text(to_text(slope) + ' ' + slope_unit)));
    for (std::size_t s = 0; s < series.size(); ++s) {
      const SeedCurves::Points points = series[s].points();
      if (points.empty()) continue;
      std::string rows;
      for (const auto& [x, y] : points) rows += data_row(moved(x, s), y);
      data += data_block(concat("series", s + 1), rows);
      const bool is_line = names.empty() && connected && points.size() > 1;
      if (is_line) lines.push_back(fill(kBand, "i", s + 1));
      lines.push_back(fill(!names.empty() ? kNamed
                           : is_line      ? kLine
                                          : kMarks,
                           "i", s + 1, "name", gnuplot_text(series[s].name())));
    }
    if (data.empty()) return "";
    if (!floor.empty()) {
      std::string rows;
      for (const auto& [x, y] : floor) rows += data_row(x, y);
      data += data_block("floor", rows);
      lines.emplace_back(kFloor);
    }
    if (level) lines.push_back(fill(kLevel, "level", *level));
    return fill(kScript, "data", data, "axes", axes(), "y_label", gnuplot_lines(y_label), "lines",
                joined(lines, ", \\\n     "));
  }

 private:
  /// Ranges, grid, scales and ticks; those of logarithmic x at the points unless there are many.
  [[nodiscard]] std::string axes() const {
    const Extent all = extent();
    if (!names.empty())
      return fill(line_plot::kNamedAxes, "right", static_cast<double>(names.size()) - 0.5,
                  "y_range", all.y.text(), "names", ticks(names), "rotation",
                  names_collide() ? "rotate by -35" : "");
    std::string text =
        fill(line_plot::kAxes, "x_range",
             log_x ? log_range(all.left(), all.right()) : padded_range(all.left(), all.right()),
             "y_range", log_y ? log_range(all.bottom, all.top) : all.y.text(), "x_label",
             gnuplot_text(x_label));
    const auto add_log = [&](char axis, const std::vector<double>& at) {
      text += concat("set logscale ", axis, '\n');
      if (!at.empty()) text += concat("set ", axis, "tics (", line_plot::log_ticks(at), ")\n");
    };
    std::vector<double> xs(all.xs.begin(), all.xs.end());
    if (xs.size() > line_plot::kMostTicks) xs.clear();
    if (log_x) add_log('x', xs);
    if (log_y)
      add_log('y', line_plot::round_numbers(all.bottom / kLogMargin, all.top * kLogMargin));
    if (all.right() >= 1e4 && !log_x) text += "set format x '%.0s %c'\n";
    return text;
  }
};

}  // namespace looplab::lab

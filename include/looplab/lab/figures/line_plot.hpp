// SPDX-License-Identifier: MIT
//
// A metric against a quantity: curves of training, sweeps over cells, bits against parameters.
//
// Every point is a mean with its 95 % interval. Where given, the figure also shows the floor, a
// level to be reached, lines y = slope x, and the paper's values.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/lab/figures/figure.hpp"
#include "looplab/stats/interval.hpp"

namespace looplab::lab {

/// One line: means with intervals at ascending x.
struct PlotSeries {
  std::string name;
  std::vector<std::pair<double, stats::Interval>> points;
};

/// Content of the figure.
struct LinePlot {
  std::string x_label, y_label;
  bool log_x = false, log_y = false;
  bool connected = true;
  std::vector<PlotSeries> series;
  std::vector<std::pair<double, double>> floor;  // by x
  std::vector<double> slopes;                    // lines y = slope x
  std::string slope_unit;                        // unit in their labels
  std::optional<double> level;
};

namespace line_plot {

/// "[low:high]" of a logarithmic axis with some room.
[[nodiscard]] inline std::string log_range(double low, double high) {
  return concat('[', low / 1.4, ':', high * 1.4, ']');
}

/// Factor on x that separates unconnected points of equal x, so that they do not hide each other.
[[nodiscard]] inline double apart(const LinePlot& plot, std::size_t series) {
  if (plot.connected || !plot.log_x) return 1;
  const double middle = 0.5 * static_cast<double>(plot.series.size() - 1);
  return std::pow(1.02, static_cast<double>(series) - middle);
}

/// "20 k", "1.5 M".
[[nodiscard]] inline std::string tick_text(double value) {
  if (value >= 1e6) return to_text(value / 1e6) + " M";
  return value >= 1e4 && std::fmod(value, 1000) == 0 ? to_text(value / 1e3) + " k" : to_text(value);
}

/// "('20 k' 20000, ...)", each at least 1.4 times the previous one, so that labels do not overlap.
[[nodiscard]] inline std::string log_ticks(std::vector<double> values) {
  std::ranges::sort(values);
  std::string ticks;
  double last = 0;
  for (double value : values) {
    if (value < 1.4 * last) continue;
    ticks += concat(ticks.empty() ? "(" : ", ", gnuplot_text(tick_text(value)), ' ', value);
    last = value;
  }
  return ticks + ")\n";
}

/// Ticks of a logarithmic x axis: at the points if there are few, otherwise gnuplot's own.
[[nodiscard]] inline std::string x_ticks(const LinePlot& plot) {
  std::vector<double> xs;
  for (const PlotSeries& series : plot.series)
    for (const auto& [x, y] : series.points)
      if (std::ranges::find(xs, x) == xs.end()) xs.push_back(x);
  return xs.size() > 12 ? "" : "set xtics " + log_ticks(xs);
}

/// Ticks of a logarithmic y axis: 1, 2 and 5 of each power of ten.
[[nodiscard]] inline std::string y_ticks(double low, double high) {
  std::vector<double> ticks;
  for (double power = std::pow(10, std::floor(std::log10(low))); power <= high; power *= 10)
    for (double digit : {1, 2, 5})
      if (digit * power >= low && digit * power <= high) ticks.push_back(digit * power);
  return ticks.empty() ? "" : "set ytics " + log_ticks(ticks);
}

/// A logarithmic axis shows values down to this fraction of the largest.
inline constexpr double kLeastShare = 0.01;

/// Ranges and scales of both axes.
[[nodiscard]] inline std::string axes(const LinePlot& plot) {
  AxisRange range;
  double left = INFINITY, right = -INFINITY, bottom = INFINITY, top = -INFINITY;
  for (const PlotSeries& series : plot.series)
    for (const auto& [x, y] : series.points) {
      range.add(y);
      left = std::min(left, x);
      right = std::max(right, x);
      bottom = std::min(bottom, y.low > 0 ? y.low : y.mean);
      top = std::max(top, std::isfinite(y.high) ? y.high : y.mean);
    }
  for (const auto& [x, y] : plot.floor) range.add(y);
  if (plot.level) range.add(*plot.level);
  for (double slope : plot.slopes) {
    top = std::max(top, slope * right);
    bottom = std::min(bottom, slope * left);
  }
  if (plot.log_y) bottom = std::max(bottom, kLeastShare * top);
  return concat("set xrange ", plot.log_x ? log_range(left, right) : padded_range(left, right),
                "\nset yrange ", plot.log_y ? log_range(bottom, top) : range.text(), '\n',
                plot.log_x ? "set logscale x\n" + x_ticks(plot) : "",
                plot.log_y ? "set logscale y\n" + y_ticks(bottom / 1.4, 1.4 * top) : "",
                right >= 1e4 && !plot.log_x ? "set format x '%.0s %c'\n" : "");
}

}  // namespace line_plot

/// Script of the figure; "" without any point.
[[nodiscard]] inline std::string line_script(const LinePlot& plot) {
  std::string script, lines;
  const auto add = [&](const std::string& line) {
    lines += (lines.empty() ? "plot " : ", ") + line;
  };
  for (std::size_t s = 0; s < plot.slopes.size(); ++s)
    add(concat(plot.slopes[s], " * x with lines dt ", s + 2, " lw 1.3 lc rgb '#777777' title ",
               gnuplot_text(concat(to_text(plot.slopes[s]), ' ', plot.slope_unit))));
  bool any = false;
  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    const PlotSeries& series = plot.series[s];
    if (series.points.empty()) continue;
    any = true;
    script += concat("$series", s, " << EOD\n");
    for (const auto& [x, y] : series.points)
      script += concat(x * line_plot::apart(plot, s), ' ', interval_data(y), '\n');
    script += "EOD\n";
    if (plot.connected && series.points.size() > 1)
      add(concat("$series", s, " using 1:3:4 with filledcurves fs transparent solid 0.13 noborder ",
                 "lc rgb '", line_colour(s), "' notitle"));
    const bool line = plot.connected && series.points.size() > 1;
    add(concat("$series", s,
               line ? " using 1:2 with linespoints" : " using 1:2:3:4 with yerrorbars",
               " lw 1.8 pt ", line_mark(s), " ps 0.8 lc rgb '", line_colour(s), "' title ",
               gnuplot_text(series.name)));
  }
  if (!any) return "";
  if (!plot.floor.empty()) {
    script += "$floor << EOD\n";
    for (const auto& [x, y] : plot.floor) script += concat(x, ' ', y, '\n');
    script += "EOD\n";
    add(concat("$floor with lines dt 2 lw 1.5 lc rgb '", kColours[6], "' title 'floor'"));
  }
  if (plot.level)
    add(concat(*plot.level, " with lines dt 3 lw 1.3 lc rgb '#000000' title 'level'"));
  return concat(script, line_plot::axes(plot),
                "set key outside right top Left reverse samplen 2\nset grid x y\nset xlabel ",
                gnuplot_text(plot.x_label), "\nset ylabel ", gnuplot_lines(plot.y_label), '\n',
                lines, '\n');
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// A metric by loops at test time x difficulty, one panel per trained model.
//
//   6 hops  .26 | .26 .30 .55 .54     a row per slice, its floor to the left,
//   3 hops  .25 | .31 .62 .91 .90     a column per number of loops; a frame around the number
//   1 hop   .25 | .98 .99 .99 .97     that the model was trained with
//          floor   1   2   4   8
//
// A dashed line may divide the rows that training had from those above.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/lab/figures/figure.hpp"

namespace looplab::lab {

/// One trained model: values[row][column], NaN where there is none.
struct HeatMapPanel {
  std::string name;
  Index trained_loops = 0;
  std::vector<std::vector<double>> values;
};

namespace heat_map {

inline constexpr std::string_view kScript = R"(
set cbrange [{low}:{high}]
set cblabel {label}
if ({num_rows} < 4) unset colorbox
unset key
unset grid
set border 0
set tics scale 0
set xtics ({columns})
set ytics ({rows})
set xrange [{left}:{right}]
set yrange [-0.6:{top}]
set xlabel {x_label}
set multiplot layout {down},{across}
{panels}unset multiplot
)";
inline constexpr std::string_view kPanel = R"(
unset label
unset object
{values}{frame}set title {name}
$panel << EOD
{data}EOD
plot $panel using 1:2:($1-0.48):($1+0.48):($2-0.47):($2+0.47):3 \
     with boxxyerror fs solid noborder lc palette notitle
)";
inline constexpr std::string_view kValue =
    "set label '{value}' at {x},{y} center font ',11' front tc rgb '{colour}'\n";
inline constexpr std::string_view kFrame =
    "set object 1 rect from {left},-0.5 to {right},{top} front fs empty border lc rgb vermilion lw "
    "3\n";

inline constexpr std::string_view kLimit =
    "set arrow 1 from -0.5,{y} to {right},{y} nohead front lc rgb vermilion lw 3 dt 2\n";

/// ".52", "1.00".
[[nodiscard]] inline std::string digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text[0] == '0' ? text + 1 : text;
}

inline constexpr double kFloorColumn = -1.3;

}  // namespace heat_map

/// All panels of a claim; `floors` has one entry per row, or none.
struct HeatMap {
  std::vector<std::string> rows;
  std::vector<Index> columns;
  std::vector<double> floors;
  std::vector<HeatMapPanel> panels;
  std::string label, x_label = "loops at test time";
  std::string limit;         // the last row that training had; "": no line is drawn
  double low = 0, high = 1;  // range of the colours

  /// Sets the range of the colours from the smallest to the largest value.
  void fit_colours() {
    double least = INFINITY, most = -INFINITY;
    for (const HeatMapPanel& panel : panels)
      for (const auto& row : panel.values)
        for (double value : row) {
          if (!std::isfinite(value)) continue;
          least = std::min(least, value);
          most = std::max(most, value);
        }
    if (least >= most) return;
    low = least;
    high = most;
  }

  [[nodiscard]] FigureSize size() const {
    const auto num_columns = static_cast<int>(columns.size()),
               num_rows = static_cast<int>(rows.size());
    return {150 + across() * (130 + 46 * num_columns), 20 + down() * (120 + 30 * num_rows)};
  }
  /// "" without panels.
  [[nodiscard]] std::string script() const {
    if (panels.empty() || rows.empty() || columns.empty()) return "";
    std::vector<std::pair<std::string, double>> names;
    if (!floors.empty()) names.emplace_back("floor", heat_map::kFloorColumn);
    for (std::size_t i = 0; i < columns.size(); ++i)
      names.emplace_back(to_text(columns[i]), static_cast<double>(i));
    std::string drawn;
    for (const HeatMapPanel& panel : panels) drawn += panel_script(panel);
    return fill(heat_map::kScript, "low", low, "high", high, "label", gnuplot_text(label),
                "num_rows", rows.size(), "columns", ticks(names), "rows", ticks(rows), "left",
                floors.empty() ? -0.6 : -1.9, "right", static_cast<double>(columns.size()) - 0.4,
                "top", static_cast<double>(rows.size()) - 0.4, "x_label", gnuplot_text(x_label),
                "down", down(), "across", across(), "panels", drawn);
  }

 private:
  /// Panels side by side, at most two, ...
  [[nodiscard]] int across() const { return std::min(2, static_cast<int>(panels.size())); }
  /// and below each other.
  [[nodiscard]] int down() const { return (static_cast<int>(panels.size()) + 1) / 2; }

  [[nodiscard]] std::string panel_script(const HeatMapPanel& panel) const {
    std::string data, values, frame;
    const auto add_square = [&](double x, std::size_t row, double value) {
      if (!std::isfinite(value)) return;
      const bool is_light = (value - low) / (high - low) > 0.6;
      data += data_row(x, row, value);
      values += fill(heat_map::kValue, "value", heat_map::digits(value), "x", x, "y", row, "colour",
                     is_light ? "#222222" : "#ffffff");
    };
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (!floors.empty()) add_square(heat_map::kFloorColumn, row, floors[row]);
      for (std::size_t column = 0; column < columns.size(); ++column)
        add_square(static_cast<double>(column), row, panel.values.at(row).at(column));
    }
    const auto trained = std::ranges::find(columns, panel.trained_loops);
    if (trained != columns.end()) {
      const auto x = static_cast<double>(trained - columns.begin());
      frame = fill(heat_map::kFrame, "left", x - 0.5, "right", x + 0.5, "top",
                   static_cast<double>(rows.size()) - 0.5);
    }
    if (const auto row = std::ranges::find(rows, limit); row != rows.end())
      frame += fill(heat_map::kLimit, "y", static_cast<double>(row - rows.begin()) + 0.5, "right",
                    static_cast<double>(columns.size()) - 0.5);
    return fill(heat_map::kPanel, "values", values, "frame", frame, "name",
                gnuplot_lines(panel.name, 48), "data", data);
  }
};

}  // namespace looplab::lab

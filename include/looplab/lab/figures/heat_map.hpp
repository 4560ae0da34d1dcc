// SPDX-License-Identifier: MIT
//
// A metric by loops at test time x difficulty, one panel per trained model.
//
//   6 hops  .26 | .26 .30 .55 .54     a row per slice, its floor to the left,
//   3 hops  .25 | .31 .62 .91 .90     a column per number of loops; a frame around the number
//   1 hop   .25 | .98 .99 .99 .97     that the model was trained with
//          floor   1   2   4   8
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "looplab/lab/figures/figure.hpp"
#include "looplab/lab/report/short_text.hpp"

namespace looplab::lab {

/// One trained model: values[row][column], NaN where there is none.
struct HeatMapPanel {
  std::string name;
  Index trained_loops = 0;
  std::vector<std::vector<double>> values;
};

/// All panels of a claim; `floors` has one entry per row, or none.
struct HeatMap {
  std::vector<std::string> rows;
  std::vector<Index> columns;
  std::vector<double> floors;
  std::vector<HeatMapPanel> panels;
  std::string label, x_label = "loops at test time";
  double low = 0, high = 1;  // range of the colours
};

/// Number of panels side by side; further ones go below.
[[nodiscard]] inline int panels_per_row(const HeatMap& map) {
  return std::min<int>(2, static_cast<int>(map.panels.size()));
}

/// Width and height for the number of panels.
[[nodiscard]] inline FigureSize heat_map_size(const HeatMap& map) {
  const int across = panels_per_row(map),
            down = (static_cast<int>(map.panels.size()) + across - 1) / std::max(1, across),
            columns = static_cast<int>(map.columns.size());
  return {150 + across * (130 + 46 * columns),
          20 + down * (120 + 30 * static_cast<int>(map.rows.size()))};
}

namespace heat_map {

/// A value in its square, dark on light colours and light on dark ones.
[[nodiscard]] inline std::string value_label(const HeatMap& map, double x, std::size_t y,
                                             double value) {
  const double share = (value - map.low) / (map.high - map.low);
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << value;
  std::string digits = text.str();
  if (digits.starts_with("0.")) digits.erase(0, 1);
  return concat("set label '", digits, "' at ", x, ',', y, " center font ',11' front tc rgb '",
                share > 0.6 ? "#222222" : "#ffffff", "'\n");
}

/// One panel: squares, their values, the frame.
[[nodiscard]] inline std::string panel(const HeatMap& map, std::size_t index) {
  const HeatMapPanel& panel = map.panels[index];
  std::string data, labels;
  const auto square = [&](double x, std::size_t row, double value) {
    if (!std::isfinite(value)) return;
    data += concat(x, ' ', row, ' ', value, '\n');
    labels += value_label(map, x, row, value);
  };
  for (std::size_t row = 0; row < map.rows.size(); ++row) {
    if (!map.floors.empty()) square(-1.3, row, map.floors[row]);
    for (std::size_t column = 0; column < map.columns.size(); ++column)
      square(static_cast<double>(column), row, panel.values.at(row).at(column));
  }
  std::string frame;
  for (std::size_t column = 0; column < map.columns.size(); ++column)
    if (map.columns[column] == panel.trained_loops)
      frame =
          concat("set object 1 rect from ", static_cast<double>(column) - 0.5, ",-0.5 to ",
                 static_cast<double>(column) + 0.5, ',', static_cast<double>(map.rows.size()) - 0.5,
                 " front fs empty border lc rgb '", kColours[1], "' lw 3\n");
  return concat("unset label\nunset object\n", labels, frame, "set title ",
                gnuplot_lines(panel.name, 48), "\n$panel", index, " << EOD\n", data,
                "EOD\nplot $panel", index,
                " using 1:2:($1-0.48):($1+0.48):($2-0.47):($2+0.47):3 with boxxyerror fs solid "
                "noborder lc palette notitle\n");
}

}  // namespace heat_map

/// Script of the figure; "" without panels.
[[nodiscard]] inline std::string heat_map_script(const HeatMap& map) {
  if (map.panels.empty() || map.rows.empty() || map.columns.empty()) return "";
  std::string rows, columns = map.floors.empty() ? "" : "'floor' -1.3";
  for (std::size_t i = 0; i < map.rows.size(); ++i)
    rows += concat(i == 0 ? "" : ", ", gnuplot_text(map.rows[i]), ' ', i);
  for (std::size_t i = 0; i < map.columns.size(); ++i)
    columns += concat(columns.empty() ? "" : ", ", '\'', map.columns[i], "' ", i);
  const int across = panels_per_row(map),
            down = (static_cast<int>(map.panels.size()) + across - 1) / across;
  std::string script = concat(
      // viridis (van der Walt & Smith 2015): perceptually uniform, for any colour vision
      "set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 "
      "'#fde725')\nset cbrange [",
      map.low, ':', map.high, "]\nset cblabel ", gnuplot_text(map.label),
      map.rows.size() < 4 ? "\nunset colorbox" : "",
      "\nunset key\nunset grid\nset border 0\nset tics scale 0\nset xtics (", columns,
      ")\nset ytics (", rows, ")\nset xrange [", map.floors.empty() ? -0.6 : -1.9, ':',
      static_cast<double>(map.columns.size()) - 0.4,
      "]\nset yrange [-0.6:", static_cast<double>(map.rows.size()) - 0.4, "]\nset xlabel ",
      gnuplot_text(map.x_label), "\nset multiplot layout ", down, ',', across, '\n');
  for (std::size_t i = 0; i < map.panels.size(); ++i) script += heat_map::panel(map, i);
  return script + "unset multiplot\n";
}

}  // namespace looplab::lab

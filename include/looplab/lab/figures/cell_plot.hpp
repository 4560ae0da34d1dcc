// SPDX-License-Identifier: MIT
//
// One metric for every cell: each seed as a ring, the mean with its 95 % interval, the floor, and
// the paper's values.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "looplab/lab/figures/figure.hpp"
#include "looplab/stats/interval.hpp"

namespace looplab::lab {

/// The values of one cell over seeds, and the paper's; a column without seeds has the paper's only.
struct CellValues {
  std::string name;
  std::vector<double> values;
  std::optional<double> published = std::nullopt, floor = std::nullopt;
};

/// Width and height for the number of cells.
[[nodiscard]] inline FigureSize cells_size(const std::vector<CellValues>& cells) {
  return {std::clamp(110 + 62 * static_cast<int>(cells.size()), 760, 1060), 420};
}

/// Whether names are too long to be written side by side.
[[nodiscard]] inline bool names_collide(const std::vector<CellValues>& cells) {
  std::size_t letters = 0;
  for (const CellValues& cell : cells) letters = std::max(letters, cell.name.size() + 1);
  return 8 * static_cast<int>(letters * cells.size()) > cells_size(cells).width - 110;
}

/// Script of the figure; "" without any value.
[[nodiscard]] inline std::string cells_script(const std::vector<CellValues>& cells,
                                              const std::string& label) {
  std::string seeds, means, paper, floors, ticks;
  AxisRange range;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto x = static_cast<double>(i);
    ticks += concat(i == 0 ? "" : ", ", gnuplot_text(cells[i].name), ' ', i);
    if (cells[i].published) {
      paper += concat(x - (cells[i].values.empty() ? 0 : 0.2), ' ', *cells[i].published, '\n');
      range.add(*cells[i].published);
    }
    if (cells[i].values.empty()) continue;
    if (cells[i].floor) {
      floors += concat(x - 0.45, ' ', *cells[i].floor, '\n');
      range.add(*cells[i].floor);
    }
    for (std::size_t s = 0; s < cells[i].values.size(); ++s) {
      seeds += concat(x + 0.18 + 0.04 * static_cast<double>(s % 5), ' ', cells[i].values[s], '\n');
      range.add(cells[i].values[s]);
    }
    const stats::Interval interval = stats::mean_interval(cells[i].values);
    range.add(interval);
    means += concat(i, ' ', interval_data(interval), '\n');
  }
  if (means.empty()) return "";
  std::string script = concat(
      "$seeds << EOD\n", seeds, "EOD\n$means << EOD\n", means, "EOD\n$paper << EOD\n", paper,
      "EOD\n$floors << EOD\n", floors,
      "EOD\nset xrange [-0.5:", static_cast<double>(cells.size()) - 0.5, "]\nset yrange ",
      range.text(), "\nset xtics (", ticks, ')', names_collide(cells) ? " rotate by -35" : "",
      "\nset xlabel 'cell (k x R: k distinct layers, applied R times)'\nset ylabel ",
      gnuplot_lines(label), "\nset key outside top horizontal right\n");
  script += concat("plot $means using 1:2:3:4 with yerrorbars pt 7 ps 1.1 lw 2 lc rgb '",
                   kColours[0], "' title 'mean with 95 % interval', $seeds using 1:2 with points ",
                   "pt 6 ps 0.6 lw 1.2 lc rgb '", kColours[6], "' title 'seeds'");
  if (!paper.empty())
    script += concat(", $paper using 1:2 with points pt 12 ps 1.3 lw 2 lc rgb '", kColours[3],
                     "' title 'the paper'");
  if (!floors.empty())
    script += concat(", $floors using 1:2:(0.9):(0) with vectors nohead dt 2 lw 1.5 lc rgb '",
                     kColours[1], "' title 'floor'");
  return script + '\n';
}

}  // namespace looplab::lab

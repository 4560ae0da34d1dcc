// SPDX-License-Identifier: MIT
//
// One metric for every cell: each seed as a ring, the mean with its 95 % interval, the floor, and
// the paper's values.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/lab/figures/axis_range.hpp"
#include "looplab/lab/figures/figure.hpp"

namespace looplab::lab {

/// The values of one cell over seeds, and the paper's; a column without seeds has the paper's only.
struct CellValues {
  std::string name;
  std::vector<double> values;
  std::optional<double> published = std::nullopt, floor = std::nullopt;
};

namespace cell_plot {

inline constexpr std::string_view kScript = R"(
$seeds << EOD
{seeds}EOD
$means << EOD
{means}EOD
$paper << EOD
{paper}EOD
$floors << EOD
{floors}EOD
set xrange [-0.5:{right}]
set yrange {range}
set xtics ({names}) {rotation}
set xlabel 'cell (k x R: k distinct layers, applied R times)'
set ylabel {label}
set key outside top horizontal right
plot $means using 1:2:3:4 with yerrorbars pt 7 ps 1.1 lw 2 lc rgb blue title 'mean with 95 % interval', \
     $seeds using 1:2 with points pt 6 ps 0.6 lw 1.2 lc rgb grey title 'seeds'{plot_paper}{plot_floors}
)";
inline constexpr std::string_view kPaper =
    ", $paper using 1:2 with points pt 12 ps 1.3 lw 2 lc rgb pink title 'the paper'";
inline constexpr std::string_view kFloors =
    ", $floors using 1:2:(0.9):(0) with vectors nohead dt 2 lw 1.5 lc rgb vermilion title 'floor'";

}  // namespace cell_plot

/// Content of the figure.
struct CellPlot {
  std::vector<CellValues> cells;
  std::string label;

  [[nodiscard]] FigureSize size() const {
    return {std::clamp(110 + 62 * static_cast<int>(cells.size()), 760, 1060), 420};
  }
  /// Whether names are too long to be written side by side.
  [[nodiscard]] bool names_collide() const {
    std::size_t letters = 0;
    for (const CellValues& cell : cells) letters = std::max(letters, cell.name.size() + 1);
    return 8 * static_cast<int>(letters * cells.size()) > size().width - 110;
  }
  /// "" without any seed.
  [[nodiscard]] std::string script() const {
    std::string seeds, means, paper, floors;
    std::vector<std::string> names;
    AxisRange range;
    for (const CellValues& cell : cells) {
      const auto x = static_cast<double>(names.size());
      names.push_back(cell.name);
      if (cell.published) {
        paper += data_row(x - (cell.values.empty() ? 0 : 0.2), *cell.published);
        range.add(*cell.published);
      }
      if (cell.values.empty()) continue;
      if (cell.floor) {
        floors += data_row(x - 0.45, *cell.floor);
        range.add(*cell.floor);
      }
      for (std::size_t s = 0; s < cell.values.size(); ++s) {
        seeds += data_row(x + 0.18 + 0.04 * static_cast<double>(s % 5), cell.values[s]);
        range.add(cell.values[s]);
      }
      const stats::Interval interval = stats::mean_interval(cell.values);
      means += data_row(x, interval);
      range.add(interval);
    }
    if (means.empty()) return "";
    return fill(cell_plot::kScript, "seeds", seeds, "means", means, "paper", paper, "floors",
                floors, "right", static_cast<double>(cells.size()) - 0.5, "range", range.text(),
                "names", ticks(names), "rotation", names_collide() ? "rotate by -35" : "", "label",
                gnuplot_lines(label), "plot_paper", paper.empty() ? "" : cell_plot::kPaper,
                "plot_floors", floors.empty() ? "" : cell_plot::kFloors);
  }
};

}  // namespace looplab::lab

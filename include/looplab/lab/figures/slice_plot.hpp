// SPDX-License-Identifier: MIT
//
// A metric by slice (hops, for instance): a line for each cell, and the floor of each slice.
#pragma once

#include <string>
#include <vector>

#include "looplab/lab/figures/figure.hpp"
#include "looplab/stats/interval.hpp"

namespace looplab::lab {

/// One line: a value with its interval at each slice; a count of 0: no value.
struct SliceLine {
  std::string name;
  std::vector<stats::Interval> values;
};

/// Script of the figure; "" without any value.
[[nodiscard]] inline std::string slices_script(const std::vector<std::string>& slices,
                                               const std::vector<SliceLine>& lines,
                                               const std::vector<double>& floors,
                                               const std::string& label) {
  std::string script = "set key outside right top Left reverse samplen 2\n", plot, ticks;
  std::size_t length = 0;  // of all names, written side by side
  for (std::size_t i = 0; i < slices.size(); ++i) {
    ticks += concat(i == 0 ? "" : ", ", gnuplot_text(slices[i]), ' ', i);
    length += slices[i].size() + 2;
  }
  AxisRange range;
  for (std::size_t l = 0; l < lines.size(); ++l) {
    // Shifted slightly, so that intervals of different cells do not hide each other.
    const double shift = 0.06 * (static_cast<double>(l) - 0.5 * double(lines.size() - 1));
    script += concat("$line", l, " << EOD\n");
    for (std::size_t i = 0; i < lines[l].values.size(); ++i) {
      if (lines[l].values[i].count == 0) continue;
      script +=
          concat(static_cast<double>(i) + shift, ' ', interval_data(lines[l].values[i]), '\n');
      range.add(lines[l].values[i]);
    }
    script += "EOD\n";
    plot += concat(plot.empty() ? "plot " : ", ", "$line", l,
                   " using 1:2:3:4 with yerrorlines lw 1.8 pt ", line_mark(l), " ps 0.7 lc rgb '",
                   line_colour(l), "' title ", gnuplot_text(lines[l].name));
  }
  if (range.empty()) return "";
  if (!floors.empty()) {
    script += "$floor << EOD\n";
    for (std::size_t i = 0; i < floors.size(); ++i) {
      script += concat(i, ' ', floors[i], '\n');
      range.add(floors[i]);
    }
    script += "EOD\n";
    plot += concat(", $floor with lines dt 2 lw 1.5 lc rgb '", kColours[6], "' title 'floor'");
  }
  return concat(script, "set xrange [-0.5:", static_cast<double>(slices.size()) - 0.5,
                "]\nset yrange ", range.text(), "\nset xtics (", ticks, ')',
                length > 56 ? " rotate by -35" : "", "\nset ylabel ", gnuplot_lines(label), '\n',
                plot, '\n');
}

}  // namespace looplab::lab

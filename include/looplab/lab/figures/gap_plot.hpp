// SPDX-License-Identifier: MIT
//
// The gaps closed of all claims in one figure, in each claim's own metric and in nats.
//
//                        accuracy or bits         nats of the answers
//   capacity: bits       |-*-|     :       :      |--*--|   :       :
//   hops                 :       |-*-|     :      :      |--*--|    :
//                        0                 1      0                 1
//
// A label "case: which" gives a row its colour and mark by case, and its name by which.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "looplab/lab/figures/figure.hpp"
#include "looplab/lab/report/text_table.hpp"
#include "looplab/lab/verdicts/gap_verdict.hpp"

namespace looplab::lab {

/// "capacity" of "capacity: bits of knowledge"; "" without a colon.
[[nodiscard]] inline std::string gap_case(const Gap& gap) {
  const std::size_t colon = gap.title().find(": ");
  return colon == std::string::npos ? "" : gap.title().substr(0, colon);
}

/// Rows of the figure over all claims, grouped by case; cases are ordered by name.
[[nodiscard]] inline std::vector<GapRow> summary_rows(const std::vector<GapRow>& all) {
  std::vector<std::string> cases;
  for (const GapRow& row : all)
    if (std::ranges::find(cases, gap_case(row.gap)) == cases.end())
      cases.push_back(gap_case(row.gap));
  std::ranges::sort(cases);
  std::vector<GapRow> rows;
  for (const std::string& name : cases)
    for (const GapRow& row : all)
      if (row.gap.in_summary && gap_case(row.gap) == name) rows.push_back(row);
  return rows;
}

/// Width and height for the number of rows.
[[nodiscard]] inline FigureSize gaps_size(const std::vector<GapRow>& rows) {
  return {960, 166 + 44 * static_cast<int>(rows.size())};
}

namespace gap_plot {

/// The range of both panels: 0 and 1, and intervals unless these would dwarf them.
struct Range {
  double low = -0.15, high = 1.15;
};
[[nodiscard]] inline Range range(const std::vector<GapRow>& rows) {
  auto [low, high] = Range{};
  for (const GapRow& row : rows)
    for (const stats::GapClosed* gap : {&row.closed, &row.nats}) {
      if (!gap->ratio) continue;
      low = std::min(low, std::max(-0.6, gap->low - 0.05));
      high = std::max(high, std::min(1.8, gap->high + 0.05));
    }
  return {low, high};
}

/// A ratio outside the range, written at the edge nearest to it; otherwise "".
[[nodiscard]] inline std::string beyond(const stats::GapClosed& gap, Range range, double y) {
  if (*gap.ratio >= range.low && *gap.ratio <= range.high) return "";
  const bool right = *gap.ratio > range.high;
  const std::string text = gap_text(gap);
  return concat("set label ", gnuplot_text(right ? text + " >" : "< " + text), " at graph ",
                right ? "0.985" : "0.015", ", first ", y + 0.28, right ? " right" : " left",
                " font ',10' tc rgb '#666666' front\n");
}

/// "accuracy" or "bits", with the slice if there is one, for the left panel.
[[nodiscard]] inline std::string row_name(const Gap& gap) {
  const std::string name = gap_case(gap);
  return name.empty() ? gap.title() : gap.title().substr(name.size() + 2);
}

/// The mark and name of each case, below both panels.
[[nodiscard]] inline std::string legend(const std::vector<std::string>& cases, int height) {
  std::string script;
  double x = 0.5 - 0.09 * static_cast<double>(cases.size());
  for (std::size_t c = 0; c < cases.size(); ++c, x += 0.18)
    if (!cases[c].empty())
      script += concat("set label ", gnuplot_text(cases[c]), " at screen ", x + 0.03, ", screen ",
                       14.0 / height, " left point pt ", line_mark(c), " ps 1.1 lc rgb '",
                       line_colour(c), "' offset 1,0\n");
  return script;
}

/// One panel: a data block per case; for undefined gaps, the reason as text.
[[nodiscard]] inline std::string panel(const std::vector<GapRow>& rows,
                                       const std::vector<std::string>& cases,
                                       stats::GapClosed GapRow::*scale, const std::string& name,
                                       Range range, const std::string& legend) {
  std::vector<std::string> data(cases.size());
  std::string script = "unset label\n" + legend;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto y = static_cast<double>(rows.size() - 1 - i);
    const stats::GapClosed& gap = rows[i].*scale;
    if (!gap.ratio) {
      const auto lines = wrapped("undefined: " + gap.reason, 46);
      for (std::size_t l = 0; l < std::min<std::size_t>(3, lines.size()); ++l)
        script +=
            concat("set label ", gnuplot_text(lines[l]), " at graph 0.5, first ",
                   y + 0.3 * (0.5 * static_cast<double>(lines.size() - 1) - static_cast<double>(l)),
                   " center boxed font ',10' tc rgb '#666666' front\n");
      continue;
    }
    script += beyond(gap, range, y);
    const auto at = std::ranges::find(cases, gap_case(rows[i].gap)) - cases.begin();
    data[static_cast<std::size_t>(at)] +=
        concat(*gap.ratio, ' ', y, ' ', gap.low, ' ', gap.high, '\n');
  }
  std::string plot = "plot NaN notitle";
  for (std::size_t c = 0; c < cases.size(); ++c) {
    const std::string block = concat("$", name, c),
                      look = concat(" pt ", line_mark(c), " ps 1.1 lw 2 lc rgb '", line_colour(c),
                                    "' ");
    if (data[c].empty()) continue;
    script += concat(block, " << EOD\n", data[c], "EOD\n");
    plot += concat(", ", block, " using 1:2:3:4 with xerrorbars", look, "notitle");
  }
  return script + plot + '\n';
}

}  // namespace gap_plot

/// Both panels, a row per gap, with lines at 0 (like k x 1) and 1 (like kR x 1).
[[nodiscard]] inline std::string gaps_script(const std::vector<GapRow>& rows) {
  if (rows.empty()) return "";
  std::vector<std::string> cases;
  std::string ticks;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (std::ranges::find(cases, gap_case(rows[i].gap)) == cases.end())
      cases.push_back(gap_case(rows[i].gap));
    const std::string name = gap_plot::row_name(rows[i].gap);
    longest = std::max(longest, name.size());
    ticks += concat(i == 0 ? "" : ", ", gnuplot_text(name), ' ', rows.size() - 1 - i);
  }
  const auto [width, height] = gaps_size(rows);
  const double left = std::min(0.42, (30 + 7.4 * static_cast<double>(longest)) / width),
               middle = left + 0.5 * (0.985 - left), bottom = 102.0 / height,
               top = 1 - 46.0 / height;
  const gap_plot::Range range = gap_plot::range(rows);
  std::string script = concat(
      "set multiplot\nunset key\nset style textbox opaque noborder fillcolor "
      "rgb 'white'\nset grid x noy lt 1 lw 0.5 lc rgb '#dddddd'\nset yrange [-0.6:",
      static_cast<double>(rows.size()) - 0.4, "]\nset xrange [", range.low, ':', range.high,
      "]\nset xtics 0.5\nset ytics (", ticks, ") scale 0\n", "set bmargin at screen ", bottom,
      "\nset tmargin at screen ", top, "\n");
  for (int mark : {0, 1})
    script += concat("set arrow from ", mark, ", graph 0 to ", mark,
                     ", graph 1 nohead lw 1.5 dt 2 lc rgb '#555555' back\n");
  script += concat("set lmargin at screen ", left, "\nset rmargin at screen ", middle - 0.012,
                   "\nset title 'in the metric of the task (accuracy or bits)'\n",
                   "set xlabel 'gap closed (0: like k x 1, 1: like kR x 1)'\n",
                   gap_plot::panel(rows, cases, &GapRow::closed, "closed", range, ""));
  script += concat(
      "set lmargin at screen ", middle + 0.012, "\nset rmargin at screen 0.985\n",
      "unset ytics\nset title 'in nats of the answer tokens (one scale for all)'\n",
      gap_plot::panel(rows, cases, &GapRow::nats, "nats", range, gap_plot::legend(cases, height)),
      "unset multiplot\n");
  return script;
}

/// The figure over all claims.
[[nodiscard]] inline FigurePlan gaps_figure(const std::vector<GapRow>& all) {
  const std::vector<GapRow> rows = summary_rows(all);
  return {
      "gap_closed", "gap closed by looping", gaps_size(rows), gaps_script(rows),
      "(loop - iso-parameter) / (iso-FLOP - iso-parameter), with its 95 % interval (Fieller) "
      "over seeds. Near 1: looping does what distinct layers would do. Near 0: it adds nothing. "
      "Left in the metric of each task, right in the mean negative log likelihood of its "
      "answers."};
}

}  // namespace looplab::lab

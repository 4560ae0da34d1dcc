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
#include <string_view>
#include <utility>
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

namespace gap_plot {

inline constexpr std::string_view kScript = R"(
set multiplot
unset key
set style textbox opaque noborder fillcolor rgb 'white'
set grid x noy lt 1 lw 0.5 lc rgb '#dddddd'
set yrange [-0.6:{top_row}]
set xrange [{low}:{high}]
set xtics 0.5
set ytics ({names}) scale 0
set bmargin at screen {bottom}
set tmargin at screen {top}
set arrow from 0, graph 0 to 0, graph 1 nohead lw 1.5 dt 2 lc rgb '#555555' back
set arrow from 1, graph 0 to 1, graph 1 nohead lw 1.5 dt 2 lc rgb '#555555' back

set lmargin at screen {left}
set rmargin at screen {left_end}
set title 'in the metric of the task (accuracy or bits)'
set xlabel 'gap closed (0: like k x 1, 1: like kR x 1)'
{metric_panel}
unset label
set lmargin at screen {right}
set rmargin at screen 0.985
unset ytics
set title 'in nats of the answer tokens (one scale for all)'
{legend}{nats_panel}unset multiplot
)";
inline constexpr std::string_view kSeries =
    ", ${name} using 1:2:3:4 with xerrorbars lt {i} ps 1.1 lw 2 notitle";
inline constexpr std::string_view kText =
    "set label {text} at graph {x}, first {y} {place} font ',10' tc rgb '#666666' front\n";
inline constexpr std::string_view kCase =
    "set label {name} at screen {x}, screen {y} left point lt {i} ps 1.1 offset 1,0\n";

}  // namespace gap_plot

/// Rows of the figure over all claims, grouped by case; cases are ordered by name.
[[nodiscard]] inline std::vector<GapRow> summary_rows(const std::vector<GapRow>& all) {
  std::vector<GapRow> rows;
  for (const GapRow& row : all)
    if (row.gap.in_summary) rows.push_back(row);
  std::ranges::stable_sort(rows, {}, [](const GapRow& row) { return gap_case(row.gap); });
  return rows;
}

/// Both panels, a row per gap, with lines at 0 (like k x 1) and 1 (like kR x 1).
struct GapPlot {
  std::vector<GapRow> rows;

  [[nodiscard]] FigureSize size() const { return {960, 166 + 44 * static_cast<int>(rows.size())}; }

  /// The range of both panels: 0 and 1, and intervals unless these would dwarf them.
  [[nodiscard]] std::pair<double, double> range() const {
    double low = -0.15, high = 1.15;
    for (const GapRow& row : rows)
      for (const stats::GapClosed* gap : {&row.closed, &row.nats}) {
        if (!gap->ratio) continue;
        low = std::min(low, std::max(-0.6, gap->low - 0.05));
        high = std::max(high, std::min(1.8, gap->high + 0.05));
      }
    return {low, high};
  }

  /// "" without rows.
  [[nodiscard]] std::string script() const {
    if (rows.empty()) return "";
    std::vector<std::pair<std::string, double>> names;
    std::size_t longest = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string title = rows[i].gap.title(), case_name = gap_case(rows[i].gap);
      names.emplace_back(case_name.empty() ? title : title.substr(case_name.size() + 2), y_of(i));
      longest = std::max(longest, names.back().first.size());
    }
    const auto [width, height] = size();
    const double left = std::min(0.42, (30 + 7.4 * static_cast<double>(longest)) / width),
                 middle = left + 0.5 * (0.985 - left);
    return fill(gap_plot::kScript, "top_row", static_cast<double>(rows.size()) - 0.4, "low",
                range().first, "high", range().second, "names", ticks(names), "bottom",
                102.0 / height, "top", 1 - 46.0 / height, "left", left, "left_end", middle - 0.012,
                "right", middle + 0.012, "metric_panel", panel("closed", &GapRow::closed),
                "nats_panel", panel("nats", &GapRow::nats), "legend", legend());
  }

 private:
  [[nodiscard]] double y_of(std::size_t row) const {
    return static_cast<double>(rows.size() - 1 - row);
  }

  /// In the order of their first rows.
  [[nodiscard]] std::vector<std::string> cases() const {
    std::vector<std::string> names;
    for (const GapRow& row : rows)
      if (std::ranges::find(names, gap_case(row.gap)) == names.end())
        names.push_back(gap_case(row.gap));
    return names;
  }

  /// The mark and name of each case, below both panels.
  [[nodiscard]] std::string legend() const {
    const std::vector<std::string> names = cases();
    std::string labels;
    double x = 0.5 - 0.09 * static_cast<double>(names.size());
    for (std::size_t c = 0; c < names.size(); ++c, x += 0.18)
      if (!names[c].empty())
        labels += fill(gap_plot::kCase, "name", gnuplot_text(names[c]), "x", x + 0.03, "y",
                       14.0 / size().height, "i", c + 1);
    return labels;
  }

  /// The gaps of one panel as a data block per case; those that are undefined or outside the range
  /// as text.
  [[nodiscard]] std::string panel(const std::string& name, stats::GapClosed GapRow::*scale) const {
    const std::vector<std::string> names = cases();
    std::vector<std::string> data(names.size());
    std::string script;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const stats::GapClosed& gap = rows[i].*scale;
      script += gap.ratio ? beyond(gap, y_of(i)) : undefined(gap, y_of(i));
      const auto at = std::ranges::find(names, gap_case(rows[i].gap)) - names.begin();
      if (gap.ratio)
        data[static_cast<std::size_t>(at)] += data_row(*gap.ratio, y_of(i), gap.low, gap.high);
    }
    std::string plot = "plot NaN notitle";
    for (std::size_t c = 0; c < names.size(); ++c) {
      if (data[c].empty()) continue;
      script += data_block(concat(name, c), data[c]);
      plot += fill(gap_plot::kSeries, "name", concat(name, c), "i", c + 1);
    }
    return script + plot + '\n';
  }

  /// A ratio outside the range, written at the edge nearest to it; otherwise "".
  [[nodiscard]] std::string beyond(const stats::GapClosed& gap, double y) const {
    const auto [low, high] = range();
    if (*gap.ratio >= low && *gap.ratio <= high) return "";
    const bool right = *gap.ratio > high;
    const std::string text = right ? gap_text(gap) + " >" : "< " + gap_text(gap);
    return fill(gap_plot::kText, "text", gnuplot_text(text), "x", right ? 0.985 : 0.015, "y",
                y + 0.28, "place", right ? "right" : "left");
  }

  /// Why a gap is undefined, in up to three lines.
  [[nodiscard]] static std::string undefined(const stats::GapClosed& gap, double y) {
    const auto lines = wrapped(gap_text(gap), 46);
    std::string labels;
    const double middle = 0.5 * static_cast<double>(lines.size() - 1);
    for (std::size_t l = 0; l < std::min<std::size_t>(3, lines.size()); ++l)
      labels += fill(gap_plot::kText, "text", gnuplot_text(lines[l]), "x", 0.5, "y",
                     y + 0.3 * (middle - static_cast<double>(l)), "place", "center boxed");
    return labels;
  }
};

/// The figure over all claims.
[[nodiscard]] inline FigurePlan gaps_figure(const std::vector<GapRow>& all) {
  return {
      "gap_closed", "gap closed by looping",
      "(loop - iso-parameter) / (iso-FLOP - iso-parameter), with its 95 % interval (Fieller) "
      "over seeds. Near 1: looping does what distinct layers would do. Near 0: it adds nothing. "
      "Left in the metric of each task, right in the mean negative log likelihood of its "
      "answers.",
      GapPlot{summary_rows(all)}};
}

}  // namespace looplab::lab

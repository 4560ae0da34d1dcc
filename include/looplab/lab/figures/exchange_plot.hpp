// SPDX-License-Identifier: MIT
//
// The exchange rates of all claims in one figure: what R loops of a layer are worth, by task.
//
//                              nothing      language models    a layer each
//   storing facts: 1 x 4       |   |-*-|         :                  |
//   arithmetic: 1 x 4          |             |---:-*--|             |
//   k hops in context: 1 x 4   |                 :                |-*-|
//                              0                .46                 1
//
// Rows of the same case ("storing facts") have one colour. An interval that leaves the ladder ends in
// an arrow.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/lab/figures/figure.hpp"
#include "looplab/lab/report/text_table.hpp"
#include "looplab/lab/verdicts/verdict.hpp"

namespace looplab::lab {

/// "capacity" of "capacity: bits of knowledge"; the whole title without a colon.
[[nodiscard]] inline std::string exchange_case(const Exchange& exchange) {
  return exchange.title().substr(0, exchange.title().find(": "));
}

/// phi of language-model loss (arXiv:2604.21106).
inline constexpr double kPublishedPhi = 0.46;

namespace exchange_plot {

inline constexpr std::string_view kScript = R"(
unset key
set grid x noy lt 1 lw 0.5 lc rgb '#dddddd'
set yrange [-0.6:{top_row}]
set xrange [{low}:{high}]
set xtics 0.25
set ytics ({names}) scale 0
set bmargin at screen {bottom}
set tmargin at screen {top}
set lmargin at screen {left}
set rmargin at screen 0.975
set xlabel 'exchange rate phi: R loops of k layers are worth k R^phi layers'
set arrow from 0, graph 0 to 0, graph 1 nohead lw 1.5 dt 2 lc rgb '#555555' back
set arrow from 1, graph 0 to 1, graph 1 nohead lw 1.5 dt 2 lc rgb '#555555' back
set arrow from {published}, graph 0 to {published}, graph 1 nohead lw 1.2 dt 3 lc rgb '#888888' back
set label 'nothing' at 0, graph 1.04 center font ',10' tc rgb '#555555'
set label 'a layer each' at 1, graph 1.04 center font ',10' tc rgb '#555555'
set label 'language models' at {published}, graph 1.04 center font ',10' tc rgb '#888888'
{panel}
)";
inline constexpr std::string_view kSeries =
    ", ${name} using 1:2:3:4 with xerrorbars lt {i} ps 1.1 lw 2 notitle";
inline constexpr std::string_view kText =
    "set label {text} at graph {x}, first {y} {place} font ',10' tc rgb '#666666' front\n";
inline constexpr std::string_view kArrow =
    "set arrow from {from}, first {y} to {to}, first {y} head filled size screen 0.008,20 lw 2 lt "
    "{i} front\n";

}  // namespace exchange_plot

/// Rows of the figure over all claims, by case in the order of their first rows.
[[nodiscard]] inline std::vector<ExchangeRow> summary_rows(const std::vector<ExchangeRow>& all) {
  std::vector<ExchangeRow> rows;
  for (const ExchangeRow& row : all)
    if (row.exchange.in_summary && row.count > 0) rows.push_back(row);
  std::ranges::stable_sort(rows, {},
                           [](const ExchangeRow& row) { return exchange_case(row.exchange); });
  return rows;
}

/// A row per exchange rate with its 95 % interval.
struct ExchangePlot {
  std::vector<ExchangeRow> rows;

  [[nodiscard]] FigureSize size() const { return {760, 130 + 40 * static_cast<int>(rows.size())}; }

  /// 0 and 1, and rates unless they would dwarf these.
  [[nodiscard]] std::pair<double, double> range() const {
    double low = -0.15, high = 1.25;
    for (const ExchangeRow& row : rows) {
      if (row.rate.place == stats::LadderPlace::undefined) continue;
      low = std::min(low, std::max(-0.6, row.rate.phi - 0.1));
      high = std::max(high, std::min(1.8, row.rate.phi + 0.1));
    }
    return {low, high};
  }

  /// "" without rows.
  [[nodiscard]] std::string script() const {
    if (rows.empty()) return "";
    std::vector<std::pair<std::string, double>> names;
    std::size_t longest = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      names.emplace_back(rows[i].exchange.title(), y_of(i));
      longest = std::max(longest, names.back().first.size());
    }
    const auto [width, height] = size();
    const double left = std::min(0.5, (30 + 7.4 * static_cast<double>(longest)) / width);
    return fill(exchange_plot::kScript, "top_row", static_cast<double>(rows.size()) - 0.4, "low",
                range().first, "high", range().second, "names", ticks(names), "bottom",
                66.0 / height, "top", 1 - 34.0 / height, "left", left, "published", kPublishedPhi,
                "panel", panel());
  }

 private:
  [[nodiscard]] double y_of(std::size_t row) const {
    return static_cast<double>(rows.size() - 1 - row);
  }
  /// The number of a row's case, from 1 on.
  [[nodiscard]] std::size_t case_of(std::size_t row) const {
    std::size_t number = 1;
    for (std::size_t i = 1; i <= row; ++i)
      if (exchange_case(rows[i].exchange) != exchange_case(rows[i - 1].exchange)) ++number;
    return number;
  }

  [[nodiscard]] std::string panel() const {
    std::string script, plot = "plot NaN notitle";
    const auto [low, high] = range();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const stats::ExchangeRate& rate = rows[i].rate;
      if (rate.place == stats::LadderPlace::undefined) {
        script += fill(exchange_plot::kText, "text", gnuplot_text(exchange_words(rate)), "x", 0.5,
                       "y", y_of(i), "place", "center");
        continue;
      }
      for (const auto& [end, edge] : {std::pair{rate.low, low}, std::pair{rate.high, high}})
        if (end < low || end > high)
          script += fill(exchange_plot::kArrow, "from", std::clamp(rate.phi, low, high), "to", edge,
                         "y", y_of(i), "i", case_of(i));
      script += data_block(concat("row", i), data_row(rate.phi, y_of(i), std::max(rate.low, low),
                                                      std::min(rate.high, high)));
      plot += fill(exchange_plot::kSeries, "name", concat("row", i), "i", case_of(i));
    }
    return script + plot + '\n';
  }
};

/// The figure over all claims.
[[nodiscard]] inline FigurePlan exchange_figure(const std::vector<ExchangeRow>& all) {
  return {"exchange_rates", "exchange rate of loops for layers, by task",
          "What R loops of k layers are worth: k R^phi layers of their own, read off a ladder of "
          "unlooped depths of the same width, with its 95 % interval over seeds (an arrow: beyond "
          "the ladder). 1: a loop is worth a layer; 0: nothing. Dotted: language-model loss "
          "(arXiv:2604.21106).",
          ExchangePlot{summary_rows(all)}};
}

}  // namespace looplab::lab

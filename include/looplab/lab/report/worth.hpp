// SPDX-License-Identifier: MIT
//
// The exchange rates in one sentence: what a loop is worth, by task.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/verdicts/verdict.hpp"

namespace looplab::lab {

/// "1.4 layers [1.2, 1.7] on stored facts"; beyond the ladder "at least 4 layers on ...".
[[nodiscard]] inline std::string worth_on(const ExchangeRow& row) {
  const auto layers = [&](double phi) {
    const double d = static_cast<double>(row.layers) * std::pow(row.loops, phi);
    return std::isfinite(d) ? fixed(d, 1) : "more";
  };
  const stats::ExchangeRate& rate = row.rate;
  const std::string on = concat(" on ", row.exchange.short_label);
  if (rate.place == stats::LadderPlace::beyond)
    return concat("at least ", fixed(rate.layers, 1), " layers", on);
  if (rate.place == stats::LadderPlace::below)
    return concat("less than ", fixed(rate.layers, 1), rate.layers == 1 ? " layer" : " layers", on);
  return concat(layers(rate.phi), " layers [", layers(rate.low), ", ", layers(rate.high), "]", on);
}

/// "1 layer applied 4 times is worth 3.9 layers [3.8, 4.0] on k hops in context, ...": a sentence for
/// each k x R among the exchange rates that have a short label; "" without any.
[[nodiscard]] inline std::string worth_text(const Verdicts& verdicts) {
  std::string text;
  std::vector<std::pair<Index, Index>> told;
  for (const ExchangeRow& first : verdicts.exchanges) {
    const std::pair shape{first.layers, first.loops};
    if (std::ranges::find(told, shape) != told.end()) continue;
    std::vector<std::string> parts;
    for (const ExchangeRow& row : verdicts.exchanges)
      if (std::pair(row.layers, row.loops) == shape && !row.exchange.short_label.empty() &&
          row.rate.place != stats::LadderPlace::undefined)
        parts.push_back(worth_on(row));
    if (parts.empty()) continue;
    told.push_back(shape);
    if (parts.size() > 1) parts.back() = "and " + parts.back();
    text += concat(text.empty() ? "" : " ", first.layers,
                   first.layers == 1 ? " layer applied " : " layers applied ", first.loops,
                   " times ", first.layers == 1 ? "is" : "are", " worth ", joined(parts), ".");
  }
  return text;
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// The exchange rates in one sentence: what a loop is worth, by task.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/verdicts/verdict.hpp"

namespace looplab::lab {

/// "1.4 layers [1.2, 1.7] on stored facts"; off the ladder "at least 4.0 layers on ...", and where
/// the interval leaves it "1.1 layers [at most 1.4] for storing facts".
[[nodiscard]] inline std::string worth_of(const ExchangeRow& row) {
  const auto layers = [&](double phi) {
    return fixed(static_cast<double>(row.layers) * std::pow(row.loops, phi), 1);
  };
  const stats::ExchangeRate& rate = row.rate;
  const std::string task = " " + row.exchange.short_label;
  if (rate.place == stats::LadderPlace::beyond)
    return concat("at least ", fixed(rate.layers, 1), " layers", task);
  if (rate.place == stats::LadderPlace::below)
    return concat("less than ", fixed(rate.layers, 1), rate.layers == 1 ? " layer" : " layers",
                  task);
  const bool low = std::isfinite(rate.low), high = std::isfinite(rate.high);
  const std::string interval = low && high ? concat(layers(rate.low), ", ", layers(rate.high))
                               : low       ? "at least " + layers(rate.low)
                               : high      ? "at most " + layers(rate.high)
                                           : "unknown";
  return concat(layers(rate.phi), " layers [", interval, "]", task);
}

/// "1 layer applied 4 times is worth 3.9 layers [3.8, 4.0] on k hops in context, ...": a sentence for
/// each k x R among the exchange rates that have a short label, the largest first; "" without any.
[[nodiscard]] inline std::string worth_text(const Verdicts& verdicts) {
  std::string text;
  std::vector<std::pair<Index, Index>> told;
  std::vector<ExchangeRow> rows = verdicts.exchanges;
  std::ranges::stable_sort(rows, std::greater<>{},
                           [](const ExchangeRow& row) { return row.rate.phi; });
  for (const ExchangeRow& first : rows) {
    const std::pair shape{first.layers, first.loops};
    if (std::ranges::find(told, shape) != told.end()) continue;
    std::vector<std::string> parts;
    for (const ExchangeRow& row : rows)
      if (std::pair(row.layers, row.loops) == shape && !row.exchange.short_label.empty() &&
          row.rate.place != stats::LadderPlace::undefined)
        parts.push_back(worth_of(row));
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

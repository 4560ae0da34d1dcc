// SPDX-License-Identifier: MIT
//
// The exchange rate of a cell's loops for layers, from results (stats/exchange_rate.hpp).
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "looplab/lab/claims/claim.hpp"
#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/results/claim_results.hpp"
#include "looplab/stats/exchange_rate.hpp"

namespace looplab::lab {

/// An exchange rate; `count` is the number of seeds of the cell with the fewest, 0: no results.
struct CellExchange {
  stats::ExchangeRate rate;
  Index count = 0;
};

/// Whether less of a quantity is better.
[[nodiscard]] inline stats::Better better(const MetricKey& metric) {
  const bool lower = metric.quantity == quantity::answer_nats || metric.quantity == quantity::loss;
  return lower ? stats::Better::lower : stats::Better::higher;
}

/// Places a looped cell on the ladder, over the seeds that all of these cells have.
/// \pre the cells are the claim's, of ascending depth
[[nodiscard]] inline CellExchange cell_exchange(const Claim& claim, const ClaimResults& results,
                                                const std::string& cell,
                                                const std::vector<std::string>& ladder,
                                                const MetricKey& metric, double confidence) {
  CellExchange exchange;
  exchange.rate.reason = "no results";
  std::vector<CellMetric> wanted{{cell, metric}};
  for (const std::string& rung : ladder) wanted.push_back({rung, metric});
  const auto values = results.paired(wanted);
  if (values[0].empty()) return exchange;
  const auto layers = [&](const std::string& name) {
    return static_cast<double>(find_cell(claim, name)->config.model.num_block_layers);
  };
  std::vector<stats::Rung> rungs;
  for (std::size_t i = 0; i < ladder.size(); ++i)
    rungs.push_back({layers(ladder[i]), values[i + 1]});
  const auto loops = static_cast<double>(find_cell(claim, cell)->config.loops.trained);
  const stats::LoopedCell looped{layers(cell), loops, values[0]};
  exchange.count = std::ssize(values[0]);
  exchange.rate = stats::exchange_rate(rungs, looped, better(metric), confidence);
  return exchange;
}

/// "worth 2.1 layers", "worth at least 8 layers: beyond the ladder".
[[nodiscard]] inline std::string exchange_words(const stats::ExchangeRate& rate) {
  const std::string layers = short_number(rate.layers);
  switch (rate.place) {
    case stats::LadderPlace::on:
      return concat("worth ", layers, " layers");
    case stats::LadderPlace::beyond:
      return concat("worth at least ", layers, " layers: beyond the ladder");
    case stats::LadderPlace::below:
      return concat("worth less than ", layers, " layers: below the ladder");
    default:
      return "undefined: " + rate.reason;
  }
}

/// "0.55 [0.48, 0.70], worth 2.1 layers".
[[nodiscard]] inline std::string exchange_text(const stats::ExchangeRate& rate) {
  if (rate.place == stats::LadderPlace::undefined) return exchange_words(rate);
  return concat(short_number(rate.phi), " [", short_number(rate.low), ", ", short_number(rate.high),
                "], ", exchange_words(rate));
}

}  // namespace looplab::lab

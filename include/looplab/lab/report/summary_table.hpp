// SPDX-License-Identifier: MIT
//
// The table over all claims: what loops buy, a row per exchange rate. Its figure:
// lab/figures/exchange_plot.hpp.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/lab/claims/claim.hpp"
#include "looplab/lab/figures/exchange_plot.hpp"
#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/report/table.hpp"
#include "looplab/lab/results/claim_results.hpp"
#include "looplab/lab/verdicts/verdict.hpp"

namespace looplab::lab {

/// The mean of a metric in the rung of this depth; "" if the ladder has none.
[[nodiscard]] inline std::string rung_text(const Claim& claim, const ExchangeRow& row, Index depth,
                                           const ClaimResults& results) {
  for (const std::string& rung : listed(row.exchange.ladder))
    if (find_cell(claim, rung)->config.model.num_block_layers == depth)
      return mean_text(results.values(rung, row.exchange.metric));
  return "";
}

/// Minutes of one core that all runs of a claim took.
[[nodiscard]] inline std::string core_minutes_text(const ClaimResults& results) {
  double seconds = 0;
  for (const RunResult* run : results.runs()) seconds += run->wall_seconds;
  return to_text(static_cast<Index>(seconds / 60 + 0.5));
}

/// A row per exchange rate that has results and belongs into the summary, as in its figure.
[[nodiscard]] inline Table summary_table(const std::vector<Claim>& claims,
                                         const std::vector<RunResult>& results,
                                         const Verdicts& verdicts) {
  Table table({"task: layers x loops", "metric"},
              {"once", "looped", "same depth unshared", "exchange rate", "worth", "paper", "seeds",
               "core-minutes"});
  for (const ExchangeRow& row : summary_rows(verdicts.exchanges)) {
    const Claim& claim = *std::ranges::find(claims, row.claim, &Claim::name);
    const ClaimResults of_claim(claim.name, results);
    const stats::ExchangeRate& rate = row.rate;
    const bool known = rate.place != stats::LadderPlace::undefined;
    table.add({row.exchange.title(), to_text(row.exchange.metric),
               rung_text(claim, row, row.layers, of_claim),
               mean_text(of_claim.values(row.exchange.cell, row.exchange.metric)),
               rung_text(claim, row, row.layers * row.loops, of_claim),
               known ? concat(short_number(rate.phi), " [", short_number(rate.low), ", ",
                              short_number(rate.high), "]")
                     : "undefined",
               known ? exchange_words(rate).substr(std::string_view("worth ").size()) : rate.reason,
               row.exchange.paper, row.count, core_minutes_text(of_claim)});
  }
  return table;
}

}  // namespace looplab::lab

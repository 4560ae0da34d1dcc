// SPDX-License-Identifier: MIT
//
// The gap closed by looping, from results: in the claim's own metric, and in nats of the answers,
// the scale that all claims share (stats/gap_closed.hpp).
//
// Undefined on both scales if a cell is at its ceiling: the metric then no longer shows the gain of
// more layers, and nats show the certainty of the answers, not how many are correct.
#pragma once

#include <string>
#include <vector>

#include "looplab/lab/claims/claim.hpp"
#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/results/claim_results.hpp"
#include "looplab/stats/gap_closed.hpp"

namespace looplab::lab {

/// A gap with its measurement. `closed` is in its metric, `nats` in nats of the answers.
struct GapRow {
  std::string claim;
  Gap gap;
  stats::GapClosed closed, nats;
  Index count = 0;  // number of seeds
};

/// Why a gap is undefined before any arithmetic, or "".
[[nodiscard]] inline std::string ceiling_reason(const Gap& gap, const ClaimResults& results,
                                                const std::vector<double>& iso_flop) {
  if (gap.ceiling > 0 && stats::mean(iso_flop) >= gap.ceiling)
    return concat(gap.metric, " of ", gap.iso_flop, " is ", short_number(stats::mean(iso_flop)),
                  ", at its ceiling (", to_text(gap.ceiling), " or more)");
  if (gap.min_demand <= 0) return "";
  for (const RunResult* run : results.runs()) {
    const bool used =
        run->cell == gap.loop || run->cell == gap.iso_parameter || run->cell == gap.iso_flop;
    const Metric* demand = find_metric(run->metrics, quantity::demand);
    if (!used || demand == nullptr) continue;
    const double per_parameter =
        demand->value / static_cast<double>(run->cost.model.unique_parameters);
    if (per_parameter < gap.min_demand)
      return concat("there are ", short_number(per_parameter), " bits to know per parameter of ",
                    run->cell, ", fewer than ", to_text(gap.min_demand));
  }
  return "";
}

/// Computes one gap on both scales, over the seeds that all three of its cells have.
[[nodiscard]] inline GapRow measure_gap(const Gap& gap, const ClaimResults& results) {
  const auto values = [&](const MetricKey& metric) {
    return results.paired(
        {{gap.loop, metric}, {gap.iso_parameter, metric}, {gap.iso_flop, metric}});
  };
  const auto own = values(gap.metric), nats = values(gap.nats());
  GapRow row{results.claim(), gap, {}, {}, std::ssize(own[0])};
  if (own[0].empty()) {
    row.closed.reason = row.nats.reason = "no results";
    return row;
  }
  const std::string ceiling = ceiling_reason(gap, results, own[2]);
  row.closed = stats::gap_closed(own[0], own[1], own[2], ceiling);
  if (nats[0].empty())
    row.nats.reason = concat("the results have no ", gap.nats());
  else
    row.nats = stats::gap_closed(nats[0], nats[1], nats[2], ceiling);
  return row;
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// The table of a claim's cells: their sizes, costs and results beside the paper's values.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "looplab/lab/claims/cell_quantity.hpp"
#include "looplab/lab/claims/claim.hpp"
#include "looplab/lab/config/run_cost.hpp"
#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/report/table.hpp"
#include "looplab/lab/results/claim_results.hpp"

namespace looplab::lab {

/// The shape of a cell; where it is judged with other loops than it was trained with, those too.
[[nodiscard]] inline TableCell shape_cell(const RunConfig& config) {
  const RunLoops& loops = config.loops;
  return {shape_text(config),
          loops.evaluated == loops.trained ? "" : concat("judged with ", loops.evaluated)};
}

/// The number of runs of a cell, and how many of them are stale.
[[nodiscard]] inline TableCell seeds_cell(const std::vector<const RunResult*>& runs,
                                          std::size_t num_values) {
  const auto stale = std::ranges::count(runs, true, &RunResult::stale);
  return {to_text(num_values), stale > 0 ? concat(stale, " stale") : ""};
}

/// The mean wall time of a cell's runs.
[[nodiscard]] inline std::string seconds_text(const std::vector<const RunResult*>& runs) {
  double seconds = 0;
  for (const RunResult* run : runs) seconds += run->wall_seconds;
  return runs.empty() ? "" : short_number(seconds / static_cast<double>(runs.size()));
}

/// A row per cell with its sizes, costs and means over seeds, in the metric and in nats, beside the
/// paper's value; then a row per value that only the paper has. A column may be empty throughout.
[[nodiscard]] inline Table cells_table(const Claim& claim, const ClaimResults& results) {
  const MetricKey& metric = claim.text.metric;
  Table table({"cell", "label", "k x R"},
              {"parameters", "without embeddings", "effective parameters", "FLOP per token",
               "FLOP of training", "exposures per person", to_text(metric), "answer_nats", "seeds",
               "paper", "seconds per run"});
  for (const Cell& cell : claim.cells) {
    const RunCost cost = run_cost(cell.config);
    const ModelCost& model = cost.model;
    const double shown = exposures(cell.config);
    const auto runs = results.runs_of(cell.name);
    const auto values = results.values(cell.name, metric),
               nats = results.values(cell.name, quantity::answer_nats);
    const auto paper = std::ranges::find(claim.published, cell.name, &PublishedValue::name);
    table.add({cell.name, cell.label, shape_cell(cell.config), model.unique_parameters,
               model.unique_parameters_without_embeddings, model.effective_parameters,
               static_cast<Index>(model.flop_per_token), short_number(cost.training_flop),
               shown > 0 ? short_number(shown) : "", mean_text(values),
               nats.empty() ? "" : mean_text(nats), seeds_cell(runs, values.size()),
               paper == claim.published.end() ? "" : short_number(paper->value),
               seconds_text(runs)});
  }
  for (const PublishedValue& paper : claim.published)
    if (find_cell(claim, paper.name) == nullptr)
      table.add({paper.name, "only in the paper", "", "", "", "", "", "", "", "", "", "",
                 short_number(paper.value), ""});
  return table;
}

}  // namespace looplab::lab

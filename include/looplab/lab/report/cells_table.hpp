// SPDX-License-Identifier: MIT
//
// The table of a claim's cells: their sizes, costs and results beside the paper's values.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "looplab/lab/claims/cell_quantity.hpp"
#include "looplab/lab/claims/claim.hpp"
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

/// A row per cell, with its sizes and costs. A column may be empty throughout.
[[nodiscard]] inline Table size_table(const Claim& claim) {
  Table table{{{"cell"},
               {"label"},
               {"k x R"},
               number_column("parameters"),
               number_column("without embeddings"),
               number_column("effective parameters"),
               number_column("FLOP per token"),
               number_column("FLOP of training"),
               number_column("exposures per person")},
              {}};
  for (const Cell& cell : claim.cells) {
    const RunCost cost = run_cost(cell.config);
    const double shown = exposures(cell.config);
    table.rows.push_back(
        {cell.name, cell.label, shape_cell(cell.config), cost.model.unique_parameters,
         cost.model.unique_parameters_without_embeddings, cost.model.effective_parameters,
         static_cast<Index>(cost.model.flop_per_token), short_number(cost.training_flop),
         shown > 0 ? short_number(shown) : ""});
  }
  return table;
}

/// The same with the cells' means over seeds, in the metric and in nats, beside the paper's values,
/// and a row per value that only the paper has.
[[nodiscard]] inline Table cells_table(const Claim& claim, const ClaimResults& results) {
  Table table = size_table(claim);
  for (const std::string& heading : std::vector<std::string>{
           to_text(claim.text.metric), quantity::answer_nats, "seeds", "paper", "seconds per run"})
    table.columns.push_back(number_column(heading));
  for (std::size_t i = 0; i < claim.cells.size(); ++i) {
    const std::string& cell = claim.cells[i].name;
    const auto runs = results.runs_of(cell);
    const auto values = results.values(cell, claim.text.metric),
               nats = results.values(cell, quantity::answer_nats);
    const auto paper = std::ranges::find(claim.published, cell, &PublishedValue::name);
    for (const TableCell& result :
         {TableCell(mean_text(values)), TableCell(nats.empty() ? "" : mean_text(nats)),
          seeds_cell(runs, values.size()),
          TableCell(paper == claim.published.end() ? "" : short_number(paper->value)),
          TableCell(seconds_text(runs))})
      table.rows[i].push_back(result);
  }
  for (const PublishedValue& paper : claim.published)
    if (find_cell(claim, paper.name) == nullptr)
      table.rows.push_back({paper.name, "only in the paper", "", "", "", "", "", "", "", "", "", "",
                            short_number(paper.value), ""});
  return table;
}

}  // namespace looplab::lab

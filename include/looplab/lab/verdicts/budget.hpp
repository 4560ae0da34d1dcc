// SPDX-License-Identifier: MIT
//
// Whether anything was learned that a comparison can be about. Where none of an endpoint's budget
// cells reaches the stated level, nothing was tested: the verdict is "beyond this budget". One cell
// suffices, whichever: a looped one may learn what no unlooped one does.
#pragma once

#include <string>
#include <utility>

#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/results/claim_results.hpp"
#include "looplab/lab/verdicts/endpoint_row.hpp"
#include "looplab/lab/verdicts/projection.hpp"

namespace looplab::lab {

/// Whether some budget cell of the row's endpoint learned, or it names none; otherwise the row has
/// the verdict and the reason.
[[nodiscard]] inline bool within_budget(const ClaimResults& results, EndpointRow& row) {
  const Endpoint& endpoint = row.endpoint;
  if (endpoint.budget_cells.empty()) return true;
  const MetricKey& metric = endpoint.metric;
  std::pair<std::string, double> best;
  for (const std::string& cell : listed(endpoint.budget_cells))
    if (const auto values = results.values(cell, metric); !values.empty())
      if (best.first.empty() || stats::mean(values) > best.second)
        best = {cell, stats::mean(values)};
  const double level = *endpoint.learned_above;
  if (best.first.empty()) {
    row.measured = false;
    row.notes.push_back(
        concat("no results of ", endpoint.budget_cells, ", of which one has to learn"));
    return false;
  }
  if (best.second >= level) return true;
  row.verdict = stats::Verdict::beyond_budget;
  row.p.reset();
  row.notes.push_back(concat("none of ", endpoint.budget_cells, " learns: ", best.first,
                             " reaches ", short_number(best.second), " of ", metric, ", below ",
                             to_text(level)));
  if (const std::string text = projection_text(results, best.first, metric, level); !text.empty())
    row.notes.push_back(text);
  return false;
}

}  // namespace looplab::lab

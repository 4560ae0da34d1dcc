// SPDX-License-Identifier: MIT
//
// From results to the verdict on one statement of a claim, and on all of them together.
//
//   1. Differences are paired by seed; their 95 % Student-t interval decides (stats/judgement.hpp).
//   2. Where an arm had to learn and did not, nothing was tested: beyond this budget.
//   3. A null counts only where training twice as long moves both arms by less than 5 %: else one
//      of them may only be late.
//   4. The primary endpoints of all claims of one family are corrected together (holm.hpp), whatever
//      a command line selected. What could not be judged stays among them with p = 1.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "looplab/lab/claims/claim.hpp"
#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/results/claim_results.hpp"
#include "looplab/lab/verdicts/projection.hpp"
#include "looplab/stats/holm.hpp"
#include "looplab/stats/judgement.hpp"

namespace looplab::lab {

/// An endpoint with its measurement. `difference.count` is the number of seeds; 0: no results. The
/// first row of a claim has its title and, unless the endpoint has its own, its text of the paper.
struct EndpointRow {
  std::string claim, family, title, paper;
  Endpoint endpoint;
  bool measured = false;  // whether every cell that decides it has results
  stats::Interval difference;
  double p = 1;                                         // of this endpoint alone
  std::optional<double> corrected_p;                    // among its family's primary ones; primary only
  stats::Verdict alone = stats::Verdict::inconclusive;  // without the correction
  stats::Verdict verdict = stats::Verdict::inconclusive;
  std::string note;  // other reasons for the verdict, or ""
};

/// The largest relative movement of a cell under which a null counts.
inline constexpr double kMaxMovement = 0.05;

/// Relative change of a cell's metric by training twice as long; infinite without results.
[[nodiscard]] inline double movement(const ClaimResults& results, const MetricKey& metric,
                                     const std::string& arm, const std::string& control) {
  const auto values = results.paired({{arm, metric}, {control, metric}});
  if (values[0].empty() || stats::mean(values[0]) == 0) return INFINITY;
  return std::abs(stats::mean(values[1]) / stats::mean(values[0]) - 1);
}

/// Lets a null with a control count only if both cells have stopped moving.
inline void apply_control(const ClaimResults& results, EndpointRow& row) {
  const Endpoint& endpoint = row.endpoint;
  if (endpoint.control_cell.empty()) return;
  const double cell =
                   movement(results, endpoint.metric, endpoint.cell, endpoint.control_cell),
               baseline = movement(results, endpoint.metric_of_baseline(), endpoint.baseline,
                                   endpoint.control_baseline);
  if (std::isinf(cell) || std::isinf(baseline)) {
    row.measured = false;
    row.note = concat("no results of ", endpoint.control_cell, " and ", endpoint.control_baseline,
                      ", without which the null does not count");
  } else {
    row.note = concat("training twice as long moves ", endpoint.cell, " by ", percent(cell),
                      " and ", endpoint.baseline, " by ", percent(baseline));
    if (cell < kMaxMovement && baseline < kMaxMovement) return;
    row.note +=
        concat(": not less than ", percent(kMaxMovement), ", so that one of them may only be late");
  }
  row.p = 1;
  row.alone = stats::Verdict::inconclusive;
}

/// Whether the cell that has to learn did; otherwise the row's note states that it did not.
[[nodiscard]] inline bool within_budget(const ClaimResults& results, EndpointRow& row) {
  const Endpoint& endpoint = row.endpoint;
  if (endpoint.budget_cell.empty()) return true;
  const auto values = results.values(endpoint.budget_cell, endpoint.metric);
  if (values.empty()) {
    row.measured = false;
    row.note = concat("no results of ", endpoint.budget_cell, ", which has to learn");
    return false;
  }
  const double reached = stats::mean(values);
  if (reached >= endpoint.learned_above) return true;
  row.note = concat(endpoint.budget_cell, ", which has to learn, reaches ", short_number(reached),
                    " of ", endpoint.metric, ", below ", to_text(endpoint.learned_above));
  const std::string projection =
      projection_text(results, endpoint.budget_cell, endpoint.metric, endpoint.learned_above);
  if (!projection.empty()) row.note += "; " + projection;
  row.alone = stats::Verdict::beyond_budget;
  return false;
}

/// Evaluates one endpoint alone, over the seeds that both of its cells have.
[[nodiscard]] inline EndpointRow judge(const Claim& claim, const Endpoint& endpoint,
                                       const ClaimResults& results) {
  EndpointRow row;
  row.claim = claim.name;
  row.family = family_of(claim);
  row.paper = endpoint.paper;
  row.endpoint = endpoint;
  const auto values = results.paired(
      {{endpoint.cell, endpoint.metric}, {endpoint.baseline, endpoint.metric_of_baseline()}});
  row.measured = !values[0].empty();
  if (!row.measured) return row;
  row.difference = stats::mean_interval(stats::paired_differences(values[0], values[1]));
  if (!within_budget(results, row) || !std::isfinite(row.difference.mean)) return row;
  if (endpoint.kind == EndpointKind::null) {
    row.alone = stats::judge_null(row.difference, endpoint.margin);
    row.p = stats::null_p(row.difference, endpoint.margin);
    apply_control(results, row);
  } else {
    row.alone = stats::judge_difference(row.difference, endpoint.size);
    row.p = stats::difference_p(row.difference);
  }
  return row;
}

/// Corrects the primary endpoints of each family together and sets every row's verdict.
inline void correct_by_family(std::vector<EndpointRow>& rows) {
  std::map<std::string, std::vector<EndpointRow*>> families;
  for (EndpointRow& row : rows) {
    row.verdict = row.alone;
    if (row.endpoint.primary) families[row.family].push_back(&row);
  }
  for (const auto& [name, primary] : families) {
    std::vector<double> p;
    for (const EndpointRow* row : primary) p.push_back(row->p);
    const std::vector<double> corrected = stats::holm(p);
    for (std::size_t i = 0; i < primary.size(); ++i) {
      EndpointRow& row = *primary[i];
      row.corrected_p = corrected[i];
      if (row.alone != stats::Verdict::reproduced || corrected[i] < 1 - stats::kConfidence)
        continue;
      row.verdict = stats::Verdict::inconclusive;
      row.note += concat(row.note.empty() ? "" : "; ", "reproduced if it were the only one of ",
                         p.size(), " primary endpoints");
    }
  }
}

/// "p 0.0012, 0.0096 in its family" for a primary endpoint, "p 0.0012" for another.
[[nodiscard]] inline std::string p_text(const EndpointRow& row) {
  if (row.difference.count < 2) return "";
  const std::string corrected =
      row.corrected_p ? concat(", ", p_text(*row.corrected_p), " in its family") : "";
  return concat("p ", p_text(row.p), corrected);
}

}  // namespace looplab::lab

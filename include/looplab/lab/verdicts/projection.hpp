// SPDX-License-Identifier: MIT
//
// For a cell that did not learn within the budget: the step at which its curve would reach the
// level if it continued to rise at the same rate (stats/level_crossing.hpp).
#pragma once

#include <string>
#include <vector>

#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/results/claim_results.hpp"
#include "looplab/stats/level_crossing.hpp"

namespace looplab::lab {

/// The mean over seeds of a metric of a cell at every step of its curve.
[[nodiscard]] inline stats::CurvePoints mean_curve(const ClaimResults& results,
                                                   const std::string& cell,
                                                   const MetricKey& metric) {
  stats::CurvePoints curve;
  for (const auto& [step, seeds] : results.curve(cell, metric)) {
    std::vector<double> values;
    for (const auto& [seed, value] : seeds) values.push_back(value);
    curve.emplace_back(static_cast<double>(step), stats::mean(values));
  }
  return curve;
}

/// One sentence on the steps and hours that the cell would need to reach `level`; "" without a
/// curve of 3 points or more.
[[nodiscard]] inline std::string projection_text(const ClaimResults& results,
                                                 const std::string& cell, const MetricKey& metric,
                                                 double level) {
  const stats::CurvePoints curve = mean_curve(results, cell, metric);
  if (curve.size() < 3) return "";
  const auto steps = stats::projected_crossing(curve, level);
  if (!steps) return concat("the curve of ", cell, " does not rise towards ", to_text(level));
  double seconds = 0;
  for (const RunResult* run : results.runs_of(cell))
    seconds += run->wall_seconds / static_cast<double>(results.runs_of(cell).size());
  const double times = *steps / curve.back().first;
  return concat("if the curve of ", cell, " went on as over its last half, it would reach ",
                to_text(level), " after ", short_number(*steps), " steps, ", short_number(times),
                " times this budget, ", short_number(times * seconds / 3600),
                " hours for each run");
}

}  // namespace looplab::lab

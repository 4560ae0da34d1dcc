// SPDX-License-Identifier: MIT
//
// For a cell that did not learn within the budget: the step at which its curve would reach the
// level if it continued to rise at the same rate (stats/level_crossing.hpp).
#pragma once

#include <string>

#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/results/seed_curves.hpp"
#include "looplab/stats/level_crossing.hpp"

namespace looplab::lab {

/// One sentence on the steps and hours that the cell would need to reach `level`; "" without a
/// curve of 3 points or more.
[[nodiscard]] inline std::string projection_text(const ClaimResults& results,
                                                 const std::string& cell, const MetricKey& metric,
                                                 double level) {
  const stats::CurvePoints curve = training_curve(results, cell, metric).means();
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

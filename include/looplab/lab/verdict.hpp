// SPDX-License-Identifier: MIT
//
// From results to verdicts: every endpoint and every gap of a claim as a row of the report.
//
// Differences are paired by seed; their 95 % Student-t interval decides (analysis/intervals.hpp).
// A gap is undefined where something is at its ceiling.
#pragma once

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <string>
#include <vector>

#include "looplab/analysis/gap_closed.hpp"
#include "looplab/analysis/intervals.hpp"
#include "looplab/lab/experiment.hpp"
#include "looplab/lab/result.hpp"

namespace looplab {

/// An endpoint with what was measured. `difference.count` is the number of seeds; 0: no results.
/// The first row of a claim has its title and, unless the endpoint has its own, its paper's words.
struct EndpointRow {
  std::string claim, title, paper;
  Endpoint endpoint;
  Interval difference;
  Verdict verdict = Verdict::inconclusive;
};

/// A gap with what was measured.
struct GapRow {
  std::string claim;
  Gap gap;
  GapClosed closed;
  Index count = 0;  // seeds
};

/// A number with three significant digits, no exponent for sizes of metrics.
[[nodiscard]] inline std::string short_number(double value) {
  if (!std::isfinite(value)) return value > 0 ? "+inf" : value < 0 ? "-inf" : "undefined";
  std::ostringstream text;
  const double size = std::abs(value);
  if (size != 0 && (size >= 1e6 || size < 1e-4)) {
    text << std::setprecision(3) << value;
  } else {
    const int digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    text << std::fixed << std::setprecision(digits) << value;
  }
  return text.str();
}

/// "+0.52 [0.48, 0.56], 3 seeds".
[[nodiscard]] inline std::string interval_text(const Interval& interval) {
  if (interval.count == 0) return "no results";
  const std::string mean = (interval.mean > 0 ? "+" : "") + short_number(interval.mean);
  if (interval.count == 1) return mean + ", 1 seed (no interval)";
  return concat(mean, " [", short_number(interval.low), ", ", short_number(interval.high), "], ",
                interval.count, " seeds");
}

/// "0.98 [0.91, 1.05]", or "undefined: why".
[[nodiscard]] inline std::string gap_text(const GapClosed& gap) {
  if (!gap.ratio) return "undefined: " + gap.reason;
  return concat(short_number(*gap.ratio), " [", short_number(gap.low), ", ", short_number(gap.high),
                "]");
}

/// "accuracy 1x4 - 1x1 >= 0.3", or "|...| <= 0.1".
[[nodiscard]] inline std::string expectation_text(const Endpoint& endpoint) {
  const std::string difference =
      concat(endpoint.metric, ": ", endpoint.cell, " - ", endpoint.baseline);
  if (endpoint.kind == EndpointKind::null)
    return concat(difference, " within +-", to_text(endpoint.margin));
  return endpoint.size > 0 ? concat(difference, " >= ", to_text(endpoint.size))
                           : difference + " > 0";
}

/// Values of several cells for the seeds that all of them have.
[[nodiscard]] inline std::vector<std::vector<double>> paired_values(
    const std::vector<RunResult>& results, const std::string& claim, const std::string& metric,
    const std::vector<std::string>& cells) {
  std::vector<SeedValues> all;
  for (const std::string& cell : cells) all.push_back(values_of(results, claim, cell, metric));
  std::vector<std::vector<double>> paired(cells.size());
  for (Index seed : all.at(0).seeds) {
    std::vector<double> row;
    for (const SeedValues& values : all) {
      const auto found = std::ranges::lower_bound(values.seeds, seed);
      if (found == values.seeds.end() || *found != seed) break;
      row.push_back(values.values[static_cast<std::size_t>(found - values.seeds.begin())]);
    }
    if (row.size() < cells.size()) continue;
    for (std::size_t i = 0; i < row.size(); ++i) paired[i].push_back(row[i]);
  }
  return paired;
}

/// Judges one endpoint by the seeds that both of its cells have.
[[nodiscard]] inline EndpointRow judge(const Experiment& experiment, const Endpoint& endpoint,
                                       const std::vector<RunResult>& results) {
  EndpointRow row;
  row.claim = experiment.name;
  row.paper = endpoint.paper;
  row.endpoint = endpoint;
  const auto values =
      paired_values(results, experiment.name, endpoint.metric, {endpoint.cell, endpoint.baseline});
  if (values[0].empty()) return row;
  row.difference = mean_interval(paired_differences(values[0], values[1]));
  if (!std::isfinite(row.difference.mean)) return row;
  row.verdict = endpoint.kind == EndpointKind::null
                    ? judge_null(row.difference, endpoint.margin)
                    : judge_difference(row.difference, endpoint.size);
  return row;
}

/// Why a gap is undefined before any arithmetic, or "".
[[nodiscard]] inline std::string ceiling_reason(const Experiment& experiment, const Gap& gap,
                                                const std::vector<RunResult>& results,
                                                const std::vector<double>& iso_flop) {
  if (gap.ceiling > 0 && mean(iso_flop) >= gap.ceiling)
    return concat(gap.metric, " of ", gap.iso_flop, " is ", short_number(mean(iso_flop)),
                  ", at its ceiling (", to_text(gap.ceiling), " or more)");
  if (gap.min_demand <= 0) return "";
  for (const RunResult& result : results) {
    const bool used =
        result.cell == gap.loop || result.cell == gap.iso_parameter || result.cell == gap.iso_flop;
    const Metric* demand = find_metric(result.metrics, "demand");
    if (result.claim != experiment.name || !used || demand == nullptr) continue;
    const double per_parameter =
        demand->value / static_cast<double>(result.cost.model.unique_parameters);
    if (per_parameter < gap.min_demand)
      return concat("there are ", short_number(per_parameter), " bits to know per parameter of ",
                    result.cell, ", fewer than ", to_text(gap.min_demand));
  }
  return "";
}

/// Computes one gap over the seeds that all three of its cells have.
[[nodiscard]] inline GapRow close(const Experiment& experiment, const Gap& gap,
                                  const std::vector<RunResult>& results) {
  const auto values = paired_values(results, experiment.name, gap.metric,
                                    {gap.loop, gap.iso_parameter, gap.iso_flop});
  GapRow row{experiment.name, gap, {}, std::ssize(values[0])};
  if (values[0].empty())
    row.closed.reason = "no results";
  else
    row.closed = gap_closed(values[0], values[1], values[2],
                            ceiling_reason(experiment, gap, results, values[2]));
  return row;
}

/// All rows of several claims.
struct Verdicts {
  std::vector<EndpointRow> endpoints;
  std::vector<GapRow> gaps;

  /// Whether every endpoint is reproduced.
  [[nodiscard]] bool all_reproduced() const {
    return std::ranges::all_of(
        endpoints, [](const EndpointRow& row) { return row.verdict == Verdict::reproduced; });
  }
};

[[nodiscard]] inline Verdicts judge_all(const std::vector<Experiment>& experiments,
                                        const std::vector<RunResult>& results) {
  Verdicts verdicts;
  for (const Experiment& experiment : experiments) {
    bool first = true;
    for (const Endpoint& endpoint : experiment.endpoints) {
      EndpointRow& row = verdicts.endpoints.emplace_back(judge(experiment, endpoint, results));
      if (first) row.title = experiment.text.title;
      if (first && row.paper.empty()) row.paper = experiment.text.paper;
      first = false;
    }
    for (const Gap& gap : experiment.gaps) verdicts.gaps.push_back(close(experiment, gap, results));
  }
  return verdicts;
}

}  // namespace looplab

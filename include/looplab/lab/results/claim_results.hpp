// SPDX-License-Identifier: MIT
//
// The results of one claim, by cell and metric. Values come in the order of their seeds.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "looplab/lab/results/result.hpp"
#include "looplab/stats/interval.hpp"

namespace looplab::lab {

/// One metric of one cell.
struct CellMetric {
  std::string cell;
  MetricKey metric;
};

/// Values with their seeds, which ascend.
using SeedValues = std::vector<std::pair<Index, double>>;

/// Refers to the results, which must outlive it.
class ClaimResults {
 public:
  ClaimResults(std::string claim, const std::vector<RunResult>& results)
      : claim_(std::move(claim)) {
    for (const RunResult& result : results)
      if (result.claim == claim_) runs_.push_back(&result);
  }

  /// Whether floors are close enough to be drawn as one.
  [[nodiscard]] static bool same_floor(double a, double b) { return std::abs(a - b) <= 5e-3; }

  [[nodiscard]] const std::string& claim() const { return claim_; }
  /// All runs of the claim.
  [[nodiscard]] const std::vector<const RunResult*>& runs() const { return runs_; }
  /// Runs of a cell, by seed.
  [[nodiscard]] std::vector<const RunResult*> runs_of(const std::string& cell) const {
    std::vector<const RunResult*> runs;
    for (const RunResult* result : runs_)
      if (result->cell == cell) runs.push_back(result);
    std::ranges::sort(runs, {}, [](const RunResult* run) { return run->seed; });
    return runs;
  }
  /// Values of a metric over the seeds of a cell, those seeds that have it.
  [[nodiscard]] SeedValues seed_values(const std::string& cell, const MetricKey& metric) const {
    SeedValues all;
    for (const RunResult* run : runs_of(cell))
      if (const Metric* value = find_metric(*run, metric))
        all.emplace_back(run->seed, value->value);
    return all;
  }
  /// The same without seeds.
  [[nodiscard]] std::vector<double> values(const std::string& cell, const MetricKey& metric) const {
    std::vector<double> all;
    for (const auto& [seed, value] : seed_values(cell, metric)) all.push_back(value);
    return all;
  }
  /// Values of each of `wanted` for the seeds that all of them have.
  [[nodiscard]] std::vector<std::vector<double>> paired(
      const std::vector<CellMetric>& wanted) const {
    std::vector<SeedValues> all;
    for (const CellMetric& one : wanted) all.push_back(seed_values(one.cell, one.metric));
    std::vector<std::vector<double>> paired(wanted.size());
    for (const auto& first : all.at(0)) {
      std::vector<double> row;
      for (const SeedValues& values : all) {
        const auto found = std::ranges::find(values, first.first, &SeedValues::value_type::first);
        if (found != values.end()) row.push_back(found->second);
      }
      if (row.size() == all.size())
        for (std::size_t i = 0; i < row.size(); ++i) paired[i].push_back(row[i]);
    }
    return paired;
  }
  /// Values of a metric over the seeds of a cell, at every step of their curves.
  [[nodiscard]] std::map<Index, SeedValues> curve(const std::string& cell,
                                                  const MetricKey& metric) const {
    std::map<Index, SeedValues> by_step;
    for (const RunResult* run : runs_of(cell))
      for (const MetricsAt& entry : run->curve)
        if (const Metric* value = find_metric(entry.metrics, metric))
          by_step[entry.at].emplace_back(run->seed, value->value);
    return by_step;
  }
  /// The floor of a metric in a cell's task, if it has one.
  [[nodiscard]] std::optional<double> floor_of(const std::string& cell,
                                               const MetricKey& metric) const {
    for (const RunResult* run : runs_of(cell))
      if (const Metric* found = find_metric(*run, metric); found && found->has_floor)
        return found->floor;
    return std::nullopt;
  }
  /// The floor of all cells, if it is the same for all.
  [[nodiscard]] std::optional<double> shared_floor(const MetricKey& metric) const {
    std::optional<double> shared;
    for (const RunResult* run : runs_) {
      const Metric* found = find_metric(*run, metric);
      if (found == nullptr || !found->has_floor) continue;
      if (shared && !same_floor(*shared, found->floor)) return std::nullopt;
      if (!shared) shared = found->floor;
    }
    return shared;
  }
  /// Whether some run has a metric, at the end of training or with some loops at test time.
  [[nodiscard]] bool has(const MetricKey& metric, bool at_loops) const {
    return std::ranges::any_of(runs_, [&](const RunResult* run) {
      if (!at_loops) return find_metric(*run, metric) != nullptr;
      return std::ranges::any_of(run->test_loops, [&](const MetricsAt& entry) {
        return find_metric(entry.metrics, metric) != nullptr;
      });
    });
  }

  /// The loops at test time of all runs, ascending.
  [[nodiscard]] std::vector<Index> test_loops() const {
    std::vector<Index> loops;
    for (const RunResult* run : runs_)
      for (const MetricsAt& entry : run->test_loops)
        if (std::ranges::find(loops, entry.at) == loops.end()) loops.push_back(entry.at);
    std::ranges::sort(loops);
    return loops;
  }
  /// The mean over seeds of a metric with `loops` at test time; NaN without results.
  [[nodiscard]] double mean_at(const std::string& cell, Index loops,
                               const MetricKey& metric) const {
    std::vector<double> all;
    for (const RunResult* run : runs_of(cell))
      for (const MetricsAt& entry : run->test_loops)
        if (entry.at == loops)
          if (const Metric* value = find_metric(entry.metrics, metric)) all.push_back(value->value);
    return all.empty() ? std::numeric_limits<double>::quiet_NaN() : stats::mean(all);
  }

 private:
  std::string claim_;
  std::vector<const RunResult*> runs_;
};

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// The runs that claims ask for, and the order in which they are done.
//
// Seed 1 of all cells comes first, then seed 2, ...: what is done when time is over is as balanced
// over the cells as it can be. Within a seed the longest run comes first, so that the last ones
// end at about the same time. Where a run's bits end up does not depend on how many threads it has,
// so runs have one thread each, side by side, or all threads, one after the other, whichever ends
// earlier.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "looplab/lab/claims/claim_reader.hpp"

namespace looplab::lab {

/// One run that a claim asks for.
struct PlannedRun {
  std::string claim, cell;
  RunConfig config;  // with its seed
  std::string hash;
  std::filesystem::path directory;
  RunCost cost;
  std::filesystem::path rows = {};  // see lab/runs/result_rows.hpp; empty: none are kept
};

/// "1x4-s2".
[[nodiscard]] inline std::string short_name(const PlannedRun& run) {
  return concat(run.cell, "-s", run.config.train.seed);
}

/// All cells x seeds of the experiments, whose folders are in `claims`.
[[nodiscard]] inline std::vector<PlannedRun> plan_runs(const std::vector<Claim>& experiments,
                                                       const std::filesystem::path& out,
                                                       const std::filesystem::path& claims = {}) {
  std::vector<PlannedRun> runs;
  for (const Claim& experiment : experiments) {
    std::filesystem::path rows;
    if (!claims.empty())
      rows = claims / experiment.name / concat("results.", experiment.preset, ".jsonl");
    for (const Cell& cell : experiment.cells) {
      const RunCost cost = run_cost(cell.config);
      for (Index seed = 1; seed <= experiment.seeds; ++seed) {
        PlannedRun run{experiment.name, cell.name, cell.config, "", {}, cost, rows};
        run.config.train.seed = seed;
        run.hash = short_hash(run.config);
        run.directory = out / "runs" / run.claim / concat(short_name(run), '-', run.hash);
        runs.push_back(std::move(run));
      }
    }
  }
  return runs;
}

/// How much faster all threads are together on one run than one thread, for each of them.
inline constexpr double kWideEfficiency = 0.85;

/// How many of the runs, whose costs are given in descending order, should have all threads each,
/// one after the other, before the others run side by side on one thread each.
///
/// Chosen is what ends first, if a thread that becomes free takes the longest run left.
[[nodiscard]] inline std::size_t num_wide_runs(const std::vector<double>& costs, int threads) {
  if (threads <= 1) return 0;
  std::size_t best = 0;
  double best_time = std::numeric_limits<double>::infinity(), wide_time = 0;
  for (std::size_t wide = 0; wide <= costs.size(); ++wide) {
    std::vector<double> busy(static_cast<std::size_t>(threads), 0.0);
    for (std::size_t i = wide; i < costs.size(); ++i) *std::ranges::min_element(busy) += costs[i];
    const double time = wide_time + std::ranges::max(busy);
    if (time < best_time) {
      best_time = time;
      best = wide;
    }
    if (wide < costs.size()) wide_time += costs[wide] / (kWideEfficiency * threads);
  }
  return best;
}

/// Runs by their positions in the plan, in the order in which they start.
struct Stage {
  std::vector<std::size_t> runs;
  bool wide = false;  // one after the other on all threads; else side by side on one each
};

/// When the stages, done one after the other, end.
template <class Cost>
[[nodiscard]] double time_of(const std::vector<Stage>& stages, const Cost& cost, int threads) {
  double start = 0;
  for (const Stage& stage : stages) {
    std::vector<double> busy(static_cast<std::size_t>(threads), start);
    for (std::size_t run : stage.runs)
      if (stage.wide)
        start += cost(run) / (kWideEfficiency * threads);
      else
        *std::ranges::min_element(busy) += cost(run);
    if (!stage.wide) start = std::ranges::max(busy);
  }
  return start;
}

/// The order of the runs at the positions `pending`: by seed, then the longest first. Early seeds
/// flow into each other side by side; each of the last ones, as many as end it soonest, has its
/// longest runs on all threads first.
[[nodiscard]] inline std::vector<Stage> stages_of(const std::vector<PlannedRun>& runs,
                                                  const std::vector<std::size_t>& pending,
                                                  int threads) {
  const auto cost = [&](std::size_t run) { return runs[run].cost.training_flop; };
  std::map<Index, std::vector<std::size_t>> by_seed;
  for (std::size_t run : pending) by_seed[runs[run].config.train.seed].push_back(run);
  std::vector<std::vector<std::size_t>> groups;
  for (auto& [seed, group] : by_seed) {
    std::ranges::stable_sort(group, std::greater<>{}, cost);
    groups.push_back(std::move(group));
  }
  const auto with_last_apart = [&](std::size_t num_apart) {
    std::vector<Stage> stages;
    const auto add = [&](auto first, auto last, bool wide) {
      if (first == last) return;
      if (stages.empty() || wide || stages.back().wide) stages.push_back({{}, wide});
      stages.back().runs.insert(stages.back().runs.end(), first, last);
    };
    for (std::size_t g = 0; g < groups.size(); ++g) {
      std::vector<double> costs;
      if (g + num_apart >= groups.size())
        for (std::size_t run : groups[g]) costs.push_back(cost(run));
      const auto wide = static_cast<std::ptrdiff_t>(num_wide_runs(costs, threads));
      add(groups[g].begin(), groups[g].begin() + wide, true);
      add(groups[g].begin() + wide, groups[g].end(), false);
    }
    return stages;
  };
  std::vector<Stage> best;
  double best_time = std::numeric_limits<double>::infinity();
  for (std::size_t num_apart = 0; num_apart <= groups.size(); ++num_apart) {
    std::vector<Stage> stages = with_last_apart(num_apart);
    const double time = time_of(stages, cost, threads);
    if (time >= best_time) continue;
    best_time = time;
    best = std::move(stages);
  }
  return best;
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// The runs of claims, and the order in which they are executed.
//
// Seed 1 of all cells comes first, then seed 2, ..., so that the results are balanced over the
// cells when the time limit is reached. Within a seed the longest run comes first, so that the last
// ones end at about the same time. The bits of a run do not depend on its number of threads, so
// runs have either one thread each, side by side, or all threads, one after the other, whichever
// finishes earlier.
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
#include "looplab/lab/claims/seeds.hpp"
#include "looplab/lab/config/run_cost.hpp"
#include "looplab/lab/config/run_identity.hpp"

namespace looplab::lab {

/// One run of a claim.
struct PlannedRun {
  std::string claim, cell;
  RunConfig config;  // with its seed
  std::string hash;
  std::filesystem::path directory;
  RunCost cost;
  std::filesystem::path rows = {};  // file of rows, see lab/results/result_rows.hpp; empty: none
};

/// "1x4-s2".
[[nodiscard]] inline std::string short_name(const PlannedRun& run) {
  return concat(run.cell, "-s", run.config.train.seed);
}

/// All cells x seeds of the claims, whose folders are in `folder`.
[[nodiscard]] inline std::vector<PlannedRun> plan_runs(const std::vector<Claim>& claims,
                                                       const std::filesystem::path& out,
                                                       const std::filesystem::path& folder = {}) {
  std::vector<PlannedRun> runs;
  for (const Claim& claim : claims) {
    std::filesystem::path rows;
    if (!folder.empty()) rows = results_folder(folder / claim.name, claim.preset) / "rows.jsonl";
    for (const Cell& cell : claim.cells) {
      const RunCost cost = run_cost(cell.config);
      for (Index s = 0; s < num_seeds(claim, cell); ++s) {
        const RunConfig config = with_seed(cell.config, claim.seeds.first + s, claim.seeds);
        PlannedRun run{claim.name, cell.name, config, "", {}, cost, rows};
        run.hash = short_hash(run.config);
        run.directory = out / "runs" / run.claim / concat(short_name(run), '-', run.hash);
        runs.push_back(std::move(run));
      }
    }
  }
  return runs;
}

/// Speed-up per thread when all threads work on one run, relative to one thread per run.
inline constexpr double kWideEfficiency = 0.85;

/// The number of runs, given by their costs in descending order, that should be executed on all
/// threads, one after the other, before the others run side by side on one thread each.
///
/// Minimizes the end time if a free thread always takes the longest remaining run.
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
  bool wide = false;  // true: one after the other on all threads; false: side by side
};

/// The end time of the stages, executed one after the other.
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

/// The order of the runs at the positions `pending`: by seed, then the longest first. Stages of
/// early seeds overlap side by side; each of the last ones first executes its longest runs on all
/// threads, as many as give the earliest end.
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

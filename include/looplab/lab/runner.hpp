// SPDX-License-Identifier: MIT
//
// Runs a claim's cells x seeds as independent runs, each in a directory named by its content:
//
//   <out>/runs/<claim>/<cell>-s<seed>-<hash>/
//     config.ini               the resolved configuration, and the stamp of its results
//     log.jsonl  checkpoint.safetensors  evaluations.jsonl
//     seconds.txt              only while the run is interrupted: how long it took so far
//     result.json              only when the run is done
//
// A finished run is read, not run again; an interrupted one goes on from its checkpoint. Where a
// run's bits end up does not depend on how many threads it had, so runs are spread as is fastest.
#pragma once

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "looplab/core/parallel.hpp"
#include "looplab/lab/experiment.hpp"
#include "looplab/lab/result.hpp"
#include "looplab/lab/run_evaluations.hpp"
#include "looplab/models/looped_transformer.hpp"
#include "looplab/train/interrupt.hpp"
#include "looplab/train/progress.hpp"
#include "looplab/train/trainer.hpp"

namespace looplab {

/// One run that a claim asks for.
struct PlannedRun {
  std::string claim, cell;
  RunConfig config;  // with its seed
  std::string hash;
  std::filesystem::path directory;
  RunCost cost;
};

/// All cells x seeds of the experiments.
[[nodiscard]] inline std::vector<PlannedRun> plan_runs(const std::vector<Experiment>& experiments,
                                                       const std::filesystem::path& out) {
  std::vector<PlannedRun> runs;
  for (const Experiment& experiment : experiments)
    for (const Cell& cell : experiment.cells) {
      const RunCost cost = run_cost(cell.config);
      for (Index seed = 1; seed <= experiment.seeds; ++seed) {
        PlannedRun run{experiment.name, cell.name, cell.config, "", {}, cost};
        run.config.train.seed = seed;
        run.hash = short_hash(run.config);
        run.directory = out / "runs" / run.claim / concat(run.cell, "-s", seed, '-', run.hash);
        runs.push_back(std::move(run));
      }
    }
  return runs;
}

/// How many of the runs, whose costs are given in descending order, should have all threads each,
/// one after the other, before the others run side by side on one thread each.
///
/// Chosen is what ends first, if all threads together are `kEfficiency` times as fast as they are
/// side by side, and a thread that becomes free takes the longest run left.
[[nodiscard]] inline std::size_t num_wide_runs(const std::vector<double>& costs, int threads) {
  constexpr double kEfficiency = 0.85;
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
    if (wide < costs.size()) wide_time += costs[wide] / (kEfficiency * threads);
  }
  return best;
}

/// Writes config.ini. A checkpoint made under another configuration or stamp is removed first.
inline void prepare_directory(const PlannedRun& run) {
  ensure_directory(run.directory);
  const std::filesystem::path path = run.directory / "config.ini";
  RunConfig config = run.config;
  config.train.num_threads = 0;
  const std::string text = concat("# results ", current_stamp().text(), '\n', to_ini(config));
  if (std::filesystem::exists(path) && read_file(path) == text) return;
  for (const char* name :
       {"checkpoint.safetensors", "evaluations.jsonl", "seconds.txt", "result.json"})
    std::filesystem::remove(run.directory / name);
  write_file_atomically(path, text);
}

/// Seconds that a run took over all its sessions that ended in order (not those that were killed).
class SessionClock {
 public:
  explicit SessionClock(std::filesystem::path file) : file_(std::move(file)) {
    if (std::filesystem::exists(file_)) (void)from_text(read_file(file_), earlier_);
  }
  [[nodiscard]] double seconds() const {
    const std::chrono::duration<double> now = std::chrono::steady_clock::now() - start_;
    return earlier_ + now.count();
  }
  /// For the next session.
  void save() const { write_file_atomically(file_, to_text(seconds())); }
  void forget() const { std::filesystem::remove(file_); }

 private:
  std::filesystem::path file_;
  double earlier_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Trains from scratch or from the checkpoint, evaluates, writes result.json. Nothing if the user
/// interrupted. \throws what training throws
[[nodiscard]] inline std::optional<RunResult> execute(const PlannedRun& run, int threads,
                                                      Progress& progress) {
  prepare_directory(run);
  const SessionClock clock(run.directory / "seconds.txt");
  const AnyTask task = make_task(run.config.task);
  TrainerConfig train = run.config.train;
  train.num_threads = threads;
  LoopedTransformer<float> model(run.config.model, Seed{static_cast<std::uint64_t>(train.seed)});
  Trainer trainer(model, task, train);
  trainer.directory(run.directory);
  const auto flop_per_step = static_cast<Index>(
      run.cost.training_flop / static_cast<double>(std::max<Index>(1, train.num_steps)));
  RunEvaluations evaluations(model, task, run.config, run.cost.model.unique_parameters,
                             trainer.steps_done(), run.directory / "evaluations.jsonl");
  if (!evaluations.has_curve_before(trainer.steps_done())) {  // only the start leads there again
    std::filesystem::remove(run.directory / "checkpoint.safetensors");
    return execute(run, threads, progress);
  }
  evaluations.follow(trainer.steps_done(), threads);
  progress.skip(trainer.steps_done() * flop_per_step);
  trainer.on_step([&](const StepReport& report) {
    evaluations.follow(report.step, threads);
    progress.add(flop_per_step);
  });
  if (!trainer.run()) {
    clock.save();
    return std::nullopt;
  }
  RunResult result;
  result.claim = run.claim;
  result.cell = run.cell;
  result.hash = run.hash;
  result.seed = train.seed;
  result.stamp = current_stamp();
  result.cost = run.cost;
  result.environment = to_json(current_environment());
  evaluations.finish(result, threads);
  result.wall_seconds = clock.seconds();
  write_result(run.directory / "result.json", result);
  clock.forget();
  return result;
}

/// What became of all runs.
struct RunsOutcome {
  std::vector<RunResult> results;     // in the order planned; those that failed are absent
  std::vector<std::string> failures;  // one sentence each
  std::exception_ptr first_failure;
  Index num_reused = 0, num_stale = 0;
  bool interrupted = false;
};

/// The result of a finished run, unless it is stale and to be run again.
[[nodiscard]] inline std::optional<RunResult> finished_result(const PlannedRun& run,
                                                              bool rerun_stale) {
  const std::filesystem::path path = run.directory / "result.json";
  if (!std::filesystem::exists(path)) return std::nullopt;
  RunResult result = read_result(path);
  result.stale = result.stamp != current_stamp();
  if (result.stale && rerun_stale) {
    std::filesystem::remove_all(run.directory);
    return std::nullopt;
  }
  result.claim = run.claim;
  result.cell = run.cell;
  return result;
}

/// Does what is left to do of `runs` on `threads` threads (0: all) and returns all results. A run
/// that fails does not stop the others.
[[nodiscard]] inline RunsOutcome run_all(const std::vector<PlannedRun>& runs, int threads,
                                         bool rerun_stale, Progress* given = nullptr) {
  RunsOutcome outcome;
  std::vector<std::optional<RunResult>> results(runs.size());
  std::vector<std::size_t> pending;
  double flop = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    results[i] = finished_result(runs[i], rerun_stale);
    if (results[i]) {
      ++outcome.num_reused;
      outcome.num_stale += results[i]->stale ? 1 : 0;
    } else {
      pending.push_back(i);
      flop += runs[i].cost.training_flop;
    }
  }
  const auto cost = [&](std::size_t i) { return runs[i].cost.training_flop; };
  std::ranges::stable_sort(pending, std::greater<>{}, cost);

  std::optional<Progress> own;
  if (given == nullptr && !pending.empty())
    given = &own.emplace(concat(pending.size(), " runs"), static_cast<Index>(flop));
  std::mutex lock;
  const auto run_one = [&](std::size_t i, int num_threads) {
    if (interrupt_requested()) return;
    try {
      results[i] = execute(runs[i], num_threads, *given);
    } catch (const Error& error) {
      const std::scoped_lock hold(lock);
      outcome.failures.push_back(
          concat(runs[i].directory.filename().string(), " of ", runs[i].claim, ": ", error.what()));
      if (!outcome.first_failure) outcome.first_failure = std::current_exception();
      given->say("failed: " + outcome.failures.back());
    }
  };
  const int all_threads = resolve_threads(threads);
  std::vector<double> costs;
  for (std::size_t i : pending) costs.push_back(cost(i));
  const std::size_t wide = num_wide_runs(costs, all_threads);
  for (std::size_t i = 0; i < wide; ++i) run_one(pending[i], all_threads);
  parallel_for(std::ssize(pending) - static_cast<Index>(wide), all_threads, [&](Index item, int) {
    run_one(pending[wide + static_cast<std::size_t>(item)], 1);
  });

  outcome.interrupted = interrupt_requested();
  for (std::optional<RunResult>& result : results)
    if (result) outcome.results.push_back(std::move(*result));
  return outcome;
}

}  // namespace looplab

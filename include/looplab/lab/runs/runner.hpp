// SPDX-License-Identifier: MIT
//
// Executes planned runs (lab/runs/run_plan.hpp), each in a directory named by its content:
//
//   <out>/runs/<claim>/<cell>-s<seed>-<hash>/
//     config.ini               the resolved configuration, and the stamp of its results
//     log.jsonl  checkpoint.safetensors  evaluations.jsonl
//     seconds.txt              only until the run is done: its duration up to the checkpoint
//     result.json              only when the run is done
//
// A finished run is read, from there or from the rows committed with its claim or with another, not
// run again; of runs of the same content and seed in several claims one is done. A run
// that was interrupted or killed goes on from its checkpoint. A result of another results version is stale:
// it is used, with a warning, unless stale runs are to be run again.
#pragma once

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "looplab/core/parallel.hpp"
#include "looplab/lab/config/run_options.hpp"
#include "looplab/lab/results/result_rows.hpp"
#include "looplab/lab/runs/run_evaluations.hpp"
#include "looplab/lab/runs/run_model.hpp"
#include "looplab/lab/runs/run_plan.hpp"
#include "looplab/train/interrupt.hpp"
#include "looplab/train/progress.hpp"

namespace looplab::lab {

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

/// Seconds that a run took over all its sessions, of a killed one up to its last checkpoint.
class SessionClock {
 public:
  explicit SessionClock(std::filesystem::path file) : file_(std::move(file)) {
    if (std::filesystem::exists(file_)) (void)from_text(read_file(file_), earlier_);
  }
  [[nodiscard]] double seconds() const {
    const std::chrono::duration<double> now = std::chrono::steady_clock::now() - start_;
    return earlier_ + now.count();
  }
  /// For the next session; belongs to a checkpoint.
  void save() const { write_file_atomically(file_, to_text(seconds())); }
  void forget() const { std::filesystem::remove(file_); }

 private:
  std::filesystem::path file_;
  double earlier_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Trains from scratch or from the checkpoint, evaluates, writes result.json. Returns nothing if it
/// has to stop before the end (train/interrupt.hpp). \throws what training throws
[[nodiscard]] inline std::optional<RunResult> execute(const PlannedRun& run, int threads,
                                                      Progress& progress) {
  prepare_directory(run);
  const SessionClock clock(run.directory / "seconds.txt");
  const AnyTask task = make_task(run.config.task);
  TrainSettings train = run.config.train;
  train.num_threads = threads;
  AnyModel model = make_model(run.config);
  const std::unique_ptr<Training> trainer = model.train(task, train);
  trainer->directory(run.directory);
  RunEvaluations evaluations(model, task, run.config, run.cost.model.unique_parameters,
                             trainer->steps_done(), run.directory / "evaluations.jsonl");
  if (!evaluations.has_curve_before(trainer->steps_done())) {  // only the start leads there again
    std::filesystem::remove(run.directory / "checkpoint.safetensors");
    return execute(run, threads, progress);
  }
  evaluations.follow(trainer->steps_done(), threads);
  ProgressPart part(progress, short_name(run), static_cast<Index>(run.cost.training_flop));
  const auto flop_per_step = static_cast<Index>(
      run.cost.training_flop / static_cast<double>(std::max<Index>(1, train.all_steps())));
  part.skip(trainer->steps_done() * flop_per_step);
  trainer->on_save([&] { clock.save(); }).on_step([&](const StepReport& report) {
    evaluations.follow(report.step, threads);
    part.add(flop_per_step);
  });
  RunResult result;
  if (!trainer->run() || !evaluations.finish(result, threads)) {
    clock.save();
    return std::nullopt;
  }
  result.claim = run.claim;
  result.cell = run.cell;
  result.hash = run.hash;
  result.seed = train.seed;
  result.stamp = current_stamp();
  result.cost = run.cost;
  result.environment = to_json(current_environment());
  result.wall_seconds = clock.seconds();
  write_result(run.directory / "result.json", result);
  clock.forget();
  return result;
}

/// Options of the execution of runs.
struct RunPolicy {
  int threads = 0;           // for all runs together; 0: all of the processor
  bool rerun_stale = false;  // repeat runs whose result is stale
  bool record = false;       // add finished runs to the rows of their claim
  double minutes = 0;        // time limit; 0: none
  bool use_rows = true;      // take finished runs from rows; false: make them here
};

/// The outcome of all runs.
struct RunsOutcome {
  std::vector<RunResult> results;     // in the planned order, without those that are not done
  std::vector<std::string> failures;  // one sentence each
  std::exception_ptr first_failure;
  Index num_reused = 0, num_stale = 0;
  Index num_unknown_rows = 0;  // recorded with other settings than those of the present plan
  Index num_left = 0;          // remaining: neither done nor failed
  bool interrupted = false;    // by the user, before all was done
  bool out_of_time = false;    // time limit reached before all was done
  double seconds_left = -1;    // estimated remaining time; -1: not known
};

/// How many rows have a seed that `runs` has, but are of none of them: their settings have changed.
[[nodiscard]] inline Index num_unknown_rows(const ResultRows& rows,
                                            const std::vector<PlannedRun>& runs) {
  std::set<Index> seeds;
  std::set<std::string> hashes;
  for (const PlannedRun& run : runs) {
    seeds.insert(run.config.train.seed);
    hashes.insert(run.hash);
  }
  return std::ranges::count_if(rows.rows(), [&](const RunResult& row) {
    return seeds.contains(row.seed) && !hashes.contains(row.hash);
  });
}

/// Executes the runs that are not done yet; a run that fails does not stop the others.
class RunSession {
 public:
  /// `runs` are kept by reference. \throws FileError if rows cannot be read, or, if they are to be
  /// recorded, not be written
  RunSession(const std::vector<PlannedRun>& runs, const RunPolicy& policy)
      : runs_(runs), policy_(policy), results_(runs.size()) {
    for (const PlannedRun& run : runs)
      if (!run.rows.empty()) {
        const ResultRows& rows = rows_.try_emplace(run.rows, run.rows).first->second;
        if (policy.record) rows.require_writable();
      }
    for (const auto& [file, rows] : rows_)
      outcome_.num_unknown_rows += num_unknown_rows(rows, runs);
  }

  /// The results of those runs that stand in the rows of some claim; nothing is run.
  [[nodiscard]] std::vector<RunResult> recorded() {
    std::vector<RunResult> results;
    for (const PlannedRun& run : runs_)
      if (const RunResult* row = any_row_of(run)) {
        results.push_back(as_run(*row, run));
        results.back().stale = !row->stamp.is_current();
      }
    return results;
  }

  /// Returns all results. Without `progress` it draws its own.
  [[nodiscard]] RunsOutcome run(Progress* progress = nullptr) {
    const std::vector<std::size_t> pending = collect_finished();
    double flop = 0;
    for (std::size_t i : pending) flop += runs_[i].cost.training_flop;
    std::optional<Progress> own;
    if (progress == nullptr && !pending.empty())
      progress = &own.emplace(concat("0 of ", pending.size(), " runs"), static_cast<Index>(flop));
    std::optional<StopTime> stop;
    if (policy_.minutes > 0) stop.emplace(60 * policy_.minutes);
    const int threads = resolve_threads(policy_.threads);
    for (const Stage& stage : stages_of(runs_, pending, threads))
      parallel_for(std::ssize(stage.runs), stage.wide ? 1 : threads, [&](Index item, int) {
        run_one(stage.runs[static_cast<std::size_t>(item)], stage.wide ? threads : 1, *progress);
        const std::scoped_lock hold(lock_);
        progress->relabel(concat(++num_done_, " of ", pending.size(), " runs"));
      });
    take_over();
    outcome_.interrupted = outcome_.num_left > 0 && user_interrupted();
    outcome_.out_of_time = outcome_.num_left > 0 && !outcome_.interrupted;
    if (progress != nullptr) outcome_.seconds_left = progress->seconds_left();
    for (std::optional<RunResult>& result : results_)
      if (result) outcome_.results.push_back(std::move(*result));
    return std::move(outcome_);
  }

 private:
  /// Takes what is done from the runs' directories and from the rows; the positions of the others.
  /// A run whose directory holds a result that is not its own has failed.
  [[nodiscard]] std::vector<std::size_t> collect_finished() {
    std::vector<std::size_t> pending;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      try {
        results_[i] = finished_result(runs_[i]);
      } catch (const std::exception& error) {
        fail(runs_[i], error);
        continue;
      }
      if (!results_[i]) {
        if (done_by(i) == i) pending.push_back(i);
        continue;
      }
      ++outcome_.num_reused;
      outcome_.num_stale += results_[i]->stale ? 1 : 0;
      if (!results_[i]->stale) record(runs_[i], *results_[i]);
    }
    return pending;
  }

  /// The result of a finished run, unless it is stale and to be repeated.
  [[nodiscard]] std::optional<RunResult> finished_result(const PlannedRun& run) {
    const auto is_current = [](const auto& result) { return result && result->stamp.is_current(); };
    const std::filesystem::path path = run.directory / "result.json";
    std::optional<RunResult> result;
    if (std::filesystem::exists(path)) result = own_result(path, run);
    if (!is_current(result) && policy_.use_rows)
      if (const RunResult* row = any_row_of(run); row != nullptr && (is_current(row) || !result))
        result = *row;
    if (!result) return std::nullopt;
    result->stale = !is_current(result);
    if (result->stale && policy_.rerun_stale) {
      std::filesystem::remove_all(run.directory);
      return std::nullopt;
    }
    return as_run(std::move(*result), run);
  }

  /// Reads the result.json of a run. \throws FileError if it is of another run
  [[nodiscard]] static RunResult own_result(const std::filesystem::path& path,
                                            const PlannedRun& run) {
    RunResult result = read_result(path);
    require<FileError>(result.hash == run.hash && result.seed == run.config.train.seed,
                       path.string(), ": is the result of hash ", result.hash, " and seed ",
                       result.seed, ", expected ", run.hash, " and ", run.config.train.seed,
                       "; move it away, and the run is made again");
    return result;
  }

  [[nodiscard]] const RunResult* row_of(const PlannedRun& run) const {
    const auto rows = rows_.find(run.rows);
    return rows == rows_.end() ? nullptr : rows->second.find(run.hash, run.config.train.seed);
  }
  /// The row of a run, from its own claim if it has one, otherwise from another.
  [[nodiscard]] const RunResult* any_row_of(const PlannedRun& run) {
    if (const RunResult* own = row_of(run)) return own;
    const auto found_in = [&](const std::map<std::filesystem::path, ResultRows>& files) {
      const RunResult* found = nullptr;
      for (const auto& [file, rows] : files)
        if (found == nullptr) found = rows.find(run.hash, run.config.train.seed);
      return found;
    };
    const RunResult* planned = found_in(rows_);
    return planned != nullptr ? planned : found_in(rows_of_other_claims());
  }
  /// Rows of the same preset in the folders beside the planned claims; read at the first use.
  [[nodiscard]] const std::map<std::filesystem::path, ResultRows>& rows_of_other_claims() {
    if (other_rows_) return *other_rows_;
    other_rows_.emplace();
    for (const auto& [file, rows] : rows_)
      for (const auto& claim : std::filesystem::directory_iterator(claims_folder(file))) {
        const std::filesystem::path other =
            claim.path() / file.lexically_relative(claim_folder_of(file));
        if (!rows_.contains(other) && std::filesystem::exists(other))
          other_rows_->try_emplace(other, other);
      }
    return *other_rows_;
  }

  /// <claims>/<claim> and <claims> of <claims>/<claim>/results/<preset>/rows.jsonl.
  [[nodiscard]] static std::filesystem::path claim_folder_of(const std::filesystem::path& rows) {
    return rows.parent_path().parent_path().parent_path();
  }
  [[nodiscard]] static std::filesystem::path claims_folder(const std::filesystem::path& rows) {
    return claim_folder_of(rows).parent_path();
  }

  /// The first run of the plan with the content and seed of run `i`.
  [[nodiscard]] std::size_t done_by(std::size_t i) const {
    const auto same = [&](const PlannedRun& run) {
      return run.hash == runs_[i].hash && run.config.train.seed == runs_[i].config.train.seed;
    };
    return static_cast<std::size_t>(std::ranges::find_if(runs_, same) - runs_.begin());
  }
  /// Copies results to the runs that are equal to another claim's run.
  void take_over() {
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const std::size_t first = done_by(i);
      if (results_[i] || first == i) continue;
      if (!results_[first]) {
        ++outcome_.num_left;
        continue;
      }
      results_[i] = as_run(*results_[first], runs_[i]);
      ++outcome_.num_reused;
      record(runs_[i], *results_[i]);
    }
  }
  [[nodiscard]] static RunResult as_run(RunResult result, const PlannedRun& run) {
    result.claim = run.claim;
    result.cell = run.cell;
    return result;
  }

  /// Adds the result to the rows of the claim, if requested and not yet there.
  void record(const PlannedRun& run, const RunResult& result) {
    const auto rows = rows_.find(run.rows);
    if (policy_.record && rows != rows_.end()) rows->second.add(result);
  }

  void run_one(std::size_t i, int threads, Progress& progress) {
    const PlannedRun& run = runs_[i];
    try {
      if (!interrupt_requested()) results_[i] = execute(run, threads, progress);
      if (!results_[i]) {
        const std::scoped_lock hold(lock_);
        ++outcome_.num_left;
        return;
      }
      if (results_[i]->wall_seconds >= 10)
        progress.say(
            concat("done: ", long_name(run), " in ", duration_text(results_[i]->wall_seconds)));
      const std::scoped_lock hold(lock_);
      record(run, *results_[i]);
    } catch (const Interrupted&) {
      const std::scoped_lock hold(lock_);
      ++outcome_.num_left;
    } catch (const std::exception& error) {
      const std::scoped_lock hold(lock_);
      fail(run, error);
      progress.say("failed: " + outcome_.failures.back());
    }
  }

  /// "1x4-s2-0123456789ab of claim".
  [[nodiscard]] static std::string long_name(const PlannedRun& run) {
    return concat(run.directory.filename().string(), " of ", run.claim);
  }
  /// Records the exception that is being handled as the failure of a run.
  void fail(const PlannedRun& run, const std::exception& error) {
    outcome_.failures.push_back(concat(long_name(run), ": ", error_text(error)));
    if (!outcome_.first_failure) outcome_.first_failure = std::current_exception();
  }

  const std::vector<PlannedRun>& runs_;
  RunPolicy policy_;
  std::vector<std::optional<RunResult>> results_;
  std::map<std::filesystem::path, ResultRows> rows_;
  std::optional<std::map<std::filesystem::path, ResultRows>> other_rows_;
  RunsOutcome outcome_;
  std::mutex lock_;
  Index num_done_ = 0;
};

/// The results of those of `runs` that are committed as rows. \throws as RunSession
[[nodiscard]] inline std::vector<RunResult> recorded_results(const std::vector<PlannedRun>& runs) {
  return RunSession(runs, {}).recorded();
}

/// Executes the runs that are not done yet and returns all results. \throws as RunSession
[[nodiscard]] inline RunsOutcome run_all(const std::vector<PlannedRun>& runs,
                                         const RunPolicy& policy, Progress* progress = nullptr) {
  return RunSession(runs, policy).run(progress);
}

}  // namespace looplab::lab

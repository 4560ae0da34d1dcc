// SPDX-License-Identifier: MIT
//
// The evaluations of one run: during training, at `curve_points` equally spaced steps; and of the
// trained model, with its own number of loops and with those of `test_loops`.
//
// evaluations.jsonl in the run's folder has a line per evaluation:
//
//   {"step": 300, "num_loops": 4, "num_sequences": 200, "metrics": {...}, "floors": {...}}
//
// A line is on the disk before the checkpoint of its step, so a resumed run finds all earlier
// evaluations; they are not repeated.
#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "looplab/io/json_lines.hpp"
#include "looplab/lab/metrics/run_metrics.hpp"
#include "looplab/lab/registry/models/any_model.hpp"
#include "looplab/lab/results/result_json.hpp"
#include "looplab/train/evaluate.hpp"
#include "looplab/train/interrupt.hpp"

namespace looplab::lab {

/// The evaluation configured by the run's [evaluation].
[[nodiscard]] inline EvaluationConfig evaluation_config(const RunConfig& config, int threads) {
  return {.num_loops = config.loops.evaluated,
          .num_sequences = config.evaluation.num_sequences,
          .split = config.evaluation.split,
          .seed = Seed{static_cast<std::uint64_t>(config.train.seed)},
          .loss_on = config.train.loss_on,
          .chunk_tokens = config.train.chunk_tokens,
          .num_threads = threads};
}

/// Loss and accuracy of a model under the run's [evaluation].
[[nodiscard]] inline Evaluation judge_model(const AnyModel& model, const AnyTask& task,
                                            const RunConfig& config, int threads) {
  return model.evaluate(task, evaluation_config(config, threads));
}

/// Draws the last window of the run's evaluations, so that missing data is reported before the
/// first step instead of after the last one.
/// \throws ConfigError naming the split or the number of windows, or if no number of windows is
/// given and the task's evaluation set is endless
inline void require_evaluation_windows(const AnyTask& task, const RunConfig& config) {
  const RunEvaluationSettings& settings = config.evaluation;
  const EvaluationConfig asked = evaluation_config(config, 0);
  Index windows = num_evaluation_windows(task, asked);
  if (settings.curve_points > 0) windows = std::max(windows, settings.curve_sequences);
  windows = std::max(windows, settings.decode_sequences);
  Batch last;
  sample_batch(task, asked.seed, asked.split, windows - 1, 1, last);
}

/// The steps of the curve, ascending: i / points of all steps before Stage II, i = 1 ... points,
/// rounded down.
[[nodiscard]] inline std::vector<Index> curve_steps(const RunConfig& config) {
  const Index all = config.train.total_steps();
  const Index points = std::min(config.evaluation.curve_points, all);
  std::vector<Index> steps;
  for (Index i = 1; i <= points; ++i) steps.push_back(all * i / points);
  return steps;
}

class RunEvaluations {
 public:
  /// Reads the content of `file` up to `step`, the step from which training continues, and drops
  /// the rest. Bits per parameter are relative to `num_parameters`; model, task and config are kept
  /// by reference.
  /// \throws FileError; ConfigError as require_evaluation_windows
  RunEvaluations(const AnyModel& model, const AnyTask& task, const RunConfig& config,
                 Index num_parameters, Index step, const std::filesystem::path& file)
      : model_(model),
        task_(task),
        config_(config),
        num_parameters_(num_parameters),
        curve_(curve_steps(config)) {
    require_evaluation_windows(task, config);
    keep_records_while(file,
                       [&](const auto& record) { return record.value("step", Index{0}) <= step; });
    log_.emplace(file);
    for (const auto& record : read_json_lines(file)) entries_.push_back(entry_of(record, file));
  }

  /// Whether all points of the curve before `step` exist.
  [[nodiscard]] bool has_curve_before(Index step) const {
    return std::ranges::all_of(curve_, [&](Index point) {
      return point >= step || find(point, config_.loops.evaluated, curve_sequences()) != nullptr;
    });
  }

  /// Evaluates the model after `step` steps, if that is a point of the curve.
  void follow(Index step, int threads) {
    if (std::ranges::binary_search(curve_, step))
      (void)metrics(step, config_.loops.evaluated, curve_sequences(), threads);
  }

  /// Fills in the metrics of the trained model, those at `test_loops`, and the curve. Returns false
  /// if it has to stop before all are computed (train/interrupt.hpp); computed ones are kept.
  [[nodiscard]] bool finish(RunResult& result, int threads) try {
    const Index last = config_.train.all_steps(), own_loops = config_.loops.evaluated,
                sequences = config_.evaluation.num_sequences;
    std::vector<Index> all_loops = config_.evaluation.test_loops;
    all_loops.push_back(own_loops);
    for (Index loops : all_loops) {
      if (interrupt_requested() && find(last, loops, sequences) == nullptr) return false;
      (void)metrics(last, loops, sequences, threads);
    }
    result.metrics = find(last, own_loops, sequences)->metrics;
    const Metrics more =
        further_metrics(model_, task_, config_, evaluation_config(config_, threads));
    result.metrics.insert(result.metrics.end(), more.begin(), more.end());
    for (Index loops : config_.evaluation.test_loops)
      result.test_loops.push_back({loops, find(last, loops, sequences)->metrics});
    for (Index step : curve_)
      result.curve.push_back({step, metrics(step, own_loops, curve_sequences(), threads)});
    return true;
  } catch (const Interrupted&) {
    return false;
  }

 private:
  struct Entry {
    Index step, num_loops, num_sequences;
    Metrics metrics;
  };

  [[nodiscard]] static Entry entry_of(const nlohmann::ordered_json& record,
                                      const std::filesystem::path& file) {
    try {
      return {record.at("step").get<Index>(), record.at("num_loops").get<Index>(),
              record.at("num_sequences").get<Index>(),
              read_metrics(record.at("metrics"), record.at("floors"))};
    } catch (const nlohmann::json::exception& error) {
      throw FileError(concat(file.string(), ": is not a list of evaluations (", error.what(), ")"));
    }
  }

  [[nodiscard]] Index curve_sequences() const {
    const RunEvaluationSettings& settings = config_.evaluation;
    return settings.curve_sequences > 0 ? settings.curve_sequences : settings.num_sequences;
  }
  [[nodiscard]] const Entry* find(Index step, Index num_loops, Index num_sequences) const {
    const auto entry = std::ranges::find_if(entries_, [&](const Entry& e) {
      return e.step == step && e.num_loops == num_loops && e.num_sequences == num_sequences;
    });
    return entry == entries_.end() ? nullptr : &*entry;
  }

  /// Metrics of the model at `step`; evaluated unless they exist.
  [[nodiscard]] Metrics metrics(Index step, Index num_loops, Index num_sequences, int threads) {
    if (const Entry* entry = find(step, num_loops, num_sequences)) return entry->metrics;
    RunConfig config = config_;
    config.loops.evaluated = num_loops;
    config.evaluation.num_sequences = num_sequences;
    const Metrics values =
        task_.metrics(judge_model(model_, task_, config, threads), num_parameters_);
    log_->append({{"step", step},
                  {"num_loops", num_loops},
                  {"num_sequences", num_sequences},
                  {"metrics", metric_values(values)},
                  {"floors", metric_floors(values)}});
    log_->flush();
    entries_.push_back({step, num_loops, num_sequences, values});
    return values;
  }

  const AnyModel& model_;
  const AnyTask& task_;
  const RunConfig& config_;
  Index num_parameters_;
  std::vector<Index> curve_;
  std::vector<Entry> entries_;
  std::optional<JsonLines> log_;
};

}  // namespace looplab::lab

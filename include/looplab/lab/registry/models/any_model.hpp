// SPDX-License-Identifier: MIT
//
// A model of any type with what lab does to it: trained, evaluated, left early, read out.
//
// Everything in lab but lab/registry/models/model_of.hpp sees a model through this interface, so the
// templates of training and evaluation are instantiated once for each type of model, not in every
// file.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "looplab/lab/config/train_settings.hpp"
#include "looplab/lab/registry/any_task.hpp"
#include "looplab/models/exit_rule.hpp"
#include "looplab/train/evaluate_decoding.hpp"
#include "looplab/train/evaluate_exits.hpp"
#include "looplab/train/step_report.hpp"

namespace looplab::lab {

/// The training of one run: its stages, one trainer after the other. Members as those of Trainer.
class Training {
 public:
  virtual ~Training() = default;
  virtual Training& directory(const std::filesystem::path& path) = 0;
  virtual Training& on_step(std::function<void(const StepReport&)> report) = 0;
  virtual Training& on_save(std::function<void()> saved) = 0;
  virtual bool run() = 0;
  /// Of all stages.
  [[nodiscard]] virtual Index steps_done() const = 0;
};

/// Measurement of one step of a run on `threads` threads.
struct StepMeasure {
  int threads = 1;
  Index num_slots = 1, num_chunks = 1;
  double tokens_per_step = 0;
  double chunk_seconds = 0;   // a full chunk, forward and backward, while all threads are busy
  double rest_seconds = 0;    // the rest of a step, on one core
  double data_share = 0;      // fraction of chunk_seconds that draws the windows
  double resident_bytes = 0;  // memory of the process with everything allocated

  /// Seconds of a step on `cores` cores.
  [[nodiscard]] double step_seconds(Index cores) const {
    const Index rounds = (num_slots + cores - 1) / cores;
    const Index per_slot = (num_chunks + num_slots - 1) / num_slots;
    return static_cast<double>(rounds * per_slot) * chunk_seconds +
           rest_seconds / static_cast<double>(cores);
  }
  [[nodiscard]] double tokens_per_second(Index cores) const {
    return tokens_per_step / step_seconds(cores);
  }
};

/// Called with a loop r = 0, 1, ... and the states [B T, D] that the head would read after it.
using VisitStates = std::function<void(Index, TensorView<const float>)>;

/// Movable, not copyable; `Training` refers to the model, which stays where it is in memory.
class AnyModel {
 public:
  /// What a type of model has to offer to lab; see ModelOf<M> (lab/registry/models/model_of.hpp).
  class Interface {
   public:
    virtual ~Interface() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual ParameterList<float> parameters() = 0;
    [[nodiscard]] virtual std::unique_ptr<Training> train(const AnyTask& task,
                                                          const TrainSettings& settings) = 0;
    [[nodiscard]] virtual StepMeasure measure_step(const AnyTask& task,
                                                   const TrainSettings& settings, int threads) = 0;
    [[nodiscard]] virtual Evaluation evaluate(const AnyTask& task,
                                              const EvaluationConfig& config) const = 0;
    [[nodiscard]] virtual ExitEvaluation evaluate_exits(const AnyTask& task,
                                                        const AnyExitRule& rule,
                                                        const EvaluationConfig& config,
                                                        Index repeats) const = 0;
    [[nodiscard]] virtual std::vector<SliceResult> evaluate_decoding(
        const AnyTask& task, CacheSharing sharing, const EvaluationConfig& config) const = 0;
    virtual void states_per_loop(const Windows& windows, Index num_loops,
                                 const VisitStates& visit) const = 0;
    [[nodiscard]] virtual const LoopedTransformer<float>* looped_transformer() const = 0;
  };

  explicit AnyModel(std::unique_ptr<Interface> model) : model_(std::move(model)) {}

  [[nodiscard]] ParameterList<float> parameters() { return model_->parameters(); }
  /// `task` is kept by reference. \throws as Trainer
  [[nodiscard]] std::unique_ptr<Training> train(const AnyTask& task,
                                                const TrainSettings& settings) {
    return model_->train(task, settings);
  }
  /// Makes a step at full size and tells what it took (lab/runs/step_measure.hpp).
  [[nodiscard]] StepMeasure measure_step(const AnyTask& task, const TrainSettings& settings,
                                         int threads) {
    return model_->measure_step(task, settings, threads);
  }
  /// See looplab::evaluate.
  [[nodiscard]] Evaluation evaluate(const AnyTask& task, const EvaluationConfig& config) const {
    return model_->evaluate(task, config);
  }
  /// See looplab::evaluate_exits. \throws ConfigError for a type of model that cannot leave early
  [[nodiscard]] ExitEvaluation evaluate_exits(const AnyTask& task, const AnyExitRule& rule,
                                              const EvaluationConfig& config,
                                              Index repeats = 0) const {
    return model_->evaluate_exits(task, rule, config, repeats);
  }
  /// See looplab::evaluate_decoding. \throws ConfigError for a type of model that has no decoder
  [[nodiscard]] std::vector<SliceResult> evaluate_decoding(const AnyTask& task,
                                                           CacheSharing sharing,
                                                           const EvaluationConfig& config) const {
    return model_->evaluate_decoding(task, sharing, config);
  }
  /// Runs the model on whole windows without gradient. \throws ConfigError for a type of model
  /// that is not read out after every loop
  void states_per_loop(const Windows& windows, Index num_loops, const VisitStates& visit) const {
    model_->states_per_loop(windows, num_loops, visit);
  }
  /// The model itself for `command`, which works on this type alone. \throws ConfigError if it is
  /// of another type
  [[nodiscard]] const LoopedTransformer<float>& looped_transformer(
      const std::string& command) const {
    const LoopedTransformer<float>* model = model_->looped_transformer();
    require<ConfigError>(model != nullptr, command, ": works on looped_transformer, the model is ",
                         model_->name());
    return *model;
  }

 private:
  std::unique_ptr<Interface> model_;
};

}  // namespace looplab::lab

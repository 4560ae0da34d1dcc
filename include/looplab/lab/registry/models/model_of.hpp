// SPDX-License-Identifier: MIT
//
// AnyModel for a type of model M, of float: the one file where lab instantiates training and
// evaluation for it.
//
// M is a TokenModel with a static `kName`. What it lacks beyond that (states after every loop, exits,
// a decoder) is refused in a sentence when it is asked for.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "looplab/lab/registry/models/any_model.hpp"
#include "looplab/lab/runs/staged_training.hpp"
#include "looplab/lab/runs/step_measure.hpp"
#include "looplab/train/evaluate.hpp"

namespace looplab::lab {

template <TokenModel M>
class ModelOf final : public AnyModel::Interface {
 public:
  template <class... Arguments>
  explicit ModelOf(std::string name, Arguments&&... arguments)
      : name_(std::move(name)), model_(std::forward<Arguments>(arguments)...) {}

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] ParameterList<float> parameters() override { return ParameterList<float>(model_); }
  [[nodiscard]] std::unique_ptr<Training> train(const AnyTask& task,
                                                const TrainSettings& settings) override {
    return std::make_unique<StagedTraining<M>>(model_, task, settings);
  }
  [[nodiscard]] StepMeasure measure_step(const AnyTask& task, const TrainSettings& settings,
                                         int threads) override {
    return lab::measure_step(model_, task, settings, threads);
  }
  [[nodiscard]] Evaluation evaluate(const AnyTask& task,
                                    const EvaluationConfig& config) const override {
    return looplab::evaluate(model_, task, config);
  }
  [[nodiscard]] ExitEvaluation evaluate_exits(const AnyTask& task, const AnyExitRule& rule,
                                              const EvaluationConfig& config,
                                              Index repeats) const override {
    if constexpr (requires { looplab::evaluate_exits(model_, task, rule, config, repeats); })
      return looplab::evaluate_exits(model_, task, rule, config, repeats);
    throw ConfigError(concat(name_, ": rows of this model cannot leave the loop early"));
  }
  [[nodiscard]] std::vector<SliceResult> evaluate_decoding(
      const AnyTask& task, CacheSharing sharing, const EvaluationConfig& config) const override {
    if constexpr (requires { looplab::evaluate_decoding(model_, task, sharing, config); })
      return looplab::evaluate_decoding(model_, task, sharing, config);
    throw ConfigError(concat(name_, ": this model has no decoder with a cache"));
  }
  void states_per_loop(const Windows& windows, Index num_loops,
                       const VisitStates& visit) const override {
    if constexpr (PerLoopModel<M>) {
      Tape<float> tape;
      tape.set_recording(false);
      model_.hidden_per_loop(
          {tape, nullptr}, windows, {.num_loops = num_loops}, [&](Index r, Variable<float> state) {
            visit(r, TensorView<const float>(state.data(), {state.rows(), state.cols()}));
          });
      return;
    }
    throw ConfigError(concat(name_, ": this model has no states after every loop"));
  }
  [[nodiscard]] const LoopedTransformer<float>* looped_transformer() const override {
    if constexpr (std::same_as<M, LoopedTransformer<float>>)
      return &model_;
    else
      return nullptr;
  }

 private:
  std::string name_;
  M model_;
};

}  // namespace looplab::lab

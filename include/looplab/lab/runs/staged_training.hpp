// SPDX-License-Identifier: MIT
//
// The training of one run: its stages, one trainer after the other, in one directory.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "looplab/lab/registry/models/any_model.hpp"
#include "looplab/train/parameter_filter.hpp"
#include "looplab/train/trainer.hpp"

namespace looplab::lab {

/// One trainer of a run.
template <TokenModel M>
struct TrainingStage {
  TrainerConfig config;
  AnyObjective<M> objective;
  ParameterFilter trained = all_parameters();
};

/// The trainers of a run, first to last. \throws ConfigError if M lacks what an objective reads
template <TokenModel M>
[[nodiscard]] std::vector<TrainingStage<M>> training_stages(const TrainSettings& settings) {
  std::vector<TrainingStage<M>> stages{{settings, make_objective<M>(settings.objective)}};
  if (settings.objective.stage_two_steps > 0) {
    if constexpr (GatedModel<M>) {
      TrainerConfig config = settings;
      config.num_steps = settings.objective.stage_two_steps;
      config.learning_rate = settings.objective.stage_two_learning_rate;
      config.schedule = Schedule::constant;
      config.warmup_steps = 0;
      config.repeat_tail = 0;
      stages.push_back(
          {config, AnyObjective<M>(settings.objective.stage_two), only(kExitGatePrefix)});
    } else {
      throw ConfigError("train.gate_stage_two_steps is above 0, but this model has no exit gate");
    }
  }
  return stages;
}

template <TokenModel M>
class StagedTraining final : public Training {
 public:
  /// `model` and `task` are kept by reference. \throws as Trainer
  StagedTraining(M& model, const AnyTask& task, const TrainSettings& settings)
      : model_(model), task_(task), stages_(training_stages<M>(settings)) {
    begin_stage();
  }

  StagedTraining& directory(const std::filesystem::path& path) override {
    directory_ = path;
    trainer_->directory(path);
    while (has_another() && trainer_->steps_done() >= end_) next_stage();
    return *this;
  }
  StagedTraining& on_step(std::function<void(const StepReport&)> report) override {
    on_step_ = std::move(report);
    trainer_->on_step(on_step_);
    return *this;
  }
  StagedTraining& on_save(std::function<void()> saved) override {
    on_save_ = std::move(saved);
    trainer_->on_save(on_save_);
    return *this;
  }
  bool run() override {
    while (trainer_->run()) {
      if (!has_another()) return true;
      next_stage();
    }
    return false;
  }
  [[nodiscard]] Index steps_done() const override { return trainer_->steps_done(); }

 private:
  [[nodiscard]] bool has_another() const { return stage_ + 1 < stages_.size(); }

  void begin_stage() {
    const TrainingStage<M>& stage = stages_[stage_];
    end_ += stage.config.total_steps();
    trainer_.emplace(model_, task_, stage.config, stage.objective, stage.trained);
    trainer_->on_step(on_step_).on_save(on_save_);
  }
  void next_stage() {
    TrainingState<typename M::Scalar> state = std::move(*trainer_).state();
    trainer_.reset();  // frees its gradient slots first
    ++stage_;
    begin_stage();
    trainer_->continue_from(std::move(state));
    if (!directory_.empty()) trainer_->directory(directory_);
  }

  M& model_;
  const AnyTask& task_;
  std::vector<TrainingStage<M>> stages_;
  std::size_t stage_ = 0;
  Index end_ = 0;  // steps after which the present stage is done
  std::filesystem::path directory_;
  std::function<void(const StepReport&)> on_step_;
  std::function<void()> on_save_;
  std::optional<Trainer<M, AnyTask, AnyObjective<M>>> trainer_;
};

}  // namespace looplab::lab

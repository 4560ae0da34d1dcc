// SPDX-License-Identifier: MIT
//
// The training of one run: its stages, one trainer after the other, in one directory.
// Tests: tests/lab/runs/staged_training_test.cpp.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "looplab/lab/config/train_settings.hpp"
#include "looplab/lab/registry/any_task.hpp"
#include "looplab/train/trainer.hpp"

namespace looplab::lab {

class StagedTraining {
 public:
  /// `model` and `task` are kept by reference. \throws as Trainer
  StagedTraining(LoopedTransformer<float>& model, const AnyTask& task,
                 const TrainSettings& settings)
      : model_(model), task_(task), stages_(training_stages(settings)) {
    begin_stage();
  }

  // As those of Trainer.

  StagedTraining& directory(const std::filesystem::path& path) {
    directory_ = path;
    trainer_->directory(path);
    while (has_another() && trainer_->steps_done() >= end_) next_stage();
    return *this;
  }
  StagedTraining& on_step(std::function<void(const StepReport&)> report) {
    on_step_ = std::move(report);
    trainer_->on_step(on_step_);
    return *this;
  }
  StagedTraining& on_save(std::function<void()> saved) {
    on_save_ = std::move(saved);
    trainer_->on_save(on_save_);
    return *this;
  }
  bool run() {
    while (trainer_->run()) {
      if (!has_another()) return true;
      next_stage();
    }
    return false;
  }
  /// Of all stages.
  [[nodiscard]] Index steps_done() const { return trainer_->steps_done(); }

 private:
  [[nodiscard]] bool has_another() const { return stage_ + 1 < stages_.size(); }

  void begin_stage() {
    const TrainingStage& stage = stages_[stage_];
    end_ += stage.config.num_steps;
    trainer_.emplace(model_, task_, stage.config, stage.objective, stage.trained);
    trainer_->on_step(on_step_).on_save(on_save_);
  }
  void next_stage() {
    TrainingState<float> state = std::move(*trainer_).state();
    trainer_.reset();  // frees its gradient slots first
    ++stage_;
    begin_stage();
    trainer_->continue_from(std::move(state));
    if (!directory_.empty()) trainer_->directory(directory_);
  }

  LoopedTransformer<float>& model_;
  const AnyTask& task_;
  std::vector<TrainingStage> stages_;
  std::size_t stage_ = 0;
  Index end_ = 0;  // steps after which the present stage is done
  std::filesystem::path directory_;
  std::function<void(const StepReport&)> on_step_;
  std::function<void()> on_save_;
  std::optional<Trainer<LoopedTransformer<float>, AnyTask, AnyObjective>> trainer_;
};

}  // namespace looplab::lab

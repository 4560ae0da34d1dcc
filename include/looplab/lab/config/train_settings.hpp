// SPDX-License-Identifier: MIT
//
// The section [train] of a configuration file: the fields of TrainerConfig and the objectives, and
// the stages of training that they describe. Tests: tests/lab/config/train_settings_test.cpp.
#pragma once

#include <vector>

#include "looplab/lab/registry/objective_registry.hpp"
#include "looplab/train/parameter_filter.hpp"
#include "looplab/train/trainer_config.hpp"

namespace looplab::lab {

struct TrainSettings : TrainerConfig {
  ObjectiveSettings objective = {};

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    TrainerConfig::for_each_field(self, with_objective(self, visit));
  }
  /// The fields a result depends on.
  template <class Self, class Visit>
  static void for_each_result_field(Self& self, Visit&& visit) {
    TrainerConfig::for_each_result_field(self, with_objective(self, visit));
  }

  /// Steps of all stages.
  [[nodiscard]] Index all_steps() const { return num_steps + objective.stage_two_steps; }

  /// \throws ConfigError naming every problem
  void validate() const {
    Problems problems;
    check_ranges(*this, problems);
    check(problems);
    objective.check(problems);
    problems.check(objective.every.weights.empty() || random_loops.empty(),
                   "loop_weights and random_loops are both given, expected one of them: weights "
                   "are for a fixed number of loops");
    problems.throw_if_any("train");
  }

 private:
  /// The objective's fields follow loss_on.
  template <class Self, class Visit>
  [[nodiscard]] static auto with_objective(Self& self, Visit& visit) {
    return [&](const Field& field, auto& value) {
      visit(field, value);
      if (field.name == "loss_on") ObjectiveSettings::for_each_field(self.objective, visit);
    };
  }
};

/// The part of [train] that a result depends on, as a configuration of its own.
struct TrainResultFields : TrainSettings {
  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    for_each_result_field(self, visit);
  }
};

/// One trainer of a run.
struct TrainingStage {
  TrainerConfig config;
  AnyObjective objective;
  ParameterFilter trained = all_parameters();
};

/// The trainers of a run, first to last.
[[nodiscard]] inline std::vector<TrainingStage> training_stages(const TrainSettings& settings) {
  std::vector<TrainingStage> stages{{settings, make_objective(settings.objective)}};
  if (settings.objective.stage_two_steps > 0) {
    TrainerConfig config = settings;
    config.num_steps = settings.objective.stage_two_steps;
    config.learning_rate = settings.objective.stage_two_learning_rate;
    config.schedule = Schedule::constant;
    config.warmup_steps = 0;
    stages.push_back({config, AnyObjective(settings.objective.stage_two), only(kExitGatePrefix)});
  }
  return stages;
}

}  // namespace looplab::lab

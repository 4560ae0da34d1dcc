// SPDX-License-Identifier: MIT
//
// The section [train] of a configuration file: the fields of TrainerConfig and the objectives.
#pragma once

#include "looplab/lab/registry/objective_registry.hpp"
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
  [[nodiscard]] Index all_steps() const { return total_steps() + objective.stage_two_steps; }

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

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// The objectives that a configuration file names, with their keys:
//
//   train.loss_per_loop   last           LastLoop
//                         every          EveryLoop: loop_weights
//                         gate           ExpectedExit: gate_beta, gate_prior, gate_prior_parameter
//   train.gate_stage_two_steps           above 0: so many steps of a second stage, GateAdaptation:
//                 gate_stage_two_learning_rate, gate_slope, gate_threshold, gate_target
//
// Everything else in lab sees AnyObjective. The order of the keys is part of the names of runs.
// Tests: tests/lab/registry/objective_registry_test.cpp.
#pragma once

#include <array>
#include <string_view>

#include "looplab/lab/registry/any_objective.hpp"
#include "looplab/train/objectives/every_loop.hpp"
#include "looplab/train/objectives/expected_exit.hpp"
#include "looplab/train/objectives/gate_adaptation.hpp"
#include "looplab/train/objectives/last_loop.hpp"

namespace looplab::lab {

enum class LossPerLoop { last, every, gate };
[[nodiscard]] constexpr auto enum_names(LossPerLoop) {
  return std::array<std::string_view, 3>{"last", "every", "gate"};
}

/// The part of [train] that chooses objectives.
struct ObjectiveSettings {
  LossPerLoop loss_per_loop = LossPerLoop::last;
  EveryLoop every = {};
  ExpectedExit gate = {};
  Index stage_two_steps = 0;
  double stage_two_learning_rate = 1e-2;
  GateAdaptation stage_two = {};

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"loss_per_loop",
                "loss of the last loop, mean loss of every loop, or loss expected under the gate"},
          self.loss_per_loop);
    EveryLoop::for_each_field(self.every, visit);
    ExpectedExit::for_each_field(self.gate, visit);
    visit(Field{"gate_stage_two_steps", "steps after num_steps in which the gate alone is trained",
                0, 1e9},
          self.stage_two_steps);
    visit(Field{"gate_stage_two_learning_rate", "constant learning rate of Stage II", 0, 10},
          self.stage_two_learning_rate);
    GateAdaptation::for_each_field(self.stage_two, visit);
  }

  /// Notes everything but values out of range.
  void check(Problems& problems) const {
    every.check(problems);
    gate.check(problems);
    problems.check(every.weights.empty() || loss_per_loop == LossPerLoop::every,
                   "loop_weights is given, but loss_per_loop is ", to_text(loss_per_loop),
                   ", expected every");
  }
};

/// The objective of the first stage.
[[nodiscard]] inline AnyObjective make_objective(const ObjectiveSettings& settings) {
  switch (settings.loss_per_loop) {
    case LossPerLoop::every:
      return AnyObjective(settings.every);
    case LossPerLoop::gate:
      return AnyObjective(settings.gate);
    case LossPerLoop::last:
      break;
  }
  return AnyObjective(LastLoop{});
}

}  // namespace looplab::lab

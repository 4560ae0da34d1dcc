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
// An objective of the user's own (lab/registry/own_objective.hpp) is chosen by [objective] kind. The
// order of the keys is part of the names of runs.
#pragma once

#include <array>
#include <string_view>

#include "looplab/lab/registry/any_objective.hpp"
#include "looplab/lab/registry/own_objective.hpp"
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
  OwnObjective own = {};  // of [objective]; takes the place of loss_per_loop

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"loss_per_loop",
                "loss of the last loop, mean loss of every loop, or loss expected under the gate"},
          self.loss_per_loop);
    EveryLoop::for_each_field(self.every, visit);
    ExpectedExit::for_each_field(self.gate, visit);
    visit(Field{"gate_stage_two_steps", "steps after all others in which the gate alone is trained",
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

/// The objective of the first stage, for a type of model.
/// \throws ConfigError if the model lacks what the objective reads
template <TokenModel M>
[[nodiscard]] AnyObjective<M> make_objective(const ObjectiveSettings& settings) {
  const auto made = [&](const auto& objective) -> AnyObjective<M> {
    if constexpr (Objective<std::remove_cvref_t<decltype(objective)>, M>)
      return AnyObjective<M>(objective);
    else
      throw ConfigError(concat("train.loss_per_loop is ", to_text(settings.loss_per_loop),
                               ", which this model does not support"));
  };
  if (settings.own) return settings.own->template for_model<M>();
  switch (settings.loss_per_loop) {
    case LossPerLoop::every:
      return made(settings.every);
    case LossPerLoop::gate:
      return made(settings.gate);
    case LossPerLoop::last:
      break;
  }
  return AnyObjective<M>(LastLoop{});
}

}  // namespace looplab::lab

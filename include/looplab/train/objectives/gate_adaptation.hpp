// SPDX-License-Identifier: MIT
//
// Stage II of an exit gate: the gate alone learns to leave where one more loop no longer improves a
// row's cross-entropy. All but the gate is computed without gradient:
//
//   Trainer gate(model, task, config, GateAdaptation{}, only("exit_gate"));
//   gate.continue_from(first.state());
//
// Source: Ouro, arXiv:2510.25741, section 3.4. Equations: kernels/exit_gate.hpp.
#pragma once

#include "looplab/autograd/ops_exit.hpp"
#include "looplab/train/objectives/objective.hpp"

namespace looplab {

struct GateAdaptation {
  static constexpr ObjectiveName kName{"gate_adaptation", 1};
  double slope = 50;         // k, per nat
  double threshold = 0.005;  // gamma, nats
  kernels::GateTarget target = kernels::GateTarget::own_loop;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"gate_slope", "steepness k of the target in the improvement, per nat", 0, 1e6},
          self.slope);
    visit(
        Field{"gate_threshold", "improvement gamma that is just worth one more loop, nats", 0, 1e6},
        self.threshold);
    visit(
        Field{"gate_target", "loop whose improvement counts: own_loop (as published) or next_loop"},
        self.target);
  }

  template <GatedModel M>
  [[nodiscard]] auto operator()(const ScoredWindows<M>& windows) const {
    using S = typename M::Scalar;
    Tape<S>& tape = windows.tape();
    const bool recording = tape.recording();
    VariableList<S> losses = windows.list(), gates = windows.list();
    {
      const NoGradient<S> off(tape);
      windows.for_each_loop([&](Index, Variable<S> state) {
        const Variable<S> rows = windows.scored_rows(state);
        losses.push_back(windows.row_losses(rows));
        tape.set_recording(recording);
        gates.push_back(windows.gate(rows));
        tape.set_recording(false);
      });
    }
    return gate_adaptation_loss(tape, losses.span(), gates.span(), target, static_cast<S>(slope),
                                static_cast<S>(threshold));
  }
};

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// Differentiable losses of models that compute a loss after every loop and have an exit gate.
//
// The equations are in kernels/exit_gate.hpp. R loops, N rows; all throw ShapeError.
// Tests: tests/autograd/operations_test.cpp (one table of all operations).
#pragma once

#include <memory>
#include <span>

#include "looplab/autograd/compiled_operations.hpp"
#include "looplab/autograd/ops_math.hpp"
#include "looplab/autograd/tape.hpp"
#include "looplab/kernels/exit_gate.hpp"

namespace looplab {

namespace detail {

/// One variable [N, 1] or [N] per loop, stored in memory of the tape.
template <Real S>
struct PerLoop {
  const Variable<S>* variables;
  const S** data;
  Index num_loops, rows;

  PerLoop(Tape<S>& tape, const char* where, std::span<const Variable<S>> of_loops)
      : num_loops(std::ssize(of_loops)) {
    require<ShapeError>(num_loops >= 1, where, ": no loop is given");
    auto* kept = tape.template allocate<Variable<S>>(num_loops);
    std::uninitialized_copy(of_loops.begin(), of_loops.end(), kept);
    variables = kept;
    data = tape.template allocate<const S*>(num_loops);
    rows = of_loops[0].size();
    for (Index t = 0; t < num_loops; ++t) {
      require<ShapeError>(kept[t].size() == rows, where, ": loop ", t, " has ", kept[t].size(),
                          " rows, the first has ", rows);
      data[t] = kept[t].data();
    }
  }

  [[nodiscard]] std::span<const Variable<S>> span() const {
    return {variables, static_cast<std::size_t>(num_loops)};
  }
  /// Adds the rows of `gradient` [R, N], times `factor`, to the loops' gradients.
  void give(Tape<S>& tape, S factor, const S* gradient) const {
    for (Index t = 0; t < num_loops; ++t)
      add_to(tape.gradient_of(variables[t]), factor, gradient + t * rows, rows);
  }
};

}  // namespace detail

/// Result of the losses below; the pointer is memory of the tape.
template <Real S>
struct ExitLoss {
  Variable<S> loss;          // scalar: sum over the rows
  const S* log_probability;  // [R, N], log p_t
};

/// Stage I: the expected loss under the gate's exit distribution plus `beta` times its
/// Kullback-Leibler divergence from the prior with logarithm `log_prior` [R] (all 0: minus beta
/// times the entropy), summed over the rows. `row_losses` and `gate_logits`: [N] per loop.
template <Real S>
[[nodiscard]] ExitLoss<S> expected_exit_loss(Tape<S>& tape, std::span<const Variable<S>> row_losses,
                                             std::span<const Variable<S>> gate_logits,
                                             std::type_identity_t<std::span<const S>> log_prior,
                                             std::type_identity_t<S> beta) {
  const detail::PerLoop<S> l(tape, "expected_exit_loss", row_losses),
      z(tape, "expected_exit_loss", gate_logits);
  const Index R = l.num_loops, N = l.rows;
  require<ShapeError>(z.num_loops == R && z.rows == N && std::ssize(log_prior) == R,
                      "expected_exit_loss: losses of ", R, " loops and ", N, " rows, gate of ",
                      z.num_loops, " and ", z.rows, ", prior of ", log_prior.size(), " loops");
  S* log_p = tape.template allocate<S>(R * N);
  S* prior = tape.template allocate<S>(R);
  std::ranges::copy(log_prior, prior);
  kernels::exit_log_probabilities(z.data, R, N, log_p);
  const TensorView<S> loss = tape.result({});
  loss[0] = static_cast<S>(kernels::expected_exit_loss(l.data, log_p, prior, beta, R, N));
  const auto pull = [l, z, log_p, prior, beta, R, N, &tape](const S* grad) {
    const Scratch<S> grad_l(tape, R * N), grad_z(tape, R * N);
    kernels::expected_exit_loss_backward(z.data, l.data, log_p, prior, beta, *grad, R, N,
                                         grad_l.data(), grad_z.data());
    l.give(tape, S{1}, grad_l.data());
    z.give(tape, S{1}, grad_z.data());
  };
  return {tape.record(loss, {l.span(), z.span()}, pull), log_p};
}

/// Stage II: binary cross-entropy of the gate against the target "exit where the loop no longer
/// improves the row", summed over the rows. `row_losses` [N] per loop are constants: no gradient
/// flows to them.
template <Real S>
[[nodiscard]] Variable<S> gate_adaptation_loss(Tape<S>& tape,
                                               std::span<const Variable<S>> row_losses,
                                               std::span<const Variable<S>> gate_logits,
                                               kernels::GateTarget target,
                                               std::type_identity_t<S> slope,
                                               std::type_identity_t<S> threshold) {
  const detail::PerLoop<S> l(tape, "gate_adaptation_loss", row_losses),
      z(tape, "gate_adaptation_loss", gate_logits);
  const Index R = l.num_loops, N = l.rows;
  require<ShapeError>(z.num_loops == R && z.rows == N, "gate_adaptation_loss: losses of ", R,
                      " loops and ", N, " rows, gate of ", z.num_loops, " and ", z.rows);
  S* gradient = tape.template allocate<S>(R * N);
  const TensorView<S> loss = tape.result({});
  loss[0] = static_cast<S>(
      kernels::gate_adaptation_loss(z.data, l.data, target, slope, threshold, R, N, gradient));
  return tape.record(loss, {z.span()},
                     [z, gradient, &tape](const S* grad) { z.give(tape, *grad, gradient); });
}

}  // namespace looplab

#if LOOPLAB_COMPILED  // see compiled_operations.hpp
namespace looplab {
// clang-format off
#define LOOPLAB_OPERATIONS(S)                                                                      \
  LOOPLAB_TEMPLATE ExitLoss<S> expected_exit_loss(Tape<S>&, std::span<const Variable<S>>,          \
                                                  std::span<const Variable<S>>,                    \
                                                  std::span<const S>, S);                          \
  LOOPLAB_TEMPLATE Variable<S> gate_adaptation_loss(Tape<S>&, std::span<const Variable<S>>,        \
                                                    std::span<const Variable<S>>,                  \
                                                    kernels::GateTarget, S, S);
// clang-format on
LOOPLAB_OPERATIONS(float)
LOOPLAB_OPERATIONS(double)
#undef LOOPLAB_OPERATIONS
}  // namespace looplab
#endif

// SPDX-License-Identifier: MIT
//
// Gradient checkpointing: the intermediate values of a part of the forward pass are not stored but
// recomputed in the backward pass.
//
//   forward    y = body(x) on an inner tape; y is copied out, everything else is discarded
//   backward   y = body(x) again, now recorded; then grad_y is propagated through it
//
// Memory: x and y instead of all intermediate values; arithmetic: one additional forward pass.
// Values and gradients have the same bits as without checkpointing.
// Source: Chen et al. 2016, arXiv:1604.06174.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "looplab/autograd/tape.hpp"

namespace looplab {

/// y = body(inner, x) for an `inner` tape, which holds the body's intermediate values while the
/// body and its gradient need them. `body` takes a tape and an array of variables. It is copied
/// into the arena, so it may hold pointers and sizes only (see Tape::record), and it must compute
/// the same at every call: its inputs other than `x` must not change until `backward`. Gradients
/// flow to `x` and to the leaves that the body creates.
///
/// If the tape does not record, this only keeps the working set small.
template <Real S, std::size_t N, class Body>
[[nodiscard]] Variable<S> recompute(Tape<S>& tape, const std::array<Variable<S>, N>& x, Body body) {
  using Variables = std::array<Variable<S>, N>;
  const auto run = [x, body](Tape<S>& inner, bool recording, Variables& stand_ins) {
    inner.reset();
    inner.set_recording(recording);
    for (std::size_t i = 0; i < N; ++i) {  // one stand-in per argument, also for repeated variables
      const auto same = static_cast<std::size_t>(std::ranges::find(x, x[i]) - x.begin());
      stand_ins[i] = same < i ? stand_ins[same] : inner.acquire(x[i]);
    }
    return body(inner, std::as_const(stand_ins));
  };
  Variables first;
  const Variable<S> inner_y = run(tape.inner(), tape.recording(), first);
  const TensorView<S> y = tape.result(inner_y.shape());
  std::copy_n(inner_y.data(), y.size(), y.data());
  return tape.record(y, {inner_y}, [x, run, &tape](const S* grad) {
    Variables again;
    Tape<S>& inner = tape.inner();
    inner.backward_from(run(inner, true, again), grad);
    for (std::size_t i = 0; i < N; ++i) tape.release(again[i], x[i]);
  });
}

}  // namespace looplab

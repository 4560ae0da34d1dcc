// SPDX-License-Identifier: MIT
//
// Predictions after each loop: logits of the next token, and the probability of exiting there.
//
//   p_t = lambda_t prod_{j < t} (1 - lambda_j)  for t < R,    p_R = 1 - sum_{t < R} p_t
//
// Source: Ouro, arXiv:2510.25741, section 3.2. Sizes: R loops, N rows of all windows, V vocabulary.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "looplab/kernels/exit_gate.hpp"
#include "looplab/models/looped_transformer.hpp"

namespace looplab {

template <Real S>
struct LoopPredictions {
  Tensor<S> logits;              // [R, N, V]
  Tensor<S> exit_probabilities;  // p_t [R, N]; empty if the model has no gate
};

/// The predictions at every position of `windows`; `num_loops` 0: as configured.
/// \throws as LoopedTransformer::hidden
template <Real S>
[[nodiscard]] LoopPredictions<S> predict_per_loop(const LoopedTransformer<S>& model,
                                                  const Windows& windows, Index num_loops = 0) {
  const LoopedTransformerConfig& c = model.config();
  const Index R = num_loops > 0 ? num_loops : c.num_loops;
  const Index N = windows.num_windows * windows.length;
  LoopPredictions<S> all{Tensor<S>({R, N, c.vocab_size}), {}};
  std::vector<const S*> gate_logits;
  Tape<S> tape;
  tape.set_recording(false);
  const Pass<S> pass{tape, nullptr};
  model.hidden_per_loop(pass, windows, {.num_loops = R}, [&](Index r, Variable<S> state) {
    const Variable<S> logits = model.head(pass, state);
    std::copy_n(logits.data(), logits.size(), all.logits.data() + r * logits.size());
    if (c.exit_gate) gate_logits.push_back(model.gate(pass, state).data());
  });
  if (c.exit_gate) {
    all.exit_probabilities = Tensor<S>({R, N});
    kernels::exit_log_probabilities(gate_logits.data(), R, N, all.exit_probabilities.data());
    for (S& p : all.exit_probabilities) p = std::exp(p);
  }
  return all;
}

}  // namespace looplab

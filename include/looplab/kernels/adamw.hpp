// SPDX-License-Identifier: MIT
//
// One step of AdamW over a contiguous range of parameters, fused into one pass, and the sum of
// squares for gradient clipping.
//
//   g_i = gradient_scale gradient_i
//   m_i = beta1 m_i + (1 - beta1) g_i              v_i = beta2 v_i + (1 - beta2) g_i^2
//   p_i = (1 - lr decay) p_i - lr / (1 - beta1^t) * m_i / (sqrt(v_i / (1 - beta2^t)) + eps)
//
// Source: Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization", arXiv:1711.05101,
//         algorithm 2; decay, eps and bias correction exactly as in torch.optim.AdamW.
// Sizes:  n parameters, any alignment.
#pragma once

#include <cmath>

#include "looplab/kernels/simd.hpp"

namespace looplab::kernels {

/// Parameters of one step, t = 1, 2, ... The file comment has the equations.
struct AdamwStep {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.98;
  double epsilon = 1e-8;
  double weight_decay = 0;
  double correction1 = 1;  // 1 - beta1^t
  double correction2 = 1;  // 1 - beta2^t

  /// Sets both bias corrections for step t = 1, 2, ...
  AdamwStep& at(Index t) {
    correction1 = 1 - std::pow(beta1, static_cast<double>(t));
    correction2 = 1 - std::pow(beta2, static_cast<double>(t));
    return *this;
  }
};

/// Updates value, m and v [n] in place from gradient [n], which is first multiplied by
/// `gradient_scale` (for clipping and averaging).
template <Real S>
void adamw_update(S* value, S* m, S* v, const S* gradient, Index n, const AdamwStep& step,
                  double gradient_scale = 1) {
  const S scale = static_cast<S>(gradient_scale), eps = static_cast<S>(step.epsilon);
  const S keep1 = static_cast<S>(step.beta1), take1 = static_cast<S>(1 - step.beta1);
  const S keep2 = static_cast<S>(step.beta2), take2 = static_cast<S>(1 - step.beta2);
  const S shrink = static_cast<S>(1 - step.learning_rate * step.weight_decay);
  const S size = static_cast<S>(step.learning_rate / step.correction1);
  const S inverse_root2 = static_cast<S>(1 / std::sqrt(step.correction2));
  for_each_vector<S>(n, [&](Index i, auto part) {
    const Vec<S> g = scale * load(gradient + i, part);
    const Vec<S> new_m = keep1 * load(m + i, part) + take1 * g;
    const Vec<S> new_v = keep2 * load(v + i, part) + take2 * g * g;
    const Vec<S> move = size * new_m / (sqrt(new_v) * inverse_root2 + eps);
    store(value + i, shrink * load(value + i, part) - move, part);
    store(m + i, new_m, part);
    store(v + i, new_v, part);
  });
}

/// sum_i x_i^2 in double: finite for all finite floats, NaN or infinite if any element is.
///
/// The order of the additions depends on n only.
template <Real S>
[[nodiscard]] double sum_of_squares(const S* x, Index n) {
  return horizontal_sum(sum_vectors<double>(n, [&](Index i, auto part, Vec<double>& sum) {
    const Vec<double> wide = load_as_double(x + i, part);
    sum += wide * wide;
  }));
}

}  // namespace looplab::kernels

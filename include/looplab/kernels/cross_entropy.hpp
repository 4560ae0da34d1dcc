// SPDX-License-Identifier: MIT
//
// Softmax of rows, and the cross-entropy of rows of logits with class targets, softmax fused.
//
//   p_nv   = exp(x_nv - lse_n),     lse_n = log sum_v exp(x_nv)
//   loss_n = -(1 - a) log p_nt - a / V  sum_v log p_nv,      t the target of row n, a the smoothing
//
// Source: Szegedy et al. 2016, "Rethinking the Inception Architecture", arXiv:1512.00567, section 7
//         (label smoothing), in the form of PyTorch's CrossEntropyLoss.
// Sizes:  N rows, V classes (vocabulary), 1 or more. Row-major, any alignment.
//
// Rows whose target is `ignore_index` have loss 0 and gradient 0. Other targets are in 0 ... V-1;
// the caller has checked that. A NaN among a row's logits makes its loss NaN.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "looplab/kernels/pointwise.hpp"

namespace looplab::kernels {

namespace detail {

/// The largest of n elements.
template <Real S>
LOOPLAB_INLINE S row_max(const S* x, Index n) {
  constexpr S kLowest = -std::numeric_limits<S>::infinity();
  Vec<S> largest = broadcast(kLowest);
  for_each_vector<S>(
      n, [&](Index i, auto part) { largest = max(load(x + i, part, kLowest), largest); });
  return horizontal_max(largest);
}

/// sum_i exp(x_i - shift).
template <Real S>
LOOPLAB_INLINE S sum_of_exp(const S* x, Index n, S shift) {
  constexpr S kLowest = -std::numeric_limits<S>::infinity();
  return horizontal_sum(sum_vectors<S>(
      n, [&](Index i, auto part, Vec<S>& sum) { sum += exp(load(x + i, part, kLowest) - shift); }));
}

}  // namespace detail

/// Each row of y [N, V] is the softmax of the row of x. `y` is overwritten and may be `x`.
template <Real S>
void softmax_forward(const S* x, S* y, Index N, Index V) {
  for (Index n = 0; n < N; ++n, x += V, y += V) {
    const S largest = detail::row_max(x, V);
    const S inverse_sum = S{1} / detail::sum_of_exp(x, V, largest);
    for_each_vector<S>(V, [&](Index v, auto part) {
      store(y + v, exp(load(x + v, part) - largest) * inverse_sum, part);
    });
  }
}

/// row_loss [N] and lse [N] (kept for the backward pass; 0 for ignored rows) of logits [N, V].
///
/// Where `predicted` [N] is given, it becomes the class of the largest logit, the first of equals,
/// in ignored rows too.
template <Real S>
void softmax_cross_entropy_forward(const S* logits, const Token* targets, Index N, Index V,
                                   S smoothing, Token ignore_index, S* row_loss, S* lse,
                                   Token* predicted = nullptr) {
  for (Index n = 0; n < N; ++n, logits += V) {
    const bool ignored = targets[n] == ignore_index;
    row_loss[n] = lse[n] = 0;
    if (ignored && !predicted) continue;
    const S largest = detail::row_max(logits, V);
    if (predicted) {
      const Index first = std::find(logits, logits + V, largest) - logits;
      predicted[n] = static_cast<Token>(first < V ? first : 0);  // no match: NaN
    }
    if (ignored) continue;
    // Distances from the largest logit, so that a large common offset does not cost precision.
    const S log_sum = std::log(detail::sum_of_exp(logits, V, largest));
    lse[n] = largest + log_sum;
    row_loss[n] = (S{1} - smoothing) * (log_sum - (logits[targets[n]] - largest));
    if (smoothing > 0) row_loss[n] += smoothing * (lse[n] - sum_of(logits, V) / static_cast<S>(V));
  }
}

/// Backward pass: the gradient of grad_scale * sum_n loss_n.
///
///   grad_logits_nv  =  grad_scale (p_nv - (1 - a) [v = t_n] - a / V)
///
/// `grad_logits` [N, V] is overwritten and may be `logits`.
template <Real S>
void softmax_cross_entropy_backward(const S* logits, const S* lse, const Token* targets, Index N,
                                    Index V, S smoothing, Token ignore_index, S grad_scale,
                                    S* grad_logits) {
  const S share = smoothing / static_cast<S>(V);
  for (Index n = 0; n < N; ++n, logits += V, grad_logits += V) {
    if (targets[n] == ignore_index) {
      std::fill_n(grad_logits, V, S{0});
      continue;
    }
    for_each_vector<S>(V, [&](Index v, auto part) {
      store(grad_logits + v, grad_scale * (exp(load(logits + v, part) - lse[n]) - share), part);
    });
    grad_logits[targets[n]] -= grad_scale * (S{1} - smoothing);
  }
}

}  // namespace looplab::kernels

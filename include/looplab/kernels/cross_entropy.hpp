// SPDX-License-Identifier: MIT
//
// Softmax of rows, and the cross-entropy of rows of logits with class targets, with fused softmax.
//
//   p_nv   = exp(x_nv - lse_n),     lse_n = log sum_v exp(x_nv)
//   loss_n = -(1 - a) log p_nt - a / V sum_v log p_nv,       t target of row n, a label smoothing
//
// Source: Szegedy et al. 2016, "Rethinking the Inception Architecture", arXiv:1512.00567, section 7
//         (label smoothing), in the form of PyTorch's CrossEntropyLoss.
// Sizes:  N rows, V classes (vocabulary), 1 or more. Row-major, any alignment.
//
// Rows whose target is `ignore_index` have loss 0 and gradient 0. Other targets must be in
// 0 ... V-1 (checked by the caller). A NaN among a row's logits makes its loss NaN.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "looplab/kernels/pointwise.hpp"

namespace looplab::kernels {

namespace detail {

/// The largest of n elements and its first index. NaN elements are skipped; if all are NaN, the
/// index is 0.
template <Real S>
LOOPLAB_INLINE std::pair<S, Index> row_max(const S* x, Index n) {
  constexpr S kLowest = -std::numeric_limits<S>::infinity();
  Vec<S> largest = broadcast(kLowest), index{};  // indices stored as S: exact below 2^24
  for_each_vector<S>(n, [&](Index i, auto part) {
    const Vec<S> v = load(x + i, part, kLowest);
    index = v > largest ? broadcast(static_cast<S>(i)) : index;
    largest = max(v, largest);
  });
  const S maximum = horizontal_max(largest);
  Index first = n;
  for (Index lane = 0; lane < kLanes<S>; ++lane)
    if (largest[lane] == maximum) first = std::min(first, static_cast<Index>(index[lane]) + lane);
  return {maximum, first < n ? first : 0};
}

/// sum_i exp(x_i - shift). The terms are stored in `terms` [n] unless that is null.
template <Real S>
LOOPLAB_INLINE S sum_of_exp(const S* x, Index n, S shift, S* terms = nullptr) {
  constexpr S kLowest = -std::numeric_limits<S>::infinity();
  return horizontal_sum(sum_vectors<S>(n, [&](Index i, auto part, Vec<S>& sum) {
    const Vec<S> term = exp(load(x + i, part, kLowest) - shift);
    if (terms) store(terms + i, term, part);
    sum += term;
  }));
}

}  // namespace detail

/// Each row of y [N, V] is the softmax of the row of x. `y` is overwritten and may be `x`.
template <Real S>
void softmax_forward(const S* x, S* y, Index N, Index V) {
  for (Index n = 0; n < N; ++n, x += V, y += V) {
    const S largest = detail::row_max(x, V).first;
    const S inverse_sum = S{1} / detail::sum_of_exp(x, V, largest);
    for_each_vector<S>(V, [&](Index v, auto part) {
      store(y + v, exp(load(x + v, part) - largest) * inverse_sum, part);
    });
  }
}

/// grad_x_nv = y_nv (g_nv - sum_w g_nw y_nw), from y = softmax(x) and g = grad_y, all [N, V].
/// `grad_x` is overwritten, or added to if `accumulate` is true, and may be `grad_y`.
template <Real S>
void softmax_backward(const S* y, const S* grad_y, S* grad_x, Index N, Index V,
                      bool accumulate = false) {
  for (Index n = 0; n < N; ++n, y += V, grad_y += V, grad_x += V) {
    const S mean = dot(y, grad_y, V);
    for_each_vector<S>(V, [&](Index v, auto part) {
      detail::store_gradient(grad_x + v, load(y + v, part) * (load(grad_y + v, part) - mean), part,
                             accumulate);
    });
  }
}

/// row_loss [N] of logits [N, V] and, optionally, in the same pass:
///
///   grad_logits_nv  =  p_nv - (1 - a) [v = t_n] - a / V,      the gradient of sum_n loss_n
///   predicted_n     =  argmax_v x_nv, the first of equals, in ignored rows too
///
/// `grad_logits` [N, V] and `predicted` [N] may be null. One exp per logit.
template <Real S>
void softmax_cross_entropy(const S* logits, const Token* targets, Index N, Index V, S smoothing,
                           Token ignore_index, S* row_loss, S* grad_logits, Token* predicted) {
  const S share = smoothing / static_cast<S>(V);
  for (Index n = 0; n < N; ++n, logits += V) {
    S* const grad = grad_logits ? grad_logits + n * V : nullptr;
    const Token target = targets[n];
    const bool ignored = target == ignore_index;
    if (ignored) {
      row_loss[n] = 0;
      if (grad) std::fill_n(grad, V, S{0});
      if (!predicted) continue;
    }
    const auto [largest, first] = detail::row_max(logits, V);
    if (predicted) predicted[n] = static_cast<Token>(first);
    if (ignored) continue;
    const S sum = detail::sum_of_exp(logits, V, largest, grad);
    // Differences from the largest logit, so that a large common offset does not cost precision.
    const S log_sum = std::log(sum);
    row_loss[n] = (S{1} - smoothing) * (log_sum - (logits[target] - largest));
    if (smoothing > 0)
      row_loss[n] += smoothing * (log_sum + largest - sum_of(logits, V) / static_cast<S>(V));
    if (!grad) continue;
    const S inverse_sum = S{1} / sum;
    for_each_vector<S>(V, [&](Index v, auto part) {
      store(grad + v, load(grad + v, part) * inverse_sum - share, part);
    });
    grad[target] -= S{1} - smoothing;
  }
}

}  // namespace looplab::kernels

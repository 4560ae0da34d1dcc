// SPDX-License-Identifier: MIT
//
// Losses that train an exit gate to choose the number of loops of a row; each with its gradient.
//
//   lambda_t = sigmoid(z_t),     log S_t = sum_{j <= t} log(1 - lambda_j),     S_0 = 1
//   p_t = lambda_t S_{t-1}  for t < R,      p_R = S_{R-1}                  (lambda_R is not used)
//
// Stage I: the expected loss plus beta times the divergence of p from a prior pi:
//
//   L = sum_t p_t (l_t + beta (log p_t - log pi_t))
//
// With pi_t = 1 this is sum_t p_t l_t - beta H(p); a uniform prior adds the constant beta log R.
// With g_t = l_t + beta (log p_t - log pi_t), and because the p_t sum to 1:
//
//   dL/dl_t = p_t,     dL/dz_t = (1 - lambda_t) p_t g_t - lambda_t sum_{j > t} p_j g_j  for t < R
//
// Stage II: trains the gate alone on the improvement of each loop; the losses l_t are constants:
//
//   I_t = max(0, l_{t-1} - l_t),   w_t = sigmoid(slope (I_t - threshold))    target: continue
//   L = 1/R sum_t BCE(1 - lambda_t; w_t),   BCE = softplus(z_t) - (1 - w_t) z_t
//
// summed over t = 2 ... R with I_t, the improvement by loop t itself, as printed in the paper; or
// over t = 1 ... R-1 with I_{t+1}, the improvement by the next loop, so that lambda_1 is trained
// and lambda_R, which is not used, is not.
//
// Source: Ouro, arXiv:2510.25741, sections 3.2 to 3.4. Sizes: R loops, N rows; z and l of each loop
// are a separate array [N].
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "looplab/core/tensor.hpp"

namespace looplab::kernels {

/// The improvement that is the gate's target in Stage II: that of its own loop, as printed in the
/// paper, or that of the next loop.
enum class GateTarget { own_loop, next_loop };
[[nodiscard]] constexpr auto enum_names(GateTarget) {
  return std::array<std::string_view, 2>{"own_loop", "next_loop"};
}

/// log(1 + e^z) = -log sigmoid(-z), without overflow.
template <Real S>
[[nodiscard]] S softplus(S z) {
  return std::max(z, S{0}) + std::log1p(std::exp(-std::abs(z)));
}

template <Real S>
[[nodiscard]] S sigmoid(S z) {
  const S e = std::exp(-std::abs(z));
  return (z >= 0 ? S{1} : e) / (S{1} + e);
}

/// The exit distribution of one row, loop by loop, from the probabilities lambda_t.
struct ExitSurvival {
  double value = 1;  // S_t: the probability that the row is still in the loop

  /// The loop's p_t = lambda_t S_{t-1}; afterwards `value` is S_t.
  double leave(double lambda) {
    const double probability = value * lambda;
    value *= 1 - lambda;
    return probability;
  }
};

/// log p_t from gate logits z [R][N] into log_p [R, N], overwritten. z[R-1] is not read.
template <Real S>
void exit_log_probabilities(const S* const* z, Index R, Index N, S* log_p) {
  S* log_survival = log_p + (R - 1) * N;  // log S_t so far; in the end that of the last loop
  std::fill_n(log_survival, N, S{0});
  for (Index t = 0; t + 1 < R; ++t)
    for (Index n = 0; n < N; ++n) {
      const S stay = softplus(z[t][n]);  // -log(1 - lambda)
      log_p[t * N + n] = log_survival[n] + z[t][n] - stay;
      log_survival[n] -= stay;
    }
}

/// L of Stage I, summed over the rows, from losses l [R][N] and log_p [R, N]. `log_prior` is [R].
template <Real S>
[[nodiscard]] double expected_exit_loss(const S* const* l, const S* log_p, const S* log_prior,
                                        S beta, Index R, Index N) {
  double total = 0;
  for (Index t = 0; t < R; ++t)
    for (Index n = 0; n < N; ++n) {
      const S log_pt = log_p[t * N + n];
      total += static_cast<double>(std::exp(log_pt) * (l[t][n] + beta * (log_pt - log_prior[t])));
    }
  return total;
}

/// The gradient of `expected_exit_loss`, times `seed`, with respect to the losses into grad_l [R,
/// N] and to the logits into grad_z [R, N], both overwritten; the last row of grad_z is 0.
template <Real S>
void expected_exit_loss_backward(const S* const* z, const S* const* l, const S* log_p,
                                 const S* log_prior, S beta, S seed, Index R, Index N, S* grad_l,
                                 S* grad_z) {
  S* later = grad_z + (R - 1) * N;  // sum of p_j g_j over the later loops
  std::fill_n(later, N, S{0});
  for (Index t = R - 1; t >= 0; --t)
    for (Index n = 0; n < N; ++n) {
      const S log_pt = log_p[t * N + n], p = std::exp(log_pt);
      const S value = p * (l[t][n] + beta * (log_pt - log_prior[t]));
      grad_l[t * N + n] = seed * p;
      if (t + 1 < R) {
        const S lambda = sigmoid(z[t][n]);
        grad_z[t * N + n] = seed * ((S{1} - lambda) * value - lambda * later[n]);
      }
      later[n] += value;
    }
  std::fill_n(later, N, S{0});
}

/// L of Stage II, summed over the rows, from logits z [R][N] and losses l [R][N]; its gradient with
/// respect to the logits into grad_z [R, N], overwritten.
template <Real S>
[[nodiscard]] double gate_adaptation_loss(const S* const* z, const S* const* l, GateTarget target,
                                          S slope, S threshold, Index R, Index N, S* grad_z) {
  std::fill_n(grad_z, R * N, S{0});
  double total = 0;
  const S share = S{1} / static_cast<S>(R);
  for (Index improved = 1; improved < R; ++improved) {
    const Index t = target == GateTarget::own_loop ? improved : improved - 1;
    for (Index n = 0; n < N; ++n) {
      const S improvement = std::max(S{0}, l[improved - 1][n] - l[improved][n]);
      const S leave = sigmoid(slope * (threshold - improvement));  // 1 - w
      total += static_cast<double>(share * (softplus(z[t][n]) - leave * z[t][n]));
      grad_z[t * N + n] = share * (sigmoid(z[t][n]) - leave);
    }
  }
  return total;
}

}  // namespace looplab::kernels

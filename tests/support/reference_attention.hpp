// SPDX-License-Identifier: MIT
//
// The slow reference for kernels/attention.hpp, in double: plain loops, no tiles.
//
//   S = Q K^T / sqrt(K),   P = softmax(S),   O = P V
//   dV = P^T dO,           dP = dO V^T,      dS = P * (dP - rowsum(P * dP)) / sqrt(K)
//   dQ = dS K,             dK = dS^T Q
#pragma once

#include <cmath>
#include <vector>

#include "looplab/core/tensor.hpp"

namespace looplab_test {

/// Sizes as in kernels/attention.hpp; `documents` may be empty.
struct ReferenceAttention {
  looplab::Index num_windows, length, num_heads, d_head;
  bool causal;
  std::vector<looplab::Token> documents;
  double rotary_base;  // 0: no rotation

  using Index = looplab::Index;
  using Values = std::vector<double>;
  using Rows = std::vector<Values>;

  /// out [B T, H K] of qkv [B T, 3 H K].
  Values forward(const Values& qkv) const {
    Values out(qkv.size() / 3, 0.0);
    for (Index window = 0; window < num_windows; ++window)
      for (Index head = 0; head < num_heads; ++head) {
        const Rows v = part(qkv, window, head, 2);
        const Rows p = weights(part(qkv, window, head, 0), part(qkv, window, head, 1), window);
        for (Index i = 0; i < length; ++i)
          for (Index j = 0; j < length; ++j)
            for (Index c = 0; c < d_head; ++c)
              out[out_at(window, head, i) + at(c)] += p[at(i)][at(j)] * v[at(j)][at(c)];
      }
    return out;
  }

  /// The gradient with respect to qkv [B T, 3 H K] of a loss whose gradient by out [B T, H K] is
  /// `grad_out`.
  Values backward(const Values& qkv, const Values& grad_out) const {
    Values grad(qkv.size(), 0.0);
    const double scale = 1 / std::sqrt(static_cast<double>(d_head));
    for (Index window = 0; window < num_windows; ++window)
      for (Index head = 0; head < num_heads; ++head) {
        const Rows q = part(qkv, window, head, 0), k = part(qkv, window, head, 1);
        const Rows v = part(qkv, window, head, 2), p = weights(q, k, window);
        Rows grad_q = zeros(), grad_k = zeros(), grad_v = zeros();
        for (Index i = 0; i < length; ++i) {
          Values grad_p(at(length), 0.0);
          double mean = 0;
          for (Index j = 0; j < length; ++j) {
            for (Index c = 0; c < d_head; ++c) {
              const double grad_o = grad_out[out_at(window, head, i) + at(c)];
              grad_p[at(j)] += grad_o * v[at(j)][at(c)];
              grad_v[at(j)][at(c)] += p[at(i)][at(j)] * grad_o;
            }
            mean += p[at(i)][at(j)] * grad_p[at(j)];
          }
          for (Index j = 0; j < length; ++j) {
            const double grad_s = p[at(i)][at(j)] * (grad_p[at(j)] - mean);
            for (Index c = 0; c < d_head; ++c) {
              grad_q[at(i)][at(c)] += scale * grad_s * k[at(j)][at(c)];
              grad_k[at(j)][at(c)] += scale * grad_s * q[at(i)][at(c)];
            }
          }
        }
        const Rows* parts[] = {&grad_q, &grad_k, &grad_v};
        for (int which = 0; which < 3; ++which)
          for (Index t = 0; t < length; ++t) {
            Values row = (*parts[which])[at(t)];
            if (which != 2) turn(row, window, t, -1);
            for (Index c = 0; c < d_head; ++c)
              grad[qkv_at(window, head, t, which) + at(c)] = row[at(c)];
          }
      }
    return grad;
  }

 private:
  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }
  std::size_t out_at(Index window, Index head, Index t) const {
    return at(((window * length + t) * num_heads + head) * d_head);
  }
  std::size_t qkv_at(Index window, Index head, Index t, int which) const {
    return at((((window * length + t) * 3 + which) * num_heads + head) * d_head);
  }
  Rows zeros() const { return Rows(at(length), Values(at(d_head), 0.0)); }

  looplab::Token document(Index window, Index t) const {
    return documents.empty() ? 0 : documents[at(window * length + t)];
  }
  bool sees(Index window, Index i, Index j) const {
    return document(window, i) == document(window, j) && (!causal || j <= i);
  }

  /// Rotates x [K] by `sign` times the angles of position t in its document.
  void turn(Values& x, Index window, Index t, double sign) const {
    if (rotary_base == 0) return;
    const Index half = d_head / 2;
    for (Index i = 0; i < half; ++i) {
      const double angle =
          sign * static_cast<double>(t - document(window, t)) *
          std::pow(rotary_base, -2.0 * static_cast<double>(i) / static_cast<double>(d_head));
      const double low = x[at(i)], high = x[at(i + half)];
      x[at(i)] = low * std::cos(angle) - high * std::sin(angle);
      x[at(i + half)] = high * std::cos(angle) + low * std::sin(angle);
    }
  }
  /// q, k or v (part 0, 1, 2) of one head [T, K], q and k rotated.
  Rows part(const Values& qkv, Index window, Index head, int which) const {
    Rows rows = zeros();
    for (Index t = 0; t < length; ++t) {
      for (Index c = 0; c < d_head; ++c)
        rows[at(t)][at(c)] = qkv[qkv_at(window, head, t, which) + at(c)];
      if (which != 2) turn(rows[at(t)], window, t, 1);
    }
    return rows;
  }
  /// P [T, T].
  Rows weights(const Rows& q, const Rows& k, Index window) const {
    Rows p(at(length), Values(at(length), 0.0));
    for (Index i = 0; i < length; ++i) {
      double sum = 0;
      for (Index j = 0; j < length; ++j) {
        if (!sees(window, i, j)) continue;
        double score = 0;
        for (Index c = 0; c < d_head; ++c) score += q[at(i)][at(c)] * k[at(j)][at(c)];
        p[at(i)][at(j)] = std::exp(score / std::sqrt(static_cast<double>(d_head)));
        sum += p[at(i)][at(j)];
      }
      for (double& weight : p[at(i)]) weight /= sum;
    }
    return p;
  }
};

}  // namespace looplab_test

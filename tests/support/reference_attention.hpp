// SPDX-License-Identifier: MIT
//
// The slow, obvious attention in double that judges kernels/attention.hpp: full loops, no tiles.
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

  using Values = std::vector<double>;

  bool sees(looplab::Index window, looplab::Index i, looplab::Index j) const {
    return document(window, i) == document(window, j) && (!causal || j <= i);
  }
  looplab::Token document(looplab::Index window, looplab::Index t) const {
    return documents.empty() ? 0 : documents[static_cast<std::size_t>(window * length + t)];
  }

  /// q, k or v (part 0, 1, 2) of one head at t, rotated.
  Values part(const Values& qkv, looplab::Index window, looplab::Index head, looplab::Index t,
              int which) const {
    const auto at = [&](looplab::Index i) {
      return qkv[static_cast<std::size_t>(((window * length + t) * 3 + which) * num_heads * d_head +
                                          head * d_head + i)];
    };
    Values x(static_cast<std::size_t>(d_head));
    for (looplab::Index i = 0; i < d_head; ++i) x[static_cast<std::size_t>(i)] = at(i);
    if (which == 2 || rotary_base == 0) return x;
    const looplab::Index half = d_head / 2;
    for (looplab::Index i = 0; i < half; ++i) {
      const double angle =
          static_cast<double>(t - document(window, t)) *
          std::pow(rotary_base, -2.0 * static_cast<double>(i) / static_cast<double>(d_head));
      x[static_cast<std::size_t>(i)] = at(i) * std::cos(angle) - at(i + half) * std::sin(angle);
      x[static_cast<std::size_t>(i + half)] =
          at(i + half) * std::cos(angle) + at(i) * std::sin(angle);
    }
    return x;
  }

  /// out [B T, H K] of qkv [B T, 3 H K].
  Values forward(const Values& qkv) const {
    Values out(qkv.size() / 3, 0.0);
    for (looplab::Index b = 0; b < num_windows; ++b)
      for (looplab::Index h = 0; h < num_heads; ++h)
        for (looplab::Index i = 0; i < length; ++i) {
          Values weights;
          double sum = 0;
          const Values q = part(qkv, b, h, i, 0);
          for (looplab::Index j = 0; j < length; ++j) {
            const Values k = part(qkv, b, h, j, 1);
            double score = 0;
            for (std::size_t c = 0; c < q.size(); ++c) score += q[c] * k[c];
            weights.push_back(sees(b, i, j)
                                  ? std::exp(score / std::sqrt(static_cast<double>(d_head)))
                                  : 0.0);
            sum += weights.back();
          }
          for (looplab::Index j = 0; j < length; ++j) {
            const Values v = part(qkv, b, h, j, 2);
            for (std::size_t c = 0; c < v.size(); ++c)
              out[static_cast<std::size_t>((b * length + i) * num_heads * d_head + h * d_head) + c] +=
                  weights[static_cast<std::size_t>(j)] / sum * v[c];
          }
        }
    return out;
  }
};

}  // namespace looplab_test

// SPDX-License-Identifier: MIT
//
// Scaled dot-product attention, fused per head, with causal, no and document masks and rotary
// positions applied while q and k are read.
//
//   S_ij = q_i . k_j / sqrt(K)
//   P_i  = softmax of S_ij over the keys j that query i attends to
//   o_i  = sum_j P_ij v_j
//
// Each query attends to a contiguous range of keys: its document, up to itself if causal. Documents
// are packed side by side in a window and positions restart at each. Work outside the ranges is
// skipped, so the cost follows the lengths of the documents. The backward pass recomputes P from
// the saved row maximum and sum (Dao et al. 2022, arXiv:2205.14135, section 3.1):
//
//   dv_j = sum_i P_ij do_i,     dP_ij = do_i . v_j,     dS_ij = P_ij (dP_ij - sum_k P_ik dP_ik)
//   dq_i = sum_j dS_ij k_j / sqrt(K),                   dk_j = sum_i dS_ij q_i / sqrt(K)
//
// Scores are stored transposed, 16 queries side by side for each key: maximum, sum and exp of the
// softmax then work on whole vectors, without operations across lanes. Measured (AVX-512, T=64,
// K=32, us per head, forward / backward): one query per row 7.1 / 13.1, transposed 4.6 / 9.9.
//
// Sizes: B windows, T positions, H heads, K d_head; qkv is [B T, 3 H K], columns q | k | v, each
// head-major; out is [B T, H K].
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <utility>

#include "looplab/core/tensor.hpp"
#include "looplab/core/windows.hpp"
#include "looplab/kernels/rotary.hpp"
#include "looplab/kernels/simd.hpp"
#include "looplab/kernels/tile.hpp"

namespace looplab::kernels {

namespace attention_detail {
inline constexpr Index kQueries = 16;  // side by side in a tile of scores
inline constexpr Index kAhead = 6;     // rows prefetched before they are read
inline constexpr Index kPanel = 64;    // queries whose P and dS are kept at once in backward
}  // namespace attention_detail

/// Everything about an attention call except the numbers.
template <Real S>
struct AttentionShape {
  Index num_windows = 1;  // B
  Index length = 0;       // T
  Index num_heads = 1;    // H
  Index d_head = 0;       // K
  bool causal = true;
  const Token* documents = nullptr;  // [B T] first position of each token's document; null: one
  const RotaryTable<S>* rotary = nullptr;  // at least T positions; null: none

  [[nodiscard]] Index width() const { return num_heads * d_head; }
  [[nodiscard]] Index padded_length() const {
    constexpr Index kStep = attention_detail::kQueries;
    return (length + kStep - 1) / kStep * kStep;
  }
  [[nodiscard]] Index padded_head() const { return padded_size<S>(d_head); }
  /// Elements of `row_stats`, which forward saves for backward: row maximum and 1 / row sum.
  [[nodiscard]] Index stats_size() const { return 2 * num_windows * num_heads * length; }
};

/// Attention within `windows`, which the shape refers to, as to `rotary` (null or empty: none).
template <Real S>
[[nodiscard]] AttentionShape<S> attention_shape(const Windows& windows, Index num_heads,
                                                Index d_head, bool causal,
                                                const RotaryTable<S>* rotary) {
  return {windows.num_windows,
          windows.length,
          num_heads,
          d_head,
          causal,
          windows.documents.empty() ? nullptr : windows.documents.data(),
          rotary == nullptr || rotary->empty() ? nullptr : rotary};
}

namespace attention_detail {

/// The keys each query of one window attends to: begin <= key < end, both non-decreasing. Integers
/// stored as S, so that they can be compared lane by lane. Padding queries attend to no key.
template <Real S>
struct Ranges {
  S* begin;
  S* end;

  void fill(const AttentionShape<S>& shape, Index window) const {
    const Token* documents = shape.documents ? shape.documents + window * shape.length : nullptr;
    Index document_end = shape.length;
    for (Index t = shape.length - 1; t >= 0; --t) {
      begin[t] = documents ? static_cast<S>(documents[t]) : S{0};
      if (t + 1 < shape.length && begin[t + 1] != begin[t]) document_end = t + 1;
      end[t] = static_cast<S>(shape.causal ? t + 1 : document_end);
    }
    std::fill(begin + shape.length, begin + shape.padded_length(), static_cast<S>(shape.length));
    std::fill(end + shape.length, end + shape.padded_length(), static_cast<S>(shape.length));
  }
  [[nodiscard]] Index first_key(Index query) const { return static_cast<Index>(begin[query]); }
  [[nodiscard]] Index end_key(Index query) const { return static_cast<Index>(end[query]); }
  /// Keys that any of `count` queries attends to, rounded outwards to whole tiles.
  [[nodiscard]] std::pair<Index, Index> keys(Index query, Index count) const {
    return {first_key(query) / kTileRows * kTileRows,
            (end_key(query + count - 1) + kTileRows - 1) / kTileRows * kTileRows};
  }
};

/// Hands out pieces of scratch memory, each on a 64-byte boundary.
template <Real S>
struct Pieces {
  S* next;
  S* take(Index size) { return std::exchange(next, next + padded_size<S>(size)); }
};

/// One head of one window.
template <Real S>
struct Head {
  const AttentionShape<S>& shape;
  Index window, head;
  Ranges<S> ranges;

  /// Offset of the rows of q, k, v (part 0, 1, 2) in qkv.
  [[nodiscard]] Index qkv(Index part) const {
    return (3 * window * shape.length + part) * shape.width() + head * shape.d_head;
  }
  /// Offset of the rows of the output.
  [[nodiscard]] Index out() const {
    return window * shape.length * shape.width() + head * shape.d_head;
  }
  /// Offset of the head's row maxima in row_stats; the inverse sums follow after T.
  [[nodiscard]] Index stats() const { return 2 * (window * shape.num_heads + head) * shape.length; }
  [[nodiscard]] S scale() const {
    return static_cast<S>(1.0 / std::sqrt(static_cast<double>(shape.d_head)));
  }

  /// to [Tp, Kp] = rows t of `from`, `step` elements apart, padded with zeros, scaled and, if
  /// `turn`, rotated to their positions.
  void read(const S* from, Index step, bool turn, S scale, S* to) const {
    const Index kp = shape.padded_head(), k = shape.d_head;
    for_each_row(turn, [&](Index t, auto table, Index position) {
      const S* x = from + t * step;
      S* y = to + t * kp;
      prefetch(x + kAhead * step, k);
      if constexpr (std::same_as<decltype(table), std::nullptr_t>)
        for_each_vector<S>(
            k, [&](Index i, auto part) { store(y + i, scale * load(x + i, part), part); });
      else
        rotary_forward(x, *table, position, k, scale, y);
      std::fill(y + k, y + kp, S{0});
    });
    std::fill(to + shape.length * kp, to + shape.padded_length() * kp, S{0});
  }
  /// The gradient of `read`: rows of `from` [Tp, Kp], rotated back and scaled, to rows of `to`.
  void write(const S* from, Index step, bool turn, S scale, S* to) const {
    const Index kp = shape.padded_head(), k = shape.d_head;
    for_each_row(turn, [&](Index t, auto table, Index position) {
      const S* x = from + t * kp;
      S* y = to + t * step;
      if constexpr (std::same_as<decltype(table), std::nullptr_t>)
        for_each_vector<S>(
            k, [&](Index i, auto part) { store(y + i, scale * load(x + i, part), part); });
      else
        rotary_backward(x, *table, position, k, scale, y);
    });
  }

 private:
  /// Calls body(t, rotary table or nullptr, position in the document) for every row.
  template <class Body>
  void for_each_row(bool turn, Body body) const {
    if (turn && shape.rotary)
      for (Index t = 0; t < shape.length; ++t) body(t, shape.rotary, t - ranges.first_key(t));
    else
      for (Index t = 0; t < shape.length; ++t) body(t, nullptr, 0);
  }
};

/// Scores of the keys first ... last-1 for the queries t ... t+15, into rows first ... of
/// `scores` [Tp, ld]; minus infinity where masked.
template <Real S>
void scores_of_tile(const Head<S>& h, const S* k, const S* q_transposed, Index t, Index first,
                    Index last, S* scores, Index ld) {
  const Index tp = h.shape.padded_length(), kp = h.shape.padded_head();
  for (Index j = first; j < last; j += kTileRows)
    multiply_rows<false>(k + j * kp, kp, 1, q_transposed + t, tp, 0, h.shape.d_head,
                         scores + j * ld, ld, 0, kQueries);
  const auto hide = [&](Index j_begin, Index j_end) {
    for (Index j = j_begin; j < j_end; ++j)
      for (Index i = 0; i < kQueries; i += kLanes<S>) {
        const Vec<S> key = broadcast(static_cast<S>(j)), begin = load(h.ranges.begin + t + i);
        const Vec<S> hidden = broadcast(-std::numeric_limits<S>::infinity());
        const Vec<S> score = load(scores + j * ld + i), end = load(h.ranges.end + t + i);
        const Vec<S> begun = key >= begin ? score : hidden;
        store(scores + j * ld + i, key < end ? begun : hidden);
      }
  };
  // Keys that all sixteen queries attend to need no mask.
  const Index seen = std::min(last, h.ranges.first_key(t + kQueries - 1));
  hide(first, seen);
  hide(std::max(seen, std::min(last, h.ranges.end_key(t))), last);
}

template <Real S, class Y>
void head_forward(const Head<S>& h, const S* qkv, Y* out, S* row_stats, Pieces<S> pieces) {
  const Index t_max = h.shape.length, tp = h.shape.padded_length(), kp = h.shape.padded_head();
  S* q_transposed = pieces.take(tp * kp);
  S* k = pieces.take(tp * kp);
  S* v = pieces.take(tp * kp);
  S* p = pieces.take(tp * kQueries);
  S* o = pieces.take(kTileRows * kp);
  h.read(qkv + h.qkv(0), 3 * h.shape.width(), true, h.scale(), v);  // q, temporarily
  transpose(v, tp, kp, q_transposed);
  h.read(qkv + h.qkv(1), 3 * h.shape.width(), true, S{1}, k);
  h.read(qkv + h.qkv(2), 3 * h.shape.width(), false, S{1}, v);
  S* stats = row_stats + h.stats();
  alignas(64) S inverse_sums[kQueries];
  for (Index t = 0; t < t_max; t += kQueries) {
    const auto [first, last] = h.ranges.keys(t, std::min(kQueries, t_max - t));
    scores_of_tile(h, k, q_transposed, t, first, last, p, kQueries);
    for (Index i = 0; i < kQueries; i += kLanes<S>) {
      Vec<S> maximum = broadcast(std::numeric_limits<S>::lowest()), sum{};
      for (Index j = first; j < last; ++j) maximum = max(load(p + j * kQueries + i), maximum);
      for (Index j = first; j < last; ++j) {
        const Vec<S> weight = exp(load(p + j * kQueries + i) - maximum);
        store(p + j * kQueries + i, weight);
        sum += weight;
      }
      const Vec<S> inverse_sum = S{1} / sum;
      store(inverse_sums + i, inverse_sum);
      with_part<S>(t_max - t - i, [&](auto part) {
        store(stats + t + i, maximum, part);
        store(stats + t_max + t + i, inverse_sum, part);
      });
    }
    for (Index i = 0; i < std::min(kQueries, t_max - t); i += kTileRows) {
      const Index rows = std::min(kTileRows, t_max - t - i);
      const auto [begin, end] = h.ranges.keys(t + i, rows);
      multiply_rows<false>(p + i, 1, kQueries, v, kp, begin, end, o, kp, 0, kp);
      for (Index r = 0; r < rows; ++r) {
        const Vec<S> inverse_sum = broadcast(inverse_sums[i + r]);
        Y* y = out + h.out() + (t + i + r) * h.shape.width();
        for_each_vector<S>(h.shape.d_head, [&](Index c, auto part) {
          store(y + c, inverse_sum * load(o + r * kp + c), part);
        });
      }
    }
  }
}

/// Buffers of the backward pass of one head, all padded with zeros.
template <Real S>
struct HeadGradients {
  S *q, *q_transposed, *k, *v, *grad_o, *grad_o_transposed;  // [Tp, Kp] or transposed
  S *grad_q, *grad_k, *grad_v;                               // [Tp, Kp]
  S *p, *grad_s;  // [Tp, kPanel] transposed: keys, queries of the panel

  HeadGradients(const AttentionShape<S>& shape, Pieces<S>& pieces) {
    const Index tp = shape.padded_length(), kp = shape.padded_head();
    for (S** part :
         {&q, &q_transposed, &k, &v, &grad_o, &grad_o_transposed, &grad_q, &grad_k, &grad_v})
      *part = pieces.take(tp * kp);
    p = pieces.take(kPanel * tp);
    grad_s = pieces.take(kPanel * tp);
  }
};

/// P and dS of the queries t ... t+15, into columns t-panel ... of the panel; then dQ.
template <Real S>
void tile_backward(const Head<S>& h, const HeadGradients<S>& g, const S* stats, Index panel,
                   Index t) {
  const Index t_max = h.shape.length, tp = h.shape.padded_length(), kp = h.shape.padded_head();
  const auto [first, last] = h.ranges.keys(t, std::min(kQueries, t_max - t));
  S* p = g.p + t - panel;
  S* grad_s = g.grad_s + t - panel;
  scores_of_tile(h, g.k, g.q_transposed, t, first, last, p, kPanel);
  for (Index j = first; j < last; j += kTileRows)
    multiply_rows<false>(g.v + j * kp, kp, 1, g.grad_o_transposed + t, tp, 0, h.shape.d_head,
                         grad_s + j * kPanel, kPanel, 0, kQueries);
  for (Index i = 0; i < kQueries; i += kLanes<S>) {
    Vec<S> maximum{}, inverse_sum{}, delta{};  // for padding: weight 0
    with_part<S>(t_max - t - i, [&](auto part) {
      maximum = load(stats + t + i, part);
      inverse_sum = load(stats + t_max + t + i, part);
    });
    for (Index j = first; j < last; ++j) {
      const Vec<S> weight = exp(load(p + j * kPanel + i) - maximum) * inverse_sum;
      store(p + j * kPanel + i, weight);
      delta += weight * load(grad_s + j * kPanel + i);
    }
    for (Index j = first; j < last; ++j) {
      S* at = grad_s + j * kPanel + i;
      store(at, load(p + j * kPanel + i) * (load(at) - delta));
    }
  }
  for (Index i = 0; i < std::min(kQueries, t_max - t); i += kTileRows) {
    const auto [begin, end] = h.ranges.keys(t + i, std::min(kTileRows, t_max - t - i));
    multiply_rows<false>(grad_s + i, 1, kPanel, g.k, kp, begin, end, g.grad_q + (t + i) * kp, kp, 0,
                         kp);
  }
}

/// dK and dV from the queries panel ... panel_end-1. Keys below `old` already have gradients from
/// earlier panels and are added to, others are overwritten; `old` advances. Ranges are monotone, so
/// no key is skipped.
template <Real S>
void panel_to_keys(const Head<S>& h, const HeadGradients<S>& g, Index panel, Index panel_end,
                   Index& old) {
  const Index kp = h.shape.padded_head();
  const auto [first, last] = h.ranges.keys(panel, panel_end - panel);
  Index low = panel, high = panel;  // queries that attend to the key tile
  for (Index j = first; j < last; j += kTileRows) {
    while (low < panel_end && h.ranges.end_key(low) <= j) ++low;
    while (high < panel_end && h.ranges.first_key(high) < j + kTileRows) ++high;
    const Index k0 = low - panel, k1 = high - panel;
    const auto product = [&](const S* a, const S* b, S* c) {
      if (j < old)
        multiply_rows<true>(a, kPanel, 1, b, kp, k0, k1, c, kp, 0, kp);
      else
        multiply_rows<false>(a, kPanel, 1, b, kp, k0, k1, c, kp, 0, kp);
    };
    product(g.grad_s + j * kPanel, g.q + panel * kp, g.grad_k + j * kp);
    product(g.p + j * kPanel, g.grad_o + panel * kp, g.grad_v + j * kp);
  }
  old = last;
}

template <Real S>
void head_backward(const Head<S>& h, const S* qkv, const S* row_stats, const S* grad_out,
                   S* grad_qkv, Pieces<S> pieces) {
  const Index t_max = h.shape.length, tp = h.shape.padded_length(), kp = h.shape.padded_head();
  const HeadGradients<S> g(h.shape, pieces);
  h.read(qkv + h.qkv(0), 3 * h.shape.width(), true, h.scale(), g.q);
  h.read(qkv + h.qkv(1), 3 * h.shape.width(), true, S{1}, g.k);
  h.read(qkv + h.qkv(2), 3 * h.shape.width(), false, S{1}, g.v);
  h.read(grad_out + h.out(), h.shape.width(), false, S{1}, g.grad_o);
  transpose(g.q, tp, kp, g.q_transposed);
  transpose(g.grad_o, tp, kp, g.grad_o_transposed);
  const S* stats = row_stats + h.stats();
  for (Index panel = 0, old = 0; panel < t_max; panel += kPanel) {
    const Index panel_end = std::min(panel + kPanel, t_max);
    for (Index t = panel; t < panel_end; t += kQueries) tile_backward(h, g, stats, panel, t);
    panel_to_keys(h, g, panel, panel_end, old);
  }
  h.write(g.grad_q, 3 * h.shape.width(), true, h.scale(), grad_qkv + h.qkv(0));
  h.write(g.grad_k, 3 * h.shape.width(), true, S{1}, grad_qkv + h.qkv(1));
  h.write(g.grad_v, 3 * h.shape.width(), false, S{1}, grad_qkv + h.qkv(2));
}

template <Real S, class Body>
void for_each_head(const AttentionShape<S>& shape, S* memory, Body&& body) {
  Pieces<S> pieces{memory};
  const Ranges<S> ranges{pieces.take(shape.padded_length()), pieces.take(shape.padded_length())};
  for (Index window = 0; window < shape.num_windows; ++window) {
    ranges.fill(shape, window);
    for (Index head = 0; head < shape.num_heads; ++head)
      body(Head<S>{shape, window, head, ranges}, pieces);
  }
}

}  // namespace attention_detail

/// Elements of scratch memory, on a 64-byte boundary, for either pass of attention.
template <Real S>
[[nodiscard]] Index attention_scratch_size(const AttentionShape<S>& shape) {
  using namespace attention_detail;
  const Index tp = shape.padded_length(), kp = shape.padded_head();
  return 2 * tp + 9 * tp * kp + 2 * kPanel * tp;
}

/// out [B T, H K] from qkv [B T, 3 H K]; `row_stats` [stats_size] is saved for backward. Both are
/// overwritten; Y is S or Bfloat16. `scratch` has attention_scratch_size elements on a 64-byte
/// boundary.
template <Real S, class Y>
void attention_forward(const AttentionShape<S>& shape, const S* qkv, Y* out, S* row_stats,
                       S* scratch) {
  using namespace attention_detail;
  for_each_head(shape, scratch, [&](const Head<S>& head, Pieces<S> rest) {
    head_forward(head, qkv, out, row_stats, rest);
  });
}

/// Backward pass of attention_forward, with its `row_stats`. `grad_qkv` is overwritten.
template <Real S>
void attention_backward(const AttentionShape<S>& shape, const S* qkv, const S* row_stats,
                        const S* grad_out, S* grad_qkv, S* scratch) {
  using namespace attention_detail;
  for_each_head(shape, scratch, [&](const Head<S>& head, Pieces<S> rest) {
    head_backward(head, qkv, row_stats, grad_out, grad_qkv, rest);
  });
}

}  // namespace looplab::kernels

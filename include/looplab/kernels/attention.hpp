// SPDX-License-Identifier: MIT
//
// Scaled dot-product attention, fused per head, with causal, no and document masks and rotary
// positions applied while q and k are read.
//
//   S_ij = q_i . k_j / sqrt(K),   P_i = softmax over the j that i may see,   o_i = sum_j P_ij v_j
//
// Each query sees a contiguous range of keys: its document, up to itself if causal. Documents stand
// side by side in a window and positions restart in each; work outside the ranges is skipped, so
// its cost follows the documents. The backward pass recomputes P from the saved row maximum and sum
// (Dao et al. 2022, arXiv:2205.14135, section 3.1):
//
//   dV = P^T dO,   dP = dO V^T,   dS = P * (dP - rowsum(dO * O)),   dQ = dS K / sqrt(K),   dK =
//   dS^T Q
//
// Sizes: B windows, T positions, H heads, K d_head; qkv is [B T, 3 H K], columns q | k | v, each
// head-major; out is [B T, H K]. Tests: tests/kernels/attention_test.cpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "looplab/core/tensor.hpp"
#include "looplab/kernels/rotary.hpp"
#include "looplab/kernels/simd.hpp"
#include "looplab/kernels/tile.hpp"

namespace looplab::kernels {

/// Everything about an attention call but its numbers.
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
  [[nodiscard]] Index padded_length() const { return padded_size<S>(length); }
  [[nodiscard]] Index padded_head() const { return padded_size<S>(d_head); }
  /// Elements of `row_stats`, what forward saves for backward: row maximum and 1 / row sum.
  [[nodiscard]] Index stats_size() const { return 2 * num_windows * num_heads * length; }
};

namespace attention_detail {

inline constexpr Index kPanelRows = 64;  // query rows whose P and dS are kept at once in backward

/// Which keys each query sees, for one window: begin and end, both non-decreasing.
template <Real S>
struct Ranges {
  Index* begin;
  Index* end;

  void fill(const AttentionShape<S>& shape, Index window) const {
    const Token* documents = shape.documents ? shape.documents + window * shape.length : nullptr;
    Index document_end = shape.length;
    for (Index t = shape.length - 1; t >= 0; --t) {
      begin[t] = documents ? documents[t] : 0;
      if (t + 1 < shape.length && begin[t + 1] != begin[t]) document_end = t + 1;
      end[t] = shape.causal ? t + 1 : document_end;
    }
    const Index padded = shape.padded_length();
    for (Index t = shape.length; t < padded; ++t) begin[t] = end[t] = shape.length;
  }
  /// Keys seen by any of the tile's rows, rounded outwards to whole vectors and whole tiles.
  [[nodiscard]] std::pair<Index, Index> tile(Index row, Index length) const {
    constexpr Index kStep = std::max(kLanes<S>, kTileRows);
    const Index last = std::min(row + kTileRows, length) - 1;
    return {begin[row] / kStep * kStep, (end[last] + kStep - 1) / kStep * kStep};
  }
};

/// Hands out pieces of scratch memory, each on a 64-byte boundary.
template <Real S>
struct Scratch {
  S* next;
  S* take(Index size) { return std::exchange(next, next + padded_size<S>(size)); }
  Ranges<S> ranges(Index padded_length) {
    const Index size = padded_length * static_cast<Index>(sizeof(Index) / sizeof(S));
    Ranges<S> r{};
    r.begin = reinterpret_cast<Index*>(take(size));
    r.end = reinterpret_cast<Index*>(take(size));
    return r;
  }
};

/// One head of one window.
template <Real S>
struct Head {
  const AttentionShape<S>& shape;
  Index window, head;
  Ranges<S> ranges;

  [[nodiscard]] Index row(Index t) const { return window * shape.length + t; }
  /// Offset of q, k, v (part 0, 1, 2) of position t in qkv.
  [[nodiscard]] Index qkv(Index t, Index part) const {
    return row(t) * 3 * shape.width() + part * shape.width() + head * shape.d_head;
  }
  [[nodiscard]] Index out(Index t) const { return row(t) * shape.width() + head * shape.d_head; }
  [[nodiscard]] S* stats(S* row_stats) const {
    return row_stats + 2 * (window * shape.num_heads + head) * shape.length;
  }
  [[nodiscard]] S scale() const {
    return static_cast<S>(1.0 / std::sqrt(static_cast<double>(shape.d_head)));
  }

  /// to [Tp, Kp] = the rows at offset(t) of `from`, with zeros around; rotated and scaled if asked.
  template <class Offset>
  void read(const S* from, Offset offset, bool rotate, S scale, S* to) const {
    const Index kp = shape.padded_head(), k = shape.d_head;
    for (Index t = 0; t < shape.length; ++t) {
      S* row = to + t * kp;
      const S* x = from + offset(t);
      if (rotate && shape.rotary)
        rotary_forward(x, *shape.rotary, t - ranges_begin(t), k, scale, row);
      else
        for (Index i = 0; i < k; ++i) row[i] = scale * x[i];
      std::fill(row + k, row + kp, S{0});
    }
    std::fill(to + shape.length * kp, to + shape.padded_length() * kp, S{0});
  }
  /// The gradient of `read`: rows of `from` [Tp, Kp], turned back and scaled, to offset(t) of `to`.
  template <class Offset>
  void write(const S* from, Offset offset, bool rotate, S scale, S* to) const {
    for (Index t = 0; t < shape.length; ++t) {
      const S* row = from + t * shape.padded_head();
      S* y = to + offset(t);
      if (rotate && shape.rotary)
        rotary_backward(row, *shape.rotary, t - ranges_begin(t), shape.d_head, scale, y);
      else
        for (Index i = 0; i < shape.d_head; ++i) y[i] = scale * row[i];
    }
  }
  /// First position of t's document.
  [[nodiscard]] Index ranges_begin(Index t) const { return ranges.begin[t]; }
};

/// scores [0, cols) of one query become exp(score - maximum) where begin <= j < end, else 0.
/// Returns the maximum and 1 / sum.
template <Real S>
LOOPLAB_INLINE std::pair<S, S> softmax_row(S* scores, Index first, Index cols, Index begin,
                                           Index end) {
  constexpr S kNever = -std::numeric_limits<S>::infinity();
  std::fill(scores + first, scores + begin, kNever);
  std::fill(scores + end, scores + cols, kNever);
  Vec<S> top = broadcast(kNever);
  for (Index j = first; j < cols; j += kLanes<S>) top = max(top, load(scores + j));
  const S maximum = horizontal_max(top);
  Vec<S> sum{};
  const Vec<S> shift = broadcast(maximum);
  for (Index j = first; j < cols; j += kLanes<S>) {
    const Vec<S> p = exp(load(scores + j) - shift);
    store(scores + j, p);
    sum += p;
  }
  return {maximum, S{1} / horizontal_sum(sum)};
}

template <Real S>
void head_forward(const Head<S>& h, const S* qkv, S* out, S* row_stats, Scratch<S> scratch) {
  const Index t_max = h.shape.length, tp = h.shape.padded_length(), kp = h.shape.padded_head();
  S* q = scratch.take(tp * kp);
  S* k = scratch.take(tp * kp);
  S* k_transposed = scratch.take(tp * kp);
  S* v = scratch.take(tp * kp);
  S* scores = scratch.take(kTileRows * tp);
  S* o = scratch.take(kTileRows * kp);
  h.read(
      qkv, [&](Index t) { return h.qkv(t, 0); }, true, h.scale(), q);
  h.read(
      qkv, [&](Index t) { return h.qkv(t, 1); }, true, S{1}, k);
  h.read(
      qkv, [&](Index t) { return h.qkv(t, 2); }, false, S{1}, v);
  transpose(k, tp, kp, k_transposed);
  S* stats = h.stats(row_stats);
  for (Index t = 0; t < t_max; t += kTileRows) {
    const auto [first, last] = h.ranges.tile(t, t_max);
    multiply_rows<false>(q + t * kp, kp, 1, k_transposed, tp, 0, h.shape.d_head, scores, tp, first,
                         last);
    const Index rows = std::min(kTileRows, t_max - t);
    for (Index i = 0; i < rows; ++i) {
      const auto [maximum, inverse_sum] =
          softmax_row(scores + i * tp, first, last, h.ranges.begin[t + i], h.ranges.end[t + i]);
      stats[t + i] = maximum;
      stats[t_max + t + i] = inverse_sum;
    }
    multiply_rows<false>(scores, tp, 1, v, kp, first, last, o, kp, 0, kp);
    for (Index i = 0; i < rows; ++i) {
      S* y = out + h.out(t + i);
      const S inverse_sum = stats[t_max + t + i];
      for (Index c = 0; c < h.shape.d_head; ++c) y[c] = inverse_sum * o[i * kp + c];
    }
  }
}

/// What the backward pass of one head keeps at hand, all padded with zeros.
template <Real S>
struct HeadGradients {
  S *q, *k, *k_transposed, *v_transposed, *grad_o;  // [Tp, Kp] or transposed
  S *grad_q, *grad_k, *grad_v;                      // [Tp, Kp]
  S *p, *grad_s;                                    // [kPanelRows, Tp]
  S* delta;                                         // [Tp] rowsum(dO * O)

  HeadGradients(const AttentionShape<S>& shape, Scratch<S>& scratch) {
    const Index tp = shape.padded_length(), kp = shape.padded_head();
    for (S** part : {&q, &k, &k_transposed, &v_transposed, &grad_o, &grad_q, &grad_k, &grad_v})
      *part = scratch.take(tp * kp);
    p = scratch.take(kPanelRows * tp);
    grad_s = scratch.take(kPanelRows * tp);
    delta = scratch.take(tp);
  }
};

/// P and dS of the tile of rows t ... t + 7, into rows t - panel ... of the panel; then dQ.
template <Real S>
void tile_backward(const Head<S>& h, const HeadGradients<S>& g, const S* stats, Index panel,
                   Index t) {
  const Index t_max = h.shape.length, tp = h.shape.padded_length(), kp = h.shape.padded_head();
  const auto [first, last] = h.ranges.tile(t, t_max);
  S* p = g.p + (t - panel) * tp;
  S* grad_s = g.grad_s + (t - panel) * tp;
  multiply_rows<false>(g.q + t * kp, kp, 1, g.k_transposed, tp, 0, h.shape.d_head, p, tp, first,
                       last);
  multiply_rows<false>(g.grad_o + t * kp, kp, 1, g.v_transposed, tp, 0, h.shape.d_head, grad_s, tp,
                       first, last);
  for (Index i = 0; i < kTileRows; ++i) {
    S* p_row = p + i * tp;
    S* s_row = grad_s + i * tp;
    if (t + i >= t_max) {  // rows of padding take no part
      std::fill(p_row + first, p_row + last, S{0});
      std::fill(s_row + first, s_row + last, S{0});
      continue;
    }
    const Vec<S> maximum = broadcast(stats[t + i]), inverse_sum = broadcast(stats[t_max + t + i]);
    const Vec<S> delta = broadcast(g.delta[t + i]);
    constexpr S kNever = -std::numeric_limits<S>::infinity();
    std::fill(p_row + first, p_row + h.ranges.begin[t + i], kNever);
    std::fill(p_row + h.ranges.end[t + i], p_row + last, kNever);
    for (Index j = first; j < last; j += kLanes<S>) {
      const Vec<S> weight = exp(load(p_row + j) - maximum) * inverse_sum;
      store(p_row + j, weight);
      store(s_row + j, weight * (load(s_row + j) - delta));
    }
  }
  multiply_rows<false>(grad_s, tp, 1, g.k, kp, first, last, g.grad_q + t * kp, kp, 0, kp);
}

/// dK += dS^T Q and dV += P^T dO for the query rows panel ... panel_end-1.
template <Real S>
void panel_to_keys(const Head<S>& h, const HeadGradients<S>& g, Index panel, Index panel_end) {
  const Index t_max = h.shape.length, tp = h.shape.padded_length(), kp = h.shape.padded_head();
  const Index key_begin = h.ranges.tile(panel, t_max).first;
  const Index key_end = h.ranges.tile(panel_end - kTileRows, t_max).second;
  Index low = panel, high = panel;  // rows of the tiles that see the key tile; ranges are monotone
  for (Index j = key_begin; j < key_end; j += kTileRows) {
    while (low < panel_end && h.ranges.tile(low, t_max).second <= j) low += kTileRows;
    while (high < panel_end && h.ranges.tile(high, t_max).first <= j) high += kTileRows;
    const Index k0 = low - panel, k1 = high - panel;
    if (k0 >= k1) continue;
    multiply_rows<true>(g.grad_s + j, 1, tp, g.q + panel * kp, kp, k0, k1, g.grad_k + j * kp, kp, 0,
                        kp);
    multiply_rows<true>(g.p + j, 1, tp, g.grad_o + panel * kp, kp, k0, k1, g.grad_v + j * kp, kp, 0,
                        kp);
  }
}

template <Real S>
void head_backward(const Head<S>& h, const S* qkv, const S* out, const S* row_stats,
                   const S* grad_out, S* grad_qkv, Scratch<S> scratch) {
  const Index t_max = h.shape.length, tp = h.shape.padded_length(), kp = h.shape.padded_head();
  const HeadGradients<S> g(h.shape, scratch);
  h.read(
      qkv, [&](Index t) { return h.qkv(t, 0); }, true, h.scale(), g.q);
  h.read(
      qkv, [&](Index t) { return h.qkv(t, 1); }, true, S{1}, g.k);
  transpose(g.k, tp, kp, g.k_transposed);
  h.read(
      qkv, [&](Index t) { return h.qkv(t, 2); }, false, S{1}, g.grad_v);  // v, for a moment
  transpose(g.grad_v, tp, kp, g.v_transposed);
  h.read(
      grad_out, [&](Index t) { return h.out(t); }, false, S{1}, g.grad_o);
  for (Index t = 0; t < t_max; ++t) {
    S sum{};
    for (Index c = 0; c < h.shape.d_head; ++c) sum += g.grad_o[t * kp + c] * out[h.out(t) + c];
    g.delta[t] = sum;
  }
  std::fill_n(g.grad_k, tp * kp, S{0});
  std::fill_n(g.grad_v, tp * kp, S{0});
  const S* stats = h.stats(const_cast<S*>(row_stats));
  for (Index panel = 0; panel < t_max; panel += kPanelRows) {
    const Index panel_end =
        panel + (std::min(kPanelRows, t_max - panel) + kTileRows - 1) / kTileRows * kTileRows;
    for (Index t = panel; t < panel_end; t += kTileRows) tile_backward(h, g, stats, panel, t);
    panel_to_keys(h, g, panel, panel_end);
  }
  h.write(
      g.grad_q, [&](Index t) { return h.qkv(t, 0); }, true, h.scale(), grad_qkv);
  h.write(
      g.grad_k, [&](Index t) { return h.qkv(t, 1); }, true, S{1}, grad_qkv);
  h.write(
      g.grad_v, [&](Index t) { return h.qkv(t, 2); }, false, S{1}, grad_qkv);
}

template <Real S, class Body>
void for_each_head(const AttentionShape<S>& shape, S* memory, Body&& body) {
  Scratch<S> scratch{memory};
  const Ranges<S> ranges = scratch.ranges(shape.padded_length());
  for (Index window = 0; window < shape.num_windows; ++window) {
    ranges.fill(shape, window);
    for (Index head = 0; head < shape.num_heads; ++head)
      body(Head<S>{shape, window, head, ranges}, scratch);
  }
}

}  // namespace attention_detail

/// Elements of scratch memory, on a 64-byte boundary, that either pass of attention needs.
template <Real S>
[[nodiscard]] Index attention_scratch_size(const AttentionShape<S>& shape) {
  const Index tp = shape.padded_length(), kp = shape.padded_head();
  const Index ranges = 2 * tp * static_cast<Index>(sizeof(Index) / sizeof(S));
  return ranges + 8 * tp * kp + 2 * attention_detail::kPanelRows * tp + tp;
}

/// out [B T, H K] of qkv [B T, 3 H K]; `row_stats` [stats_size] is kept for backward. Both are
/// overwritten. `scratch` has attention_scratch_size elements on a 64-byte boundary.
template <Real S>
void attention_forward(const AttentionShape<S>& shape, const S* qkv, S* out, S* row_stats,
                       S* scratch) {
  using namespace attention_detail;
  for_each_head(shape, scratch, [&](const Head<S>& head, Scratch<S> rest) {
    head_forward(head, qkv, out, row_stats, rest);
  });
}

/// Backward pass of attention_forward, with its `out` and `row_stats`. `grad_qkv` is overwritten.
template <Real S>
void attention_backward(const AttentionShape<S>& shape, const S* qkv, const S* out,
                        const S* row_stats, const S* grad_out, S* grad_qkv, S* scratch) {
  using namespace attention_detail;
  for_each_head(shape, scratch, [&](const Head<S>& head, Scratch<S> rest) {
    head_backward(head, qkv, out, row_stats, grad_out, grad_qkv, rest);
  });
}

}  // namespace looplab::kernels

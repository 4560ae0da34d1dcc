// SPDX-License-Identifier: MIT
//
// Attention of single queries to keys and values that are kept: for decoding, and for loops that
// some rows have left. Forward only.
//
//   o_n = sum_j softmax_j(q_n . k_j / sqrt(K)) v_j        over the kept keys begin_n <= j < end_n
//
// Keys are kept with positions innermost, so that the scores of a vector of keys come from d_head
// multiplications of whole vectors, without a step across lanes; values with coordinates innermost.
// Rotary positions are applied when q and k are read, as in attention.hpp, which it agrees with.
// Sizes: H heads, K d_head, capacity C positions a sequence. Tests:
// tests/kernels/cached_attention_test.cpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "looplab/core/tensor.hpp"
#include "looplab/kernels/rotary.hpp"
#include "looplab/kernels/simd.hpp"

namespace looplab::kernels {

/// Where a query stands: its sequence, its place there, the keys that it sees, begin <= place <
/// end. Positions count from `begin`.
struct CachedRow {
  Index sequence = 0, place = 0, begin = 0, end = 0;
};

/// Keys [B, H, C / L, K, L], L the lanes of a vector, and values [B, H, C, K] of B sequences of up
/// to C positions, in one layer: both are read from end to end. (Keys [B, H, K, C] lie in few sets
/// of the first cache where C is a power of 2.)
template <Real S>
struct KeysAndValues {
  Index num_heads = 1, d_head = 0, capacity = 0;
  S *keys = nullptr, *values = nullptr;

  [[nodiscard]] Index width() const { return num_heads * d_head; }
  /// Elements of the keys, or of the values, of `num_sequences`; capacity is a multiple of a
  /// vector.
  [[nodiscard]] Index size(Index num_sequences) const { return num_sequences * width() * capacity; }
  [[nodiscard]] S* keys_of(Index sequence, Index head) const {
    return keys + (sequence * num_heads + head) * d_head * capacity;
  }
  /// The first number of a key; the next ones are a vector apart each.
  [[nodiscard]] S* key_at(Index sequence, Index head, Index place) const {
    const Index lane = place % kLanes<S>;
    return keys_of(sequence, head) + (place - lane) * d_head + lane;
  }
  [[nodiscard]] S* values_of(Index sequence, Index head) const {
    return values + (sequence * num_heads + head) * d_head * capacity;
  }
};

/// `positions` rounded up so that a whole vector can be read anywhere below.
template <Real S>
[[nodiscard]] constexpr Index padded_capacity(Index positions) {
  return (positions + kLanes<S> - 1) / kLanes<S> * kLanes<S>;
}

namespace detail {

/// x turned to its position, or as it is, scaled.
template <Real S>
LOOPLAB_INLINE void turn(const S* x, const RotaryTable<S>* rotary, Index position, Index d_head,
                         S scale, S* y) {
  if (rotary != nullptr) return rotary_forward(x, *rotary, position, d_head, scale, y);
  for_each_vector<S>(d_head,
                     [&](Index i, auto part) { store(y + i, scale * load(x + i, part), part); });
}

}  // namespace detail

/// Keeps k and v of q | k | v [N, 3 H K], times `factor`, at the rows' places, or adds them to what
/// stands there. `scratch` has d_head elements.
template <Real S>
void keep_keys_and_values(const KeysAndValues<S>& cache, const CachedRow* rows, Index N,
                          const S* qkv, const RotaryTable<S>* rotary, S* scratch, S factor = S{1},
                          bool add = false) {
  const Index width = cache.width(), K = cache.d_head;
  for (Index n = 0; n < N; ++n)
    for (Index head = 0; head < cache.num_heads; ++head) {
      const S* k = qkv + (3 * n + 1) * width + head * K;
      S* keys = cache.key_at(rows[n].sequence, head, rows[n].place);
      S* values = cache.values_of(rows[n].sequence, head) + rows[n].place * K;
      detail::turn(k, rotary, rows[n].place - rows[n].begin, K, factor, scratch);
      for (Index i = 0; i < K; ++i) {
        S& key = keys[i * kLanes<S>];
        key = add ? key + scratch[i] : scratch[i];
        values[i] = (add ? values[i] : S{0}) + factor * k[width + i];
      }
    }
}

/// out [N, H K] of the queries in q | k | v [N, 3 H K] and what is kept. Y is S or Bfloat16.
/// `scratch` has d_head + capacity elements, both rounded up to whole vectors.
template <Real S, class Y>
void cached_attention(const KeysAndValues<S>& cache, const CachedRow* rows, Index N, const S* qkv,
                      const RotaryTable<S>* rotary, Y* out, S* scratch) {
  const Index width = cache.width(), K = cache.d_head;
  const S scale = static_cast<S>(1.0 / std::sqrt(static_cast<double>(K)));
  S* q = scratch;
  S* p = scratch + padded_capacity<S>(K);
  for (Index n = 0; n < N; ++n)
    for (Index head = 0; head < cache.num_heads; ++head) {
      const CachedRow& row = rows[n];
      detail::turn(qkv + 3 * n * width + head * K, rotary, row.place - row.begin, K, scale, q);
      const S* keys = cache.keys_of(row.sequence, head);
      const S* values = cache.values_of(row.sequence, head);
      const Index first = row.begin / kLanes<S> * kLanes<S>;
      Vec<S> maximum = broadcast(-std::numeric_limits<S>::infinity());
      for (Index j = first; j < row.end; j += kLanes<S>) {
        Vec<S> a{}, b{};
        Index i = 0;
        for (; i + 2 <= K; i += 2) {
          a += q[i] * load(keys + j * K + i * kLanes<S>);
          b += q[i + 1] * load(keys + j * K + (i + 1) * kLanes<S>);
        }
        if (i < K) a += q[i] * load(keys + j * K + i * kLanes<S>);
        a += b;
        if (j < row.begin || j + kLanes < S >> row.end)
          for (Index lane = 0; lane < kLanes<S>; ++lane)
            if (j + lane < row.begin || j + lane >= row.end)
              a[lane] = -std::numeric_limits<S>::infinity();
        store(p + j, a);
        maximum = max(a, maximum);
      }
      const S largest = horizontal_max(maximum);
      Vec<S> sums{};
      for (Index j = first; j < row.end; j += kLanes<S>) {
        const Vec<S> weight = exp(load(p + j) - largest);
        store(p + j, weight);
        sums += weight;
      }
      const S inverse_sum = S{1} / horizontal_sum(sums);
      Y* y = out + n * width + head * K;
      for_each_vector<S>(K, [&](Index c, auto part) {
        Vec<S> even{}, odd{};
        Index j = row.begin;
        for (; j + 2 <= row.end; j += 2) {
          even += p[j] * load(values + j * K + c, part);
          odd += p[j + 1] * load(values + (j + 1) * K + c, part);
        }
        if (j < row.end) even += p[j] * load(values + j * K + c, part);
        store(y + c, inverse_sum * (even + odd), part);
      });
    }
}

}  // namespace looplab::kernels

// SPDX-License-Identifier: MIT
//
// Attention of single queries to cached keys and values: for decoding, and for loops that some rows
// have exited. Forward only.
//
//   o_n = sum_j softmax_j(q_n . k_j / sqrt(K)) v_j        over the cached keys begin_n <= j < end_n
//
// Key tiles have positions innermost, so that the scores of a vector of keys come from d_head
// multiplications of whole vectors, without operations across lanes. Value tiles have coordinates
// innermost. Rotary positions are applied when q and k are read, as in attention.hpp, with equal
// results.
// Sizes: H heads, K d_head, capacity C positions per sequence.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "looplab/core/tensor.hpp"
#include "looplab/kernels/rotary.hpp"
#include "looplab/kernels/simd.hpp"

namespace looplab::kernels {

/// A query: its sequence, its position in the sequence, and the keys it attends to,
/// begin <= position < end. Rotary positions count from `begin`.
struct CachedRow {
  Index sequence = 0, position = 0, begin = 0, end = 0;
};

/// Keys [C / L, B, H, K, L] and values [C / L, B, H, L, K] of B sequences of up to C positions, in
/// one layer, with L the lanes of a vector: both in tiles of L positions, key tiles transposed.
/// Positions are outermost, so that the filled part is contiguous. With sequences outermost and a
/// capacity that is a power of 2, the filled parts of all sequences would map to few cache sets.
template <Real S>
struct KeysAndValues {
  Index num_sequences = 1, num_heads = 1, d_head = 0, capacity = 0;
  S *keys = nullptr, *values = nullptr;

  [[nodiscard]] Index width() const { return num_heads * d_head; }
  /// Elements of the keys, or of the values; capacity is a multiple of the lanes of a vector.
  [[nodiscard]] Index size() const { return num_sequences * width() * capacity; }
  /// Elements between consecutive tiles of a head.
  [[nodiscard]] Index stride() const { return num_sequences * width() * kLanes<S>; }
  /// Offset of the tile that holds a position, in the keys and in the values.
  [[nodiscard]] Index tile(Index sequence, Index head, Index position) const {
    return position / kLanes<S> * stride() + (sequence * num_heads + head) * d_head * kLanes<S>;
  }
  /// Address of the first coordinate of a key; consecutive coordinates are one vector apart.
  [[nodiscard]] S* key_at(Index sequence, Index head, Index position) const {
    return keys + tile(sequence, head, position) + position % kLanes<S>;
  }
  [[nodiscard]] S* value_at(Index sequence, Index head, Index position) const {
    return values + tile(sequence, head, position) + position % kLanes<S> * d_head;
  }
};

/// `positions` rounded up so that a whole vector can be read from any of them.
template <Real S>
[[nodiscard]] constexpr Index padded_capacity(Index positions) {
  return (positions + kLanes<S> - 1) / kLanes<S> * kLanes<S>;
}

namespace detail {

/// x rotated to its position (if there is a rotary table) and scaled.
template <Real S>
LOOPLAB_INLINE void rotate(const S* x, const RotaryTable<S>* rotary, Index position, Index d_head,
                         S scale, S* y) {
  if (rotary != nullptr) return rotary_forward(x, *rotary, position, d_head, scale, y);
  for_each_vector<S>(d_head,
                     [&](Index i, auto part) { store(y + i, scale * load(x + i, part), part); });
}

}  // namespace detail

/// Stores k and v of q | k | v [N, 3 H K], times `factor`, at the rows' positions in the cache, or
/// adds them to the cached numbers. `scratch` has d_head elements.
template <Real S>
void keep_keys_and_values(const KeysAndValues<S>& cache, const CachedRow* rows, Index N,
                          const S* qkv, const RotaryTable<S>* rotary, S* scratch, S factor = S{1},
                          bool add = false) {
  const Index width = cache.width(), K = cache.d_head;
  for (Index n = 0; n < N; ++n)
    for (Index head = 0; head < cache.num_heads; ++head) {
      const S* k = qkv + (3 * n + 1) * width + head * K;
      S* keys = cache.key_at(rows[n].sequence, head, rows[n].position);
      S* values = cache.value_at(rows[n].sequence, head, rows[n].position);
      detail::rotate(k, rotary, rows[n].position - rows[n].begin, K, factor, scratch);
      for (Index i = 0; i < K; ++i) {
        S& key = keys[i * kLanes<S>];
        key = add ? key + scratch[i] : scratch[i];
        values[i] = (add ? values[i] : S{0}) + factor * k[width + i];
      }
    }
}

namespace detail {

/// Scores of a query with `Tiles` tiles of keys, `stride` apart. Even and odd coordinates have
/// separate sums, so that no addition waits for the previous one.
template <Index Tiles, Real S>
LOOPLAB_INLINE void score_tiles(const S* q, const S* keys, Index stride, Index K, S* scores) {
  constexpr Index L = kLanes<S>;
  constexpr auto kTiles = static_cast<std::size_t>(Tiles);
  Vec<S> even[kTiles]{}, odd[kTiles]{};
  Index i = 0;
  for (; i + 2 <= K; i += 2)
    for (Index t = 0; t < Tiles; ++t) {
      even[t] += q[i] * load(keys + t * stride + i * L);
      odd[t] += q[i + 1] * load(keys + t * stride + (i + 1) * L);
    }
  for (Index t = 0; t < Tiles; ++t) {
    if (i < K) even[t] += q[i] * load(keys + t * stride + i * L);
    store(scores + t * L, even[t] + odd[t]);
  }
}

/// y = scale sum_j p_j v_j, begin <= j < end, for `Vectors` vectors of coordinates, the last of
/// which may be partial. Eight separate sums, so that no addition waits for the previous one.
template <Index Vectors, Real S, class Y, class Part>
LOOPLAB_INLINE void sum_values(const S* p, const S* values, Index stride, Index begin, Index end,
                               Index K, S scale, Y* y, Part part) {
  constexpr Index L = kLanes<S>, kAtOnce = std::min(L, 8 / Vectors);
  constexpr auto kVectors = static_cast<std::size_t>(Vectors);
  Vec<S> sums[static_cast<std::size_t>(kAtOnce)][kVectors]{};
  for (Index tile = begin / L * L; tile < end; tile += L, values += stride) {
    const auto add = [&](Vec<S>(&to)[kVectors], Index j) __attribute__((always_inline)) {
      for (Index v = 0; v < Vectors; ++v) to[v] += p[tile + j] * load(values + j * K + v * L, part);
    };
    Index j = std::max<Index>(begin - tile, 0);
    const Index last = std::min(end - tile, L);
    for (; j + kAtOnce <= last; j += kAtOnce)
      for (Index a = 0; a < kAtOnce; ++a) add(sums[a], j + a);
    for (; j < last; ++j) add(sums[0], j);
  }
  for (Index v = 0; v < Vectors; ++v) {
    Vec<S> sum = sums[0][v];
    for (Index a = 1; a < kAtOnce; ++a) sum += sums[a][v];
    store(y + v * L, scale * sum, part);
  }
}

}  // namespace detail

/// out [N, H K] of the queries in q | k | v [N, 3 H K] over the cache. Y is S or Bfloat16.
/// `scratch` has d_head + capacity elements, both rounded up to whole vectors.
template <Real S, class Y>
void cached_attention(const KeysAndValues<S>& cache, const CachedRow* rows, Index N, const S* qkv,
                      const RotaryTable<S>* rotary, Y* out, S* scratch) {
  constexpr Index L = kLanes<S>;
  constexpr S kHidden = -std::numeric_limits<S>::infinity();
  const Index width = cache.width(), K = cache.d_head, stride = cache.stride();
  const S scale = static_cast<S>(1.0 / std::sqrt(static_cast<double>(K)));
  S* q = scratch;
  S* p = scratch + padded_capacity<S>(K);
  for (Index n = 0; n < N; ++n)
    for (Index head = 0; head < cache.num_heads; ++head) {
      const CachedRow& row = rows[n];
      detail::rotate(qkv + 3 * n * width + head * K, rotary, row.position - row.begin, K, scale, q);
      const Index first = row.begin / L * L, last = padded_capacity<S>(row.end);
      const S* keys = cache.keys + cache.tile(row.sequence, head, first);
      const S* values = cache.values + cache.tile(row.sequence, head, first);
      Index j = first;
      for (; j + 4 * L <= last; j += 4 * L, keys += 4 * stride)
        detail::score_tiles<4>(q, keys, stride, K, p + j);
      for (; j < last; j += L, keys += stride) detail::score_tiles<1>(q, keys, stride, K, p + j);
      std::fill(p + first, p + row.begin, kHidden);
      std::fill(p + row.end, p + last, kHidden);

      Vec<S> maximum = broadcast(kHidden);
      for (j = first; j < last; j += L) maximum = max(load(p + j), maximum);
      const S largest = horizontal_max(maximum);
      Vec<S> sums{};
      for (j = first; j < last; j += L) {
        const Vec<S> weight = exp(load(p + j) - largest);
        store(p + j, weight);
        sums += weight;
      }
      const S inverse_sum = S{1} / horizontal_sum(sums);
      Y* y = out + n * width + head * K;
      const auto sum = [&]<Index Vectors>(std::integral_constant<Index, Vectors>, Index c,
                                          auto part) {
        detail::sum_values<Vectors>(p, values + c, stride, row.begin, row.end, K, inverse_sum,
                                    y + c, part);
      };
      Index c = 0;
      for (; c + 4 * L <= K; c += 4 * L) sum(std::integral_constant<Index, 4>{}, c, Whole{});
      for (; c + 2 * L <= K; c += 2 * L) sum(std::integral_constant<Index, 2>{}, c, Whole{});
      for_each_vector<S>(
          K - c, [&](Index i, auto part) { sum(std::integral_constant<Index, 1>{}, c + i, part); });
    }
}

}  // namespace looplab::kernels

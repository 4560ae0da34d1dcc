// SPDX-License-Identifier: MIT
//
// Small products in registers, and the transpose that prepares their operands: the core of
// attention.
//
//   C [8, W] = sum_k A(i, k) B[k, :]        8 rows of 1 or 2 vectors: 16 accumulators
//                                           (in two halves where there are only 16 registers)
//
// Operands are padded in cache, so there are no partial tiles.
#pragma once

#include <bit>
#include <utility>

#include "looplab/core/tensor.hpp"
#include "looplab/kernels/simd.hpp"

namespace looplab::kernels {

inline constexpr Index kTileRows = 8;                            // rows of one tile
inline constexpr Index kBandRows = kNumRegisters >= 32 ? 8 : 4;  // rows in registers at once

/// The same value, opaque to the optimizer.
template <class T>
LOOPLAB_INLINE T opaque(T value) {
  asm("" : "+r"(value));
  return value;
}

/// C [kBandRows, Vectors * lanes] = sum over k0 <= k < k1 of A(i, k) B[k, :], or += if Accumulate.
/// A(i, k) is a[i * row_step + k * k_step].
template <int Vectors, bool Accumulate, Real S>
LOOPLAB_INLINE void multiply_band(const S* a, Index row_step, Index k_step, const S* b, Index ldb,
                                  Index k0, Index k1, S* c, Index ldc) {
  Vec<S> sum[kBandRows][static_cast<std::size_t>(Vectors)];
#pragma GCC unroll 8
  for (Index i = 0; i < kBandRows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j)
      sum[i][j] = Accumulate ? load(c + i * ldc + j * kLanes<S>) : Vec<S>{};
  // Two moving bases reach all rows by two offsets; without `opaque` GCC keeps eight and spills
  // them.
  const S* low = a + k0 * k_step;
  const S* high = opaque(low + 4 * row_step);
  const Index three = opaque(3 * row_step);
  b += k0 * ldb;
  for (Index k = k0; k < k1; ++k, low += k_step, high += k_step, b += ldb) {
    Vec<S> row[static_cast<std::size_t>(Vectors)];
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) row[j] = load(b + j * kLanes<S>);
#pragma GCC unroll 8
    for (Index i = 0; i < kBandRows; ++i) {
      const S* base = i < 4 ? low : high;
      const Vec<S> factor = broadcast(base[i % 4 == 3 ? three : i % 4 * row_step]);
#pragma GCC unroll 2
      for (int j = 0; j < Vectors; ++j) sum[i][j] += factor * row[j];
    }
  }
#pragma GCC unroll 8
  for (Index i = 0; i < kBandRows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) store(c + i * ldc + j * kLanes<S>, sum[i][j]);
}

/// The same product for kTileRows rows.
template <int Vectors, bool Accumulate, Real S>
LOOPLAB_INLINE void multiply_tile(const S* a, Index row_step, Index k_step, const S* b, Index ldb,
                                  Index k0, Index k1, S* c, Index ldc) {
  for (Index i = 0; i < kTileRows; i += kBandRows)
    multiply_band<Vectors, Accumulate>(a + i * row_step, row_step, k_step, b, ldb, k0, k1,
                                       c + i * ldc, ldc);
}

/// The same product for columns c0 ... c1-1, both multiples of the lanes.
template <bool Accumulate, Real S>
[[gnu::noinline]] void multiply_rows(const S* a, Index row_step, Index k_step, const S* b,
                                     Index ldb, Index k0, Index k1, S* c, Index ldc, Index c0,
                                     Index c1) {
  Index col = c0;
  for (; col + 2 * kLanes<S> <= c1; col += 2 * kLanes<S>)
    multiply_tile<2, Accumulate>(a, row_step, k_step, b + col, ldb, k0, k1, c + col, ldc);
  if (col < c1)
    multiply_tile<1, Accumulate>(a, row_step, k_step, b + col, ldb, k0, k1, c + col, ldc);
}

/// One round of a perfect-shuffle network: rows i and i + n/2 interleaved into rows 2i and 2i + 1.
template <Real S, int... Lane>
LOOPLAB_INLINE void interleave(const Vec<S>* in, Vec<S>* out, std::integer_sequence<int, Lane...>) {
  constexpr int n = static_cast<int>(kLanes<S>);
#pragma GCC unroll 8
  for (int i = 0; i < n / 2; ++i) {
    out[2 * i] = __builtin_shufflevector(in[i], in[i + n / 2], (Lane / 2 + Lane % 2 * n)...);
    out[2 * i + 1] =
        __builtin_shufflevector(in[i], in[i + n / 2], (n / 2 + Lane / 2 + Lane % 2 * n)...);
  }
}

/// to [cols, rows] = from [rows, cols] transposed; both extents multiples of the lanes.
template <Real S>
void transpose(const S* from, Index rows, Index cols, S* to) {
  constexpr Index n = kLanes<S>;
  constexpr int kRounds = std::countr_zero(static_cast<unsigned>(n));
  const auto lanes = std::make_integer_sequence<int, static_cast<int>(n)>{};
  for (Index r = 0; r < rows; r += n)
    for (Index c = 0; c < cols; c += n) {
      Vec<S> x[static_cast<std::size_t>(n)], y[static_cast<std::size_t>(n)];
#pragma GCC unroll 16
      for (Index i = 0; i < n; ++i) x[i] = load(from + (r + i) * cols + c);
#pragma GCC unroll 4  // log2(n) perfect shuffles: each rotates the bits of (row, lane) by one
      for (int round = 0; round < kRounds; ++round)
        interleave<S>(round % 2 == 0 ? x : y, round % 2 == 0 ? y : x, lanes);
      const Vec<S>* result = kRounds % 2 == 0 ? x : y;
#pragma GCC unroll 16
      for (Index i = 0; i < n; ++i) store(to + (c + i) * rows + r, result[i]);
    }
}

}  // namespace looplab::kernels

// SPDX-License-Identifier: MIT
//
// The gradient of a weight by our own register tiles, without a library.
//
//   dW [k, n] += X^T dY,    X [rows, k], dY [rows, n]
//
// A tile is 8 rows of dW by up to three vectors of columns; its sum over all rows of X and dY stays
// in registers and is added to dW once. Two orders of the tiles, by size:
//
//   in place   down the rows of dW, panel by panel       X and dY fit into the caches
//   strips     along the columns, for blocks of 384      16 columns of X are copied side by side,
//              columns of dY                             because they stand k apart in memory
//
// Partial tiles, at k not a multiple of 8 or n not a multiple of the lanes, are computed from
// copies padded with zeros.
// Measured (one AVX-512 core of a Xeon of family 6, model 207, g++ 12.2, 256 rows, 20 shapes with k
// and n 64 ... 1408), of oneDNN 2.6.3's sgemm: 0.93 to 1.04, median 0.98. Tried and slower: panels of
// two vectors, copying panels of dY, starting the sums from dW.
// oneDNN's sgemm is not used with AVX-512: while it runs, a signal can corrupt the heap.
#pragma once

#include <algorithm>
#include <array>

#include "looplab/core/tensor.hpp"
#include "looplab/kernels/tile.hpp"

namespace looplab::kernels {

namespace detail {

inline constexpr int kMaxVectors = 3;           // of columns in one tile
inline constexpr Index kBlockColumns = 384;     // of dY that stay in the second-level cache
inline constexpr Index kInPlaceSize = 1 << 15;  // largest k n whose operands are read in place

/// C [kTileRows, Vectors lanes] += sum over m < rows of a[m a_step + i] b[m ldb + j].
template <int Vectors, Real S>
[[gnu::noinline]] void add_tile(const S* a, Index a_step, const S* b, Index ldb, Index rows, S* c,
                                Index ldc) {
  for (Index band = 0; band < kTileRows; band += kBandRows, a += kBandRows, c += kBandRows * ldc) {
    Vec<S> sum[kBandRows][static_cast<std::size_t>(Vectors)] = {};
#pragma GCC unroll 8
    for (Index i = 0; i < kBandRows; ++i)
#pragma GCC unroll 3
      for (int j = 0; j < Vectors; ++j) __builtin_prefetch(c + i * ldc + j * kLanes<S>, 1);
    const S *left = a, *right = b;
    for (Index m = 0; m < rows; ++m, left += a_step, right += ldb) {
      Vec<S> row[static_cast<std::size_t>(Vectors)];
#pragma GCC unroll 3
      for (int j = 0; j < Vectors; ++j) row[j] = load(right + j * kLanes<S>);
#pragma GCC unroll 8
      for (Index i = 0; i < kBandRows; ++i) {
        const Vec<S> factor = broadcast(left[i]);
#pragma GCC unroll 3
        for (int j = 0; j < Vectors; ++j) sum[i][j] += factor * row[j];
      }
    }
#pragma GCC unroll 8
    for (Index i = 0; i < kBandRows; ++i)
#pragma GCC unroll 3
      for (int j = 0; j < Vectors; ++j) {
        S* to = c + i * ldc + j * kLanes<S>;
        store(to, load(to) + sum[i][j]);
      }
  }
}

/// The same for a number of vectors known at run time, 1 ... kMaxVectors.
template <Real S>
void add_tile(Index vectors, const S* a, Index a_step, const S* b, Index ldb, Index rows, S* c,
              Index ldc) {
  if (vectors == 3) return add_tile<3>(a, a_step, b, ldb, rows, c, ldc);
  if (vectors == 2) return add_tile<2>(a, a_step, b, ldb, rows, c, ldc);
  add_tile<1>(a, a_step, b, ldb, rows, c, ldc);
}

/// Vectors of the tile at column `first` of columns that end at `last`; 0: less than one is left.
template <Real S>
[[nodiscard]] constexpr Index vectors_at(Index first, Index last) {
  return std::min<Index>(kMaxVectors, (last - first) / kLanes<S>);
}

/// to [rows, width] = columns `first` ... `first` + width - 1 of `from` [rows, columns], those past
/// the last as zeros.
template <Real S>
void copy_columns(const S* from, Index rows, Index columns, Index first, Index width, S* to) {
  const Index there = std::min(width, columns - first);
  for (Index m = 0; m < rows; ++m, to += width) {
    std::copy_n(from + m * columns + first, there, to);
    std::fill(to + there, to + width, S{0});
  }
}

/// The memory of this thread for `size` elements; a later call takes it over.
template <Real S>
[[nodiscard]] S* scratch(Index size) {
  thread_local AlignedArray<S> memory;
  thread_local Index capacity = 0;
  if (size > capacity) {
    memory = allocate_aligned<S>(size);
    capacity = size;
  }
  return memory.get();
}

/// One product; X^T dY is added to dW.
template <Real S>
class WeightGradientTiles {
 public:
  WeightGradientTiles(const S* x, const S* grad_y, Index rows, Index k, Index n, S* grad_w)
      : x_(x), grad_y_(grad_y), rows_(rows), k_(k), n_(n), grad_w_(grad_w) {}

  void add() {
    const Index whole_rows = k_ / kTileRows * kTileRows, whole_columns = n_ / kLane * kLane;
    if (k_ * n_ <= kInPlaceSize)
      add_in_place(whole_rows, whole_columns);
    else
      for (Index first = 0; first < whole_columns; first += kBlockColumns)
        add_strips(whole_rows, first, std::min(whole_columns, first + kBlockColumns));
    if (whole_rows < k_) add_last_rows(whole_rows);
    if (whole_columns < n_) add_last_columns(whole_rows, whole_columns);
  }

 private:
  static constexpr Index kLane = kLanes<S>;

  void add_in_place(Index whole_rows, Index whole_columns) {
    for (Index col = 0, v; (v = vectors_at<S>(col, whole_columns)) > 0; col += v * kLane)
      for (Index row = 0; row < whole_rows; row += kTileRows)
        add_tile(v, x_ + row, k_, grad_y_ + col, n_, rows_, to(row, col), n_);
  }

  /// Columns `first` ... `last` - 1 of dW.
  void add_strips(Index whole_rows, Index first, Index last) {
    constexpr Index kPair = 2 * kTileRows;
    S* strips = scratch<S>(kPair * rows_);
    for (Index row = 0; row < whole_rows; row += kPair) {
      const Index height = std::min(kPair, whole_rows - row);
      for (Index m = 0; m < rows_; ++m)
        for (Index i = 0; i < height; i += kTileRows)
          std::copy_n(x_ + m * k_ + row + i, kTileRows, strips + i * rows_ + m * kTileRows);
      for (Index col = first, v; (v = vectors_at<S>(col, last)) > 0; col += v * kLane)
        for (Index i = 0; i < height; i += kTileRows)
          add_tile(v, strips + i * rows_, kTileRows, grad_y_ + col, n_, rows_, to(row + i, col),
                   n_);
    }
  }

  /// The rows of dW from `row` on, less than a tile, all columns.
  void add_last_rows(Index row) {
    S* strip = scratch<S>((kTileRows + kLane) * rows_);
    S* panel = strip + kTileRows * rows_;
    copy_columns(x_, rows_, k_, row, kTileRows, strip);
    for (Index col = 0; col < n_; col += kLane) {
      copy_columns(grad_y_, rows_, n_, col, kLane, panel);
      add_partial(strip, kTileRows, panel, row, col);
    }
  }

  /// The columns of dW from `col` on, less than a vector, of its first `whole_rows` rows.
  void add_last_columns(Index whole_rows, Index col) {
    S* panel = scratch<S>(kLane * rows_);
    copy_columns(grad_y_, rows_, n_, col, kLane, panel);
    for (Index row = 0; row < whole_rows; row += kTileRows)
      add_partial(x_ + row, k_, panel, row, col);
  }

  /// A tile of one vector, of which dW has only a part.
  void add_partial(const S* a, Index a_step, const S* panel, Index row, Index col) {
    alignas(64) std::array<S, static_cast<std::size_t>(kTileRows * kLane)> tile{};
    add_tile<1>(a, a_step, panel, kLane, rows_, tile.data(), kLane);
    for (Index i = 0; i < std::min(kTileRows, k_ - row); ++i)
      for (Index j = 0; j < std::min(kLane, n_ - col); ++j)
        *(to(row, col) + i * n_ + j) += tile[static_cast<std::size_t>(i * kLane + j)];
  }

  [[nodiscard]] S* to(Index row, Index col) const { return grad_w_ + row * n_ + col; }

  const S *x_, *grad_y_;
  Index rows_, k_, n_;
  S* grad_w_;
};

}  // namespace detail

/// dW [k, n] += X^T dY for X [rows, k] and dY [rows, n], of any sizes.
template <Real S>
void add_weight_gradient(const S* x, const S* grad_y, Index rows, Index k, Index n, S* grad_w) {
  detail::WeightGradientTiles<S>(x, grad_y, rows, k, n, grad_w).add();
}

}  // namespace looplab::kernels

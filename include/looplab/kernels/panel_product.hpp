// SPDX-License-Identifier: MIT
//
// Products with a weight by our own register tiles (kernels/tile.hpp), without a library.
//
//   Y = X B             B [k, n] cut into panels of two vectors of columns, each contiguous
//
// A strip of 8 rows of X stays in the first-level cache while all panels are multiplied. Partial
// tiles are not supported: heights are multiples of kTileRows, widths of kLanes (see `fits_tiles`).
// Measured (one AVX-512 core, g++ 12.2, 256 rows, k and n 64 ... 1408): 92 to 99 % of peak
// multiply-adds, oneDNN's packed product 89 to 97 %.
#pragma once

#include <algorithm>

#include "looplab/core/tensor.hpp"
#include "looplab/kernels/tile.hpp"

namespace looplab::kernels {

/// Whether a product with `height` rows of result and `width` columns consists of whole tiles.
template <Real S>
[[nodiscard]] constexpr bool fits_tiles(Index height, Index width) {
  return height % kTileRows == 0 && width % kLanes<S> == 0;
}

/// A matrix B [k, n], n a multiple of kLanes, as panels [k, 2 kLanes]; the last panel may have half
/// that width.
template <Real S>
class PanelMatrix {
 public:
  /// Packs `source`, stored as [k, n], or as [n, k] if `transposed`.
  void pack(const S* source, Index k, Index n, bool transposed) {
    if (!data_ || k * n > k_ * n_) data_ = allocate_aligned<S>(k * n);
    k_ = k;
    n_ = n;
    for (Index first = 0; first < n; first += kWidth) {
      const Index width = std::min(kWidth, n - first);
      S* to = data_.get() + first * k;
      for (Index row = 0; row < k; ++row, to += width)
        if (transposed)
          for (Index col = 0; col < width; ++col) to[col] = source[(first + col) * k + row];
        else
          std::copy_n(source + row * n + first, width, to);
    }
  }

  /// y [m, n] = x [m, k] B, or += if `accumulate`; m is a multiple of kTileRows.
  void multiply(const S* x, Index m, S* y, bool accumulate) const {
    accumulate ? multiply<true>(x, m, y) : multiply<false>(x, m, y);
  }

 private:
  static constexpr Index kWidth = 2 * kLanes<S>;

  template <bool Accumulate>
  void multiply(const S* x, Index m, S* y) const {
    LOOPLAB_ASSERT(fits_tiles<S>(m, n_));
    for (Index row = 0; row < m; row += kTileRows)
      for (Index first = 0; first < n_; first += kWidth) {
        const Index width = std::min(kWidth, n_ - first);
        multiply_rows<Accumulate>(x + row * k_, k_, 1, data_.get() + first * k_, width, 0, k_,
                                  y + row * n_ + first, n_, 0, width);
      }
  }

  AlignedArray<S> data_;
  Index k_ = 0, n_ = 0;
};

}  // namespace looplab::kernels

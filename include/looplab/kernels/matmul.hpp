// SPDX-License-Identifier: MIT
//
// Matrix products, forward and backward, and weights prepared for many of them.
//
//   Y = X W            forward          X [N, K], W [K, M], Y [N, M]
//   dX = dY W^T        input gradient
//   dW += X^T dY       weight gradient, always accumulated: every loop shares the weight
//
// float32 goes to oneDNN where it is built in, else, like double, to Eigen. The choice is a fixed
// function of type and shape, never a measurement (contract 5).
// Measured (2.6.3, one core, AVX-512, median over model shapes, % of peak): sgemm 94 forward, 87
// dX, 93 dW; packed product 94 forward, 94 dX; Eigen 66.
//
// Tests: tests/kernels/matmul_test.cpp.
#pragma once

#include <Eigen/Core>

#include <string>
#include <type_traits>

#include "looplab/core/tensor.hpp"
#include "looplab/kernels/onednn.hpp"

namespace looplab::kernels {

/// Whether float32 products of S go to oneDNN.
template <Real S>
inline constexpr bool kUsesOneDnn = LOOPLAB_WITH_ONEDNN&& std::is_same_v<S, float>;

/// The library behind float32 products, for logs: "onednn 2.6.3" or "eigen 3.4.0".
[[nodiscard]] inline std::string backend_name() {
#if LOOPLAB_WITH_ONEDNN
  return onednn::version();
#else
  return concat("eigen ", EIGEN_WORLD_VERSION, ".", EIGEN_MAJOR_VERSION, ".", EIGEN_MINOR_VERSION);
#endif
}

/// How a factor is stored: as it enters the product, or transposed.
enum class Stored { plain, transposed };

/// C [m, n] = A B, or += if `accumulate`, with A [m, k] and B [k, n], each stored as said (a
/// transposed A is [k, m] in memory). C may not overlap A or B.
template <Real S>
void gemm(Stored stored_a, Stored stored_b, Index m, Index n, Index k, const S* a, const S* b, S* c,
          bool accumulate) {
  if (m == 0 || n == 0) return;
#if LOOPLAB_WITH_ONEDNN
  if constexpr (kUsesOneDnn<S>) {
    if (k > 0)
      return onednn::sgemm(stored_a == Stored::transposed, stored_b == Stored::transposed, m, n, k,
                           a, b, c, accumulate);
  }
#endif
  using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using ConstMap = Eigen::Map<const Matrix>;
  Eigen::Map<Matrix> out(c, m, n);
  if (!accumulate) out.setZero();
  if (k == 0) return;
  const auto add = [&](const auto& left) {
    if (stored_b == Stored::plain)
      out.noalias() += left * ConstMap(b, k, n);
    else
      out.noalias() += left * ConstMap(b, n, k).transpose();
  };
  if (stored_a == Stored::plain)
    add(ConstMap(a, m, k));
  else
    add(ConstMap(a, k, m).transpose());
}

/// A weight matrix W [rows, cols] and, where the library gains by it, packed copies of it.
///
/// `prepare` is called once after every change of the weight; until then, and where there is no
/// packed product, the products read the weight itself. Copies start unprepared.
template <Real S>
class PreparedWeight {
 public:
  PreparedWeight() = default;
  PreparedWeight(const PreparedWeight&) {}
  PreparedWeight& operator=(const PreparedWeight&) {
    ready_ = false;
    return *this;
  }
  PreparedWeight(PreparedWeight&&) noexcept = default;
  PreparedWeight& operator=(PreparedWeight&&) noexcept = default;
  ~PreparedWeight() = default;

  /// Packs W [rows, cols] for X W and for X W^T.
  void prepare([[maybe_unused]] const S* w, [[maybe_unused]] Index rows,
               [[maybe_unused]] Index cols) {
#if LOOPLAB_WITH_ONEDNN
    if constexpr (kUsesOneDnn<S>) {
      plain_.pack(w, rows, cols, false);
      transposed_.pack(w, cols, rows, true);
      ready_ = true;
    }
#endif
  }
  /// Forgets the packed copies' contents: the weight has changed.
  void invalidate() { ready_ = false; }

  /// y = x W [n, cols] or, if transposed, x W^T [n, rows]; += if `accumulate`. `w` is the weight.
  void multiply(const S* x, Index n, const S* w, Index rows, Index cols, Stored stored, S* y,
                bool accumulate) const {
    const bool plain = stored == Stored::plain;
#if LOOPLAB_WITH_ONEDNN
    if constexpr (kUsesOneDnn<S>) {
      // Packed products exist once per height: keep the number of heights small.
      if (ready_ && n >= 32 && n % 8 == 0 &&
          (plain ? plain_ : transposed_).multiply(x, n, y, accumulate))
        return;
    }
#endif
    gemm(Stored::plain, stored, n, plain ? cols : rows, plain ? rows : cols, x, w, y, accumulate);
  }

 private:
#if LOOPLAB_WITH_ONEDNN
  onednn::PackedMatrix plain_, transposed_;
#endif
  bool ready_ = false;
};

}  // namespace looplab::kernels

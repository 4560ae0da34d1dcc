// SPDX-License-Identifier: MIT
//
// Matrix products, forward and backward, and weights packed for repeated products.
//
//   Y = X W            forward          X [N, K], W [K, M], Y [N, M]
//   dX = dY W^T        input gradient
//   dW += X^T dY       weight gradient, always accumulated, because every loop shares the weight
//
// Our own register tiles, oneDNN or Eigen compute a product; the choice is a fixed function of
// operation, type, sizes and instruction set (product_choice.hpp), never a measurement (contract 5,
// CONTRIBUTING.md). Products with bfloat16 factors accumulate in float32 and return float32; they
// require oneDNN and a processor that supports them. Products in double use Eigen.
// Measured (one core, AVX-512, median over model shapes at 256 rows, % of peak): tiles 97; oneDNN
// 2.6.3 packed 94, its sgemm 94 forward, 87 dX, 93 dW; Eigen 66.
#pragma once

#include <Eigen/Core>

#include <concepts>
#include <iostream>
#include <mutex>
#include <string>
#include <type_traits>

#include "looplab/core/tensor.hpp"
#include "looplab/kernels/bfloat16.hpp"
#include "looplab/kernels/compute_type.hpp"
#include "looplab/kernels/onednn.hpp"
#include "looplab/kernels/panel_product.hpp"
#include "looplab/kernels/product_choice.hpp"
#include "looplab/kernels/weight_gradient_tiles.hpp"

namespace looplab::kernels {

/// Whether float32 products of S use oneDNN.
template <Real S>
inline constexpr bool kUsesOneDnn = LOOPLAB_WITH_ONEDNN&& std::is_same_v<S, float>;

/// The library that computes float32 products, for logs: "onednn 2.6.3" or "eigen 3.4.0".
[[nodiscard]] inline std::string backend_name() {
#if LOOPLAB_WITH_ONEDNN
  return onednn::version();
#else
  return concat("eigen ", EIGEN_WORLD_VERSION, ".", EIGEN_MAJOR_VERSION, ".", EIGEN_MINOR_VERSION);
#endif
}

/// Whether bfloat16 products can be computed here.
[[nodiscard]] inline bool has_bfloat16_products() {
#if LOOPLAB_WITH_ONEDNN
  return onednn::has_bfloat16();
#else
  return false;
#endif
}

/// The type that is used when `asked` is requested for weights of type S. Prints a note once if the
/// two differ.
template <Real S>
[[nodiscard]] ComputeType usable_product_type(ComputeType asked) {
  if (asked == ComputeType::float32 || !std::same_as<S, float>) return ComputeType::float32;
  if (has_bfloat16_products()) return asked;
  static std::once_flag told;
  std::call_once(told, [] {
    std::cerr << "looplab: product_type is bfloat16, but "
              << (LOOPLAB_WITH_ONEDNN ? "this processor has no bfloat16 products (AVX512_BF16)"
                                      : "this program was built without oneDNN")
              << "; using float32.\n";
  });
  return ComputeType::float32;
}

/// The memory layout of a factor: as it enters the product, or transposed.
enum class Layout { plain, transposed };

/// C [m, n] = A B, or += if `accumulate`, with A [m, k] and B [k, n], each in the given layout (a
/// transposed A is [k, m] in memory). C must not overlap A or B.
template <Real S>
void gemm(Layout stored_a, Layout stored_b, Index m, Index n, Index k, const S* a, const S* b, S* c,
          bool accumulate) {
  if (m == 0 || n == 0) return;
#if LOOPLAB_WITH_ONEDNN
  if constexpr (kUsesOneDnn<S>) {
    if (k > 0)
      return onednn::sgemm(stored_a == Layout::transposed, stored_b == Layout::transposed, m, n, k,
                           a, b, c, accumulate);
  }
#endif
  using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using ConstMap = Eigen::Map<const Matrix>;
  Eigen::Map<Matrix> out(c, m, n);
  if (!accumulate) out.setZero();
  if (k == 0) return;
  const auto add = [&](const auto& left) {
    if (stored_b == Layout::plain)
      out.noalias() += left * ConstMap(b, k, n);
    else
      out.noalias() += left * ConstMap(b, n, k).transpose();
  };
  if (stored_a == Layout::plain)
    add(ConstMap(a, m, k));
  else
    add(ConstMap(a, k, m).transpose());
}

/// The route of a product with a weight [rows, cols] of type S (product_choice.hpp).
template <Real S>
[[nodiscard]] constexpr ProductRoute route_of(ProductOperation operation, ComputeType type,
                                              Index rows, Index cols) {
  return std::same_as<S, float> ? product_route(operation, type, rows, cols, kUsesOneDnn<S>)
                                : ProductRoute::eigen;
}

/// A weight matrix W [rows, cols] and, where products are faster with them, packed copies of it.
///
/// Call `prepare` once after every change of the weight. Before that, and where a product does not
/// use a copy, products read the weight itself. Copies start unprepared.
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

  /// Packs W [rows, cols] for X W and for X W^T, rounded to `type` if that is supported here.
  void prepare(const S* w, Index rows, Index cols, ComputeType type = ComputeType::float32) {
    type_ = usable_product_type<S>(type);
    forward_.prepare(route_of<S>(ProductOperation::forward, type_, rows, cols), type_, w, rows,
                     cols, false);
    transposed_.prepare(route_of<S>(ProductOperation::input_gradient, type_, rows, cols), type_, w,
                        cols, rows, true);
    ready_ = true;
  }

  /// Whether products use bfloat16 factors, through the second `multiply`.
  [[nodiscard]] bool is_bfloat16() const { return ready_ && type_ == ComputeType::bfloat16; }

  /// y = x W [n, cols] or, if transposed, x W^T [n, rows]; += if `accumulate`. `w` is the weight.
  void multiply(const S* x, Index n, const S* w, Index rows, Index cols, Layout stored, S* y,
                bool accumulate) const {
    const bool plain = stored == Layout::plain;
    const Index k = plain ? rows : cols, m = plain ? cols : rows;
    const Index done = ready_ && !is_bfloat16() ? copy(stored).multiply(x, n, m, y, accumulate) : 0;
    gemm(Layout::plain, stored, n - done, m, k, x + done * k, w, y + done * m, accumulate);
  }

  /// The same with x and the weight in bfloat16; requires `is_bfloat16`.
  void multiply([[maybe_unused]] const Bfloat16* x, [[maybe_unused]] Index n,
                [[maybe_unused]] Layout stored, [[maybe_unused]] float* y,
                [[maybe_unused]] bool accumulate) const {
#if LOOPLAB_WITH_ONEDNN
    if (n > 0) copy(stored).rounded.multiply(x, n, y, accumulate);
#endif
  }

 private:
  /// One packed copy.
  struct Copy {
    ProductRoute route = ProductRoute::eigen;
    PanelMatrix<S> panels;
#if LOOPLAB_WITH_ONEDNN
    onednn::PackedMatrix<float> packed;
    onednn::PackedMatrix<Bfloat16> rounded;
#endif

    void prepare(ProductRoute by, [[maybe_unused]] ComputeType type, const S* w, Index k, Index m,
                 bool transposed) {
      route = by;
#if LOOPLAB_WITH_ONEDNN
      if constexpr (kUsesOneDnn<S>) {
        if (type == ComputeType::bfloat16) return rounded.pack(w, k, m, transposed);
        if (route == ProductRoute::packed) return packed.pack(w, k, m, transposed);
      }
#endif
      if (route == ProductRoute::tiles && fits_tiles<S>(kTileRows, m))
        panels.pack(w, k, m, transposed);
    }
    /// Computes the first rows of y [n, m], as many as the route supports. Returns their number.
    Index multiply(const S* x, Index n, Index m, S* y, bool accumulate) const {
      if (route == ProductRoute::tiles && fits_tiles<S>(kTileRows, m)) {
        const Index whole = n / kTileRows * kTileRows;
        panels.multiply(x, whole, y, accumulate);
        return whole;
      }
#if LOOPLAB_WITH_ONEDNN
      if constexpr (kUsesOneDnn<S>) {
        // Packed products are created once per height: limit the number of heights.
        if (route == ProductRoute::packed && n >= 32 && n % 8 == 0 &&
            packed.is_fast(n, accumulate)) {
          packed.multiply(x, n, y, accumulate);
          return n;
        }
      }
#endif
      return 0;
    }
  };
  [[nodiscard]] const Copy& copy(Layout stored) const {
    return stored == Layout::plain ? forward_ : transposed_;
  }

  Copy forward_, transposed_;
  ComputeType type_ = ComputeType::float32;
  bool ready_ = false;
};

/// dW [k, m] = X^T dY, or += if `accumulate`, for X [n, k] and dY [n, m].
template <Real S>
void weight_gradient(const S* x, const S* grad_y, Index n, Index k, Index m, S* grad_w,
                     bool accumulate) {
  const auto route = route_of<S>(ProductOperation::weight_gradient, ComputeType::float32, k, m);
  if (route == ProductRoute::tiles) {
    if (!accumulate) std::fill_n(grad_w, k * m, S{0});
    return add_weight_gradient(x, grad_y, n, k, m, grad_w);
  }
#if LOOPLAB_WITH_ONEDNN
  if constexpr (kUsesOneDnn<S>) {
    static const bool by_primitive = onednn::sgemm_breaks_signals();
    if (by_primitive && n > 0)
      return onednn::transposed_product(x, grad_y, n, k, m, grad_w, accumulate);
  }
#endif
  gemm(Layout::transposed, Layout::plain, k, m, n, x, grad_y, grad_w, accumulate);
}

/// The same for bfloat16 factors. Requires `has_bfloat16_products`.
inline void weight_gradient([[maybe_unused]] const Bfloat16* x,
                            [[maybe_unused]] const Bfloat16* grad_y, [[maybe_unused]] Index n,
                            [[maybe_unused]] Index k, [[maybe_unused]] Index m,
                            [[maybe_unused]] float* grad_w, [[maybe_unused]] bool accumulate) {
#if LOOPLAB_WITH_ONEDNN
  if (n > 0) onednn::transposed_product(x, grad_y, n, k, m, grad_w, accumulate);
#endif
}

}  // namespace looplab::kernels

// SPDX-License-Identifier: MIT
//
// Differentiable arithmetic: element-wise operations, sums, matrix products, rows and columns.
//
// Each operation is defined beside its gradient. Matrices are [rows, cols] with all leading axes
// merged into rows. Shapes are checked here, once; the kernels check nothing. All throw ShapeError.
//
// Tests: tests/autograd/operations_test.cpp (one table of all operations).
#pragma once

#include <algorithm>

#include "looplab/autograd/compiled_operations.hpp"
#include "looplab/autograd/tape.hpp"
#include "looplab/kernels/matmul.hpp"
#include "looplab/kernels/pointwise.hpp"

namespace looplab {

namespace detail {

/// target = alpha x, or += if the target accumulates.
template <Real S>
void add_to(GradientTarget<S> target, S alpha, const S* x, Index n) {
  if (!target) return;
  if (!target.accumulate) std::fill_n(target.data, n, S{0});
  kernels::axpy(alpha, x, target.data, n);
}

/// Memory in which to accumulate the gradient of `x`, or scratch memory if `x` needs none: for
/// kernels that compute several gradients at once.
template <Real S>
[[nodiscard]] S* gradient_or_scratch(Tape<S>& tape, Variable<S> x) {
  S* to = tape.zeroed_gradient_of(x);
  if (!to) std::fill_n(to = tape.template allocate<S>(x.size()), x.size(), S{0});
  return to;
}

template <Real S>
void require_same_shape(const char* where, Variable<S> a, Variable<S> b) {
  require<ShapeError>(a.shape() == b.shape(), where, ": a is ", a.shape(), " but b is ", b.shape());
}

}  // namespace detail

/// y = a + b, same shapes.
template <Real S>
[[nodiscard]] Variable<S> add(Tape<S>& tape, Variable<S> a, Variable<S> b) {
  detail::require_same_shape("add", a, b);
  const TensorView<S> y = tape.result(a.shape());
  kernels::add_forward(a.data(), b.data(), y.data(), y.size());
  return tape.record(y, {a, b}, [a, b, &tape](const S* grad) {
    tape.propagate(a, grad);
    tape.propagate(b, grad);
  });
}

/// y = a + alpha b, same shapes.
template <Real S>
[[nodiscard]] Variable<S> add_scaled(Tape<S>& tape, Variable<S> a, S alpha, Variable<S> b) {
  detail::require_same_shape("add_scaled", a, b);
  const TensorView<S> y = tape.result(a.shape());
  std::copy_n(a.data(), a.size(), y.data());
  kernels::axpy(alpha, b.data(), y.data(), y.size());
  return tape.record(y, {a, b}, [a, alpha, b, &tape](const S* grad) {
    tape.propagate(a, grad);
    detail::add_to(tape.gradient_of(b), alpha, grad, b.size());
  });
}

/// y_nd = x_nd + row_d: x [N, D], row [D].
template <Real S>
[[nodiscard]] Variable<S> add_row(Tape<S>& tape, Variable<S> x, Variable<S> row) {
  require<ShapeError>(row.size() == x.cols(), "add_row: x is ", x.shape(), " but row has ",
                      row.size(), " elements");
  const TensorView<S> y = tape.result(x.shape());
  kernels::bias_add(x.data(), row.data(), y.data(), x.rows(), x.cols());
  return tape.record(y, {x, row}, [x, row, &tape](const S* grad) {
    tape.propagate(x, grad);
    if (S* grad_row = tape.zeroed_gradient_of(row))
      kernels::bias_grad(grad, grad_row, x.rows(), x.cols());
  });
}

/// y = a b, element-wise, same shapes.
template <Real S>
[[nodiscard]] Variable<S> multiply(Tape<S>& tape, Variable<S> a, Variable<S> b) {
  detail::require_same_shape("multiply", a, b);
  const TensorView<S> y = tape.result(a.shape());
  kernels::multiply_forward(a.data(), b.data(), y.data(), y.size());
  return tape.record(y, {a, b}, [a, b, &tape](const S* grad) {
    S* grad_a = detail::gradient_or_scratch(tape, a);  // the same memory as grad_b if a is b
    S* grad_b = detail::gradient_or_scratch(tape, b);
    kernels::multiply_backward(a.data(), b.data(), grad, grad_a, grad_b, a.size(), true);
  });
}

/// y = alpha x.
template <Real S>
[[nodiscard]] Variable<S> scale(Tape<S>& tape, S alpha, Variable<S> x) {
  const TensorView<S> y = tape.result(x.shape());
  for (Index i = 0; i < x.size(); ++i) y[i] = alpha * x.data()[i];
  return tape.record(y, {x}, [alpha, x, &tape](const S* grad) {
    detail::add_to(tape.gradient_of(x), alpha, grad, x.size());
  });
}

/// The sum of all elements, a scalar.
template <Real S>
[[nodiscard]] Variable<S> sum(Tape<S>& tape, Variable<S> x) {
  const TensorView<S> y = tape.result({});
  double total = 0;
  for (Index i = 0; i < x.size(); ++i) total += static_cast<double>(x.data()[i]);
  y[0] = static_cast<S>(total);
  return tape.record(y, {x}, [x, &tape](const S* grad) {
    S* grad_x = tape.zeroed_gradient_of(x);
    for (Index i = 0; i < x.size(); ++i) grad_x[i] += *grad;
  });
}

namespace detail {

/// Memory of a tape for `size` bfloat16 numbers.
[[nodiscard]] inline Scratch<float> bfloat16_scratch(Tape<float>& tape, Index size) {
  return {tape, (size + 1) / 2};
}
[[nodiscard]] inline kernels::Bfloat16* rounded(const float* x, Index size, void* memory) {
  auto* y = static_cast<kernels::Bfloat16*>(memory);
  kernels::round_to_bfloat16(x, y, size);
  return y;
}

/// `matmul` with factors rounded to bfloat16; the rounded x is saved for the weight's gradient.
[[nodiscard]] inline Variable<float> matmul_bfloat16(
    Tape<float>& tape, Variable<float> x, Variable<float> w, kernels::Layout stored,
    const kernels::PreparedWeight<float>* prepared) {
  using kernels::Layout;
  const bool plain = stored == Layout::plain;
  const TensorView<float> y = tape.result({x.rows(), plain ? w.cols() : w.rows()});
  const kernels::Bfloat16* kept =
      x.rounded() ? x.rounded()
                  : rounded(x.data(), x.size(), tape.allocate<kernels::Bfloat16>(x.size()));
  prepared->multiply(kept, x.rows(), stored, y.data(), false);
  return tape.record(y, {x, w}, [x, w, plain, kept, y, prepared, &tape](const float* grad) {
    const Scratch<float> memory = bfloat16_scratch(tape, y.size());
    const kernels::Bfloat16* grad_y = rounded(grad, y.size(), memory.data());
    if (const auto to = tape.gradient_of(x))
      prepared->multiply(grad_y, x.rows(), plain ? Layout::transposed : Layout::plain, to.data,
                         to.accumulate);
    if (const auto to = tape.gradient_of(w))
      kernels::weight_gradient(plain ? kept : grad_y, plain ? grad_y : kept, x.rows(), w.rows(),
                               w.cols(), to.data, to.accumulate);
  });
}

}  // namespace detail

/// y = x W [N, cols], or x W^T [N, rows] if `stored` is transposed, for a weight W [rows, cols].
/// `prepared`, if not null, holds packed copies of the same weight.
template <Real S>
[[nodiscard]] Variable<S> matmul(Tape<S>& tape, Variable<S> x, Variable<S> w,
                                 kernels::Layout stored = kernels::Layout::plain,
                                 const kernels::PreparedWeight<S>* prepared = nullptr) {
  using kernels::Layout;
  const bool plain = stored == Layout::plain;
  const Index rows = w.rows(), cols = w.cols();
  require<ShapeError>(x.cols() == (plain ? rows : cols), "matmul: x is ", x.shape(), " but the ",
                      plain ? "weight" : "transposed weight", " is ", w.shape());
  if constexpr (std::same_as<S, float>)
    if (prepared && prepared->is_bfloat16())
      return detail::matmul_bfloat16(tape, x, w, stored, prepared);
  const auto product = [prepared, w, rows, cols](const S* a, Index n, Layout how, S* to, bool add) {
    if (prepared) return prepared->multiply(a, n, w.data(), rows, cols, how, to, add);
    const bool p = how == Layout::plain;
    kernels::gemm(Layout::plain, how, n, p ? cols : rows, p ? rows : cols, a, w.data(), to, add);
  };
  const TensorView<S> y = tape.result({x.rows(), plain ? cols : rows});
  product(x.data(), x.rows(), stored, y.data(), false);
  return tape.record(y, {x, w}, [x, w, plain, rows, cols, product, &tape](const S* grad) {
    if (const auto to = tape.gradient_of(x))
      product(grad, x.rows(), plain ? Layout::transposed : Layout::plain, to.data, to.accumulate);
    if (const auto to = tape.gradient_of(w))
      kernels::weight_gradient(plain ? x.data() : grad, plain ? grad : x.data(), x.rows(), rows,
                               cols, to.data, to.accumulate);
  });
}

/// y [N, A + B] = rows of a [N, A] beside rows of b [N, B].
template <Real S>
[[nodiscard]] Variable<S> concat_columns(Tape<S>& tape, Variable<S> a, Variable<S> b) {
  require<ShapeError>(a.rows() == b.rows(), "concat_columns: a is ", a.shape(), " but b is ",
                      b.shape());
  const Index width_a = a.cols(), width_b = b.cols(), width = width_a + width_b;
  const TensorView<S> y = tape.result({a.rows(), width});
  for (Index n = 0; n < a.rows(); ++n) {
    std::copy_n(a.data() + n * width_a, width_a, y.data() + n * width);
    std::copy_n(b.data() + n * width_b, width_b, y.data() + n * width + width_a);
  }
  return tape.record(y, {a, b}, [a, b, width_a, width_b, width, &tape](const S* grad) {
    S* grad_a = tape.zeroed_gradient_of(a);
    S* grad_b = tape.zeroed_gradient_of(b);
    for (Index n = 0; n < a.rows(); ++n) {
      if (grad_a) kernels::axpy(S{1}, grad + n * width, grad_a + n * width_a, width_a);
      if (grad_b) kernels::axpy(S{1}, grad + n * width + width_a, grad_b + n * width_b, width_b);
    }
  });
}

/// Rows `index[0 ... count-1]` of x [N, D]. `index` must stay valid until the tape is reset.
template <Real S>
[[nodiscard]] Variable<S> gather_rows(Tape<S>& tape, Variable<S> x, const Index* index,
                                      Index count) {
  const Index width = x.cols();
  for (Index i = 0; i < count; ++i)
    require<ShapeError>(index[i] >= 0 && index[i] < x.rows(), "gather_rows: row ", index[i],
                        " of x ", x.shape());
  const TensorView<S> y = tape.result({count, width});
  for (Index i = 0; i < count; ++i)
    std::copy_n(x.data() + index[i] * width, width, y.data() + i * width);
  return tape.record(y, {x}, [x, index, count, width, &tape](const S* grad) {
    S* grad_x = tape.zeroed_gradient_of(x);
    for (Index i = 0; i < count; ++i)
      kernels::axpy(S{1}, grad + i * width, grad_x + index[i] * width, width);
  });
}

}  // namespace looplab

#if LOOPLAB_COMPILED  // see compiled_operations.hpp
namespace looplab {
// clang-format off
#define LOOPLAB_OPERATIONS(S)                                                                      \
  LOOPLAB_TEMPLATE Variable<S> add(Tape<S>&, Variable<S>, Variable<S>);                            \
  LOOPLAB_TEMPLATE Variable<S> add_scaled(Tape<S>&, Variable<S>, S, Variable<S>);                  \
  LOOPLAB_TEMPLATE Variable<S> add_row(Tape<S>&, Variable<S>, Variable<S>);                        \
  LOOPLAB_TEMPLATE Variable<S> multiply(Tape<S>&, Variable<S>, Variable<S>);                       \
  LOOPLAB_TEMPLATE Variable<S> scale(Tape<S>&, S, Variable<S>);                                    \
  LOOPLAB_TEMPLATE Variable<S> sum(Tape<S>&, Variable<S>);                                         \
  LOOPLAB_TEMPLATE Variable<S> matmul(Tape<S>&, Variable<S>, Variable<S>, kernels::Layout,         \
                                      const kernels::PreparedWeight<S>*);                          \
  LOOPLAB_TEMPLATE Variable<S> concat_columns(Tape<S>&, Variable<S>, Variable<S>);                 \
  LOOPLAB_TEMPLATE Variable<S> gather_rows(Tape<S>&, Variable<S>, const Index*, Index);
// clang-format on
LOOPLAB_OPERATIONS(float)
LOOPLAB_OPERATIONS(double)
#undef LOOPLAB_OPERATIONS
}  // namespace looplab
#endif

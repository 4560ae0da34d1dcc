// SPDX-License-Identifier: MIT
//
// Differentiable functions of elements and rows, for models and objectives of your own: subtract,
// divide, exp, log, sigmoid, tanh, mean, row_mean, softmax, scale_rows.
//
// Each operation stands beside its gradient. Matrices are [N, D] with all leading axes taken as
// rows. All throw ShapeError. add, multiply, scale and sum are in ops_math.hpp.
// Tests: tests/autograd/operations_test.cpp (one table of all operations).
#pragma once

#include <cmath>

#include "looplab/autograd/compiled_operations.hpp"
#include "looplab/autograd/ops_math.hpp"
#include "looplab/autograd/tape.hpp"
#include "looplab/kernels/cross_entropy.hpp"
#include "looplab/kernels/pointwise.hpp"

namespace looplab {

namespace detail {

/// y = forward(x) of the same shape, with a backward kernel (y, grad_y, grad_x, n, accumulate).
template <Real S, class Forward, class Backward>
[[nodiscard]] Variable<S> by_value(Tape<S>& tape, Variable<S> x, Forward forward,
                                   Backward backward) {
  const TensorView<S> y = tape.result(x.shape());
  forward(x.data(), y.data(), y.size());
  return tape.record(y, {x}, [x, y, backward, &tape](const S* grad) {
    const GradientTarget<S> to = tape.gradient_of(x);
    backward(y.data(), grad, to.data, y.size(), to.accumulate);
  });
}

}  // namespace detail

/// y = a - b, same shapes.
template <Real S>
[[nodiscard]] Variable<S> subtract(Tape<S>& tape, Variable<S> a, Variable<S> b) {
  detail::require_same_shape("subtract", a, b);
  return add_scaled(tape, a, S{-1}, b);
}

/// y = a / b element by element, same shapes.
template <Real S>
[[nodiscard]] Variable<S> divide(Tape<S>& tape, Variable<S> a, Variable<S> b) {
  detail::require_same_shape("divide", a, b);
  const TensorView<S> y = tape.result(a.shape());
  kernels::divide_forward(a.data(), b.data(), y.data(), y.size());
  return tape.record(y, {a, b}, [a, b, y, &tape](const S* grad) {
    S* grad_a = detail::gradient_or_scratch(tape, a);  // the same memory if a is b
    S* grad_b = detail::gradient_or_scratch(tape, b);
    kernels::divide_backward(b.data(), static_cast<const S*>(y.data()), grad, grad_a, grad_b,
                             y.size(), true);
  });
}

/// y = e^x.
template <Real S>
[[nodiscard]] Variable<S> exp(Tape<S>& tape, Variable<S> x) {
  return detail::by_value(tape, x, kernels::exp_forward<S>, kernels::exp_backward<S>);
}

/// y = log x, the natural logarithm; as std::log, -infinity at 0 and NaN below.
template <Real S>
[[nodiscard]] Variable<S> log(Tape<S>& tape, Variable<S> x) {
  const TensorView<S> y = tape.result(x.shape());
  for (Index i = 0; i < x.size(); ++i) y[i] = std::log(x.data()[i]);
  return tape.record(y, {x}, [x, &tape](const S* grad) {
    S* grad_x = tape.zeroed_gradient_of(x);
    for (Index i = 0; i < x.size(); ++i) grad_x[i] += grad[i] / x.data()[i];
  });
}

/// y = 1 / (1 + e^-x).
template <Real S>
[[nodiscard]] Variable<S> sigmoid(Tape<S>& tape, Variable<S> x) {
  return detail::by_value(tape, x, kernels::sigmoid_forward<S>, kernels::sigmoid_backward<S>);
}

/// y = tanh x.
template <Real S>
[[nodiscard]] Variable<S> tanh(Tape<S>& tape, Variable<S> x) {
  return detail::by_value(tape, x, kernels::tanh_forward<S>, kernels::tanh_backward<S>);
}

/// The mean of all elements, a scalar.
template <Real S>
[[nodiscard]] Variable<S> mean(Tape<S>& tape, Variable<S> x) {
  require<ShapeError>(x.size() > 0, "mean: x is ", x.shape(), ", expected one element or more");
  return scale(tape, S{1} / static_cast<S>(x.size()), sum(tape, x));
}

/// The mean of each row: [N, 1] of x [N, D].
template <Real S>
[[nodiscard]] Variable<S> row_mean(Tape<S>& tape, Variable<S> x) {
  require<ShapeError>(x.cols() > 0, "row_mean: x is ", x.shape(), ", expected one column or more");
  const Index rows = x.rows(), width = x.cols();
  const S share = S{1} / static_cast<S>(width);
  const TensorView<S> y = tape.result({rows, 1});
  for (Index n = 0; n < rows; ++n) y[n] = share * kernels::sum_of(x.data() + n * width, width);
  return tape.record(y, {x}, [x, rows, width, share, &tape](const S* grad) {
    S* grad_x = tape.zeroed_gradient_of(x);
    for (Index n = 0; n < rows; ++n)
      for (Index d = 0; d < width; ++d) grad_x[n * width + d] += share * grad[n];
  });
}

/// The softmax of each row of x [N, D].
template <Real S>
[[nodiscard]] Variable<S> softmax(Tape<S>& tape, Variable<S> x) {
  const Index rows = x.rows(), width = x.cols();
  const TensorView<S> y = tape.result(x.shape());
  kernels::softmax_forward(x.data(), y.data(), rows, width);
  return tape.record(y, {x}, [x, y, rows, width, &tape](const S* grad) {
    const GradientTarget<S> to = tape.gradient_of(x);
    kernels::softmax_backward(static_cast<const S*>(y.data()), grad, to.data, rows, width,
                              to.accumulate);
  });
}

/// y_nd = factors_n x_nd: x [N, D], factors [N] or [N, 1].
template <Real S>
[[nodiscard]] Variable<S> scale_rows(Tape<S>& tape, Variable<S> x, Variable<S> factors) {
  require<ShapeError>(factors.size() == x.rows(), "scale_rows: x is ", x.shape(),
                      " but factors is ", factors.shape(), ", expected one per row");
  const TensorView<S> y = tape.result(x.shape());
  kernels::scale_rows_forward(x.data(), factors.data(), y.data(), x.rows(), x.cols());
  return tape.record(y, {x, factors}, [x, factors, &tape](const S* grad) {
    S* grad_x = tape.zeroed_gradient_of(x);
    S* grad_factors = tape.zeroed_gradient_of(factors);
    kernels::scale_rows_backward(x.data(), factors.data(), grad, grad_x, grad_factors, x.rows(),
                                 x.cols());
  });
}

}  // namespace looplab

#if LOOPLAB_COMPILED  // see compiled_operations.hpp
namespace looplab {
// clang-format off
#define LOOPLAB_OPERATIONS(S)                                                                      \
  LOOPLAB_TEMPLATE Variable<S> subtract(Tape<S>&, Variable<S>, Variable<S>);                       \
  LOOPLAB_TEMPLATE Variable<S> divide(Tape<S>&, Variable<S>, Variable<S>);                         \
  LOOPLAB_TEMPLATE Variable<S> exp(Tape<S>&, Variable<S>);                                         \
  LOOPLAB_TEMPLATE Variable<S> log(Tape<S>&, Variable<S>);                                         \
  LOOPLAB_TEMPLATE Variable<S> sigmoid(Tape<S>&, Variable<S>);                                     \
  LOOPLAB_TEMPLATE Variable<S> tanh(Tape<S>&, Variable<S>);                                        \
  LOOPLAB_TEMPLATE Variable<S> mean(Tape<S>&, Variable<S>);                                        \
  LOOPLAB_TEMPLATE Variable<S> row_mean(Tape<S>&, Variable<S>);                                    \
  LOOPLAB_TEMPLATE Variable<S> softmax(Tape<S>&, Variable<S>);                                     \
  LOOPLAB_TEMPLATE Variable<S> scale_rows(Tape<S>&, Variable<S>, Variable<S>);
// clang-format on
LOOPLAB_OPERATIONS(float)
LOOPLAB_OPERATIONS(double)
#undef LOOPLAB_OPERATIONS
}  // namespace looplab
#endif

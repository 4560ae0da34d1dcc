// SPDX-License-Identifier: MIT
//
// The kernels once more, as plain loops in double: they judge the library, so they share no code
// with it and follow the textbook formula, also where that is slow.
//
// All results are returned. Gradients are those of a loss whose derivative by y is `grad_y`.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "looplab/core/tensor.hpp"
#include "support/tolerance.hpp"

namespace looplab_test::reference {

using looplab::Index;
using looplab::Token;

/// Elements in double with signed, checked indices.
class Doubles {
 public:
  Doubles() = default;
  explicit Doubles(Index count, double value = 0)
      : values_(static_cast<std::size_t>(count), value) {}
  Doubles(std::vector<double> values) : values_(std::move(values)) {}
  double& operator[](Index i) { return values_.at(static_cast<std::size_t>(i)); }
  double operator[](Index i) const { return values_.at(static_cast<std::size_t>(i)); }
  [[nodiscard]] Index size() const { return std::ssize(values_); }
  [[nodiscard]] auto begin() const { return values_.begin(); }
  [[nodiscard]] auto end() const { return values_.end(); }

 private:
  std::vector<double> values_;
};

/// Central differences of a scalar function by every element of x, which is restored.
template <class Loss>
[[nodiscard]] Doubles numeric_gradient(Loss loss, looplab::Tensor<double>& x) {
  Doubles gradient(x.size());
  for (Index i = 0; i < x.size(); ++i) {
    const double middle = x[i];
    x[i] = middle + kDifferenceStep;
    const double above = loss();
    x[i] = middle - kDifferenceStep;
    const double below = loss();
    x[i] = middle;
    gradient[i] = (above - below) / (2 * kDifferenceStep);
  }
  return gradient;
}

/// Sum of products, in order.
[[nodiscard]] inline double dot(const auto& a, const auto& b) {
  double sum = 0;
  auto other = b.begin();
  for (double element : a) sum += element * *other++;
  return sum;
}

// ---- pointwise

[[nodiscard]] inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
[[nodiscard]] inline double silu(double x) { return x * sigmoid(x); }
[[nodiscard]] inline double silu_slope(double x) { return sigmoid(x) * (1 + x * (1 - sigmoid(x))); }
/// Hendrycks & Gimpel 2016, arXiv:1606.08415, section 2: exact, and their tanh approximation.
[[nodiscard]] inline double gelu_erf(double x) {
  return x / 2 * (1 + std::erf(x / std::numbers::sqrt2));
}
[[nodiscard]] inline double gelu_erf_slope(double x) {
  return (1 + std::erf(x / std::numbers::sqrt2)) / 2 +
         x * std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
}
[[nodiscard]] inline double gelu_tanh(double x) {
  return x / 2 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}
[[nodiscard]] inline double gelu_tanh_slope(double x) {
  const double c = std::sqrt(2 / std::numbers::pi);
  const double t = std::tanh(c * (x + 0.044715 * x * x * x));
  return (1 + t) / 2 + x / 2 * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x);
}
/// gate_up [N, 2F] -> y [N, F].
[[nodiscard]] inline Doubles swiglu(const Doubles& gate_up, Index N, Index F) {
  Doubles y(N * F);
  for (Index n = 0; n < N; ++n)
    for (Index f = 0; f < F; ++f)
      y[n * F + f] = silu(gate_up[n * 2 * F + f]) * gate_up[n * 2 * F + F + f];
  return y;
}
[[nodiscard]] inline Doubles swiglu_backward(const Doubles& gate_up, const Doubles& grad_y, Index N,
                                             Index F) {
  Doubles grad(N * 2 * F);
  for (Index n = 0; n < N; ++n)
    for (Index f = 0; f < F; ++f) {
      const double gate = gate_up[n * 2 * F + f], up = gate_up[n * 2 * F + F + f];
      grad[n * 2 * F + f] = grad_y[n * F + f] * up * silu_slope(gate);
      grad[n * 2 * F + F + f] = grad_y[n * F + f] * silu(gate);
    }
  return grad;
}

}  // namespace looplab_test::reference

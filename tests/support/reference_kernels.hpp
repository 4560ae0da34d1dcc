// SPDX-License-Identifier: MIT
//
// Reference versions of the kernels, as plain loops in double. They share no code with the library
// and follow the textbook formula, even where that is slow.
//
// All results are returned. Gradients are those of a loss whose derivative by y is `grad_y`.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "looplab/core/tensor.hpp"
#include "support/rounding.hpp"

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

/// C [m, n] = A B + C of A [m, k] and B [k, n], each stored as it is or transposed.
[[nodiscard]] Doubles product(const auto& a, bool a_transposed, const auto& b, bool b_transposed,
                              Index m, Index n, Index k, Doubles c) {
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < n; ++j)
      for (Index l = 0; l < k; ++l)
        c[i * n + j] += static_cast<double>(a[a_transposed ? l * m + i : i * k + l]) *
                        static_cast<double>(b[b_transposed ? j * k + l : l * n + j]);
  return c;
}

// ---- pointwise

[[nodiscard]] inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
[[nodiscard]] inline double silu(double x) { return x * sigmoid(x); }
[[nodiscard]] inline double silu_slope(double x) { return sigmoid(x) * (1 + x * (1 - sigmoid(x))); }
/// Hendrycks & Gimpel 2016, arXiv:1606.08415, section 2, the tanh form.
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

// ---- normalization

/// Layer normalization of one row, x -> z; with `centered` false the RMS normalization.
[[nodiscard]] inline Doubles standardized(const Doubles& x, Index row, Index D, double eps,
                                          bool centered) {
  double mean = 0, square = 0;
  for (Index d = 0; d < D; ++d) mean += centered ? x[row * D + d] / double(D) : 0;
  for (Index d = 0; d < D; ++d) square += std::pow(x[row * D + d] - mean, 2) / double(D);
  Doubles z(D);
  for (Index d = 0; d < D; ++d) z[d] = (x[row * D + d] - mean) / std::sqrt(square + eps);
  return z;
}
/// y [N, D]; `bias` is all zeros for RMS normalization.
[[nodiscard]] inline Doubles norm(const Doubles& x, const Doubles& gain, const Doubles& bias,
                                  Index N, double eps, bool centered) {
  const Index D = gain.size();
  Doubles y(N * D);
  for (Index n = 0; n < N; ++n) {
    const Doubles z = standardized(x, n, D, eps, centered);
    for (Index d = 0; d < D; ++d) y[n * D + d] = z[d] * gain[d] + bias[d];
  }
  return y;
}
struct NormGradients {
  Doubles x, gain, bias;
};
/// By the full Jacobian of a row, dz_k/dx_d = s (delta_kd - [centered] 1/D - z_k z_d / D).
[[nodiscard]] inline NormGradients norm_backward(const Doubles& x, const Doubles& gain,
                                                 const Doubles& grad_y, Index N, double eps,
                                                 bool centered) {
  const Index D = gain.size();
  NormGradients grad{Doubles(N * D), Doubles(D), Doubles(D)};
  for (Index n = 0; n < N; ++n) {
    const Doubles z = standardized(x, n, D, eps, centered);
    double mean = 0, square = 0;
    for (Index d = 0; d < D; ++d) mean += centered ? x[n * D + d] / double(D) : 0;
    for (Index d = 0; d < D; ++d) square += std::pow(x[n * D + d] - mean, 2) / double(D);
    for (Index d = 0; d < D; ++d) {
      for (Index k = 0; k < D; ++k) {
        const double jacobian =
            (k == d ? 1.0 : 0.0) - ((centered ? 1 : 0) + z[k] * z[d]) / double(D);
        grad.x[n * D + d] += grad_y[n * D + k] * gain[k] * jacobian / std::sqrt(square + eps);
      }
      grad.gain[d] += grad_y[n * D + d] * z[d];
      grad.bias[d] += grad_y[n * D + d];
    }
  }
  return grad;
}

// ---- cross-entropy

/// The gradient of a loss to x, from y = softmax(x) [N, V].
[[nodiscard]] inline Doubles softmax_backward(const Doubles& y, const Doubles& grad_y, Index N,
                                              Index V) {
  Doubles grad_x(N * V);
  for (Index n = 0; n < N; ++n)
    for (Index v = 0; v < V; ++v)
      for (Index w = 0; w < V; ++w)  // dy_w / dx_v = y_w ([v = w] - y_v)
        grad_x[n * V + v] += grad_y[n * V + w] * y[n * V + w] * ((v == w ? 1 : 0) - y[n * V + v]);
  return grad_x;
}

/// Probabilities of each row of logits [N, V].
[[nodiscard]] inline Doubles softmax(const Doubles& logits, Index N, Index V) {
  Doubles p(N * V);
  for (Index n = 0; n < N; ++n) {
    double largest = -std::numeric_limits<double>::infinity(), sum = 0;
    for (Index v = 0; v < V; ++v) largest = std::max(largest, logits[n * V + v]);
    for (Index v = 0; v < V; ++v) sum += std::exp(logits[n * V + v] - largest);
    for (Index v = 0; v < V; ++v) p[n * V + v] = std::exp(logits[n * V + v] - largest) / sum;
  }
  return p;
}
struct CrossEntropy {
  Doubles row_loss, grad_logits, predicted;
};
/// Loss of each row and the gradient of grad_scale * (their sum); ignored rows have neither.
[[nodiscard]] inline CrossEntropy cross_entropy(const Doubles& logits,
                                                const std::vector<Token>& targets, Index V,
                                                double smoothing, double grad_scale,
                                                Token ignore_index) {
  const Index N = std::ssize(targets);
  const Doubles p = softmax(logits, N, V);
  CrossEntropy result{Doubles(N), Doubles(N * V), Doubles(N)};
  for (Index n = 0; n < N; ++n) {
    Index best = 0;
    double largest = -std::numeric_limits<double>::infinity();
    for (Index v = 0; v < V; ++v) {
      if (logits[n * V + v] > logits[n * V + best]) best = v;
      largest = std::max(largest, logits[n * V + v]);
    }
    result.predicted[n] = static_cast<double>(best);
    const Token target = targets[static_cast<std::size_t>(n)];
    if (target == ignore_index) continue;
    double sum = 0;
    for (Index v = 0; v < V; ++v) sum += std::exp(logits[n * V + v] - largest);
    for (Index v = 0; v < V; ++v) {
      const double wanted = smoothing / double(V) + (v == target ? 1 - smoothing : 0);
      const double log_p = logits[n * V + v] - largest - std::log(sum);
      if (wanted > 0) result.row_loss[n] -= wanted * log_p;
      result.grad_logits[n * V + v] = grad_scale * (p[n * V + v] - wanted);
    }
  }
  return result;
}

}  // namespace looplab_test::reference

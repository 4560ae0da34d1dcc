// SPDX-License-Identifier: MIT
//
// Element-wise operations, forward and backward; a bias added to rows, rows scaled.
//
//   silu(x)      = x s(x),                         s(x) = 1 / (1 + e^-x)
//   gelu_tanh(x) = x s(2u),                        u = sqrt(2/pi) (x + 0.044715 x^3)
//   swiglu_nf    = silu(gate_nf) up_nf,            [gate | up] the two halves of a row
//
// Source: Hendrycks & Gimpel 2016, "Gaussian Error Linear Units", arXiv:1606.08415, section 2
//         (there gelu_tanh is written x/2 (1 + tanh u), which is equal);
//         Shazeer 2020, "GLU Variants Improve Transformer", arXiv:2002.05202, eq. 6.
// Sizes:  n elements; N rows, D columns, F feed-forward width. Row-major, any alignment, any size.
//
// Outputs are overwritten and may be the same memory as an input of the same shape. An output of
// type Y is S or, where products read it, Bfloat16. A gradient is overwritten, or added to if
// `accumulate` is true.
#pragma once

#include <numbers>

#include "looplab/kernels/simd.hpp"

namespace looplab::kernels {

namespace detail {

/// Stores a gradient, or adds it to the stored one.
template <RealVector V, class Part>
LOOPLAB_INLINE void store_gradient(ScalarOf<V>* to, const V& gradient, Part part, bool accumulate) {
  if (accumulate)
    store(to, load(to, part) + gradient, part);
  else
    store(to, gradient, part);
}

struct Silu {
  template <RealVector V>
  LOOPLAB_INLINE static V value(const V& x) {
    return x * sigmoid(x);
  }
  template <RealVector V>
  LOOPLAB_INLINE static V slope(const V& x) {
    const V s = sigmoid(x);
    return s + x * s * (ScalarOf<V>{1} - s);
  }
};

struct GeluTanh {
  template <RealVector V>
  LOOPLAB_INLINE static V value(const V& x) {
    return x * sigmoid(twice_u(x));
  }
  template <RealVector V>
  LOOPLAB_INLINE static V slope(const V& x) {
    using S = ScalarOf<V>;
    const V s = sigmoid(twice_u(x));
    const V u_slope = kScale<S> * (S{1} + S{3} * kCubic<S> * x * x);
    return s + x * s * (S{1} - s) * S{2} * u_slope;
  }

 private:
  template <class S>
  static constexpr S kScale = static_cast<S>(std::numbers::sqrt2* std::numbers::inv_sqrtpi);
  template <class S>
  static constexpr S kCubic = static_cast<S>(0.044715);

  template <RealVector V>
  LOOPLAB_INLINE static V twice_u(const V& x) {
    using S = ScalarOf<V>;
    return S{2} * kScale<S> * x * (S{1} + kCubic<S> * x * x);
  }
};

/// Functions whose derivative is a function of their value y.
struct Sigmoid {
  template <RealVector V>
  LOOPLAB_INLINE static V value(const V& x) {
    return sigmoid(x);
  }
  template <RealVector V>
  LOOPLAB_INLINE static V slope_at_value(const V& y) {
    return y * (ScalarOf<V>{1} - y);
  }
};

struct Tanh {
  template <RealVector V>
  LOOPLAB_INLINE static V value(const V& x) {
    return tanh(x);
  }
  template <RealVector V>
  LOOPLAB_INLINE static V slope_at_value(const V& y) {
    return ScalarOf<V>{1} - y * y;
  }
};

struct Exp {
  template <RealVector V>
  LOOPLAB_INLINE static V value(const V& x) {
    return exp(x);
  }
  template <RealVector V>
  LOOPLAB_INLINE static V slope_at_value(const V& y) {
    return y;
  }
};

template <class Activation, Real S, class Y>
void activation_forward(const S* x, Y* y, Index n) {
  for_each_vector<S>(
      n, [&](Index i, auto part) { store(y + i, Activation::value(load(x + i, part)), part); });
}

template <class Activation, Real S>
void activation_backward(const S* x, const S* grad_y, S* grad_x, Index n, bool accumulate) {
  for_each_vector<S>(n, [&](Index i, auto part) {
    const Vec<S> gradient = load(grad_y + i, part) * Activation::slope(load(x + i, part));
    store_gradient(grad_x + i, gradient, part, accumulate);
  });
}

template <class Function, Real S>
void backward_from_value(const S* y, const S* grad_y, S* grad_x, Index n, bool accumulate) {
  for_each_vector<S>(n, [&](Index i, auto part) {
    const Vec<S> gradient = load(grad_y + i, part) * Function::slope_at_value(load(y + i, part));
    store_gradient(grad_x + i, gradient, part, accumulate);
  });
}

}  // namespace detail

/// y = a + b.
template <Real S>
void add_forward(const S* a, const S* b, S* y, Index n) {
  for_each_vector<S>(
      n, [&](Index i, auto part) { store(y + i, load(a + i, part) + load(b + i, part), part); });
}

/// y += alpha x.
template <Real S>
void axpy(S alpha, const S* x, S* y, Index n) {
  for_each_vector<S>(n, [&](Index i, auto part) {
    store(y + i, load(y + i, part) + alpha * load(x + i, part), part);
  });
}

/// y *= alpha.
template <Real S>
void scale(S alpha, S* y, Index n) {
  for_each_vector<S>(n, [&](Index i, auto part) { store(y + i, alpha * load(y + i, part), part); });
}

/// The sum of n elements.
template <Real S>
[[nodiscard]] S sum_of(const S* x, Index n) {
  return horizontal_sum(
      sum_vectors<S>(n, [&](Index i, auto part, Vec<S>& sum) { sum += load(x + i, part); }));
}

/// y = a b, element by element.
template <Real S>
void multiply_forward(const S* a, const S* b, S* y, Index n) {
  for_each_vector<S>(
      n, [&](Index i, auto part) { store(y + i, load(a + i, part) * load(b + i, part), part); });
}

/// grad_a = grad_y b, grad_b = grad_y a. `grad_a` and `grad_b` must not overlap, unless they are
/// the same and `accumulate` is true (the gradient of a square).
template <Real S>
void multiply_backward(const S* a, const S* b, const S* grad_y, S* grad_a, S* grad_b, Index n,
                       bool accumulate = false) {
  for_each_vector<S>(n, [&](Index i, auto part) {
    const Vec<S> g = load(grad_y + i, part), by_a = g * load(b + i, part),
                 by_b = g * load(a + i, part);
    detail::store_gradient(grad_a + i, by_a, part, accumulate);
    detail::store_gradient(grad_b + i, by_b, part, accumulate);
  });
}

/// y = a / b, element by element.
template <Real S>
void divide_forward(const S* a, const S* b, S* y, Index n) {
  for_each_vector<S>(
      n, [&](Index i, auto part) { store(y + i, load(a + i, part) / load(b + i, part), part); });
}

/// grad_a = grad_y / b, grad_b = -grad_y y / b, from y = a / b. `grad_a` and `grad_b` do not
/// overlap, unless they are the same and `accumulate` is true.
template <Real S>
void divide_backward(const S* b, const S* y, const S* grad_y, S* grad_a, S* grad_b, Index n,
                     bool accumulate = false) {
  for_each_vector<S>(n, [&](Index i, auto part) {
    const Vec<S> by_a = load(grad_y + i, part) / load(b + i, part),
                 by_b = -by_a * load(y + i, part);
    detail::store_gradient(grad_a + i, by_a, part, accumulate);
    detail::store_gradient(grad_b + i, by_b, part, accumulate);
  });
}

/// The sum of a_i b_i over n elements.
template <Real S>
[[nodiscard]] S dot(const S* a, const S* b, Index n) {
  return horizontal_sum(sum_vectors<S>(
      n, [&](Index i, auto part, Vec<S>& sum) { sum += load(a + i, part) * load(b + i, part); }));
}

/// y = silu(x).
template <Real S>
void silu_forward(const S* x, S* y, Index n) {
  detail::activation_forward<detail::Silu>(x, y, n);
}
/// grad_x = grad_y silu'(x).
template <Real S>
void silu_backward(const S* x, const S* grad_y, S* grad_x, Index n, bool accumulate = false) {
  detail::activation_backward<detail::Silu>(x, grad_y, grad_x, n, accumulate);
}

/// y = sigmoid(x).
template <Real S>
void sigmoid_forward(const S* x, S* y, Index n) {
  detail::activation_forward<detail::Sigmoid>(x, y, n);
}
/// grad_x = grad_y dy/dx, from y.
template <Real S>
void sigmoid_backward(const S* y, const S* grad_y, S* grad_x, Index n, bool accumulate = false) {
  detail::backward_from_value<detail::Sigmoid>(y, grad_y, grad_x, n, accumulate);
}

/// y = tanh(x).
template <Real S>
void tanh_forward(const S* x, S* y, Index n) {
  detail::activation_forward<detail::Tanh>(x, y, n);
}
/// grad_x = grad_y dy/dx, from y.
template <Real S>
void tanh_backward(const S* y, const S* grad_y, S* grad_x, Index n, bool accumulate = false) {
  detail::backward_from_value<detail::Tanh>(y, grad_y, grad_x, n, accumulate);
}

/// y = e^x.
template <Real S>
void exp_forward(const S* x, S* y, Index n) {
  detail::activation_forward<detail::Exp>(x, y, n);
}
/// grad_x = grad_y dy/dx, from y.
template <Real S>
void exp_backward(const S* y, const S* grad_y, S* grad_x, Index n, bool accumulate = false) {
  detail::backward_from_value<detail::Exp>(y, grad_y, grad_x, n, accumulate);
}

/// y = gelu_tanh(x).
template <Real S, class Y>
void gelu_tanh_forward(const S* x, Y* y, Index n) {
  detail::activation_forward<detail::GeluTanh>(x, y, n);
}
/// grad_x = grad_y gelu_tanh'(x).
template <Real S>
void gelu_tanh_backward(const S* x, const S* grad_y, S* grad_x, Index n, bool accumulate = false) {
  detail::activation_backward<detail::GeluTanh>(x, grad_y, grad_x, n, accumulate);
}

/// y [N, F] from gate_up [N, 2F], whose first F columns are the gate. The arrays must not overlap.
template <Real S, class Y>
void swiglu_forward(const S* gate_up, Y* y, Index N, Index F) {
  for (Index n = 0; n < N; ++n, gate_up += 2 * F, y += F) {
    for_each_vector<S>(F, [&](Index f, auto part) {
      const Vec<S> gate = load(gate_up + f, part), up = load(gate_up + F + f, part);
      store(y + f, detail::Silu::value(gate) * up, part);
    });
  }
}

/// grad_gate_up [N, 2F] from gate_up [N, 2F] and grad_y [N, F]; recomputes the activations.
template <Real S>
void swiglu_backward(const S* gate_up, const S* grad_y, S* grad_gate_up, Index N, Index F,
                     bool accumulate = false) {
  for (Index n = 0; n < N; ++n, gate_up += 2 * F, grad_gate_up += 2 * F, grad_y += F) {
    for_each_vector<S>(F, [&](Index f, auto part) {
      const Vec<S> gate = load(gate_up + f, part), up = load(gate_up + F + f, part);
      const Vec<S> s = sigmoid(gate), silu = gate * s, g = load(grad_y + f, part);
      const Vec<S> by_gate = g * up * (s + silu * (S{1} - s)), by_up = g * silu;
      detail::store_gradient(grad_gate_up + f, by_gate, part, accumulate);
      detail::store_gradient(grad_gate_up + F + f, by_up, part, accumulate);
    });
  }
}

/// y_nd = x_nd + bias_d.
template <Real S>
void bias_add(const S* x, const S* bias, S* y, Index N, Index D) {
  for (Index n = 0; n < N; ++n) add_forward(x + n * D, bias, y + n * D, D);
}

/// grad_bias_d += sum_n grad_y_nd, summed in row order.
template <Real S>
void bias_grad(const S* grad_y, S* grad_bias, Index N, Index D) {
  for_each_vector<S>(D, [&](Index d, auto part) {
    Vec<S> sum{};
    for (Index n = 0; n < N; ++n) sum += load(grad_y + n * D + d, part);
    detail::store_gradient(grad_bias + d, sum, part, true);
  });
}

/// y_nd = factors_n x_nd.
template <Real S>
void scale_rows_forward(const S* x, const S* factors, S* y, Index N, Index D) {
  for (Index n = 0; n < N; ++n, x += D, y += D)
    for_each_vector<S>(
        D, [&](Index d, auto part) { store(y + d, factors[n] * load(x + d, part), part); });
}

/// grad_x_nd += factors_n grad_y_nd, grad_factors_n += sum_d x_nd grad_y_nd. Either may be null.
template <Real S>
void scale_rows_backward(const S* x, const S* factors, const S* grad_y, S* grad_x, S* grad_factors,
                         Index N, Index D) {
  for (Index n = 0; n < N; ++n) {
    if (grad_x) axpy(factors[n], grad_y + n * D, grad_x + n * D, D);
    if (grad_factors) grad_factors[n] += dot(x + n * D, grad_y + n * D, D);
  }
}

}  // namespace looplab::kernels

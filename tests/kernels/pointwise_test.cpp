// SPDX-License-Identifier: MIT
#include "looplab/kernels/pointwise.hpp"

#include "support/catch.hpp"
#include "support/random_tensor.hpp"
#include "support/reference_kernels.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab::kernels;
using namespace looplab_test;
using reference::Doubles;

namespace {

constexpr Index kSizes[] = {0, 1, 7, 8, 9, 15, 16, 17, 33, 100};

/// Normal numbers with 0, -0, small, large and saturating ones at the front.
template <Real S>
Tensor<S> inputs(Index n, std::string_view name) {
  Tensor<S> x = random_tensor<S>({n}, name, 3);
  const S special[] = {S{0}, -S{0}, S(1e-20), S(-1e-20), S(90), S(-90), S(1e4), S(-1e4), S(11)};
  for (Index i = 0; i < std::min<Index>(n, std::ssize(special)); ++i) x[i] = special[i];
  return x;
}

template <class F>
Doubles map(const Doubles& x, F f) {
  Doubles y(x.size());
  for (Index i = 0; i < x.size(); ++i) y[i] = f(x[i]);
  return y;
}

Doubles operator*(const Doubles& a, const Doubles& b) {
  Doubles y(a.size());
  for (Index i = 0; i < a.size(); ++i) y[i] = a[i] * b[i];
  return y;
}
Doubles operator+(const Doubles& a, const Doubles& b) {
  Doubles y(a.size());
  for (Index i = 0; i < a.size(); ++i) y[i] = a[i] + b[i];
  return y;
}

/// One activation of the library and the formulas that judge it.
template <Real S>
struct Activation {
  const char* name;
  void (*forward)(const S*, S*, Index);
  void (*backward)(const S*, const S*, S*, Index, bool);
  double (*value)(double);
  double (*slope)(double);
};
template <Real S>
const Activation<S> kActivations[] = {
    {"silu", silu_forward<S>, silu_backward<S>, reference::silu, reference::silu_slope},
    {"gelu_tanh", gelu_tanh_forward<S>, gelu_tanh_backward<S>, reference::gelu_tanh,
     reference::gelu_tanh_slope},
    {"gelu_erf", gelu_erf_forward<S>, gelu_erf_backward<S>, reference::gelu_erf,
     reference::gelu_erf_slope},
};

}  // namespace

TEMPLATE_TEST_CASE("activations agree with their formulas", "[pointwise]", float, double) {
  using S = TestType;
  for (const Activation<S>& activation : kActivations<S>) {
    for (Index n : kSizes) {
      INFO(activation.name << " n=" << n);
      const Tensor<S> x = inputs<S>(n, "x"), grad_y = random_tensor<S>({n}, "grad_y");
      Tensor<S> y({n}), grad_x = random_tensor<S>({n}, "before");
      const Doubles before = to_doubles(grad_x);
      activation.forward(x.data(), y.data(), n);
      check_close(y, map(to_doubles(x), activation.value), tolerance<S>());

      const Doubles gradient = map(to_doubles(x), activation.slope) * to_doubles(grad_y);
      activation.backward(x.data(), grad_y.data(), grad_x.data(), n, true);
      check_close(grad_x, before + gradient, tolerance<S>());
      activation.backward(x.data(), grad_y.data(), grad_x.data(), n, false);
      check_close(grad_x, gradient, tolerance<S>());

      y = x;  // in place
      activation.forward(y.data(), y.data(), n);
      check_close(y, map(to_doubles(x), activation.value), tolerance<S>());
    }
  }
}

TEST_CASE("activation gradients agree with central differences", "[pointwise]") {
  const Index n = 19;
  for (const Activation<double>& activation : kActivations<double>) {
    INFO(activation.name);
    Tensor<double> x = random_tensor<double>({n}, "x", 2), y({n}), grad_x({n});
    const Tensor<double> grad_y = random_tensor<double>({n}, "grad_y");
    const auto loss = [&] {
      activation.forward(x.data(), y.data(), n);
      return reference::dot(y, grad_y);
    };
    activation.backward(x.data(), grad_y.data(), grad_x.data(), n, false);
    check_close(grad_x, reference::numeric_gradient(loss, x), kDifferenceTolerance);
  }
}

TEMPLATE_TEST_CASE("add, axpy and multiply are elementwise", "[pointwise]", float, double) {
  using S = TestType;
  for (Index n : kSizes) {
    INFO("n=" << n);
    const Tensor<S> a = inputs<S>(n, "a"), b = random_tensor<S>({n}, "b");
    const Doubles da = to_doubles(a), db = to_doubles(b);
    Tensor<S> y({n});
    add_forward(a.data(), b.data(), y.data(), n);
    check_close(y, da + db, tolerance<S>());
    multiply_forward(a.data(), b.data(), y.data(), n);
    check_close(y, da * db, tolerance<S>());
    double sum = 0;
    for (Index i = 0; i < n; ++i) sum += db[i];
    check_close(std::vector<S>{sum_of(b.data(), n)}, std::vector<double>{sum}, tolerance<S>(n));
    y = b;
    axpy(S(-0.5), a.data(), y.data(), n);
    check_close(y, map(da, [](double x) { return -0.5 * x; }) + db, tolerance<S>());

    const Tensor<S> grad_y = random_tensor<S>({n}, "grad_y");
    const Doubles g = to_doubles(grad_y);
    Tensor<S> grad_a = random_tensor<S>({n}, "before"), grad_b = grad_a;
    const Doubles before = to_doubles(grad_a);
    multiply_backward(a.data(), b.data(), grad_y.data(), grad_a.data(), grad_b.data(), n, true);
    check_close(grad_a, before + g * db, tolerance<S>());
    check_close(grad_b, before + g * da, tolerance<S>());
    multiply_backward(a.data(), b.data(), grad_y.data(), grad_a.data(), grad_b.data(), n);
    check_close(grad_a, g * db, tolerance<S>());
    check_close(grad_b, g * da, tolerance<S>());
  }
}

TEST_CASE("the gradient of a square is twice the factor", "[pointwise]") {
  const Index n = 17;
  const Tensor<double> a = random_tensor<double>({n}, "a");
  Tensor<double> ones({n}), grad({n});
  ones.fill(1);
  multiply_backward(a.data(), a.data(), ones.data(), grad.data(), grad.data(), n, true);
  check_close(grad, map(to_doubles(a), [](double x) { return 2 * x; }), tolerance<double>());
}

TEMPLATE_TEST_CASE("swiglu agrees with its formula", "[pointwise]", float, double) {
  using S = TestType;
  for (Index N : {0, 1, 3})
    for (Index F : kSizes) {
      INFO("N=" << N << " F=" << F);
      const Tensor<S> x = inputs<S>(N * 2 * F, "x"), grad_y = random_tensor<S>({N, F}, "grad_y");
      Tensor<S> y({N, F}), grad_x = random_tensor<S>({N, 2 * F}, "before");
      const Doubles before = to_doubles(grad_x);
      swiglu_forward(x.data(), y.data(), N, F);
      check_close(y, reference::swiglu(to_doubles(x), N, F), tolerance<S>());
      const Doubles gradient = reference::swiglu_backward(to_doubles(x), to_doubles(grad_y), N, F);
      swiglu_backward(x.data(), grad_y.data(), grad_x.data(), N, F, true);
      check_close(grad_x, before + gradient, tolerance<S>());
      swiglu_backward(x.data(), grad_y.data(), grad_x.data(), N, F);
      check_close(grad_x, gradient, tolerance<S>());
    }
}

TEST_CASE("swiglu's gradient agrees with central differences", "[pointwise]") {
  const Index N = 2, F = 9;
  Tensor<double> x = random_tensor<double>({N, 2 * F}, "x"), y({N, F}), grad_x({N, 2 * F});
  const Tensor<double> grad_y = random_tensor<double>({N, F}, "grad_y");
  const auto loss = [&] {
    swiglu_forward(x.data(), y.data(), N, F);
    return reference::dot(y, grad_y);
  };
  swiglu_backward(x.data(), grad_y.data(), grad_x.data(), N, F);
  check_close(grad_x, reference::numeric_gradient(loss, x), kDifferenceTolerance);
}

TEMPLATE_TEST_CASE("bias is added to each row and its gradient sums the rows", "[pointwise]", float,
                   double) {
  using S = TestType;
  for (Index N : {0, 1, 50})
    for (Index D : kSizes) {
      INFO("N=" << N << " D=" << D);
      const Tensor<S> x = random_tensor<S>({N, D}, "x"), bias = random_tensor<S>({D}, "bias");
      Tensor<S> y({N, D}), grad_bias = bias;
      bias_add(x.data(), bias.data(), y.data(), N, D);
      bias_grad(x.data(), grad_bias.data(), N, D);
      Doubles expected_y(N * D), expected_grad = to_doubles(bias);
      for (Index n = 0; n < N; ++n)
        for (Index d = 0; d < D; ++d) {
          expected_y[n * D + d] = static_cast<double>(x(n, d)) + static_cast<double>(bias[d]);
          expected_grad[d] += static_cast<double>(x(n, d));
        }
      check_close(y, expected_y, tolerance<S>());
      check_close(grad_bias, expected_grad, tolerance<S>(N));
    }
}

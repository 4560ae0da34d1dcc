// SPDX-License-Identifier: MIT
#include "looplab/kernels/pointwise.hpp"

#include <algorithm>
#include <cmath>

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

TEMPLATE_TEST_CASE("functions whose gradient is made from their value agree with formulas",
                   "[pointwise]", float, double) {
  using S = TestType;
  const auto sigmoid_slope = [](double x) {
    return reference::sigmoid(x) * (1 - reference::sigmoid(x));
  };
  const auto tanh_slope = [](double x) { return 1 - std::tanh(x) * std::tanh(x); };
  struct Function {
    const char* name;
    void (*forward)(const S*, S*, Index);
    void (*backward)(const S*, const S*, S*, Index, bool);
    double (*value)(double);
    double (*slope)(double);
  };
  const Function functions[] = {
      {"sigmoid", sigmoid_forward<S>, sigmoid_backward<S>, reference::sigmoid, sigmoid_slope},
      {"tanh", tanh_forward<S>, tanh_backward<S>, std::tanh, tanh_slope},
      {"exp", exp_forward<S>, exp_backward<S>, std::exp, std::exp},
  };
  for (const Function& function : functions)
    for (Index n : kSizes) {
      INFO(function.name << " n=" << n);
      const Tensor<S> x = random_tensor<S>({n}, "x", 3), grad_y = random_tensor<S>({n}, "grad_y");
      Tensor<S> y({n}), grad_x = random_tensor<S>({n}, "before");
      const Doubles before = to_doubles(grad_x);
      function.forward(x.data(), y.data(), n);
      check_close(y, map(to_doubles(x), function.value), tolerance<S>());
      const Doubles gradient = map(to_doubles(x), function.slope) * to_doubles(grad_y);
      function.backward(y.data(), grad_y.data(), grad_x.data(), n, true);
      check_close(grad_x, before + gradient, tolerance<S>());
      function.backward(y.data(), grad_y.data(), grad_x.data(), n, false);
      check_close(grad_x, gradient, tolerance<S>());
    }
}

TEMPLATE_TEST_CASE("divide and dot are elementwise", "[pointwise]", float, double) {
  using S = TestType;
  for (Index n : kSizes) {
    INFO("n=" << n);
    const Tensor<S> a = random_tensor<S>({n}, "a"), grad_y = random_tensor<S>({n}, "grad_y");
    Tensor<S> b = random_tensor<S>({n}, "b"), y({n});
    for (S& value : b) value = value < 0 ? value - S{1} : value + S{1};
    Tensor<S> grad_a = random_tensor<S>({n}, "before"), grad_b = grad_a;
    Doubles quotient(n), by_a(n), by_b(n);
    double sum = 0;
    for (Index i = 0; i < n; ++i) {
      const auto ai = static_cast<double>(a[i]), bi = static_cast<double>(b[i]),
                 g = static_cast<double>(grad_y[i]);
      quotient[i] = ai / bi;
      by_a[i] = g / bi;
      by_b[i] = -g * ai / (bi * bi);
      sum += ai * bi;
    }
    const Doubles before = to_doubles(grad_a);
    divide_forward(a.data(), b.data(), y.data(), n);
    check_close(y, quotient, tolerance<S>());
    check_close(std::vector<S>{dot(a.data(), b.data(), n)}, std::vector<double>{sum},
                tolerance<S>(n), 3);
    divide_backward(b.data(), y.data(), grad_y.data(), grad_a.data(), grad_b.data(), n, true);
    check_close(grad_a, before + by_a, tolerance<S>());
    check_close(grad_b, before + by_b, tolerance<S>());
    divide_backward(b.data(), y.data(), grad_y.data(), grad_a.data(), grad_b.data(), n);
    check_close(grad_a, by_a, tolerance<S>());
    check_close(grad_b, by_b, tolerance<S>());
  }
}

TEMPLATE_TEST_CASE("each row is scaled by its own factor", "[pointwise]", float, double) {
  using S = TestType;
  for (Index N : {0, 1, 5})
    for (Index D : kSizes) {
      INFO("N=" << N << " D=" << D);
      const Tensor<S> x = random_tensor<S>({N, D}, "x"), factors = random_tensor<S>({N}, "factors"),
                      grad_y = random_tensor<S>({N, D}, "grad_y");
      Tensor<S> y({N, D}), grad_x = random_tensor<S>({N, D}, "before"), grad_factors = factors;
      Doubles scaled(N * D), by_x = to_doubles(grad_x), by_factors = to_doubles(factors);
      for (Index n = 0; n < N; ++n)
        for (Index d = 0; d < D; ++d) {
          const auto f = static_cast<double>(factors[n]), g = static_cast<double>(grad_y(n, d));
          scaled[n * D + d] = f * static_cast<double>(x(n, d));
          by_x[n * D + d] += f * g;
          by_factors[n] += static_cast<double>(x(n, d)) * g;
        }
      scale_rows_forward(x.data(), factors.data(), y.data(), N, D);
      check_close(y, scaled, tolerance<S>());
      scale_rows_backward(x.data(), factors.data(), grad_y.data(), grad_x.data(),
                          grad_factors.data(), N, D);
      check_close(grad_x, by_x, tolerance<S>());
      check_close(grad_factors, by_factors, tolerance<S>(D), 3);
      const Tensor<S> same = grad_x;
      scale_rows_backward(x.data(), factors.data(), grad_y.data(), static_cast<S*>(nullptr),
                          static_cast<S*>(nullptr), N, D);
      CHECK(std::ranges::equal(grad_x, same));
    }
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

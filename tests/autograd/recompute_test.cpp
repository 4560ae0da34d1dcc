// SPDX-License-Identifier: MIT
#include "looplab/autograd/recompute.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "looplab/autograd/gradcheck.hpp"
#include "looplab/autograd/ops_nn.hpp"
#include "support/catch.hpp"
#include "support/random_tensor.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

template <Real S>
using Pair = std::array<Variable<S>, 2>;

/// Residual, norm, product and sum of two inputs [N, 6], with a weight [6, 6] of its own.
template <Real S>
struct Body {
  const Tensor<S>* weight;
  S* weight_grad;

  [[nodiscard]] Variable<S> operator()(Tape<S>& tape, const Pair<S>& x) const {
    const auto w = tape.leaf(weight->view(), weight_grad);
    const auto h = add(tape, x[0], gelu(tape, matmul(tape, x[0], w)));
    return add(tape, multiply(tape, h, x[1]), x[1]);
  }
};

/// A loss in which the inputs of three bodies have uses outside, before and after, are shared and
/// are given twice; with its gradients.
template <Real S>
struct Chain {
  Tensor<S> a = random_tensor<S>({5, 6}, "a"), b = random_tensor<S>({5, 6}, "b");
  Tensor<S> weight = random_tensor<S>({6, 6}, "weight");
  Tensor<S> grad_a{{5, 6}}, grad_b{{5, 6}}, grad_weight{{6, 6}};
  S loss = 0;

  using Apply = std::function<Variable<S>(Tape<S>&, const Pair<S>&, const Body<S>&)>;
  explicit Chain(const Apply& apply, int passes = 1) {
    Tape<S> tape;
    for (int pass = 0; pass < passes; ++pass) {
      for (Tensor<S>* grad : {&grad_a, &grad_b, &grad_weight}) grad->fill(0);
      tape.reset();
      const Body<S> body{&weight, grad_weight.data()};
      const auto e = scale(tape, S(0.7), tape.leaf(b.view(), grad_b.data()));
      auto s = tape.leaf(a.view(), grad_a.data());
      for (int loop = 0; loop < 3; ++loop) s = apply(tape, {s, e}, body);
      s = apply(tape, {s, s}, body);
      const auto both = add(tape, s, e);  // shares its gradient between s and e
      const auto total = sum(tape, multiply(tape, both, both));
      loss = total.data()[0];
      tape.backward(total);
    }
  }
  friend bool operator==(const Chain& x, const Chain& y) {
    return x.loss == y.loss && std::ranges::equal(x.grad_a, y.grad_a) &&
           std::ranges::equal(x.grad_b, y.grad_b) &&
           std::ranges::equal(x.grad_weight, y.grad_weight);
  }
};

template <Real S>
Variable<S> directly(Tape<S>& tape, const Pair<S>& x, const Body<S>& body) {
  return body(tape, x);
}
template <Real S>
Variable<S> once_more(Tape<S>& tape, const Pair<S>& x, const Body<S>& body) {
  return recompute(tape, x, body);
}
/// Recomputation of two pieces inside a recomputed piece.
template <Real S>
Variable<S> nested(Tape<S>& tape, const Pair<S>& x, const Body<S>& body) {
  return recompute(tape, x, [body](Tape<S>& inner, const Pair<S>& y) {
    return recompute(inner, Pair<S>{recompute(inner, y, body), y[1]}, body);
  });
}
template <Real S>
Variable<S> twice_directly(Tape<S>& tape, const Pair<S>& x, const Body<S>& body) {
  return body(tape, {body(tape, x), x[1]});
}

}  // namespace

TEMPLATE_TEST_CASE("recomputation changes no bit of a value or a gradient", "[recompute]", float,
                   double) {
  using S = TestType;
  const Chain<S> expected(directly<S>);
  CHECK(Chain<S>(once_more<S>) == expected);
  CHECK(Chain<S>(once_more<S>, 3) == expected);  // memory that was used before
  const Chain<S> deep(twice_directly<S>);
  CHECK_FALSE(deep == expected);
  CHECK(Chain<S>(nested<S>, 2) == deep);
}

TEST_CASE("a recomputed gradient agrees with central differences", "[recompute]") {
  const auto weight = random_tensor<double>({6, 6}, "weight");
  const Body<double> body{&weight, nullptr};
  const auto function = [&](Tape<double>& tape, const std::vector<Variable<double>>& x) {
    const auto y = recompute(tape, Pair<double>{x[0], x[1]}, body);
    return recompute(tape, Pair<double>{y, x[1]}, body);
  };
  CHECK(gradcheck(function,
                  {random_tensor<double>({3, 6}, "x"), random_tensor<double>({3, 6}, "y")}) < 1e-8);
}

TEST_CASE("leaves of the body get their gradient where no input wants one", "[recompute]") {
  const auto x = random_tensor<double>({3, 6}, "x"), weight = random_tensor<double>({6, 6}, "w");
  Tensor<double> grad({6, 6});
  const auto run = [&](bool again, double* to) {
    grad.fill(0);
    Tape<double> tape;
    const auto input = tape.constant(x.view());
    const Body<double> body{&weight, to};
    const Pair<double> both{input, input};
    const auto y = again ? recompute(tape, both, body) : body(tape, both);
    CHECK(y.requires_grad() == (to != nullptr));
    if (to) tape.backward(sum(tape, y));
    return grad;
  };
  const Tensor<double> expected = run(false, grad.data());
  CHECK(std::ranges::any_of(expected, [](double g) { return g != 0; }));
  CHECK(std::ranges::equal(run(true, grad.data()), expected));
  static_cast<void>(run(true, nullptr));
}

TEST_CASE("an input that the body does not use gets no gradient", "[recompute]") {
  const auto x = random_tensor<double>({4}, "x");
  Tensor<double> used({4}), unused({4});
  Tape<double> tape;
  const std::array inputs{tape.leaf(x.view(), used.data()),
                          scale(tape, 2.0, tape.leaf(x.view(), unused.data()))};
  tape.backward(sum(tape, recompute(tape, inputs, [](Tape<double>& inner, const auto& y) {
                      return scale(inner, 3.0, y[0]);
                    })));
  CHECK(std::ranges::all_of(used, [](double g) { return g == 3; }));
  CHECK(std::ranges::all_of(unused, [](double g) { return g == 0; }));
}

TEST_CASE("the tape keeps what goes in and out, with and without recording", "[recompute]") {
  const Index size = 4096, bytes = size * static_cast<Index>(sizeof(double));
  const auto x = random_tensor<double>({size}, "x");
  Tensor<double> grad({size});
  /// Peak of a chain of `pieces` times ten operations, in arrays of `size`.
  const auto peak = [&](int pieces, bool again, bool recording) {
    Tape<double> tape;
    tape.set_recording(recording);
    const auto ten = [](Tape<double>& t, const std::array<Variable<double>, 1>& in) {
      auto y = in[0];
      for (int i = 0; i < 10; ++i) y = multiply(t, y, y);
      return y;
    };
    auto y = tape.leaf(x.view(), grad.data());
    for (int i = 0; i < pieces; ++i)
      y = again ? recompute(tape, std::array{y}, ten) : ten(tape, {y});
    if (recording) tape.backward(sum(tape, y));
    return static_cast<double>(tape.peak_bytes()) / static_cast<double>(bytes);
  };
  for (const bool recording : {false, true}) {
    CHECK(peak(20, false, recording) - peak(10, false, recording) == Approx(100).epsilon(0.1));
    CHECK(peak(20, true, recording) - peak(10, true, recording) == Approx(10).epsilon(0.1));
    CHECK(peak(1, true, recording) < 20);
  }
}

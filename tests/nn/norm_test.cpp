// SPDX-License-Identifier: MIT
#include "looplab/nn/norm.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/random_tensor.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

constexpr double kEps = 1e-12;

template <Real S>
Tensor<S> apply(const Norm<S>& norm, const Tensor<S>& x) {
  Tape<S> tape;
  const auto y = norm(Pass<S>{tape}, tape.constant(x.view()));
  Tensor<S> copy(y.shape());
  std::copy_n(y.data(), y.size(), copy.data());
  return copy;
}

}  // namespace

TEMPLATE_TEST_CASE("a fresh RMS norm gives rows of root mean square 1 and keeps their direction",
                   "[norm]", float, double) {
  using S = TestType;
  const auto x = random_tensor<S>({4, 33}, "x", 100);
  const Tensor<S> y = apply(Norm<S>(33, false, kEps), x);
  for (Index n = 0; n < 4; ++n) {
    double square = 0;
    for (Index d = 0; d < 33; ++d) square += std::pow(static_cast<double>(y(n, d)), 2) / 33;
    CHECK(std::abs(square - 1) < tolerance<S>(33));
    const auto ratio = static_cast<double>(y(n, 0)) / static_cast<double>(x(n, 0));
    CHECK(ratio > 0);
    for (Index d = 0; d < 33; ++d)
      CHECK(std::abs(static_cast<double>(y(n, d)) - ratio * static_cast<double>(x(n, d))) <
            10 * tolerance<S>(33));
  }
}

TEMPLATE_TEST_CASE("a fresh layer norm gives rows of mean 0 and variance 1", "[norm]", float,
                   double) {
  using S = TestType;
  const auto x = random_tensor<S>({4, 33}, "x", 100);
  const Tensor<S> y = apply(Norm<S>(33, true, kEps), x);
  for (Index n = 0; n < 4; ++n) {
    double mean = 0, square = 0;
    for (Index d = 0; d < 33; ++d) mean += static_cast<double>(y(n, d)) / 33;
    for (Index d = 0; d < 33; ++d) square += std::pow(static_cast<double>(y(n, d)), 2) / 33;
    CHECK(std::abs(mean) < tolerance<S>(33));
    CHECK(std::abs(square - 1) < tolerance<S>(33));
  }
}

TEST_CASE("gain and bias act after the normalization", "[norm]") {
  const Tensor<double> x({1, 2}, {3, -3});  // root mean square 3, mean 0, standard deviation 3
  for (bool layer : {false, true}) {
    Norm<double> norm(2, layer, kEps);
    norm.gain.value = Tensor<double>({2}, {2, 5});
    if (layer) norm.bias.value = Tensor<double>({2}, {10, 20});
    const auto expected =
        layer ? Tensor<double>({1, 2}, {12, 15}) : Tensor<double>({1, 2}, {2, -5});
    check_close(apply(norm, x), expected, kEps);
  }
}

TEST_CASE("epsilon joins the mean square", "[norm]") {
  const Tensor<double> x({1, 2}, {1, 1});
  CHECK(apply(Norm<double>(2, false, 3.0), x)[0] == Approx(0.5));  // 1 / sqrt(1 + 3)
  CHECK(apply(Norm<double>(2, false, 3.0), Tensor<double>({1, 2}))[0] == 0);
}

TEST_CASE("a step norm is 1 where x > 0 and 0 elsewhere, has no parameters and no gradient",
          "[norm]") {
  const Norm<double> norm = Norm<double>::step();
  CHECK(norm.exists());
  const Tensor<double> x({2, 3}, {1e-300, -1e-300, 0, -0.0, 7, -7});
  check_close(apply(norm, x), Tensor<double>({2, 3}, {1, 0, 0, 0, 1, 0}), 0);
  Tensor<double> gradient(x.shape());
  Tape<double> tape;
  CHECK_FALSE(norm(Pass<double>{tape}, tape.leaf(x.view(), gradient.data())).requires_grad());
  Index visited = 0;
  Norm<double>::for_each_parameter(norm, "", [&](const std::string&, auto&) { ++visited; });
  CHECK(visited == 0);
}

TEST_CASE("only a layer norm has a bias, and a default one does not exist", "[norm]") {
  CHECK_FALSE(Norm<double>(4, false, kEps).bias.exists());
  CHECK(Norm<double>(4, true, kEps).bias.exists());
  CHECK(Norm<double>(4, true, kEps).exists());
  CHECK_FALSE(Norm<double>().exists());
  Index visited = 0;
  Norm<double> none;
  Norm<double>::for_each_parameter(none, "", [&](const std::string&, auto&) { ++visited; });
  CHECK(visited == 0);
}

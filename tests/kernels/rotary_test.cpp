// SPDX-License-Identifier: MIT
#include "looplab/kernels/rotary.hpp"

#include <numeric>

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("rotary scores depend on the distance of two positions alone") {
  const kernels::RotaryTable<double> table(50, 6, 10000);
  const Tensor<double> q({6}, {1, 2, -3, 0.5, 0, 4}), k({6}, {-1, 0.3, 2, 1, 1, -2});
  const auto score = [&](Index i, Index j) {
    Tensor<double> a({6}), b({6});
    rotary_forward(q.data(), table, i, 6, 1.0, a.data());
    rotary_forward(k.data(), table, j, 6, 1.0, b.data());
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  };
  CHECK(score(9, 4) == Approx(score(45, 40)).epsilon(1e-12));
  CHECK(score(9, 4) != Approx(score(9, 5)).epsilon(1e-3));
}

TEST_CASE("rotary turns the pair (i, i + K/2) by position * base^(-2i/K)") {
  const kernels::RotaryTable<double> table(8, 4, 100);
  const Tensor<double> x({4}, {1, 1, 0, 0});
  Tensor<double> y({4});
  rotary_forward(x.data(), table, 3, 4, 2.0, y.data());
  CHECK(y[0] == Approx(2 * std::cos(3.0)));
  CHECK(y[2] == Approx(2 * std::sin(3.0)));
  CHECK(y[1] == Approx(2 * std::cos(0.3)));
  CHECK(y[3] == Approx(2 * std::sin(0.3)));
}

TEST_CASE("rotary backward is the transpose of forward") {
  const kernels::RotaryTable<double> table(8, 4, 100);
  const Tensor<double> x({4}, {1, -2, 0.5, 3}), g({4}, {0.2, 1, -1, 2});
  Tensor<double> y({4}), dx({4});
  rotary_forward(x.data(), table, 5, 4, 0.7, y.data());
  rotary_backward(g.data(), table, 5, 4, 0.7, dx.data());
  CHECK(std::inner_product(y.begin(), y.end(), g.begin(), 0.0) ==
        Approx(std::inner_product(x.begin(), x.end(), dx.begin(), 0.0)));
}

TEST_CASE("an odd head size cannot be rotated") {
  CHECK_THROWS_AS(kernels::RotaryTable<float>(4, 3, 100), ShapeError);
}

// SPDX-License-Identifier: MIT
#include "looplab/nn/init.hpp"

#include <algorithm>
#include <cmath>

#include "support/catch.hpp"

using namespace looplab;

namespace {

Tensor<double> drawn(Seed seed, const std::string& name, double std, Shape shape = {100, 100}) {
  Tensor<double> values(shape);
  fill_normal(values, seed, name, std);
  return values;
}

}  // namespace

TEST_CASE("initial values have the mean and standard deviation asked for", "[init]") {
  const Tensor<double> values = drawn(Seed{1}, "w", 0.02);
  double mean = 0, square = 0;
  for (double x : values) mean += x / 1e4;
  for (double x : values) square += x * x / 1e4;
  CHECK(std::abs(mean) < 4 * 0.02 / 100);                      // four standard errors
  CHECK(std::abs(std::sqrt(square) - 0.02) < 4 * 0.02 / 141);  // of 10^4 values
  CHECK(std::ranges::count_if(values, [](double x) { return std::abs(x) > 0.02; }) > 2900);
}

TEST_CASE("initial values depend on seed and name alone, and scale with the deviation", "[init]") {
  const Tensor<double> values = drawn(Seed{1}, "w", 1);
  CHECK(std::ranges::equal(drawn(Seed{1}, "w", 1), values));
  CHECK_FALSE(std::ranges::equal(drawn(Seed{2}, "w", 1), values));
  CHECK_FALSE(std::ranges::equal(drawn(Seed{1}, "v", 1), values));
  CHECK(drawn(Seed{1}, "w", 2)[7] == 2 * values[7]);
  const Tensor<double> shorter = drawn(Seed{1}, "w", 1, {3});
  CHECK(std::equal(shorter.begin(), shorter.end(), values.begin()));
}

TEST_CASE("a deviation of 0 gives zeros, and float is the rounded double", "[init]") {
  CHECK(std::ranges::all_of(drawn(Seed{1}, "w", 0), [](double x) { return x == 0; }));
  Tensor<float> rounded({5});
  fill_normal(rounded, Seed{1}, "w", 1);
  const Tensor<double> values = drawn(Seed{1}, "w", 1, {5});
  for (Index i = 0; i < 5; ++i) CHECK(rounded[i] == static_cast<float>(values[i]));
}

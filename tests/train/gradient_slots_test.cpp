// SPDX-License-Identifier: MIT
#include "looplab/train/gradient_slots.hpp"

#include <set>

#include "support/random_tensor.hpp"
#include "support/tolerance.hpp"

using namespace looplab;

namespace {

constexpr Index kItems = 13;
constexpr Index kSize = 9001;  // over two blocks of the reduction, not a multiple of one

struct Reduced {
  std::vector<float> sum;
  double squared_norm;
  bool operator==(const Reduced&) const = default;
};

[[nodiscard]] std::vector<Tensor<float>> random_gradients() {
  std::vector<Tensor<float>> gradients;
  for (Index i = 0; i < kItems; ++i)
    gradients.push_back(looplab_test::random_tensor<float>({kSize}, concat("gradient ", i)));
  return gradients;
}

[[nodiscard]] Reduced reduced(GradientSlots<float>& slots,
                              const std::vector<Tensor<float>>& gradients, int num_threads) {
  slots.accumulate(num_threads, [&](Index item, int, float* sum) {
    kernels::axpy(1.0F, gradients[static_cast<std::size_t>(item)].data(), sum, kSize);
  });
  const double squared_norm = slots.reduce(num_threads);
  return {{slots.sum().begin(), slots.sum().end()}, squared_norm};
}

}  // namespace

TEST_CASE("slots give the same bits on 1, 2, 3 and 8 threads, and again when they are reused") {
  const auto gradients = random_gradients();
  for (const Index num_slots : {1, 2, 5, 8, 13}) {
    GradientSlots<float> slots(num_slots, kItems, kSize);
    const Reduced expected = reduced(slots, gradients, 1);
    for (int num_threads : {1, 2, 3, 8}) CHECK(reduced(slots, gradients, num_threads) == expected);
  }
}

TEST_CASE("the sum of the slots is the sum of all gradients, and its norm is its norm") {
  const auto gradients = random_gradients();
  std::vector<double> expected(kSize);
  for (const auto& gradient : gradients)
    for (Index i = 0; i < kSize; ++i)
      expected[static_cast<std::size_t>(i)] += static_cast<double>(gradient[i]);
  for (const Index num_slots : {1, 3, 4, 13, 16}) {
    GradientSlots<float> slots(num_slots, kItems, kSize);
    const Reduced result = reduced(slots, gradients, 2);
    looplab_test::check_close(result.sum, expected, looplab_test::tolerance<float>(kItems));
    double squared_norm = 0;
    for (float x : result.sum) squared_norm += static_cast<double>(x) * static_cast<double>(x);
    looplab_test::check_close(std::vector{result.squared_norm}, std::vector{squared_norm},
                              looplab_test::tolerance<double>(kSize));
  }
}

TEST_CASE("every item is taken once, whatever the number of slots") {
  for (const Index num_slots : {1, 4, 13, 99}) {
    GradientSlots<double> slots(num_slots, kItems, 16);
    std::vector<int> taken(kItems);
    slots.accumulate(1, [&](Index item, int, double*) { ++taken[static_cast<std::size_t>(item)]; });
    CHECK(taken == std::vector<int>(kItems, 1));
  }
}

TEST_CASE("there are no more slots than items, and at least one") {
  CHECK(GradientSlots<float>(16, 3, 8).num_slots() == 3);
  CHECK(GradientSlots<float>(4, 100, 8).num_slots() == 4);
  CHECK(GradientSlots<float>(4, 0, 8).num_slots() == 1);
}

TEST_CASE("a gradient that is not finite shows in the norm") {
  GradientSlots<float> slots(2, 2, kSize);
  slots.accumulate(1, [&](Index item, int, float* sum) { sum[kSize - 1] = item ? NAN : 1; });
  CHECK(std::isnan(slots.reduce(1)));
}

TEST_CASE("unwanted elements of a sum are 0 and do not count in its norm") {
  GradientSlots<double> slots(2, 3, 5000);  // more than one block
  slots.accumulate(2, [](Index item, int, double* sum) {
    for (Index i = 0; i < 5000; ++i) sum[i] += static_cast<double>(item + 1);
  });
  const std::vector<FlatRange> unwanted{{0, 3}, {4000, 4990}};
  CHECK(slots.reduce(2, unwanted) == 36.0 * (5000 - 993));
  for (const Index i : {0, 2, 4000, 4095, 4096, 4989}) CHECK(slots.sum()[i] == 0);
  for (const Index i : {3, 3999, 4990, 4999}) CHECK(slots.sum()[i] == 6);
}

// SPDX-License-Identifier: MIT
#include "looplab/kernels/matmul.hpp"

#include <atomic>
#include <utility>

#include "looplab/core/parallel.hpp"
#include "support/catch.hpp"
#include "support/random_tensor.hpp"
#include "support/reference_kernels.hpp"
#include "support/skipped.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab::kernels;
using namespace looplab_test;
using reference::Doubles;

namespace {

constexpr Layout kStored[] = {Layout::plain, Layout::transposed};

/// C [m, n] = A B (+ C), element by element.
template <Real S>
Doubles product(Layout stored_a, Layout stored_b, Index m, Index n, Index k, const Tensor<S>& a,
                const Tensor<S>& b, Doubles c) {
  return reference::product(a, stored_a == Layout::transposed, b, stored_b == Layout::transposed, m,
                            n, k, std::move(c));
}

template <Real S>
bool same_bits(const Tensor<S>& a, const Tensor<S>& b) {
  return std::ranges::equal(a, b);
}

/// A weight and its packed copies.
template <Real S>
struct Weight {
  Index rows, cols;
  Tensor<S> value;
  PreparedWeight<S> prepared;

  Weight(Index num_rows, Index num_cols)
      : rows(num_rows), cols(num_cols), value(random_tensor<S>({rows, cols}, "weight")) {
    prepared.prepare(value.data(), rows, cols);
  }
  Index depth(Layout stored) const { return stored == Layout::plain ? rows : cols; }
  Index width(Layout stored) const { return stored == Layout::plain ? cols : rows; }

  /// x W or x W^T by `by`, added to `start` if `accumulate`.
  Tensor<S> multiply(const PreparedWeight<S>& by, const Tensor<S>& x, Layout stored,
                     const Tensor<S>& start, bool accumulate) const {
    Tensor<S> y = start;
    by.multiply(x.data(), y.rows(), value.data(), rows, cols, stored, y.data(), accumulate);
    return y;
  }
};

}  // namespace

TEMPLATE_TEST_CASE("gemm equals plain loops however the factors are stored", "[matmul]", float,
                   double) {
  using S = TestType;
  constexpr Index kSizes[][3] = {{0, 3, 2},   {3, 0, 2},    {3, 2, 0},    {1, 1, 1},
                                 {1, 7, 5},   {7, 1, 33},   {15, 17, 1},  {16, 16, 16},
                                 {31, 9, 65}, {33, 48, 40}, {129, 65, 7}, {2, 130, 257}};
  for (const auto& [m, n, k] : kSizes)
    for (Layout stored_a : kStored)
      for (Layout stored_b : kStored)
        for (bool accumulate : {false, true}) {
          INFO("m=" << m << " n=" << n << " k=" << k << " a "
                    << (stored_a == Layout::plain ? "plain" : "transposed") << " b "
                    << (stored_b == Layout::plain ? "plain" : "transposed")
                    << " accumulate=" << accumulate);
          const auto a = random_tensor<S>({m, k}, "a"), b = random_tensor<S>({k, n}, "b");
          auto c = random_tensor<S>({m, n}, "c");
          const Doubles start = accumulate ? Doubles(to_doubles(c)) : Doubles(m * n);
          const Doubles expected = product(stored_a, stored_b, m, n, k, a, b, start);
          gemm(stored_a, stored_b, m, n, k, a.data(), b.data(), c.data(), accumulate);
          check_close(c, expected, tolerance<S>(k));
        }
}

TEMPLATE_TEST_CASE("gemm overwrites what it does not accumulate, NaN included", "[matmul]", float,
                   double) {
  using S = TestType;
  for (Index k : {0, 3}) {
    const auto a = random_tensor<S>({2, k}, "a"), b = random_tensor<S>({k, 2}, "b");
    Tensor<S> c({2, 2});
    c.fill(std::numeric_limits<S>::quiet_NaN());
    gemm(Layout::plain, Layout::plain, 2, 2, k, a.data(), b.data(), c.data(), false);
    check_close(c, product(Layout::plain, Layout::plain, 2, 2, k, a, b, Doubles(4)),
                tolerance<S>(k));
  }
}

TEMPLATE_TEST_CASE("a prepared weight gives the product of the weight at every height", "[matmul]",
                   float, double) {
  using S = TestType;
  for (const auto& [rows, cols] : {std::pair<Index, Index>{24, 40}, {64, 192}, {17, 5}, {128, 1}}) {
    const Weight<S> weight(rows, cols);
    for (Index n : {0, 1, 31, 32, 248, 256, 257})
      for (Layout stored : kStored)
        for (bool accumulate : {false, true}) {
          INFO("[" << rows << ", " << cols << "] n=" << n << " accumulate=" << accumulate
                   << (stored == Layout::plain ? " plain" : " transposed"));
          const Index k = weight.depth(stored), m = weight.width(stored);
          const auto x = random_tensor<S>({n, k}, "x"), y = random_tensor<S>({n, m}, "y");
          const Doubles start = accumulate ? Doubles(to_doubles(y)) : Doubles(n * m);
          check_close(weight.multiply(weight.prepared, x, stored, y, accumulate),
                      product(Layout::plain, stored, n, m, k, x, weight.value, start),
                      tolerance<S>(k));
        }
  }
}

TEMPLATE_TEST_CASE("a weight whose copies are not prepared is read itself", "[matmul]", float,
                   double) {
  using S = TestType;
  Weight<S> weight(32, 48);
  const auto x = random_tensor<S>({64, 32}, "x");
  const Tensor<S> zero({64, 48});
  PreparedWeight<S> copy = weight.prepared, assigned;
  assigned.prepare(weight.value.data(), 32, 48);
  assigned = weight.prepared;
  weight.value.fill(S{0});  // the packed copies still hold the old weight
  for (const PreparedWeight<S>* unprepared :
       std::initializer_list<const PreparedWeight<S>*>{&copy, &assigned})
    CHECK(same_bits(weight.multiply(*unprepared, x, Layout::plain, zero, false), zero));
  const auto route = route_of<S>(ProductOperation::forward, ComputeType::float32, 32, 48);
  if (route == ProductRoute::packed || route == ProductRoute::tiles)
    CHECK_FALSE(same_bits(weight.multiply(weight.prepared, x, Layout::plain, zero, false), zero));
  weight.prepared.prepare(weight.value.data(), 32, 48);
  CHECK(same_bits(weight.multiply(weight.prepared, x, Layout::plain, zero, false), zero));
}

TEMPLATE_TEST_CASE("a prepared weight can be moved, and what is left prepared again", "[matmul]",
                   float, double) {
  using S = TestType;
  Weight<S> weight(32, 48);
  const auto x = random_tensor<S>({64, 32}, "x");
  const Tensor<S> zero({64, 48});
  const Tensor<S> expected = weight.multiply(weight.prepared, x, Layout::plain, zero, false);
  const PreparedWeight<S> moved = std::move(weight.prepared);
  CHECK(same_bits(weight.multiply(moved, x, Layout::plain, zero, false), expected));
  weight.prepared.prepare(weight.value.data(), 32, 48);
  CHECK(same_bits(weight.multiply(weight.prepared, x, Layout::plain, zero, false), expected));
}

// A library primitive executed by two threads at once gives wrong results silently.
TEST_CASE("products of one shape on several threads at once give the bits of one alone",
          "[matmul]") {
  constexpr Index kRows = 64, kCols = 48, kHeight = 256, kRepetitions = 2000, kInputs = 4;
  const Weight<float> weight(kRows, kCols);
  struct Case {
    Tensor<float> x, grad, forward, input_gradient, weight_gradient;
  };
  const auto run = [&](Case& c) {
    c.forward = Tensor<float>({kHeight, kCols});
    c.input_gradient = Tensor<float>({kHeight, kRows});
    c.weight_gradient = Tensor<float>({kRows, kCols});
    weight.prepared.multiply(c.x.data(), kHeight, weight.value.data(), kRows, kCols, Layout::plain,
                             c.forward.data(), false);
    weight.prepared.multiply(c.grad.data(), kHeight, weight.value.data(), kRows, kCols,
                             Layout::transposed, c.input_gradient.data(), true);
    gemm(Layout::transposed, Layout::plain, kRows, kCols, kHeight, c.x.data(), c.grad.data(),
         c.weight_gradient.data(), true);
  };
  std::vector<Case> alone;
  for (Index i = 0; i < kInputs; ++i)
    alone.push_back({random_tensor<float>({kHeight, kRows}, concat("x", i)),
                     random_tensor<float>({kHeight, kCols}, concat("grad", i)),
                     {},
                     {},
                     {}});
  for (Case& c : alone) run(c);
  std::atomic<Index> wrong{0};
  parallel_for(kRepetitions, 4, [&](Index item, int) {
    const Case& expected = alone[static_cast<std::size_t>(item % kInputs)];
    Case c = expected;
    run(c);
    if (!same_bits(c.forward, expected.forward) ||
        !same_bits(c.input_gradient, expected.input_gradient) ||
        !same_bits(c.weight_gradient, expected.weight_gradient))
      ++wrong;
  });
  CHECK(wrong == 0);
}

TEST_CASE("a weight is bfloat16 only where its products can be computed", "[matmul]") {
  PreparedWeight<float> prepared;
  const auto w = random_tensor<float>({3, 4}, "w");
  prepared.prepare(w.data(), 3, 4, ComputeType::bfloat16);
  CHECK(prepared.is_bfloat16() == has_bfloat16_products());
}

TEST_CASE("bfloat16 products are float sums of products of rounded factors, at every height",
          "[matmul][bfloat16]") {
  if (!has_bfloat16_products()) return looplab_test::skipped("no bfloat16 products");
  const auto rounded = [](const Tensor<float>& x) {
    std::vector<Bfloat16> y(static_cast<std::size_t>(x.size()));
    round_to_bfloat16(x.data(), y.data(), x.size());
    return y;
  };
  const auto value = [](const Tensor<float>& x) {
    Tensor<float> y = x;
    for (float& element : y) element = to_float(to_bfloat16(element));
    return y;
  };
  for (const auto& [rows, cols] : {std::pair<Index, Index>{24, 40}, {64, 192}, {17, 5}, {128, 1}}) {
    Weight<float> weight(rows, cols);
    weight.prepared.prepare(weight.value.data(), rows, cols, ComputeType::bfloat16);
    REQUIRE(weight.prepared.is_bfloat16());
    for (Index n : {0, 1, 31, 32, 248, 257})
      for (bool accumulate : {false, true}) {
        INFO("[" << rows << ", " << cols << "] n=" << n << " accumulate=" << accumulate);
        for (Layout stored : kStored) {
          const Index k = weight.depth(stored), m = weight.width(stored);
          const auto x = random_tensor<float>({n, k}, "x");
          auto y = random_tensor<float>({n, m}, "y");
          const Doubles start = accumulate ? Doubles(to_doubles(y)) : Doubles(n * m);
          const auto expected =
              product(Layout::plain, stored, n, m, k, value(x), value(weight.value), start);
          weight.prepared.multiply(rounded(x).data(), n, stored, y.data(), accumulate);
          check_close(y, expected, tolerance<float>(k));
        }
        const auto x = random_tensor<float>({n, rows}, "x"),
                   g = random_tensor<float>({n, cols}, "g");
        auto grad = random_tensor<float>({rows, cols}, "grad");
        if (n == 0) continue;
        const Doubles start = accumulate ? Doubles(to_doubles(grad)) : Doubles(rows * cols);
        const auto expected =
            product(Layout::transposed, Layout::plain, rows, cols, n, value(x), value(g), start);
        weight_gradient(rounded(x).data(), rounded(g).data(), n, rows, cols, grad.data(),
                        accumulate);
        check_close(grad, expected, tolerance<float>(n));
      }
  }
}

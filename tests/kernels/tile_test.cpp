// SPDX-License-Identifier: MIT
#include "looplab/kernels/tile.hpp"

#include "support/catch.hpp"
#include "support/random_tensor.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab_test;

TEMPLATE_TEST_CASE("a tile product agrees with plain loops, overwriting or adding", "", float,
                   double) {
  using S = TestType;
  constexpr Index kRows = kernels::kTileRows, kLanes = kernels::kLanes<S>;
  for (const Index vectors : {1, 2, 3, 5}) {
    const Index cols = vectors * kLanes, depth = 7;
    for (const bool transposed : {false, true}) {  // A(i, k) at a[i, k] or a[k, i]
      const auto a = random_tensor<S>({kRows * depth}, "a");
      const auto b = random_tensor<S>({depth, cols}, "b");
      auto c = random_tensor<S>({kRows, cols}, "c");
      const Tensor<S> before = c;
      const Index row_step = transposed ? 1 : depth, k_step = transposed ? kRows : 1;
      const Index k0 = 1, k1 = 6, c0 = vectors > 2 ? kLanes : 0;
      for (const bool accumulate : {false, true}) {
        c = before;
        if (accumulate)
          kernels::multiply_rows<true>(a.data(), row_step, k_step, b.data(), cols, k0, k1, c.data(),
                                       cols, c0, cols);
        else
          kernels::multiply_rows<false>(a.data(), row_step, k_step, b.data(), cols, k0, k1,
                                        c.data(), cols, c0, cols);
        CAPTURE(vectors, transposed, accumulate);
        for (Index i = 0; i < kRows; ++i)
          for (Index j = 0; j < cols; ++j) {
            double expected = accumulate || j < c0 ? static_cast<double>(before(i, j)) : 0.0;
            for (Index k = k0; k < k1 && j >= c0; ++k)
              expected +=
                  static_cast<double>(a[i * row_step + k * k_step]) * static_cast<double>(b(k, j));
            REQUIRE(static_cast<double>(c(i, j)) ==
                    Approx(expected).margin(tolerance<S>(depth)).epsilon(tolerance<S>(depth)));
          }
      }
    }
  }
}

TEMPLATE_TEST_CASE("transpose moves every element to its place", "", float, double) {
  constexpr Index n = kernels::kLanes<TestType>;
  for (const auto& [rows, cols] : {std::pair{n, n}, {3 * n, n}, {2 * n, 5 * n}}) {
    const auto from = random_tensor<TestType>({rows, cols}, "from");
    Tensor<TestType> to({cols, rows});
    kernels::transpose(from.data(), rows, cols, to.data());
    for (Index r = 0; r < rows; ++r)
      for (Index c = 0; c < cols; ++c) REQUIRE(to(c, r) == from(r, c));
  }
}

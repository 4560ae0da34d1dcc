// SPDX-License-Identifier: MIT
#include "looplab/kernels/panel_product.hpp"

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

// Heights and widths without tails: one and two vectors, and more with half a panel at the end.
template <Real S>
constexpr Index kWidths[] = {kLanes<S>, 2 * kLanes<S>, 3 * kLanes<S>, 4 * kLanes<S>};
constexpr Index kHeights[] = {kTileRows, 3 * kTileRows};
constexpr Index kDepths[] = {1, 7, 40};

template <Real S>
Tensor<S> transposed(const Tensor<S>& a) {
  Tensor<S> t({a.cols(), a.rows()});
  for (Index i = 0; i < a.rows(); ++i)
    for (Index j = 0; j < a.cols(); ++j) t(j, i) = a(i, j);
  return t;
}

}  // namespace

TEST_CASE("sizes fit tiles if no row and no column is left over", "[panels]") {
  constexpr Index n = kLanes<float>;
  CHECK(fits_tiles<float>(kTileRows, n));
  CHECK(fits_tiles<float>(3 * kTileRows, 5 * n));
  CHECK_FALSE(fits_tiles<float>(kTileRows + 1, n));
  CHECK_FALSE(fits_tiles<float>(kTileRows, n + 1));
}

TEMPLATE_TEST_CASE("a panel matrix gives the product, from either way the weight is stored",
                   "[panels]", float, double) {
  using S = TestType;
  PanelMatrix<S> panels;  // packed again and again, smaller and larger
  for (Index k : kDepths)
    for (Index n : kWidths<S>)
      for (Index m : kHeights)
        for (bool stored_transposed : {false, true})
          for (bool accumulate : {false, true}) {
            CAPTURE(m, n, k, stored_transposed, accumulate);
            const auto x = random_tensor<S>({m, k}, "x"), b = random_tensor<S>({k, n}, "b");
            auto y = random_tensor<S>({m, n}, "y");
            const Doubles start = accumulate ? Doubles(to_doubles(y)) : Doubles(m * n);
            if (!accumulate) y.fill(std::numeric_limits<S>::quiet_NaN());
            panels.pack((stored_transposed ? transposed(b) : b).data(), k, n, stored_transposed);
            panels.multiply(x.data(), m, y.data(), accumulate);
            check_close(y, reference::product(x, false, b, false, m, n, k, start), tolerance<S>(k),
                        std::sqrt(static_cast<double>(k)));
          }
}

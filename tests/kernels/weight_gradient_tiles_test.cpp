// SPDX-License-Identifier: MIT
#include "looplab/kernels/weight_gradient_tiles.hpp"

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

template <Real S>
void check_gradient(Index rows, Index k, Index n) {
  CAPTURE(rows, k, n);
  const auto x = random_tensor<S>({rows, k}, "x");
  const auto grad_y = random_tensor<S>({rows, n}, "grad_y");
  auto grad_w = random_tensor<S>({k, n}, "grad_w");
  const Doubles start = to_doubles(grad_w);
  add_weight_gradient(x.data(), grad_y.data(), rows, k, n, grad_w.data());
  check_close(grad_w, reference::product(x, true, grad_y, false, k, n, rows, start),
              tolerance<S>(rows), std::sqrt(static_cast<double>(rows)));
}

}  // namespace

TEMPLATE_TEST_CASE("the gradient of a weight of any size is added to what is there",
                   "[weight_gradient]", float, double) {
  using S = TestType;
  constexpr Index L = kLanes<S>;
  for (Index rows : {1, 7, 40})
    for (Index n : {Index{1}, L - 1, L, L + 3, 2 * L, 3 * L, 4 * L, 5 * L + 1, 7 * L})
      for (Index k : {1, 7, 8, 13, 16, 24}) check_gradient<S>(rows, k, n);
}

TEMPLATE_TEST_CASE("a large weight's gradient goes by strips and blocks of columns",
                   "[weight_gradient]", float, double) {
  using S = TestType;
  const Index columns = detail::kBlockColumns;
  for (Index n : {columns, columns + kLanes<S>, columns + 5, 2 * columns + 2 * kLanes<S>})
    for (Index k : {96, 104, 99}) {
      REQUIRE(k * n > detail::kInPlaceSize);
      check_gradient<S>(3, k, n);
    }
}

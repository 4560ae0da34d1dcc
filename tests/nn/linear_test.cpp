// SPDX-License-Identifier: MIT
#include "looplab/nn/linear.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "support/random_tensor.hpp"

using namespace looplab;
using namespace looplab_test;

TEMPLATE_TEST_CASE("a linear map is x W + b with W [in, out]", "[linear]", float, double) {
  using S = TestType;
  const Tensor<S> x({2, 2}, {1, 2, 3, 4});
  for (bool with_bias : {false, true}) {
    Linear<S> linear(2, 3, with_bias);
    std::copy_n(std::initializer_list<S>{1, 0, -1, 2, 1, 0}.begin(), 6, linear.weight.value.data());
    if (with_bias)
      std::copy_n(std::initializer_list<S>{10, 20, 30}.begin(), 3, linear.bias.value.data());
    Tape<S> tape;
    const auto y = linear(Pass<S>{tape}, tape.constant(x.view()));
    const Tensor<S> expected = with_bias ? Tensor<S>({2, 3}, {15, 22, 29, 21, 24, 27})
                                         : Tensor<S>({2, 3}, {5, 2, -1, 11, 4, -3});
    CHECK(y.shape() == expected.shape());
    CHECK(std::ranges::equal(y.value(), expected));
  }
}

TEST_CASE("the identity matrix changes nothing, and one input column suffices", "[linear]") {
  const auto x = random_tensor<double>({5, 4}, "x"), column = random_tensor<double>({5, 1}, "c");
  Linear<double> identity(4, 4, true), one(1, 1, false);
  for (Index i = 0; i < 4; ++i) identity.weight.value(i, i) = 1;
  one.weight.value[0] = 1;
  Tape<double> tape;
  const Pass<double> pass{tape};
  CHECK(std::ranges::equal(identity(pass, tape.constant(x.view())).value(), x));
  CHECK(std::ranges::equal(one(pass, tape.constant(column.view())).value(), column));
}

TEST_CASE("a linear map names the shapes that do not fit", "[linear]") {
  const Linear<double> linear(3, 2, true);
  const Tensor<double> x({2, 4});
  Tape<double> tape;
  CHECK_THROWS_WITH(linear(Pass<double>{tape}, tape.constant(x.view())),
                    contains("[2, 4]") && contains("[3, 2]"));
}

// SPDX-License-Identifier: MIT
#include "looplab/autograd/gradcheck.hpp"

#include "support/catch.hpp"
#include "support/random_tensor.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

using V = Variable<double>;

/// y = x^2 with a gradient that is (1 + error) times the right one, at the elements from `first`
/// on.
GradcheckFunction square(double error, Index first = 0) {
  return [error, first](Tape<double>& tape, const std::vector<V>& inputs) {
    const V x = inputs[0];
    const TensorView<double> y = tape.result(x.shape());
    for (Index i = 0; i < x.size(); ++i) y[i] = x.data()[i] * x.data()[i];
    return tape.record(y, {x}, [x, error, first, &tape](const double* grad) {
      double* to = tape.zeroed_gradient_of(x);
      for (Index i = 0; i < x.size(); ++i)
        to[i] += 2 * x.data()[i] * grad[i] * (i < first ? 1 : 1 + error);
    });
  };
}

std::vector<Tensor<double>> one_input() { return {random_tensor<double>({3, 5}, "x")}; }

}  // namespace

TEST_CASE("a right gradient passes", "[gradcheck]") {
  CHECK(gradcheck(square(0), one_input()) < kDifferenceTolerance);
}

TEST_CASE("a wrong gradient is caught, also where one element is wrong", "[gradcheck]") {
  CHECK(gradcheck(square(0.01), one_input()) > 1e-3);
  CHECK(gradcheck(square(-2), one_input()) > 1e-1);
  CHECK(gradcheck(square(0.01, 14), one_input()) > 100 * kDifferenceTolerance);
}

TEST_CASE("a gradient that never arrives is caught", "[gradcheck]") {
  const auto cut = [](Tape<double>& tape, const std::vector<V>& x) {
    return add(tape, x[0], tape.detach(x[1]));
  };
  auto inputs = one_input();
  inputs.push_back(inputs[0]);
  CHECK(gradcheck(cut, std::move(inputs)) > 1e-3);
}

TEST_CASE("each of several inputs is checked, and the inputs may be empty", "[gradcheck]") {
  for (Index wrong : {0, 1}) {
    const auto function = [wrong](Tape<double>& tape, const std::vector<V>& x) {
      const auto good = square(0)(tape, {x[static_cast<std::size_t>(1 - wrong)]});
      return add(tape, good, square(0.01)(tape, {x[static_cast<std::size_t>(wrong)]}));
    };
    auto inputs = one_input();
    inputs.push_back(random_tensor<double>({3, 5}, "second"));
    CHECK(gradcheck(function, std::move(inputs)) > 1e-3);
  }
  CHECK(gradcheck(square(0), {Tensor<double>({0, 4})}) == 0);
}

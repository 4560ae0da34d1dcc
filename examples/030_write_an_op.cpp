// SPDX-License-Identifier: MIT
//
// Lesson 030: a new operation: forward, backward, and the check that they match.
//
// You learn: an operation computes its value into memory of the tape and records how to propagate
//   the gradient. `gradcheck` compares any operation with central differences in double and detects
//   a factor forgotten in the backward function.
// You need:  lesson 020.
// Expected output: the error of the gradient is below 1e-8 for the operation as written, and above
//   0.01 for the same operation with one factor of its derivative forgotten.
//
// The operation is the squared ReLU (So et al. 2021, "Primer", arXiv:2109.08668):
//
//   y = max(x, 0)^2,    dL/dx = 2 max(x, 0) dL/dy
#include <iostream>
#include <looplab/looplab.hpp>

using namespace looplab;

namespace {

/// The correct `slope` is 2; the lesson also tries a wrong one.
template <Real S>
Variable<S> squared_relu(Tape<S>& tape, Variable<S> x, S slope = S{2}) {
  const TensorView<S> y = tape.result(x.shape());
  const auto positive = [x](Index i) { return std::max(x.data()[i], S{0}); };
  for (Index i = 0; i < y.size(); ++i) y[i] = positive(i) * positive(i);

  // Captures must be pointers, sizes and Variables. Several operations may add to one gradient:
  // `zeroed_gradient_of` zeroes it at the first use, so always add.
  return tape.record(y, {x}, [x, slope, positive, &tape](const S* grad_y) {
    S* grad_x = tape.zeroed_gradient_of(x);
    for (Index i = 0; i < x.size(); ++i) grad_x[i] += slope * positive(i) * grad_y[i];
  });
}

}  // namespace

int main() {
  Tensor<double> x({4, 5});  // both sides of the kink, not on it
  RandomStream stream(Seed{1}, "x");
  for (double& element : x) element = stream.normal();

  const auto error = [&](double slope) {
    return gradcheck(
        [slope](Tape<double>& tape, const std::vector<Variable<double>>& inputs) {
          return squared_relu(tape, inputs[0], slope);
        },
        {x});
  };
  const double right = error(2), wrong = error(1);
  std::cout << "error of the gradient " << right << ", with a factor forgotten " << wrong << "\n";
  const bool as_predicted = right < 1e-8 && wrong > 0.01;
  std::cout << (as_predicted ? "as predicted\n" : "NOT as predicted\n");
  return as_predicted ? 0 : 1;
}

// Try: the same in float: why is the check less precise?
//      x = 0 exactly: which derivative do central differences give there?
//      y = x max(x, 0): the same values with another backward function; check it.

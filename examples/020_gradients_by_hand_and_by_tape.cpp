// SPDX-License-Identifier: MIT
//
// Lesson 020: one expression, its derivative three ways.
//
// You learn: a tape records operations as they run; `backward` walks the record once, in reverse,
//   and adds to the gradient memory that you gave each leaf. Compare with the chain rule on paper
//   and with finite differences.
// You need:  the chain rule.
// Expected output, for L = sum_ij y_ij^2 with y = silu(x w), x = (1, 2), w = ((1, 0), (-1/2, 1)):
//   x w = (0, 2), L = (2 / (1 + e^-2))^2 = 3.1032, and the same gradient three times:
//   dL/dw_02 = dL/dw_12 / 2 = 3.8430, and 0 in the first column.
#include <cmath>
#include <iomanip>
#include <iostream>
#include <looplab/looplab.hpp>

using namespace looplab;

namespace {

/// The expression. The same code computes the value and records the operations.
Variable<double> loss(Tape<double>& tape, Variable<double> x, Variable<double> w) {
  const Variable<double> y = silu(tape, matmul(tape, x, w));
  return sum(tape, multiply(tape, y, y));
}

/// On paper: dL/dw_ij = x_i 2 y_j silu'(z_j), with z = x w and silu'(z) = s + z s (1 - s).
Tensor<double> gradient_by_hand(const Tensor<double>& x, const Tensor<double>& w) {
  Tensor<double> gradient({2, 2});
  for (Index j = 0; j < 2; ++j) {
    const double z = x[0] * w(0, j) + x[1] * w(1, j);
    const double s = 1 / (1 + std::exp(-z));
    for (Index i = 0; i < 2; ++i) gradient(i, j) = x[i] * 2 * (z * s) * (s + z * s * (1 - s));
  }
  return gradient;
}

double distance(const Tensor<double>& a, const Tensor<double>& b) {
  double largest = 0;
  for (Index i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

}  // namespace

int main() {
  const Tensor<double> x({1, 2}, {1, 2}), w({2, 2}, {1, 0, -0.5, 1});

  // 1. By tape. Leaf gradients are our own memory and are accumulated, so the memory starts at 0.
  Tape<double> tape;
  Tensor<double> by_tape({2, 2});
  const Variable<double> total =
      loss(tape, tape.constant(x.view()), tape.leaf(w.view(), by_tape.data()));
  tape.backward(total);
  const double value = total.data()[0];

  // 2. By hand. 3. By differences: (L(w + h) - L(w - h)) / 2h, one element at a time.
  const Tensor<double> by_hand = gradient_by_hand(x, w);
  Tensor<double> by_difference({2, 2});
  constexpr double h = 1e-5;
  for (Index i = 0; i < w.size(); ++i) {
    const auto shifted = [&](double by) {
      Tensor<double> moved = w;
      moved[i] += by;
      return loss(tape, tape.constant(x.view()), tape.constant(moved.view())).data()[0];
    };
    by_difference[i] = (shifted(h) - shifted(-h)) / (2 * h);
  }

  std::cout << std::fixed << std::setprecision(4) << "L = " << value << "\n\n"
            << "            by tape   by hand   by difference\n";
  for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 2; ++j)
      std::cout << "dL/dw_" << i << j << "  " << std::setw(9) << by_tape(i, j) << std::setw(10)
                << by_hand(i, j) << std::setw(16) << by_difference(i, j) << "\n";

  const bool as_predicted =
      std::abs(value - 3.1032) < 1e-4 && std::abs(by_tape(0, 1) - 3.8430) < 1e-4 &&
      distance(by_tape, by_hand) < 1e-12 && distance(by_difference, by_hand) < 1e-8;
  std::cout << (as_predicted ? "\nas predicted\n" : "\nNOT as predicted\n");
  return as_predicted ? 0 : 1;
}

// Try: call `backward` on a second forward pass without clearing by_tape: the gradient doubles.
//      Make w a constant of the tape: no gradient flows, and `backward` raises an error.
//      Make x a leaf too, and compare its gradient with 2 y_j silu'(z_j) w_ij summed over j.

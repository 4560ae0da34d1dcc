// SPDX-License-Identifier: MIT
//
// The table of operations_test.cpp checks gradients, kernels/exit_gate_test.cpp the equations.
#include "looplab/autograd/ops_exit.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace looplab;

namespace {

/// Two loops of three rows as leaves, with room for their gradients.
struct Leaves {
  std::vector<double> values, gradients = std::vector<double>(6, 0);
  std::vector<Variable<double>> of_loops;

  Leaves(Tape<double>& tape, std::vector<double> given) : values(std::move(given)) {
    for (Index t = 0; t < 2; ++t)
      of_loops.push_back(tape.leaf({values.data() + 3 * t, {3}}, gradients.data() + 3 * t));
  }
  [[nodiscard]] std::span<const Variable<double>> span() const { return of_loops; }
};

}  // namespace

TEST_CASE("a gate that is undecided halves the loss between two loops") {
  Tape<double> tape;
  Leaves losses(tape, {1, 2, 3, 5, 6, 7}), gates(tape, {0, 0, 0, 9, 9, 9});
  const std::vector<double> no_prior(2, 0);
  const auto exits = expected_exit_loss(tape, losses.span(), gates.span(), no_prior, 0.0);
  CHECK(exits.loss.data()[0] == Approx((1 + 5 + 2 + 6 + 3 + 7) / 2.0));
  for (Index i = 0; i < 6; ++i) CHECK(exits.log_probability[i] == Approx(std::log(0.5)));
  tape.backward(exits.loss);
  CHECK(losses.gradients == std::vector<double>(6, 0.5));
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(gates.gradients[i] == Approx(-1));  // lambda (1 - lambda) (l_1 - l_2)
    CHECK(gates.gradients[3 + i] == 0);       // the last gate is not used
  }
}

TEST_CASE("Stage II takes losses as numbers: no gradient flows to them") {
  Tape<double> tape;
  Leaves losses(tape, {1, 2, 3, 0, 2, 4}), gates(tape, {0, 0, 0, 0, 0, 0});
  const auto loss = gate_adaptation_loss(tape, losses.span(), gates.span(),
                                         kernels::GateTarget::next_loop, 50.0, 0.005);
  tape.backward(loss);
  CHECK(losses.gradients == std::vector<double>(6, 0));
  CHECK(gates.gradients[0] > 0);                    // improved by 1: continue
  CHECK(gates.gradients[1] < 0);                    // not improved: exit
  CHECK(gates.gradients[2] == gates.gradients[1]);  // grew worse: as if not improved
}

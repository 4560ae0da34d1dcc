// SPDX-License-Identifier: MIT
#include "looplab/kernels/exit_gate.hpp"

#include <vector>

#include "looplab/core/random.hpp"
#include "support/catch.hpp"

using namespace looplab;

namespace {

constexpr Index kLoops = 4, kRows = 9;

/// Gate logits, losses and their rows by pointer.
struct Gate {
  std::vector<double> z, l;
  std::vector<const double*> z_of, l_of;

  explicit Gate(double spread) {
    RandomStream stream(Seed{5}, "gate");
    for (Index i = 0; i < kLoops * kRows; ++i) {
      z.push_back(spread * stream.normal());
      l.push_back(2 * stream.uniform());
    }
    for (Index t = 0; t < kLoops; ++t) {
      z_of.push_back(z.data() + t * kRows);
      l_of.push_back(l.data() + t * kRows);
    }
  }
  [[nodiscard]] double lambda(Index t, Index n) const {
    return 1 / (1 + std::exp(-z_of[static_cast<std::size_t>(t)][n]));
  }
  /// p_t as the paper's equation has it.
  [[nodiscard]] double probability(Index t, Index n) const {
    double p = t + 1 < kLoops ? lambda(t, n) : 1;
    for (Index j = 0; j < t; ++j) p *= 1 - lambda(j, n);
    return p;
  }
};

}  // namespace

TEST_CASE("the exit distribution is the product of the chances to stay, and sums to 1") {
  const Gate gate(2);
  std::vector<double> log_p(kLoops * kRows);
  kernels::exit_log_probabilities(gate.z_of.data(), kLoops, kRows, log_p.data());
  for (Index n = 0; n < kRows; ++n) {
    double sum = 0;
    for (Index t = 0; t < kLoops; ++t) {
      const double p = std::exp(log_p[static_cast<std::size_t>(t * kRows + n)]);
      CHECK(p == Approx(gate.probability(t, n)).epsilon(1e-12));
      sum += p;
    }
    CHECK(sum == Approx(1).epsilon(1e-12));
  }
}

TEST_CASE("a gate that is sure keeps a finite distribution") {
  const float sure[] = {200, -200, 0};
  const float* z[] = {sure, sure + 1, sure + 2};
  std::vector<float> log_p(3);
  kernels::exit_log_probabilities(z, 3, 1, log_p.data());
  CHECK(log_p == std::vector<float>{0, -400, -200});
  CHECK(std::exp(log_p[1]) == 0);
}

TEST_CASE("one loop leaves nothing to choose") {
  const Gate gate(1);
  std::vector<double> log_p(kRows, 7);
  kernels::exit_log_probabilities(gate.z_of.data(), 1, kRows, log_p.data());
  CHECK(log_p == std::vector<double>(kRows, 0));
}

TEST_CASE("the expected loss is sum p l - beta H, and a uniform prior adds beta log R") {
  const Gate gate(1);
  double expected = 0;
  for (Index n = 0; n < kRows; ++n)
    for (Index t = 0; t < kLoops; ++t) {
      const double p = gate.probability(t, n);
      expected += p * gate.l_of[static_cast<std::size_t>(t)][n] + 0.3 * p * std::log(p);
    }
  std::vector<double> log_p(kLoops * kRows), none(kLoops, 0),
      uniform(kLoops, -std::log(static_cast<double>(kLoops)));
  kernels::exit_log_probabilities(gate.z_of.data(), kLoops, kRows, log_p.data());
  const auto loss = [&](const std::vector<double>& prior) {
    return kernels::expected_exit_loss(gate.l_of.data(), log_p.data(), prior.data(), 0.3, kLoops,
                                       kRows);
  };
  CHECK(loss(none) == Approx(expected).epsilon(1e-12));
  CHECK(loss(uniform) ==
        Approx(expected + kRows * 0.3 * std::log(static_cast<double>(kLoops))).epsilon(1e-12));
}

TEST_CASE("Stage II is the cross-entropy with what is worth continuing, over the loops it names") {
  const Gate gate(1);
  for (const auto target : {kernels::GateTarget::own_loop, kernels::GateTarget::next_loop}) {
    const bool own = target == kernels::GateTarget::own_loop;
    double expected = 0;
    for (Index improved = 1; improved < kLoops; ++improved)
      for (Index n = 0; n < kRows; ++n) {
        const auto at = static_cast<std::size_t>(improved);
        const double improvement = std::max(0.0, gate.l_of[at - 1][n] - gate.l_of[at][n]);
        const double w = 1 / (1 + std::exp(-50 * (improvement - 0.005)));
        const double stay = 1 - gate.lambda(own ? improved : improved - 1, n);
        expected -= (w * std::log(stay) + (1 - w) * std::log(1 - stay)) / kLoops;
      }
    std::vector<double> gradient(kLoops * kRows, 7);
    CHECK(kernels::gate_adaptation_loss(gate.z_of.data(), gate.l_of.data(), target, 50.0, 0.005,
                                        kLoops, kRows,
                                        gradient.data()) == Approx(expected).epsilon(1e-12));
    const Index untaught = own ? 0 : kLoops - 1;
    for (Index t = 0; t < kLoops; ++t)
      for (Index n = 0; n < kRows; ++n)
        CHECK((gradient[static_cast<std::size_t>(t * kRows + n)] == 0) == (t == untaught));
  }
}

// SPDX-License-Identifier: MIT
//
// Stage I of an exit gate: the cross-entropy expected of the loop that the gate leaves after.
//
//   L = sum over the scored rows of  sum_t p_t l_t + beta KL(p || pi)
//
// p_t: probability that the gate leaves after loop t; pi: prior of exits (exit_prior.hpp). With the
// uniform prior the second term is -beta times the entropy of p, up to a constant.
// Source: Ouro, arXiv:2510.25741, sections 3.2 and 3.3. Equations: kernels/exit_gate.hpp.
#pragma once

#include "looplab/autograd/ops_exit.hpp"
#include "looplab/train/objectives/exit_prior.hpp"
#include "looplab/train/objectives/objective.hpp"

namespace looplab {

struct ExpectedExit {
  static constexpr ObjectiveName kName{"expected_exit", 1};
  double beta = 0.1;
  ExitPrior prior = ExitPrior::uniform;
  double prior_parameter = 0;  // see fill_log_prior

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"gate_beta", "weight of the divergence of the exits from their prior", 0, 1e6},
          self.beta);
    visit(Field{"gate_prior", "prior of the exit loop: uniform, geometric or poisson_log_normal"},
          self.prior);
    visit(Field{"gate_prior_parameter",
                "geometric: probability of exit per loop; poisson_log_normal: mean number of loops",
                0, 4096},
          self.prior_parameter);
  }
  void check(Problems& problems) const {
    if (prior == ExitPrior::geometric)
      problems.check(prior_parameter > 0 && prior_parameter < 1, "gate_prior_parameter is ",
                     prior_parameter, ", expected above 0 and below 1 for gate_prior geometric");
    if (prior == ExitPrior::poisson_log_normal)
      problems.check(prior_parameter > 1, "gate_prior_parameter is ", prior_parameter,
                     ", expected above 1 (mean loops) for gate_prior poisson_log_normal");
  }

  template <GatedModel M>
  [[nodiscard]] auto operator()(const ScoredWindows<M>& windows) const {
    using S = typename M::Scalar;
    VariableList<S> losses = windows.list(), gates = windows.list();
    windows.for_each_loop([&](Index, Variable<S> state) {
      const Variable<S> rows = windows.scored_rows(state);
      losses.push_back(windows.row_losses(rows));
      gates.push_back(windows.gate(rows));
    });
    const std::span<S> log_prior{windows.tape().template allocate<S>(losses.size()),
                                 static_cast<std::size_t>(losses.size())};
    fill_log_prior(prior, prior_parameter, log_prior);
    return expected_exit_loss(windows.tape(), losses.span(), gates.span(), log_prior,
                              static_cast<S>(beta))
        .loss;
  }
};

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// An objective of any type for a type of model, so that one trainer serves all objectives.
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <utility>

#include "looplab/train/objectives/objective.hpp"

namespace looplab::lab {

/// Satisfies `Objective` for M. Copies share nothing.
template <TokenModel M>
class AnyObjective {
 public:
  using Loss = Variable<typename M::Scalar>;

  template <class O>
  requires(!std::same_as<O, AnyObjective>) && Objective<O, M> explicit AnyObjective(O objective)
      : identity_(objective_identity(objective)),
  score_(std::move(objective)) {}

  [[nodiscard]] const std::string& identity() const { return identity_; }
  [[nodiscard]] Loss operator()(const ScoredWindows<M>& windows) const { return score_(windows); }

 private:
  std::string identity_;
  std::function<Loss(const ScoredWindows<M>&)> score_;
};

}  // namespace looplab::lab

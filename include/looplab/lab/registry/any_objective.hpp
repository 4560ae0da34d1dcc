// SPDX-License-Identifier: MIT
//
// An objective of any type for the model that runs train: so one trainer serves all of them.
// Tests: tests/lab/registry/any_objective_test.cpp.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "looplab/train/objectives/objective.hpp"

namespace looplab::lab {

/// Satisfies `Objective` for LoopedTransformer<float>. Copies share nothing.
class AnyObjective {
 public:
  using Windows = ScoredWindows<LoopedTransformer<float>>;

  template <Objective<LoopedTransformer<float>> O>
  explicit AnyObjective(O objective)
      : identity_(objective_identity(objective)), score_(std::move(objective)) {}

  [[nodiscard]] const std::string& identity() const { return identity_; }
  [[nodiscard]] Variable<float> operator()(const Windows& windows) const { return score_(windows); }

 private:
  std::string identity_;
  std::function<Variable<float>(const Windows&)> score_;
};

}  // namespace looplab::lab

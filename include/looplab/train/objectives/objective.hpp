// SPDX-License-Identifier: MIT
//
// What training minimizes. An objective is an object that computes a loss from scored windows:
//
//   struct Agreement {                       // last loop, plus its distance from the loop before
//     static constexpr ObjectiveName kName{"agreement", 1};  // raise the version with the code
//     double weight = 0.1;
//     static void for_each_field(auto& self, auto&& visit) {
//       visit(Field{"weight", "weight of the squared distance", 0, 1e6}, self.weight);
//     }
//     template <PerLoopModel M>
//     auto operator()(const ScoredWindows<M>& windows) const {
//       using S = typename M::Scalar;
//       Variable<S> before, last;
//       windows.for_each_loop([&](Index, auto state) {
//         before = std::exchange(last, windows.scored_rows(state));
//       });
//       const auto step = add_scaled(windows.tape(), last, S{-1}, before);
//       const auto distance = sum(windows.tape(), multiply(windows.tape(), step, step));
//       return add_scaled(windows.tape(), sum(windows.tape(), windows.row_losses(last)),
//                         static_cast<S>(weight), distance);
//     }
//   };
//   Trainer trainer(model, task, config, Agreement{.weight = 0.2});
//
// The loss is the sum over the scored rows; the trainer divides by their number in the batch. One
// objective serves all threads at once, so it holds no state. Its name, version and fields are part
// of a run's identity: a checkpoint made with another objective is refused.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include "looplab/io/config_json.hpp"
#include "looplab/train/scored_windows.hpp"

namespace looplab {

/// Identifies the code of an objective; the version grows whenever that code changes its results.
struct ObjectiveName {
  std::string_view name;
  int version = 1;
};

/// An objective with a name and a version that either has no fields or describes all of them.
template <class O>
concept NamedObjective = (std::is_empty_v<O> || DescribedConfig<O>)&&requires {
  { O::kName } -> std::convertible_to<ObjectiveName>;
};
/// A holder of any objective, which knows the identity of what it holds.
template <class O>
concept ObjectiveHolder = requires(const O& objective) {
  { objective.identity() } -> std::convertible_to<std::string>;
};
template <class O>
concept IdentifiedObjective = NamedObjective<O> || ObjectiveHolder<O>;

/// What `Trainer` minimizes: callable on the scored windows of `Model`, returns a scalar variable.
template <class O, class Model>
concept Objective = TokenModel<Model> && IdentifiedObjective<O> &&
    requires(const O& objective, const ScoredWindows<Model>& windows) {
  { objective(windows) } -> std::same_as<Variable<typename Model::Scalar>>;
};

/// Such as `agreement 1 {"weight":0.2}`.
template <IdentifiedObjective O>
[[nodiscard]] std::string objective_identity(const O& objective) {
  if constexpr (ObjectiveHolder<O>) {
    return objective.identity();
  } else {
    std::string text = concat(O::kName.name, ' ', O::kName.version);
    if constexpr (DescribedConfig<O>) text += ' ' + to_json(objective).dump();
    return text;
  }
}

/// Notes every field out of its range, and what `objective.check(problems)` notes, if there is one.
template <IdentifiedObjective O>
void check_objective(const O& objective, Problems& problems) {
  if constexpr (DescribedConfig<O>) check_ranges(objective, problems);
  if constexpr (requires { objective.check(problems); }) objective.check(problems);
}

}  // namespace looplab

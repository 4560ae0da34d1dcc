// SPDX-License-Identifier: MIT
//
// The program `looplab` with tasks, models, objectives and exit rules of your own:
//
//   int main(int count, char** words) {
//     using namespace looplab::lab;
//     return run_program(count, words, with_tasks<MyTask>(), with_models<MyModel>(),
//                        with_objectives<MyObjective>(), with_exit_rules<MyRule>());
//   }
//
// They take part in every subcommand by their names: [task] kind, [model] kind, [objective] kind and
// `exits --rules`. What each has to offer: tasks/task.hpp, lab/registry/models/own_model.hpp,
// train/objectives/objective.hpp, models/exit_rule.hpp.
// Tested by examples/140_extend_the_lab.cpp.
#pragma once

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "looplab/core/processor.hpp"
#include "looplab/lab/commands/all_commands.hpp"
#include "looplab/lab/registry/exit_rule_registry.hpp"
#include "looplab/lab/registry/models/own_model_of.hpp"
#include "looplab/lab/registry/own_objective.hpp"
#include "looplab/lab/registry/task_registry.hpp"

namespace looplab::lab {

/// A list of types.
template <class... Types>
struct TypeList {};

template <class... A, class... B>
[[nodiscard]] constexpr TypeList<A..., B...> operator+(TypeList<A...>, TypeList<B...>) {
  return {};
}

/// Something that a program adds to the built-in parts: `apply(models)` registers it, given the types
/// of all models of the program; `models` are the types of models that it adds.
template <OwnModelType... Models>
struct WithModels {
  static constexpr TypeList<Models...> models{};
  static void apply(auto) { (own_models().push_back(own_model_of<Models>()), ...); }
};
template <class... Objectives>
struct WithObjectives {
  template <class... Models>
  static void apply(TypeList<Models...>) {
    (own_objectives().push_back(own_objective_of<Objectives, Models...>()), ...);
  }
};
template <ExitRule... Rules>
struct WithExitRules {
  static void apply(auto) { (add_exit_rule<Rules>(), ...); }
};

template <OwnModelType... Models>
[[nodiscard]] constexpr WithModels<Models...> with_models() {
  return {};
}
template <class... Objectives>
[[nodiscard]] constexpr WithObjectives<Objectives...> with_objectives() {
  return {};
}
template <ExitRule... Rules>
[[nodiscard]] constexpr WithExitRules<Rules...> with_exit_rules() {
  return {};
}

/// The types of models that an addition brings.
template <class Addition>
[[nodiscard]] constexpr auto models_of() {
  if constexpr (requires { Addition::models; })
    return Addition::models;
  else
    return TypeList<>{};
}

/// The whole program, with the arguments of `main`. Returns its exit code; errors are one sentence
/// on standard error.
template <class... Additions>
[[nodiscard]] int run_program(int count, char** words, Additions... additions) {
  constexpr auto models = (TypeList<LoopedTransformer<float>>{} + ... + models_of<Additions>());
  try {
    require_compiled_instruction_sets();
    (additions.apply(models), ...);
  } catch (const std::exception& error) {
    std::cerr << "looplab: " << error.what() << "\n";
    return exit_code_of(error);
  }
  return run_program(all_commands(), std::vector<std::string>(words + 1, words + count));
}

}  // namespace looplab::lab

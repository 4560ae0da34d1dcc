// SPDX-License-Identifier: MIT
//
// The exit rules that commands and metrics know by name: the built-in ones, and yours:
//
//   add_exit_rule<EntropyBelow>();  // before the first command runs
#pragma once

#include <string>
#include <vector>

#include "looplab/core/text_list.hpp"
#include "looplab/lab/config/settings.hpp"
#include "looplab/models/exit_rules.hpp"

namespace looplab::lab {

/// An exit rule at any threshold.
struct ExitRuleFamily {
  std::string name;
  Needs needs;
  /// Those at which it is compared with others, for a model of so many loops and this width.
  std::vector<double> (*thresholds)(Index num_loops, Index d_model);
  AnyExitRule (*make)(double threshold);

  /// Whether a model can be asked.
  [[nodiscard]] bool fits(bool has_gate) const { return has_gate || !includes(needs, Needs::gate); }
  /// Whether it decides by what the model computes, and by that alone: one that reads nothing of a
  /// row, or its target, is no rule to compare others with at equal loops.
  [[nodiscard]] bool reads_the_model_only() const {
    return needs != Needs::nothing && !includes(needs, Needs::target);
  }
};

/// `make` throws ConfigError as the rule's validate().
template <ExitRule Rule>
[[nodiscard]] ExitRuleFamily exit_rule_family() {
  const auto thresholds = [](Index num_loops, Index d_model) -> std::vector<double> {
    if constexpr (requires { Rule::thresholds(num_loops, d_model); })
      return Rule::thresholds(num_loops, d_model);
    else if constexpr (requires { Rule::thresholds(); })
      return Rule::thresholds();
    else
      return {0};
  };
  const auto make = [](double threshold) -> AnyExitRule {
    if constexpr (requires(Rule rule) { rule.threshold = threshold; }) {
      Rule rule{};
      rule.threshold = threshold;
      return rule;
    } else {
      return Rule{};
    }
  };
  return {std::string(Rule::kName), Rule::kNeeds, thresholds, make};
}

/// All that are known, in the order in which they are compared and listed.
[[nodiscard]] inline std::vector<ExitRuleFamily>& exit_rule_families() {
  static std::vector<ExitRuleFamily> all{
      exit_rule_family<FixedLoops>(), exit_rule_family<GateQuantile>(),
      exit_rule_family<StateDifference>(), exit_rule_family<PredictionDivergence>(),
      exit_rule_family<TargetOracle>()};
  return all;
}

/// Makes a rule known. Not while another thread reads the list.
/// \throws ConfigError if there is a rule of this name
template <ExitRule Rule>
void add_exit_rule() {
  for (const ExitRuleFamily& known : exit_rule_families())
    require<ConfigError>(known.name != Rule::kName, "add_exit_rule: there is already an exit rule ",
                         known.name);
  exit_rule_families().push_back(exit_rule_family<Rule>());
}

/// The rules named in a list such as "gate,oracle"; if it is empty, all that fit the model.
/// \throws ConfigError naming an unknown rule
[[nodiscard]] inline std::vector<ExitRuleFamily> exit_rules_named(const std::string& list,
                                                                  bool has_gate) {
  std::vector<ExitRuleFamily> rules;
  for (const ExitRuleFamily& family : exit_rule_families())
    if (list.empty() && family.fits(has_gate)) rules.push_back(family);
  for (const std::string& name : listed(list))
    rules.push_back(
        find_named("rules", "exit rule", name, exit_rule_families(), &ExitRuleFamily::name));
  return rules;
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// What an exit rule is: an object that decides, row by row and after every loop, whether a row
// leaves the loop. The built-in rules are in models/exit_rules.hpp; one of your own is this long:
//
//   struct EntropyBelow {
//     static constexpr std::string_view kName = "entropy";
//     static constexpr Needs kNeeds = Needs::logits;
//     double threshold = 0.1;  // nats
//     bool leaves(const LoopRow& row) const { return entropy(row.logits) < threshold; }
//     static std::vector<double> thresholds() { return geometric_steps(1e-3, 3, 24); }
//   };
//   AdaptiveLoops(model).run(windows, EntropyBelow{0.2});
//
//   kName, kNeeds, leaves   required
//   threshold               the first member, if the rule has a threshold at all
//   thresholds()            those at which the rule is compared with others; thresholds(num_loops,
//                           d_model) if they depend on the model
//   validate()              throws ConfigError for a threshold that makes no sense
//
// A rule is not asked after the last loop, where every row leaves.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/core/error.hpp"
#include "looplab/core/tensor.hpp"

namespace looplab {

/// Which fields of a LoopRow a rule reads; combined with |. `logits` costs the head in every loop;
/// `previous` adds the logits or the state of the loop before.
enum class Needs : unsigned {
  nothing = 0,
  logits = 1,
  state = 2,
  gate = 4,
  target = 8,
  previous = 16
};
[[nodiscard]] constexpr Needs operator|(Needs a, Needs b) {
  return static_cast<Needs>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
/// Whether `needs` contains `one`.
[[nodiscard]] constexpr bool includes(Needs needs, Needs one) {
  return (static_cast<unsigned>(needs) & static_cast<unsigned>(one)) != 0;
}

/// One row after `loop` loops. A field that the rule does not need is empty, or 0.
struct LoopRow {
  Index loop = 0;                           // loops that the row has done: 1, 2, ...
  std::span<const double> state;            // [D], what the head and the gate read
  std::span<const double> previous_state;   // [D], after the loop before; empty after the first
  std::span<const double> logits;           // [V]
  std::span<const double> previous_logits;  // [V], after the loop before; empty after the first
  double exit_probability = 0;              // lambda_t = sigmoid of the gate's logit
  double exit_cdf = 0;                      // 1 - prod_{j<=t} (1 - lambda_j)
  std::optional<Token> target;              // empty where the row is not scored
};

/// An object of the form that the head of this file shows.
template <class Rule>
concept ExitRule = requires(const Rule& rule, const LoopRow& row) {
  { Rule::kName } -> std::convertible_to<std::string_view>;
  { Rule::kNeeds } -> std::convertible_to<Needs>;
  { rule.leaves(row) } -> std::same_as<bool>;
};

/// Any exit rule, with its type erased.
class AnyExitRule {
 public:
  /// \throws ConfigError as rule.validate()
  template <ExitRule Rule>
  AnyExitRule(Rule rule) : name_(Rule::kName), needs_(Rule::kNeeds) {
    if constexpr (requires { rule.validate(); }) rule.validate();
    if constexpr (requires { rule.threshold; }) threshold_ = rule.threshold;
    leaves_ = [rule = std::move(rule)](const LoopRow& row) { return rule.leaves(row); };
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Needs needs() const { return needs_; }
  [[nodiscard]] bool needs(Needs one) const { return includes(needs_, one); }
  /// 0 for a rule that has none.
  [[nodiscard]] double threshold() const { return threshold_; }
  [[nodiscard]] bool leaves(const LoopRow& row) const { return leaves_(row); }

 private:
  std::string name_;
  Needs needs_;
  double threshold_ = 0;
  std::function<bool(const LoopRow&)> leaves_;
};

/// `count` numbers from `first` to `last`, each the same multiple of the one before.
[[nodiscard]] inline std::vector<double> geometric_steps(double first, double last, Index count) {
  require<ConfigError>(first > 0 && last > 0 && count >= 2, "geometric_steps: ", count,
                       " numbers from ", first, " to ", last,
                       ", expected 2 or more between numbers above 0");
  std::vector<double> steps;
  for (Index i = 0; i < count; ++i)
    steps.push_back(
        first * std::pow(last / first, static_cast<double>(i) / static_cast<double>(count - 1)));
  return steps;
}

/// log sum_v e^{x_v}, without overflow.
[[nodiscard]] inline double log_sum_exp(std::span<const double> x) {
  require<ShapeError>(!x.empty(),
                      "log_sum_exp: no logits; an exit rule that reads them states "
                      "Needs::logits");
  const double largest = *std::ranges::max_element(x);
  double sum = 0;
  for (double value : x) sum += std::exp(value - largest);
  return largest + std::log(sum);
}

/// The entropy of softmax(logits), in nats.
[[nodiscard]] inline double entropy(std::span<const double> logits) {
  const double log_sum = log_sum_exp(logits);
  double result = 0;
  for (double logit : logits) {
    const double log_p = logit - log_sum;
    result -= std::exp(log_p) * log_p;
  }
  return result;
}

}  // namespace looplab

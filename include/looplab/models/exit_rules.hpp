// SPDX-License-Identifier: MIT
//
// The built-in exit rules. After loop t a row leaves
//
//   FixedLoops            (fixed)       if t >= n
//   GateQuantile          (gate)        if 1 - prod_{j<=t} (1 - lambda_j) >= q
//   StateDifference       (difference)  if |h_t - h_{t-1}|_2 < epsilon
//   PredictionDivergence  (divergence)  if KL(y_t || y_{t-1}) < kappa and H(y_t) < most_entropy
//   TargetOracle          (oracle)      if the likeliest token is the target
//
// with h the state that the head reads, y the distribution over tokens, lambda the exit gate.
// `threshold` is n, q, epsilon, kappa. The oracle reads the target, which no usable rule can; it is
// not an upper bound: a row that leaves early gives later tokens older keys and values.
// Sources: Ouro, arXiv:2510.25741, section 3.5 (gate, difference); Kohli et al. 2026,
// arXiv:2604.07822 (divergence with entropy).
#pragma once

#include "looplab/models/exit_rule.hpp"

namespace looplab {

/// Leaves after `threshold` loops, whatever the row.
struct FixedLoops {
  static constexpr std::string_view kName = "fixed";
  static constexpr Needs kNeeds = Needs::nothing;
  double threshold = 1;  // loops

  [[nodiscard]] bool leaves(const LoopRow& row) const {
    return static_cast<double>(row.loop) >= threshold;
  }
  void validate() const {
    require<ConfigError>(threshold >= 1, "exit rule fixed: loops is ", threshold,
                         ", expected 1 or more");
  }
  /// Every number of loops.
  [[nodiscard]] static std::vector<double> thresholds(Index num_loops, Index /*d_model*/) {
    std::vector<double> all;
    for (Index r = 1; r <= num_loops; ++r) all.push_back(static_cast<double>(r));
    return all;
  }
};

/// Leaves where the exit gate's cumulative probability reaches the quantile `threshold`.
struct GateQuantile {
  static constexpr std::string_view kName = "gate";
  static constexpr Needs kNeeds = Needs::gate;
  double threshold = 0.5;  // in 0 ... 1

  [[nodiscard]] bool leaves(const LoopRow& row) const { return row.exit_cdf >= threshold; }
  void validate() const {
    require<ConfigError>(threshold >= 0 && threshold <= 1, "exit rule gate: q is ", threshold,
                         ", expected 0 ... 1");
  }
  [[nodiscard]] static std::vector<double> thresholds() {
    return {0,   0.001, 0.003, 0.01, 0.03, 0.1,  0.2,  0.3, 0.4,
            0.5, 0.6,   0.7,   0.8,  0.9,  0.95, 0.99, 1};
  }
};

namespace detail {

inline void require_not_negative(std::string_view rule, double threshold) {
  require<ConfigError>(threshold >= 0, "exit rule ", rule, ": threshold is ", threshold,
                       ", expected 0 or more");
}

}  // namespace detail

/// Leaves where a loop moved the state by less than `threshold`.
struct StateDifference {
  static constexpr std::string_view kName = "difference";
  static constexpr Needs kNeeds = Needs::state | Needs::previous;
  double threshold = 0.1;  // Euclidean distance

  [[nodiscard]] bool leaves(const LoopRow& row) const {
    if (row.previous_state.empty()) return false;
    double sum = 0;
    for (std::size_t i = 0; i < row.state.size(); ++i) {
      const double d = row.state[i] - row.previous_state[i];
      sum += d * d;
    }
    return std::sqrt(sum) < threshold;
  }
  void validate() const { detail::require_not_negative(kName, threshold); }
  /// Shares of sqrt(d_model), the length of a normed state.
  [[nodiscard]] static std::vector<double> thresholds(Index /*num_loops*/, Index d_model) {
    std::vector<double> all;
    for (double share : {0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0})
      all.push_back(share * std::sqrt(static_cast<double>(d_model)));
    return all;
  }
};

/// Leaves where a loop changed the predicted distribution by less than `threshold`, and the
/// distribution is sharp enough.
struct PredictionDivergence {
  static constexpr std::string_view kName = "divergence";
  static constexpr Needs kNeeds = Needs::logits | Needs::previous;
  double threshold = 0.1;   // nats
  double most_entropy = 3;  // nats

  [[nodiscard]] bool leaves(const LoopRow& row) const {
    if (row.previous_logits.empty()) return false;
    const double log_now = log_sum_exp(row.logits), log_before = log_sum_exp(row.previous_logits);
    double divergence = 0, entropy_now = 0;
    for (std::size_t i = 0; i < row.logits.size(); ++i) {
      const double log_p = row.logits[i] - log_now, p = std::exp(log_p);
      divergence += p * (log_p - (row.previous_logits[i] - log_before));
      entropy_now -= p * log_p;
    }
    return divergence < threshold && entropy_now < most_entropy;
  }
  void validate() const { detail::require_not_negative(kName, threshold); }
  [[nodiscard]] static std::vector<double> thresholds() {
    return {1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1};
  }
};

/// Leaves where the likeliest token is the target; rows that are not scored do all loops.
struct TargetOracle {
  static constexpr std::string_view kName = "oracle";
  static constexpr Needs kNeeds = Needs::logits | Needs::target;

  [[nodiscard]] bool leaves(const LoopRow& row) const {
    return row.target &&
           std::ranges::max_element(row.logits) - row.logits.begin() == Index{*row.target};
  }
};

}  // namespace looplab

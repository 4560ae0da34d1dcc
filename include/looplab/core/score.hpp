// SPDX-License-Identifier: MIT
//
// Accuracy and loss of predictions, summed over positions.
#pragma once

#include "looplab/core/tensor.hpp"

namespace looplab {

/// Sums over scored positions. Means over no position are 0.
struct Score {
  Index count = 0;
  Index correct = 0;
  double nll = 0;  // summed negative log likelihood, nats

  /// Fraction of positions predicted correctly.
  [[nodiscard]] double accuracy() const { return mean(static_cast<double>(correct)); }
  /// Mean negative log likelihood, nats.
  [[nodiscard]] double loss() const { return mean(nll); }
  /// Adds one position.
  void add(bool is_correct, double position_nll) {
    ++count;
    correct += is_correct;
    nll += position_nll;
  }
  void add(const Score& other) {
    count += other.count;
    correct += other.correct;
    nll += other.nll;
  }

 private:
  [[nodiscard]] double mean(double sum) const {
    return count == 0 ? 0.0 : sum / static_cast<double>(count);
  }
};

}  // namespace looplab

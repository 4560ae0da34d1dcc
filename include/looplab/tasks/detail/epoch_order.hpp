// SPDX-License-Identifier: MIT
//
// The order in which training repeats a finite set of examples.
#pragma once

#include <array>
#include <string_view>

#include "looplab/tasks/detail/random_permutation.hpp"

namespace looplab {

/// Iterates over the training examples without end: each of 0 ... size-1 once per epoch, every
/// epoch in a new order, drawn from the stream (seed, name, epoch).
class EpochOrder {
 public:
  /// Starts at the `first`-th example. `name` is kept by reference.
  EpochOrder(Index size, Seed seed, std::string_view name, Index first)
      : size_(size), seed_(seed), name_(name), next_(first), order_(order()) {}

  [[nodiscard]] Index next() {
    if (used_ == RandomPermutation::kLanes) {
      for (Index i = 0; i < RandomPermutation::kLanes; ++i)
        ahead_[static_cast<std::size_t>(i)] = (next_ + i) % size_;
      order_.map(ahead_);
      used_ = 0;
    }
    const Index example = ahead_[static_cast<std::size_t>(used_++)];
    if (++next_ % size_ == 0) {
      order_ = order();
      used_ = RandomPermutation::kLanes;
    }
    return example;
  }

 private:
  [[nodiscard]] RandomPermutation order() const {
    return {size_, RandomStream(seed_, name_, static_cast<std::uint64_t>(next_ / size_))};
  }

  Index size_;
  Seed seed_;
  std::string_view name_;
  Index next_;
  RandomPermutation order_;
  std::array<Index, RandomPermutation::kLanes> ahead_{};
  Index used_ = RandomPermutation::kLanes;
};

}  // namespace looplab

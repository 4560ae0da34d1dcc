// SPDX-License-Identifier: MIT
//
// Gradient sums that do not depend on the number of threads.
//
// The chunks of a batch are dealt to a fixed number of slots, in order; whichever thread is free
// takes a slot and adds its chunks one after the other. The slots are then added in a fixed binary
// tree, block by block, so the sum has the same bits on 1, 2, 3 or 8 threads (contract 1,
// CONTRIBUTING.md). Memory: slots x flat parameters.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "looplab/core/parallel.hpp"
#include "looplab/kernels/adamw.hpp"
#include "looplab/kernels/pointwise.hpp"

namespace looplab {

/// Elements begin ... end - 1 of a flat vector.
struct FlatRange {
  Index begin = 0, end = 0;
};

template <Real S>
class GradientSlots {
 public:
  /// Room for at most `num_slots` sums over `num_items` chunks of gradients of `flat_size`.
  GradientSlots(Index num_slots, Index num_items, Index flat_size)
      : num_items_(num_items),
        slots_(static_cast<std::size_t>(std::clamp<Index>(num_items, 1, num_slots)),
               Tensor<S>({flat_size})),
        squares_(static_cast<std::size_t>((flat_size + kBlock - 1) / kBlock)) {}

  [[nodiscard]] Index num_slots() const { return std::ssize(slots_); }

  /// Calls `body(item, worker, gradients)` for every chunk; `gradients` is the slot to add to.
  template <class Body>
  void accumulate(int num_threads, Body&& body) {
    parallel_for(num_slots(), num_threads, [&](Index slot, int worker) {
      Tensor<S>& sum = slots_[static_cast<std::size_t>(slot)];
      sum.fill(S{0});
      const Index end = (slot + 1) * num_items_ / num_slots();
      for (Index item = slot * num_items_ / num_slots(); item < end; ++item)
        body(item, worker, sum.data());
    });
  }

  /// Adds all slots into the first, sets `unwanted` elements of the sum to 0, and returns the
  /// squared norm of the sum.
  double reduce(int num_threads, std::span<const FlatRange> unwanted = {}) {
    const Index size = slots_.front().size();
    parallel_for(std::ssize(squares_), num_threads, [&](Index block, int) {
      const Index begin = block * kBlock, count = std::min(kBlock, size - begin);
      for (Index stride = 1; stride < num_slots(); stride *= 2)
        for (Index i = 0; i + stride < num_slots(); i += 2 * stride)
          kernels::axpy(S{1}, slots_[static_cast<std::size_t>(i + stride)].data() + begin,
                        slots_[static_cast<std::size_t>(i)].data() + begin, count);
      for (const FlatRange& range : unwanted) {
        const Index from = std::max(begin, range.begin), to = std::min(begin + count, range.end);
        if (from < to) std::fill_n(slots_.front().data() + from, to - from, S{0});
      }
      squares_[static_cast<std::size_t>(block)] =
          kernels::sum_of_squares(slots_.front().data() + begin, count);
    });
    return std::accumulate(squares_.begin(), squares_.end(), 0.0);
  }

  /// The sum, after `reduce`; laid out by ParameterList.
  [[nodiscard]] const Tensor<S>& sum() const { return slots_.front(); }

 private:
  static constexpr Index kBlock = 4096;  // elements reduced by one thread at a time

  Index num_items_;
  std::vector<Tensor<S>> slots_;
  std::vector<double> squares_;  // of each block
};

}  // namespace looplab

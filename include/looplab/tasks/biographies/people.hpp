// SPDX-License-Identifier: MIT
//
// Shared by all biography tasks: the amount of knowledge about people, and the person of each
// biography.
//
// Training shows everyone once per epoch, each epoch in a new order; a held-out split shows person
// 0, 1, 2, ... once.
#pragma once

#include <optional>

#include "looplab/tasks/detail/epoch_order.hpp"
#include "looplab/tasks/task.hpp"

namespace looplab {

/// The amount of knowledge about the people of a task. log2 of counts, so that nothing overflows.
struct KnowledgeSpace {
  Index num_people = 0;      // N
  double log2_names = 0;     // log2 N0, N0 possible names
  double log2_values = 0;    // values of one person: K C log2 D, or log2 S0
  Index num_attributes = 0;  // K
  Index num_chunks = 0;      // C; 0 for bio_s
  Index diversity = 0;       // D; 0 for bio_s
  double log2_strings = 0;   // log2 T^L: strings the D are drawn from; 0 for bio_s
};

/// The part of a person that an answer belongs to: the name, a value's first chunk, or the rest.
enum class KnowledgePart { name, first_chunk, value };

/// The people of biographies 0, 1, 2, ... of a split. An exposure is one biography of a person.
struct Exposures {
  Index num_people = 1;
  Index per_window = 1;

  /// Number of windows after which everyone has had `exposures` exposures.
  [[nodiscard]] Index num_windows(Index exposures) const {
    return (exposures * num_people + per_window - 1) / per_window;
  }
  /// The people from a biography on.
  class People {
   public:
    People(const Exposures& exposures, Seed seed, Split split, Index biography)
        : num_people_(exposures.num_people), biography_(biography) {
      if (split == Split::train) order_.emplace(num_people_, seed, "biographies/people", biography);
    }
    /// The next person; none after the last of a held-out split.
    [[nodiscard]] std::optional<Index> next() {
      if (order_) return order_->next();
      if (biography_ < num_people_) return biography_++;
      return std::nullopt;
    }

   private:
    Index num_people_, biography_;
    std::optional<EpochOrder> order_;
  };
  /// The people of window `index`.
  [[nodiscard]] People people(Seed seed, Split split, Index index) const {
    return {*this, seed, split, index * per_window};
  }
};

}  // namespace looplab

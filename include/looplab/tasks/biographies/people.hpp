// SPDX-License-Identifier: MIT
//
// What all biographies share: how much there is to know about people, and who is told about when.
//
// Training tells about everyone once per epoch, each epoch in a new order; a held-out split tells
// about person 0, 1, 2, ... once.
//
// Tests: tests/tasks/biographies/people_test.cpp.
#pragma once

#include <optional>

#include "looplab/tasks/epoch_order.hpp"
#include "looplab/tasks/task.hpp"

namespace looplab {

/// How much there is to know about the people of a task. log2 of counts, so nothing overflows.
struct KnowledgeSpace {
  Index num_people = 0;      // N
  double log2_names = 0;     // log2 N0: names to choose from
  double log2_values = 0;    // values of one person: K C log2 D, or log2 S0
  Index num_attributes = 0;  // K
  Index num_chunks = 0;      // C; 0 for bio_s
  Index diversity = 0;       // D; 0 for bio_s
  double log2_strings = 0;   // log2 T^L: strings the D were drawn from; 0 for bio_s
};

/// What an answer tells about a person: part of the name, of a value's first chunk, of its others.
enum class KnowledgePart { name, first_chunk, value };

/// Who is told about in biography 0, 1, 2, ... of a split; an exposure is one biography of a
/// person.
struct Exposures {
  Index num_people = 1;
  Index per_window = 1;

  /// Windows after which everyone has been told about `exposures` times.
  [[nodiscard]] Index num_windows(Index exposures) const {
    return (exposures * num_people + per_window - 1) / per_window;
  }
  /// Who is told about from a biography on.
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
  /// Those of window `index`.
  [[nodiscard]] People people(Seed seed, Split split, Index index) const {
    return {*this, seed, split, index * per_window};
  }
};

}  // namespace looplab

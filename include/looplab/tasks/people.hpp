// SPDX-License-Identifier: MIT
//
// What all biographies share: how much there is to know about people, and who is told about when.
//
// Training tells about everyone once per epoch, each epoch in a new order; a held-out split tells
// about person 0, 1, 2, ... once.
//
// Tests: tests/tasks/people_test.cpp.
#pragma once

#include <optional>

#include "looplab/tasks/random_permutation.hpp"
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
  /// The person of a biography; none after the last of a held-out split.
  [[nodiscard]] std::optional<Index> person(Seed seed, Split split, Index biography) const {
    if (split != Split::train) {
      if (biography < num_people) return biography;
      return std::nullopt;
    }
    const auto epoch = static_cast<std::uint64_t>(biography / num_people);
    const RandomPermutation order(num_people, RandomStream(seed, "biographies/people", epoch));
    return order(biography % num_people);
  }
};

}  // namespace looplab

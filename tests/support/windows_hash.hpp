// SPDX-License-Identifier: MIT
// A hash of a task's first windows, so that a test notices if they change.
#pragma once

#include "looplab/core/fnv1a.hpp"
#include "looplab/tasks/task.hpp"

namespace looplab_test {

/// FNV-1a over the four rows of windows 0 ... count-1 of all splits, one token a step.
template <looplab::Task T>
[[nodiscard]] std::uint64_t windows_hash(const T& task, looplab::Index count) {
  using looplab::Split;
  std::uint64_t hash = looplab::kFnv1aStart;
  looplab::Batch batch;
  for (const Split split : {Split::train, Split::validation, Split::test}) {
    sample_batch(task, looplab::Seed{7}, split, 0, count, batch);
    for (const auto* row : {&batch.tokens, &batch.targets, &batch.slices, &batch.documents})
      for (const looplab::Token token : *row)
        hash = looplab::fnv1a_step(hash, static_cast<std::uint32_t>(token));
  }
  return hash;
}

}  // namespace looplab_test

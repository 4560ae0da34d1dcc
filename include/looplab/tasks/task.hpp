// SPDX-License-Identifier: MIT
//
// The `Task` concept: the source of data, generated without files or network.
//
// A task fills one window of `sequence_length` positions at a time. The window is a pure function
// of the stream and the index, so any thread can generate any window again at any time. The rows of
// a window are described in core/windows.hpp.
#pragma once

#include <array>
#include <concepts>
#include <string>
#include <string_view>

#include "looplab/core/random.hpp"
#include "looplab/core/windows.hpp"

namespace looplab {

/// Training windows are drawn without end; held-out windows never share a random stream with them.
enum class Split { train, validation, test };
[[nodiscard]] constexpr auto enum_names(Split) {
  return std::array<std::string_view, 3>{"train", "validation", "test"};
}

/// What a trainer or an evaluation requires of a task:
///
///   name()                         short, snake_case
///   vocab_size()                   tokens are 0 ... vocab_size-1
///   sequence_length()              positions of a window
///   num_slices(), slice_name(i)    kinds of answers, reported separately
///   num_evaluation_sequences()     windows that cover the evaluation set once; 0 if it is endless
///   sample(seed, split, index, window)   fills window `index` (0, 1, 2, ...) of a split
///
/// The compiler cannot check that `sample` is a pure function of its arguments and safe to call
/// from several threads, that documents are never cut, and that a target is the token of the next
/// position.
template <class T>
concept Task = requires(const T& task, Seed seed, Split split, Index index, Window window) {
  { task.name() } -> std::convertible_to<std::string>;
  { task.vocab_size() } -> std::convertible_to<Index>;
  { task.sequence_length() } -> std::convertible_to<Index>;
  { task.num_slices() } -> std::convertible_to<Index>;
  { task.slice_name(index) } -> std::convertible_to<std::string>;
  { task.num_evaluation_sequences() } -> std::convertible_to<Index>;
  { task.sample(seed, split, index, window) } -> std::same_as<void>;
};

/// Fills `batch` with windows `first` ... `first + count - 1` of a split.
template <Task T>
void sample_batch(const T& task, Seed seed, Split split, Index first, Index count, Batch& batch) {
  batch.reset(count, task.sequence_length());
  for (Index i = 0; i < count; ++i) task.sample(seed, split, first + i, batch.window(i));
}

}  // namespace looplab

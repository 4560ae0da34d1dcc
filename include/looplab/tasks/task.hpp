// SPDX-License-Identifier: MIT
//
// The `Task` concept: the source of data, generated without files or network.
//
// A task fills one window of `sequence_length` positions at a time. The window is a pure function
// of the stream and the index, so any thread can generate any window again at any time.
//
//   tokens      B  i  m  9  B  e  y  4      what the model reads
//   targets     i  m  9  .  e  y  4  .      the next token to predict; '.' is kIgnoreIndex
//   slices      -  -  0  -  -  -  0  -      the kind of answer; '-' (-1): not an answer
//   documents   0  0  0  0  4  4  4  4      first position of the document each token belongs to
#pragma once

#include <array>
#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/random.hpp"
#include "looplab/core/tensor.hpp"

namespace looplab {

/// Target of a position that is not scored.
inline constexpr Token kIgnoreIndex = -100;
/// Slice of a position that is not an answer.
inline constexpr Token kNoSlice = -1;

/// Training windows are drawn without end; held-out windows never share a random stream with them.
enum class Split { train, validation, test };
[[nodiscard]] constexpr auto enum_names(Split) {
  return std::array<std::string_view, 3>{"train", "validation", "test"};
}

/// One window being filled: four rows of `sequence_length` entries (see the file comment). Blank at
/// first: token 0, no target, no slice, one document that starts at 0.
struct Sequence {
  std::span<Token> tokens, targets, slices, documents;
};

/// Packed windows, row-major [num_sequences, sequence_length].
struct Batch {
  Index num_sequences = 0;
  Index sequence_length = 0;
  std::vector<Token> tokens, targets, slices, documents;

  /// Resizes to `count` blank windows. Memory is kept between calls.
  void reset(Index count, Index length) {
    num_sequences = count;
    sequence_length = length;
    const auto size = static_cast<std::size_t>(count * length);
    tokens.assign(size, 0);
    targets.assign(size, kIgnoreIndex);
    slices.assign(size, kNoSlice);
    documents.assign(size, 0);
  }
  [[nodiscard]] Index size() const { return num_sequences * sequence_length; }
  /// Window `index` in 0 ... num_sequences-1.
  [[nodiscard]] Sequence sequence(Index index) {
    const auto row = [&](std::vector<Token>& all) {
      return std::span(all).subspan(static_cast<std::size_t>(index * sequence_length),
                                    static_cast<std::size_t>(sequence_length));
    };
    return {row(tokens), row(targets), row(slices), row(documents)};
  }
};

/// What a trainer or an evaluation requires of a task:
///
///   name()                         short, snake_case
///   vocab_size()                   tokens are 0 ... vocab_size-1
///   sequence_length()              positions of a window
///   num_slices(), slice_name(i)    kinds of answers, reported separately
///   num_evaluation_sequences()     windows that cover the evaluation set once; 0 if it is endless
///   sample(seed, split, index, sequence)   fills window `index` (0, 1, 2, ...) of a split
///
/// The compiler cannot check that `sample` is a pure function of its arguments and safe to call
/// from several threads, that documents are never cut, and that a target is the token of the next
/// position.
template <class T>
concept Task = requires(const T& task, Seed seed, Split split, Index index, Sequence sequence) {
  { task.name() } -> std::convertible_to<std::string>;
  { task.vocab_size() } -> std::convertible_to<Index>;
  { task.sequence_length() } -> std::convertible_to<Index>;
  { task.num_slices() } -> std::convertible_to<Index>;
  { task.slice_name(index) } -> std::convertible_to<std::string>;
  { task.num_evaluation_sequences() } -> std::convertible_to<Index>;
  { task.sample(seed, split, index, sequence) } -> std::same_as<void>;
};

/// Fills `batch` with windows `first` ... `first + count - 1` of a split.
template <Task T>
void sample_batch(const T& task, Seed seed, Split split, Index first, Index count, Batch& batch) {
  batch.reset(count, task.sequence_length());
  for (Index i = 0; i < count; ++i) task.sample(seed, split, first + i, batch.sequence(i));
}

}  // namespace looplab

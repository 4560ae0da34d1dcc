// SPDX-License-Identifier: MIT
//
// Windows of tokens: what a task fills, a model reads and a loss scores.
//
//   tokens      B  i  m  9  B  e  y  4      what the model reads
//   targets     i  m  9  .  e  y  4  .      the next token to predict; '.' is kIgnoreIndex
//   slices      -  -  0  -  -  -  0  -      the kind of answer; '-' (-1): not an answer
//   documents   0  0  0  0  4  4  4  4      first position of the document each token belongs to
//
// B windows of T tokens lie side by side, row-major [B, T].
#pragma once

#include <span>
#include <vector>

#include "looplab/core/tensor.hpp"

namespace looplab {

/// Target of a position that is not scored.
inline constexpr Token kIgnoreIndex = -100;
/// Slice of a position that is not an answer.
inline constexpr Token kNoSlice = -1;

/// One window being filled: four rows of T entries (see the file comment). Blank at first: token 0,
/// no target, no slice, one document that starts at 0.
struct Window {
  std::span<Token> tokens, targets, slices, documents;
};

/// Windows [B, T] that others own, as a model reads them.
struct Windows {
  Index num_windows = 1, length = 0;      // B, T
  std::span<const Token> tokens;          // [B T]
  std::span<const Token> documents = {};  // [B T]; empty: one document per window
  std::span<const Token> targets = {};    // [B T]; empty: nothing is scored

  [[nodiscard]] Index size() const { return num_windows * length; }
  /// First position of the document that token n = 0 ... size-1 belongs to.
  [[nodiscard]] Token document_begin(Index n) const {
    return documents.empty() ? 0 : documents[static_cast<std::size_t>(n)];
  }
  /// Position of token n within its document.
  [[nodiscard]] Token position(Index n) const {
    return static_cast<Token>(n % length) - document_begin(n);
  }
  /// Writes the positions [size] of all tokens within their documents.
  void write_positions(Token* to) const {
    for (Index n = 0; n < size(); ++n) to[n] = position(n);
  }

  /// \throws ShapeError in a sentence that begins with `where` if a span has another size than B T,
  /// or a document begins at neither its own position nor that of its left neighbor. Tokens may be
  /// missing where a model does not read them.
  void validate(const char* where, bool reads_tokens = true) const;
};

inline void Windows::validate(const char* where, bool reads_tokens) const {
  const auto require_size = [&](std::span<const Token> row, const char* what, bool may_be_empty) {
    require<ShapeError>(std::ssize(row) == size() || (may_be_empty && row.empty()), where, ": ",
                        row.size(), ' ', what, " for ", num_windows, " windows of ", length,
                        " tokens");
  };
  require_size(tokens, "tokens", !reads_tokens);
  require_size(documents, "document entries", true);
  require_size(targets, "targets", true);
  for (Index n = 0; n < std::ssize(documents); ++n) {
    const auto t = static_cast<Token>(n % length);
    const Token begin = document_begin(n);
    require<ShapeError>(begin == t || (t > 0 && begin == document_begin(n - 1)), where,
                        ": the document of position ", t, " begins at ", begin, ", expected ", t,
                        " or the entry to the left of it");
  }
}

/// Windows [B, T] with their memory.
struct Batch {
  Index num_windows = 0, length = 0;
  std::vector<Token> tokens, targets, slices, documents;

  /// Resizes to `count` blank windows of `window_length`. Memory is kept between calls.
  void reset(Index count, Index window_length) {
    num_windows = count;
    length = window_length;
    const auto entries = static_cast<std::size_t>(size());
    tokens.assign(entries, 0);
    targets.assign(entries, kIgnoreIndex);
    slices.assign(entries, kNoSlice);
    documents.assign(entries, 0);
  }
  [[nodiscard]] Index size() const { return num_windows * length; }
  /// Window `index` in 0 ... num_windows-1, to be filled.
  [[nodiscard]] Window window(Index index) {
    const auto row = [&](std::vector<Token>& all) {
      return std::span(all).subspan(static_cast<std::size_t>(index * length),
                                    static_cast<std::size_t>(length));
    };
    return {row(tokens), row(targets), row(slices), row(documents)};
  }
  /// All windows as a model reads them; valid until the next change.
  operator Windows() const { return {num_windows, length, tokens, documents, targets}; }
};

}  // namespace looplab

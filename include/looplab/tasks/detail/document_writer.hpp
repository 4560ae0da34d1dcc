// SPDX-License-Identifier: MIT
//
// Writes a document into a window token by token: each token is the target of the position before
// it, and its slice is that of the target.
//
//   write      bos  anna  was  born        tokens, from position `begin` = 4 on
//   targets    anna was   born  .          '.': not scored, until another token follows
//   documents   4    4     4    4
#pragma once

#include <span>

#include "looplab/core/windows.hpp"

namespace looplab {

/// Appends to a document that begins at position `begin` of a blank window.
class DocumentWriter {
 public:
  DocumentWriter(Window window, Index begin) : window_(window), begin_(begin), end_(begin) {}

  /// The position after the last token.
  [[nodiscard]] Index end() const { return end_; }

  /// Appends a token. The slice of the document's first token is not used: nothing predicts it.
  void write(Token token, Token slice) {
    const auto i = static_cast<std::size_t>(end_);
    window_.tokens[i] = token;
    window_.documents[i] = static_cast<Token>(begin_);
    if (end_++ == begin_) return;
    window_.targets[i - 1] = token;
    window_.slices[i - 1] = slice;
  }
  /// Appends tokens of one slice.
  void write(std::span<const Token> tokens, Token slice) {
    for (Token token : tokens) write(token, slice);
  }

 private:
  Window window_;
  Index begin_, end_;
};

}  // namespace looplab

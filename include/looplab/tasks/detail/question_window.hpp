// SPDX-License-Identifier: MIT
//
// Packs questions into one window: each is a document of its own, answered at its last token.
//
//   tokens      h  r  h  r  s  h  r  .      '.' is padding: token 0, never scored
//   targets     .  t  .  .  u  .  v  .
//   documents   0  0  2  2  2  5  5  7
#pragma once

#include <algorithm>
#include <span>

#include "looplab/tasks/task.hpp"

namespace looplab {

/// Fills a blank window from the left, question by question.
class QuestionWindow {
 public:
  explicit QuestionWindow(Window window) : window_(window) {}

  /// Number of free positions.
  [[nodiscard]] Index room() const { return std::ssize(window_.tokens) - begin_; }

  /// Appends a question of 1 ... room() tokens; `answer` is the target of its last.
  void write(std::span<const Token> question, Token answer, Token slice) {
    LOOPLAB_ASSERT(!question.empty() && std::ssize(question) <= room());
    const auto begin = static_cast<std::size_t>(begin_);
    std::ranges::copy(question, window_.tokens.subspan(begin).begin());
    std::ranges::fill(window_.documents.subspan(begin), static_cast<Token>(begin_));
    begin_ += std::ssize(question);
    const auto last = static_cast<std::size_t>(begin_ - 1);
    window_.targets[last] = answer;
    window_.slices[last] = slice;
    // The free positions form a document of their own, until another question is written there.
    std::ranges::fill(window_.documents.subspan(last + 1), static_cast<Token>(begin_));
  }

 private:
  Window window_;
  Index begin_ = 0;
};

}  // namespace looplab

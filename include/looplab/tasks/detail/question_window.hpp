// SPDX-License-Identifier: MIT
//
// Packs questions into one window: each is a document of its own, answered from its last token on.
//
//   tokens      h  r  h  r  s  u  h  r  .      '.' is padding: token 0, never scored
//   targets     .  t  .  .  u  w  .  v  .      the second answer has two tokens, u and w
//   documents   0  0  2  2  2  2  6  6  8
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

  /// Appends a question of 1 or more tokens; `answer` is the target of its last.
  void write(std::span<const Token> question, Token answer, Token slice) {
    write(question, std::span(&answer, 1), slice);
  }
  /// Appends a question of 1 or more tokens and its answer of 1 or more. The first token of the
  /// answer is the target of the question's last, and the answer's last is a target only: they take
  /// question + answer - 1 positions, at most room().
  void write(std::span<const Token> question, std::span<const Token> answer, Token slice) {
    const std::size_t size = question.size() + answer.size() - 1;
    LOOPLAB_ASSERT(!question.empty() && !answer.empty() && static_cast<Index>(size) <= room());
    const auto begin = static_cast<std::size_t>(begin_), end = begin + size;
    std::ranges::copy(question, window_.tokens.subspan(begin).begin());
    std::ranges::copy(answer.first(answer.size() - 1),
                      window_.tokens.subspan(begin + question.size()).begin());
    std::ranges::copy(answer, window_.targets.subspan(end - answer.size()).begin());
    std::ranges::fill(window_.slices.subspan(end - answer.size(), answer.size()), slice);
    std::ranges::fill(window_.documents.subspan(begin), static_cast<Token>(begin_));
    begin_ = static_cast<Index>(end);
    // The free positions form a document of their own, until another question is written there.
    std::ranges::fill(window_.documents.subspan(end), static_cast<Token>(begin_));
  }

 private:
  Window window_;
  Index begin_ = 0;
};

}  // namespace looplab

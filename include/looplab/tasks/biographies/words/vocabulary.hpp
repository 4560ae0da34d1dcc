// SPDX-License-Identifier: MIT
//
// Words and their tokens. A new word gets the next free number, so there are as many tokens as
// words in use.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "looplab/tasks/biographies/words/word_list.hpp"
#include "looplab/tasks/task.hpp"

namespace looplab {

/// Words numbered 0, 1, 2, ...
class Vocabulary {
 public:
  /// The token of a word, a new one if the word is new.
  Token add(const std::string& word) {
    const auto [entry, is_new] = tokens_.try_emplace(word, static_cast<Token>(words_.size()));
    if (is_new) words_.push_back(word);
    return entry->second;
  }
  /// The tokens of the words of a text.
  [[nodiscard]] std::vector<Token> add_words(std::string_view text) {
    std::vector<Token> tokens;
    for (const std::string& word : words_of(text)) tokens.push_back(add(word));
    return tokens;
  }
  /// The tokens of the first `count` phrases of a list.
  [[nodiscard]] std::vector<std::vector<Token>> add_phrases(const std::vector<std::string>& list,
                                                            Index count) {
    std::vector<std::vector<Token>> phrases;
    for (const std::string& phrase : std::span(list).first(static_cast<std::size_t>(count)))
      phrases.push_back(add_words(phrase));
    return phrases;
  }

  [[nodiscard]] Index size() const { return std::ssize(words_); }
  /// The word of a token in 0 ... size-1. \throws std::out_of_range
  [[nodiscard]] const std::string& word(Token token) const {
    return words_.at(static_cast<std::size_t>(token));
  }

 private:
  std::unordered_map<std::string, Token> tokens_;
  std::vector<std::string> words_;
};

}  // namespace looplab

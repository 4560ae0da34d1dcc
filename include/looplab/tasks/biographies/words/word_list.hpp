// SPDX-License-Identifier: MIT
//
// Lists of words and phrases written as a single text, and lists composed of two others.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/text_list.hpp"

namespace looplab {

/// The parts of `text` between `separator`s; empty parts are left out.
[[nodiscard]] inline std::vector<std::string> split_text(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::string_view part : split(text, separator))
    if (!part.empty()) parts.emplace_back(part);
  return parts;
}

/// The words of a text.
[[nodiscard]] inline std::vector<std::string> words_of(std::string_view text) {
  return split_text(text, ' ');
}

/// Every beginning with every ending: first all of the first beginning, then of the second, ...
[[nodiscard]] inline std::vector<std::string> composed(const std::vector<std::string>& beginnings,
                                                       const std::vector<std::string>& endings) {
  std::vector<std::string> all;
  for (const std::string& beginning : beginnings)
    for (const std::string& ending : endings) all.push_back(beginning + ending);
  return all;
}

/// `pattern` with the value in at of its '@'.
[[nodiscard]] inline std::string filled_in(std::string_view pattern, std::string_view value) {
  const std::size_t at = pattern.find('@');
  return std::string(pattern.substr(0, at)).append(value).append(pattern.substr(at + 1));
}

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// Lists written as text, such as "a, b, c".
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace looplab {

/// The text without spaces and tabs at both ends.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

/// The parts between separators, as they are: one more than there are separators, some perhaps
/// empty.
[[nodiscard]] inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(separator, begin)) != text.npos; begin = end + 1)
    parts.push_back(text.substr(begin, end - begin));
  parts.push_back(text.substr(begin));
  return parts;
}

/// The trimmed entries of a list; empty ones are left out: "a, b ,,c," has a, b and c.
[[nodiscard]] inline std::vector<std::string> listed(std::string_view text, char separator = ',') {
  std::vector<std::string> entries;
  for (std::string_view part : split(text, separator))
    if (const std::string_view entry = trimmed(part); !entry.empty()) entries.emplace_back(entry);
  return entries;
}

/// "a, b, c".
[[nodiscard]] inline std::string joined(std::span<const std::string> names,
                                        std::string_view separator = ", ") {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : separator).append(name);
  return text;
}

}  // namespace looplab

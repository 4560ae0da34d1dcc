// SPDX-License-Identifier: MIT
//
// Tables on a terminal: columns of given widths, with words wrapped inside their cells.
#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace looplab::lab {

/// The words of `text` in lines of at most `width` letters; a longer word, and text after a line
/// break, start a new line.
[[nodiscard]] inline std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines;
  std::istringstream paragraphs(text);
  for (std::string paragraph; std::getline(paragraphs, paragraph);) {
    std::istringstream words(paragraph);
    bool starts = true;
    for (std::string word; words >> word; starts = false) {
      if (starts || lines.back().size() + 1 + word.size() > width)
        lines.push_back(word);
      else
        lines.back() += ' ' + word;
    }
  }
  return lines;
}

/// Rows of cells, the first row underlined. Every row has as many cells as there are widths.
[[nodiscard]] inline std::string text_table(const std::vector<std::vector<std::string>>& rows,
                                            const std::vector<std::size_t>& widths) {
  std::string table;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::vector<std::vector<std::string>> cells;
    std::size_t height = 0;
    for (std::size_t c = 0; c < widths.size(); ++c) {
      cells.push_back(wrapped(rows[r].at(c), widths[c]));
      height = std::max(height, cells.back().size());
    }
    for (std::size_t line = 0; line < height; ++line) {
      std::string text;
      for (std::size_t c = 0; c < widths.size(); ++c) {
        const std::string part = line < cells[c].size() ? cells[c][line] : "";
        text += part + std::string(widths[c] - std::min(widths[c], part.size()) + 2, ' ');
      }
      text.resize(text.find_last_not_of(' ') + 1);
      table += text + '\n';
    }
    std::string rule;
    for (std::size_t width : widths) rule += std::string(width, '-') + "  ";
    rule.resize(rule.size() - 2);
    table += r == 0 ? rule + '\n' : r + 1 < rows.size() ? "\n" : "";
  }
  return table;
}

}  // namespace looplab::lab

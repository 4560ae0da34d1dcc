// SPDX-License-Identifier: MIT
//
// Tables on a terminal, with words wrapped inside their cells.
#pragma once

#include <algorithm>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/lab/config/settings.hpp"
#include "looplab/lab/report/table.hpp"

namespace looplab::lab {

/// Number of characters of a text in UTF-8.
[[nodiscard]] inline std::size_t num_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// The words of `text` in lines of at most `width` characters; a longer word, and text after a line
/// break, start a new line.
[[nodiscard]] inline std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines;
  std::istringstream paragraphs(text);
  for (std::string paragraph; std::getline(paragraphs, paragraph);) {
    std::istringstream words(paragraph);
    bool starts = true;
    for (std::string word; words >> word; starts = false) {
      if (starts || num_characters(lines.back()) + 1 + num_characters(word) > width)
        lines.push_back(word);
      else
        lines.back() += ' ' + word;
    }
  }
  return lines;
}

/// One row of wrapped cells, each as high as its number of lines.
[[nodiscard]] inline std::string terminal_row(const Table& table,
                                              const std::vector<std::size_t>& widths,
                                              const std::vector<std::vector<std::string>>& cells) {
  std::size_t height = 0;
  for (const auto& cell : cells) height = std::max(height, cell.size());
  std::string row;
  for (std::size_t line = 0; line < height; ++line) {
    std::string text;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const std::string part = line < cells[c].size() ? cells[c][line] : "";
      const std::string space(widths[c] - num_characters(part), ' ');
      text += (c == 0 ? "" : "  ") +
              (table.columns[c].align == Align::left ? part + space : space + part);
    }
    row += text.erase(text.find_last_not_of(' ') + 1) + '\n';
  }
  return row;
}

/// The table for a terminal: headings underlined, rows of several lines set apart by empty lines.
[[nodiscard]] inline std::string terminal_text(const Table& table) {
  using Cells = std::vector<std::vector<std::string>>;
  std::vector<Cells> rows(table.num_rows() + 1);
  Cells rule;
  std::vector<std::size_t> widths;
  for (const Column& column : table.columns) {
    std::size_t& width = widths.emplace_back(0);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const std::string text = r == 0 ? column.heading : column.cells[r - 1].lines();
      rows[r].push_back(wrapped(text, column.width));
      for (const std::string& line : rows[r].back()) width = std::max(width, num_characters(line));
    }
    rule.push_back({std::string(width, '-')});
  }
  std::vector<std::string> texts;
  for (const Cells& row : rows) texts.push_back(terminal_row(table, widths, row));
  const std::span body = std::span<const std::string>(texts).subspan(1);
  const bool apart = std::ranges::any_of(
      body, [](const std::string& row) { return std::ranges::count(row, '\n') > 1; });
  return texts[0] + terminal_row(table, widths, rule) + joined(body, apart ? "\n" : "");
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// Tables on a terminal, with words wrapped inside their cells.
#pragma once

#include <algorithm>
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

/// The columns with the widths that are 0 replaced by those of their widest line.
[[nodiscard]] inline std::vector<Column> terminal_columns(const Table& table) {
  std::vector<Column> columns = table.columns;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (columns[c].width > 0) continue;
    columns[c].width = num_characters(columns[c].heading);
    for (const auto& row : table.rows) {
      std::istringstream lines(row.at(c).lines());
      for (std::string line; std::getline(lines, line);)
        columns[c].width = std::max(columns[c].width, num_characters(line));
    }
  }
  return columns;
}

/// One row, of one or more lines.
[[nodiscard]] inline std::string terminal_row(const std::vector<Column>& columns,
                                              const std::vector<std::string>& texts) {
  std::vector<std::vector<std::string>> cells;
  std::size_t height = 0;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    cells.push_back(wrapped(texts.at(c), columns[c].width));
    height = std::max(height, cells.back().size());
  }
  std::string row;
  for (std::size_t line = 0; line < height; ++line) {
    std::string text;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const std::string part = line < cells[c].size() ? cells[c][line] : "";
      const std::size_t width = columns[c].width;
      const std::string space(width - std::min(width, num_characters(part)), ' ');
      text +=
          (c == 0 ? "" : "  ") + (columns[c].align == Align::left ? part + space : space + part);
    }
    text.resize(text.find_last_not_of(' ') + 1);
    row += text + '\n';
  }
  return row;
}

/// The table for a terminal: headings underlined, rows of several lines set apart by empty lines.
[[nodiscard]] inline std::string terminal_text(const Table& table) {
  const std::vector<Column> columns = terminal_columns(table);
  std::vector<std::string> headings, rules, rows;
  for (const Column& column : columns) {
    headings.push_back(column.heading);
    rules.push_back(std::string(column.width, '-'));
  }
  for (const auto& row : table.rows) {
    std::vector<std::string> texts;
    for (const TableCell& cell : row) texts.push_back(cell.lines());
    rows.push_back(terminal_row(columns, texts));
  }
  const bool apart = std::ranges::any_of(
      rows, [](const std::string& row) { return std::ranges::count(row, '\n') > 1; });
  return terminal_row(columns, headings) + terminal_row(columns, rules) +
         joined(rows, apart ? "\n" : "");
}

}  // namespace looplab::lab

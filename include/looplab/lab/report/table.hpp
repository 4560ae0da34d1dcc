// SPDX-License-Identifier: MIT
//
// A table as a value, which a printer turns into text:
//
//   terminal_text   text_table.hpp   markdown_text, csv_text   here
//   html_text       html.hpp
#pragma once

#include <algorithm>
#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/core/error.hpp"

namespace looplab::lab {

/// On which side of its column a text stands.
enum class Align { left, right };

/// A column. `width` is that on a terminal, in characters, where longer texts are wrapped;
/// 0: as wide as its widest cell.
struct Column {
  std::string heading;
  std::size_t width = 0;
  Align align = Align::left;
};

/// A column of numbers.
[[nodiscard]] inline Column number_column(std::string heading) {
  return {std::move(heading), 0, Align::right};
}

/// A cell: its text, details below it, and the class of the badge (html.hpp) that marks the text.
/// Line breaks in the details separate them.
struct TableCell {
  template <std::convertible_to<std::string> Text>
  TableCell(const Text& main, std::string below = "",
            std::string mark = "")  // NOLINT: a text is a cell
      : text(main), small(std::move(below)), badge(std::move(mark)) {}
  template <std::integral Number>
  TableCell(Number number) : text(to_text(number)) {}  // NOLINT: a number is a cell

  /// The text and the details, one per line.
  [[nodiscard]] std::string lines() const {
    return text.empty() || small.empty() ? text + small : text + '\n' + small;
  }

  std::string text, small, badge;
};

/// Columns, and rows of as many cells.
struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<TableCell>> rows;

  /// The table without the columns for which `drops(index)` holds.
  template <std::predicate<std::size_t> Drops>
  [[nodiscard]] Table without_columns(const Drops& drops) const {
    Table table;
    table.rows.resize(rows.size());
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (drops(c)) continue;
      table.columns.push_back(columns[c]);
      for (std::size_t r = 0; r < rows.size(); ++r) table.rows[r].push_back(rows[r].at(c));
    }
    return table;
  }
  /// The table without the columns of these headings.
  [[nodiscard]] Table without(const std::vector<std::string>& headings) const {
    return without_columns([&](std::size_t c) {
      return std::ranges::find(headings, columns[c].heading) != headings.end();
    });
  }
  /// The table without the columns in which every cell is empty.
  [[nodiscard]] Table without_empty() const {
    return without_columns([&](std::size_t c) {
      return std::ranges::all_of(rows, [&](const auto& row) { return row.at(c).lines().empty(); });
    });
  }
};

/// Text as a cell of a Markdown table; line breaks become semicolons.
[[nodiscard]] inline std::string markdown_text(std::string_view text) {
  std::string safe;
  for (char c : text)
    safe += c == '|' ? "\\|" : c == '\n' ? "; " : c == '<' ? "&lt;" : std::string(1, c);
  return safe;
}

/// The table in Markdown.
[[nodiscard]] inline std::string markdown_text(const Table& table) {
  std::string text = "|", rule = "|";
  for (const Column& column : table.columns) {
    text += concat(' ', markdown_text(column.heading), " |");
    rule += "---|";
  }
  text += concat('\n', rule, '\n');
  for (const auto& row : table.rows) {
    text += '|';
    for (const TableCell& cell : row) text += concat(' ', markdown_text(cell.lines()), " |");
    text += '\n';
  }
  return text;
}

/// Text as a field of comma-separated values (RFC 4180): in quotes only if it needs them.
[[nodiscard]] inline std::string csv_text(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

/// The table as comma-separated values.
[[nodiscard]] inline std::string csv_text(const Table& table) {
  std::string text;
  for (const Column& column : table.columns)
    text += (text.empty() ? "" : ",") + csv_text(column.heading);
  for (const auto& row : table.rows) {
    std::string line;
    for (const TableCell& cell : row) line += ',' + csv_text(cell.lines());
    text += '\n' + line.substr(std::min<std::size_t>(1, line.size()));
  }
  return text + '\n';
}

}  // namespace looplab::lab

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

/// A cell: its text, details below it, and the class of the badge (html.hpp) that marks the text.
/// Line breaks separate the details. Texts and whole numbers are cells.
struct TableCell {
  template <std::convertible_to<std::string> Text>
  TableCell(const Text& main, std::string below = "", std::string mark = "")
      : text(main), small(std::move(below)), badge(std::move(mark)) {}
  template <std::integral Number>
  TableCell(Number number) : text(to_text(number)) {}

  /// The text and the details, one per line.
  [[nodiscard]] std::string lines() const {
    return text.empty() || small.empty() ? text + small : text + '\n' + small;
  }

  std::string text, small, badge;
};

/// On which side of its column a text stands.
enum class Align { left, right };

/// A column with a cell per row. `width` limits the lines on a terminal, in characters.
struct Column {
  std::string heading;
  Align align = Align::left;
  std::size_t width = 28;
  std::vector<TableCell> cells = {};
};

/// Columns of one length.
struct Table {
  /// An empty table with columns of texts, then of numbers.
  explicit Table(const std::vector<std::string>& texts,
                 const std::vector<std::string>& numbers = {}) {
    for (const std::string& heading : texts) columns.push_back({heading});
    for (const std::string& heading : numbers) columns.push_back({heading, Align::right});
  }

  /// Appends a row. \pre `row` has a cell for each column
  void add(const std::vector<TableCell>& row) {
    for (std::size_t c = 0; c < columns.size(); ++c) columns[c].cells.push_back(row.at(c));
  }
  [[nodiscard]] std::size_t num_rows() const {
    return columns.empty() ? 0 : columns[0].cells.size();
  }

  /// The table without the columns of these headings.
  [[nodiscard]] Table without(const std::vector<std::string>& headings) const {
    Table table = *this;
    std::erase_if(table.columns, [&](const Column& column) {
      return std::ranges::find(headings, column.heading) != headings.end();
    });
    return table;
  }
  /// The table without the columns whose cells are all empty.
  [[nodiscard]] Table without_empty() const {
    Table table = *this;
    std::erase_if(table.columns, [](const Column& column) {
      return std::ranges::all_of(column.cells, &std::string::empty, &TableCell::lines);
    });
    return table;
  }
  /// A line with the headings, then one per row; `print` makes the text of a cell.
  template <class Print>
  [[nodiscard]] std::vector<std::string> lines(std::string_view separator,
                                               const Print& print) const {
    std::vector<std::string> lines(num_rows() + 1);
    for (const Column& column : columns)
      for (std::size_t r = 0; r < lines.size(); ++r)
        lines[r]
            .append(&column == &columns[0] ? "" : separator)
            .append(print(r == 0 ? column.heading : column.cells[r - 1].lines()));
    return lines;
  }

  std::vector<Column> columns;
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
  std::string text, rule = "|";
  for (std::size_t c = 0; c < table.columns.size(); ++c) rule += "---|";
  for (const std::string& line :
       table.lines(" | ", [](const std::string& cell) { return markdown_text(cell); }))
    text += concat("| ", line, " |\n", text.empty() ? rule + '\n' : "");
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
  for (const std::string& line :
       table.lines(",", [](const std::string& cell) { return csv_text(cell); }))
    text += line + '\n';
  return text;
}

}  // namespace looplab::lab

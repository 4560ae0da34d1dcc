// SPDX-License-Identifier: MIT
//
// gnuplot scripts: constant templates with placeholders, quoted text, rows of data.
//
// A template is a script with placeholders in braces, such as "set ylabel {label}".
#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/core/error.hpp"
#include "looplab/lab/report/text_table.hpp"
#include "looplab/stats/interval.hpp"

namespace looplab::lab {

/// The template with every {name} replaced: fill("x = {x}", "x", 3) is "x = 3". \throws Error naming a
/// placeholder without content
template <class... Parts>
[[nodiscard]] std::string fill(std::string_view script, const Parts&... names_and_contents) {
  static_assert(sizeof...(Parts) % 2 == 0, "names and contents come in pairs");
  const std::vector<std::string> given{concat(names_and_contents)...};
  std::string text;
  while (true) {
    const std::size_t begin = script.find('{'), end = script.find('}');
    text += script.substr(0, begin);
    if (begin == std::string_view::npos) return text;
    const std::string_view name = script.substr(begin + 1, end - begin - 1);
    std::size_t i = 0;
    while (i < given.size() && given[i] != name) i += 2;
    require<Error>(i < given.size(), "template of a figure: {", name, "} has no content");
    text += given[i + 1];
    script.remove_prefix(end + 1);
  }
}

/// The text as a string that gnuplot does not interpret.
[[nodiscard]] inline std::string gnuplot_text(std::string_view text) {
  std::string safe = "'";
  for (char c : text) safe += c == '\'' ? "''" : std::string(1, c == '\n' ? ' ' : c);
  return safe + "'";
}

/// The same in lines of at most `width` letters.
[[nodiscard]] inline std::string gnuplot_lines(const std::string& text, std::size_t width = 42) {
  std::string lines;
  for (const std::string& line : wrapped(text, width))
    lines += (lines.empty() ? "" : " . \"\\n\" . ") + gnuplot_text(line);
  return lines.empty() ? "''" : lines;
}

/// Labels of an axis with their positions: "'1x1' 0, '1x4' 1".
[[nodiscard]] inline std::string ticks(const std::vector<std::pair<std::string, double>>& labels) {
  std::string text;
  for (const auto& [label, at] : labels)
    text += concat(text.empty() ? "" : ", ", gnuplot_text(label), ' ', at);
  return text;
}
/// The same at 0, 1, ...
[[nodiscard]] inline std::string ticks(const std::vector<std::string>& labels) {
  std::vector<std::pair<std::string, double>> all;
  for (const std::string& label : labels) all.emplace_back(label, static_cast<double>(all.size()));
  return ticks(all);
}

/// A row of a data block: numbers, or x and "mean low high", equal without an interval (one seed).
template <class... Numbers>
[[nodiscard]] std::string data_row(double x, const Numbers&... numbers) {
  return concat(x, concat(' ', numbers)..., '\n');
}
[[nodiscard]] inline std::string data_row(double x, const stats::Interval& y) {
  const bool known = std::isfinite(y.low);
  return data_row(x, y.mean, known ? y.low : y.mean, known ? y.high : y.mean);
}

/// Rows as the data block $name.
[[nodiscard]] inline std::string data_block(std::string_view name, std::string_view rows) {
  return concat('$', name, " << EOD\n", rows, "EOD\n");
}

}  // namespace looplab::lab

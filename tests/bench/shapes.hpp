// SPDX-License-Identifier: MIT
//
// Shapes of the benchmarks, from text files: one shape per line, `#` starts a comment.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "looplab/core/tensor.hpp"

namespace looplab_bench {

using ShapeRow = std::vector<looplab::Index>;

/// The shapes in `file`, each with one number of 1 or more for every word of `columns`.
/// \throws looplab::FileError if there is no such file
/// \throws looplab::ConfigError naming file and line if a line has any other form
[[nodiscard]] inline std::vector<ShapeRow> read_shapes(const std::filesystem::path& file,
                                                       const std::string& columns) {
  std::ifstream in(file);
  looplab::require<looplab::FileError>(in.is_open(), file.string(), ": cannot be read");
  std::istringstream words(columns);
  const auto num_columns = std::distance(std::istream_iterator<std::string>(words), {});
  std::vector<ShapeRow> shapes;
  int line_number = 0;
  for (std::string line; std::getline(in, line);) {
    ++line_number;
    std::istringstream numbers(line.substr(0, line.find('#')));
    ShapeRow row;
    for (looplab::Index number; numbers >> number;) row.push_back(number);
    if (row.empty() && numbers.eof()) continue;
    looplab::require<looplab::ConfigError>(
        numbers.eof() && std::ssize(row) == num_columns && std::ranges::min(row) >= 1,
        file.string(), ":", line_number, ": '", line, "', expected `", columns,
        "`, each a number of 1 or more");
    shapes.push_back(row);
  }
  return shapes;
}

/// "256x64x192"
[[nodiscard]] inline std::string shape_text(const ShapeRow& row) {
  std::string text;
  for (looplab::Index number : row) text += (text.empty() ? "" : "x") + std::to_string(number);
  return text;
}

}  // namespace looplab_bench

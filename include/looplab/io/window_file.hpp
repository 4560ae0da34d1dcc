// SPDX-License-Identifier: MIT
//
// Windows of a task in a file, for exchange with other programs. Two equivalent formats:
//
//   JSON lines   {"format": "looplab windows 1", "vocab_size": 9, "length": 4, ...}   WindowHeader
//                {"tokens": [..], "targets": [..], "slices": [..], "documents": [..]}   per window
//   npy          int32 [count, 4, length]: tokens, targets, slices, documents of each window;
//                the header is in <file>.json
//
// core/windows.hpp defines the four rows: target -100 is not scored, slice -1 is not an answer. In
// JSON lines, slices and documents may be omitted: no answers, one document.
#pragma once

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/fnv1a.hpp"
#include "looplab/core/windows.hpp"
#include "looplab/io/json_lines.hpp"
#include "looplab/io/npy.hpp"

namespace looplab {

/// Rows of a window in the order in which they are stored.
enum class WindowRow { tokens, targets, slices, documents };
inline constexpr Index kWindowRows = 4;
inline constexpr const char* kWindowFormat = "looplab windows 1";

/// Description of a file of windows. Without `slices` and `tokens`, numbers are shown as names.
struct WindowHeader {
  std::string task = "recorded";          // name of the task that made them
  std::string split = "train";            // name of the split
  Index seed = 0;                         // seed they were drawn with
  Index vocab_size = 0;                   // tokens are 0 ... vocab_size-1
  Index length = 0;                       // positions of a window
  std::vector<std::string> slices = {};   // names of the kinds of answers
  std::vector<double> slice_floors = {};  // accuracy without the ability in question; may be empty
  std::vector<std::string> tokens = {};   // names of the tokens; may be empty
  nlohmann::ordered_json config = nlohmann::ordered_json::object();  // the task's settings
};

[[nodiscard]] inline nlohmann::ordered_json to_json(const WindowHeader& header) {
  return {{"format", kWindowFormat},         {"task", header.task},
          {"split", header.split},           {"seed", header.seed},
          {"vocab_size", header.vocab_size}, {"length", header.length},
          {"slices", header.slices},         {"slice_floors", header.slice_floors},
          {"tokens", header.tokens},         {"config", header.config}};
}

/// Reads a header; vocab_size and length are required. \throws FileError "where: ..."
[[nodiscard]] inline WindowHeader window_header(const nlohmann::ordered_json& json,
                                                const std::string& where) {
  try {
    require<FileError>(json.is_object() && json.value("format", "") == kWindowFormat, where,
                       ": is not a file of windows, expected \"format\": \"", kWindowFormat, '"');
    WindowHeader header;
    header.task = json.value("task", header.task);
    header.split = json.value("split", header.split);
    header.seed = json.value("seed", header.seed);
    json.at("vocab_size").get_to(header.vocab_size);
    json.at("length").get_to(header.length);
    header.slices = json.value("slices", header.slices);
    header.slice_floors = json.value("slice_floors", header.slice_floors);
    header.tokens = json.value("tokens", header.tokens);
    header.config = json.value("config", header.config);
    require<FileError>(header.vocab_size >= 1 && header.length >= 1, where, ": vocab_size is ",
                       header.vocab_size, " and length ", header.length, ", expected 1 or more");
    for (const auto& [name, size, expected] :
         {std::tuple{"tokens", std::ssize(header.tokens), header.vocab_size},
          std::tuple{"slice_floors", std::ssize(header.slice_floors), std::ssize(header.slices)}})
      require<FileError>(size == 0 || size == expected, where, ": has ", size, " ", name,
                         ", expected ", expected);
    return header;
  } catch (const nlohmann::json::exception& error) {
    throw FileError(concat(where, ": is not a header of windows (", error.what(), ")"));
  }
}

/// Writes windows one after another; the complete file appears at `commit`, or not at all.
class WindowWriter {
 public:
  /// JSON lines.
  WindowWriter(const std::filesystem::path& path, const WindowHeader& header) : file_(path) {
    file_.write(json_line(to_json(header)));
  }
  /// npy with `count` windows; the header is written to <path>.json.
  WindowWriter(const std::filesystem::path& path, const WindowHeader& header, Index count)
      : file_(path),
        header_path_(path.string() + ".json"),
        header_(to_json(header).dump(1) + "\n") {
    file_.write(npy::preamble(npy::descr<Token>(), Shape({count, kWindowRows, header.length})));
  }

  /// Adds a window: rows of `length` entries each.
  void add(std::span<const Token> tokens, std::span<const Token> targets,
           std::span<const Token> slices, std::span<const Token> documents) {
    if (!header_.empty()) {
      for (const auto& row : {tokens, targets, slices, documents}) file_.write(std::as_bytes(row));
    } else {
      file_.write(json_line({{"tokens", tokens},
                             {"targets", targets},
                             {"slices", slices},
                             {"documents", documents}}));
    }
  }
  void commit() {
    if (!header_.empty()) write_file_atomically(header_path_, header_);
    file_.commit();
  }

 private:
  AtomicFile file_;
  std::filesystem::path header_path_;
  std::string header_;  // npy only; empty for JSON lines
};

/// A file of windows in memory.
struct WindowFile {
  WindowHeader header;
  std::string checksum;       // 16 hexadecimal digits, of windows and header
  std::vector<Token> values;  // [count, 4, length]

  [[nodiscard]] Index count() const { return std::ssize(values) / (kWindowRows * header.length); }
  /// A row of window `index`.
  [[nodiscard]] std::span<const Token> row(Index index, WindowRow row) const {
    const Index begin = (index * kWindowRows + static_cast<Index>(row)) * header.length;
    return std::span(values).subspan(static_cast<std::size_t>(begin),
                                     static_cast<std::size_t>(header.length));
  }
};

namespace window_file {

/// \throws FileError naming the window and row of the first entry that is out of range.
inline void check(const WindowFile& file, const std::string& path) {
  const auto in = [](Token value, Index low, Index end) { return value >= low && value < end; };
  for (Index w = 0; w < file.count(); ++w) {
    const auto refuse = [&](const char* row, std::size_t at, Token value) {
      throw FileError(concat(path, ": window ", w, ", ", row, "[", at, "] is ", value,
                             ", which is out of range (vocab_size ", file.header.vocab_size, ", ",
                             file.header.slices.size(), " slices)"));
    };
    const auto tokens = file.row(w, WindowRow::tokens), targets = file.row(w, WindowRow::targets),
               slices = file.row(w, WindowRow::slices),
               documents = file.row(w, WindowRow::documents);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const auto here = static_cast<Token>(i);
      if (!in(tokens[i], 0, file.header.vocab_size)) refuse("tokens", i, tokens[i]);
      if (targets[i] != kIgnoreIndex && !in(targets[i], 0, file.header.vocab_size))
        refuse("targets", i, targets[i]);
      if (!in(slices[i], kNoSlice, std::ssize(file.header.slices))) refuse("slices", i, slices[i]);
      if (documents[i] != here && (i == 0 || documents[i] != documents[i - 1]))
        refuse("documents", i, documents[i]);
    }
  }
}

[[nodiscard]] inline WindowFile read_npy_windows(const std::string& path) {
  WindowFile file;
  file.header = window_header(
      nlohmann::ordered_json::parse(std::string_view(read_file(path + ".json")), nullptr, false), path + ".json");
  const Tensor<Token> all = read_npy<Token>(path);
  const Shape& shape = all.shape();
  require<FileError>(shape.rank() == 3 && shape[1] == kWindowRows && shape[2] == file.header.length,
                     path, ": has shape ", shape, ", expected [count, ", kWindowRows, ", ",
                     file.header.length, "]");
  file.values.assign(all.data(), all.data() + all.size());
  return file;
}

[[nodiscard]] inline WindowFile read_json_windows(const std::string& path,
                                                  const std::string& content) {
  require<FileError>(!content.empty(), path, ": is empty, expected a header and windows");
  WindowFile file;
  std::string_view rest = content;
  for (Index line = 1; !rest.empty(); ++line) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string where = concat(path, ": line ", line);
    const auto json = nlohmann::ordered_json::parse(rest.substr(0, end), nullptr, false);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line == 1) {
      file.header = window_header(json, path);
      continue;
    }
    const auto length = static_cast<std::size_t>(file.header.length);
    try {
      require<FileError>(json.is_object(), where, " is not a window");
      for (const char* row : {"tokens", "targets", "slices", "documents"}) {
        std::vector<Token> values;
        if (json.contains(row) || row[0] == 't')
          json.at(row).get_to(values);
        else
          values.assign(length, row[0] == 's' ? -1 : 0);
        require<FileError>(values.size() == length, where, " has ", values.size(), " ", row,
                           ", expected ", length);
        file.values.insert(file.values.end(), values.begin(), values.end());
      }
    } catch (const nlohmann::json::exception& error) {
      throw FileError(concat(where, " is not a window (", error.what(), ")"));
    }
  }
  return file;
}

}  // namespace window_file

/// Reads a file in either format. \throws FileError naming the position of the first error
[[nodiscard]] inline WindowFile read_windows(const std::filesystem::path& path) {
  const std::string content = read_file(path);
  const bool is_npy = content.starts_with(npy::kMagic);
  WindowFile file = is_npy ? window_file::read_npy_windows(path.string())
                           : window_file::read_json_windows(path.string(), content);
  require<FileError>(file.count() > 0, path.string(), ": contains no windows");
  file.checksum = hex_text(fnv1a(content + json_line(to_json(file.header))));
  window_file::check(file, path.string());
  return file;
}

}  // namespace looplab

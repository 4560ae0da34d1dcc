// SPDX-License-Identifier: MIT
//
// Logs with one JSON object per line.
//
// A record is appended in a single write, so a killed process leaves at most one incomplete last
// line. Readers ignore it, and `JsonLines` removes it before it appends. JSON cannot express
// numbers that are not finite; they become null.
#pragma once

#include <sys/stat.h>

#include <concepts>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/core/tensor.hpp"
#include "looplab/io/atomic_file.hpp"
#include "looplab/io/config_json.hpp"

namespace looplab {

/// The record as one line, including its newline.
[[nodiscard]] inline std::string json_line(const nlohmann::ordered_json& record) {
  return record.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

/// A described struct as a record: {"kind": kind, one key per field}.
template <DescribedConfig Config>
[[nodiscard]] nlohmann::ordered_json to_record(std::string_view kind, const Config& fields) {
  nlohmann::ordered_json record;
  record["kind"] = kind;
  record.update(to_json(fields));
  return record;
}

/// A log that is only appended to. At most one object may be open per file.
class JsonLines {
 public:
  /// Opens the log, creates it if needed, and removes an incomplete last line.
  /// \throws FileError if it cannot be written.
  explicit JsonLines(std::filesystem::path path)
      : path_(std::move(path)),
        file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
    if (!file_.is_open()) throw_file_error(path_, "cannot be written");
    const std::string content = read_file(path_);
    const std::size_t complete = content.rfind('\n') + 1;  // npos + 1 is 0
    if (complete != content.size()) cut_to(static_cast<::off_t>(complete));
  }

  /// Appends a record, which has been handed to the operating system when this returns.
  /// \throws FileError, e.g. when the disk is full; the log then ends with the previous record.
  void append(const nlohmann::ordered_json& record) {
    const ::off_t size_before = ::lseek(file_.get(), 0, SEEK_END);
    const std::string line = json_line(record);
    if (write_all(file_, std::as_bytes(std::span(line)))) return;
    const int reason = errno;
    cut_to(size_before);
    throw_file_error(path_, "cannot be written", reason);
  }

  /// Returns once all records are on the disk and survive a power failure. \throws FileError
  void flush() {
    if (::fsync(file_.get()) != 0) throw_file_error(path_, "cannot be flushed to the disk");
  }

 private:
  void cut_to(::off_t size) {
    if (::ftruncate(file_.get(), size) != 0)
      throw_file_error(path_, "cannot be truncated to its complete records");
  }

  std::filesystem::path path_;
  FileDescriptor file_;
};

/// All complete records of a log, in order; an incomplete last line is ignored.
/// \throws FileError if the file is missing or a complete line is not a JSON object (names the line).
[[nodiscard]] inline std::vector<nlohmann::ordered_json> read_json_lines(
    const std::filesystem::path& path) {
  const std::string content = read_file(path);
  std::vector<nlohmann::ordered_json> records;
  std::string_view rest = content;
  for (std::size_t end; (end = rest.find('\n')) != std::string_view::npos;) {
    records.push_back(nlohmann::ordered_json::parse(rest.substr(0, end), nullptr, false));
    require<FileError>(records.back().is_object(), path.string(), ": line ", records.size(),
                       " is not a JSON object");
    rest.remove_prefix(end + 1);
  }
  return records;
}

/// Truncates a log before the first record that `keep` rejects: a resumed run drops the records
/// written after its checkpoint. A missing log is left missing.
/// \throws FileError, also where `keep` finds a value of another type in a record (names the line).
template <std::predicate<const nlohmann::ordered_json&> Keep>
void keep_records_while(const std::filesystem::path& path, Keep&& keep) {
  if (!std::filesystem::exists(path)) return;
  std::string kept;
  std::size_t line = 0;
  try {
    for (const nlohmann::ordered_json& record : read_json_lines(path)) {
      ++line;
      if (!keep(record)) break;
      kept += json_line(record);
    }
  } catch (const nlohmann::json::exception& error) {
    throw FileError(concat(path.string(), ": line ", line, " is no record (", error.what(), ")"));
  }
  write_file_atomically(path, kept);
}

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// Finished runs that are committed with a claim: experiments/<claim>/results/<preset>/rows.jsonl.
//
// A row is the content of result.json on one line. It replaces the run of its hash and seed, so
// that the run need not be repeated. Rows are appended and never changed: if several rows belong to
// one run, the last with this program's stamp counts, otherwise the last. An incomplete last line
// is ignored, and removed before the next row is added.
#pragma once

#include <sys/file.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/io/json_lines.hpp"
#include "looplab/lab/results/result_json.hpp"

namespace looplab::lab {

class ResultRows {
 public:
  /// Reads `file`, which need not exist. \throws FileError naming the line that is no result
  explicit ResultRows(std::filesystem::path file) : file_(std::move(file)) {
    if (std::filesystem::exists(file_)) read();
  }

  [[nodiscard]] const std::vector<RunResult>& rows() const { return rows_; }

  /// The row of a run, or nullptr.
  [[nodiscard]] const RunResult* find(std::string_view hash, Index seed) const {
    const RunResult* found = nullptr;
    for (const RunResult& row : rows_)
      if (row.hash == hash && row.seed == seed &&
          (found == nullptr || row.stamp == current_stamp() || found->stamp != current_stamp()))
        found = &row;
    return found;
  }

  /// \throws FileError unless rows can be added, without adding any.
  void require_writable() const {
    ensure_directory(file_.parent_path());
    if (std::filesystem::exists(file_))
      (void)open(O_WRONLY | O_APPEND);
    else if (::access(file_.parent_path().c_str(), W_OK | X_OK) != 0)
      throw_file_error(file_, "cannot be written");
  }

  /// Appends a row, completely or not at all, unless one with the same hash, seed and stamp exists;
  /// it is on the disk when this returns. Rows that other processes have added to the file are read
  /// first. Invalidates results of `rows` and `find`. \throws FileError, e.g. when the disk is full
  void add(const RunResult& result) {
    const FileDescriptor lock = open(O_RDWR | O_CREAT);
    (void)::flock(lock.get(), LOCK_EX);  // some file systems have no locks; closing ends it
    read();
    const auto is_same = [&](const RunResult& row) {
      return row.hash == result.hash && row.seed == result.seed && row.stamp == result.stamp;
    };
    if (std::ranges::any_of(rows_, is_same)) return;
    JsonLines lines(file_);
    lines.append(to_json(result));
    lines.flush();
    rows_.push_back(result);
  }

 private:
  void read() {
    rows_.clear();
    for (const auto& record : read_json_lines(file_))
      rows_.push_back(
          result_from_json(record, concat(file_.string(), ": line ", rows_.size() + 1)));
  }
  [[nodiscard]] FileDescriptor open(int flags) const {
    FileDescriptor file(::open(file_.c_str(), flags | O_CLOEXEC, 0666));
    if (!file.is_open()) throw_file_error(file_, "cannot be written");
    return file;
  }

  std::filesystem::path file_;
  std::vector<RunResult> rows_;
};

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
// A directory that exists for the lifetime of the object.
#pragma once

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>

#include "looplab/core/error.hpp"

namespace looplab_test {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "looplab_test_XXXXXX").string();
    looplab::require<looplab::FileError>(::mkdtemp(pattern.data()) != nullptr, pattern,
                                         ": cannot be made");
    path_ = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }
  /// Files and directories in it.
  [[nodiscard]] std::ptrdiff_t count() const {
    return std::distance(std::filesystem::directory_iterator(path_), {});
  }

 private:
  std::filesystem::path path_;
};

}  // namespace looplab_test

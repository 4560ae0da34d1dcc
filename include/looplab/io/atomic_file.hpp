// SPDX-License-Identifier: MIT
//
// Files that are replaced completely or not at all.
//
// The new content is written to `path.<process>.<count>.partial` in the same directory, flushed to
// the disk and renamed to `path` (contract 6, CONTRIBUTING.md). On any failure the partial file is
// removed and `path` is unchanged. Uses POSIX calls, because the standard library offers neither
// fsync nor errno texts.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "looplab/core/error.hpp"

namespace looplab {

/// \throws FileError "path: what (reason)"; the reason is the text of `errno` or of `code`.
[[noreturn]] inline void throw_file_error(const std::filesystem::path& path, std::string_view what,
                                          int code = errno) {
  throw FileError(
      concat(path.string(), ": ", what, " (", std::generic_category().message(code), ")"));
}

/// An open file descriptor, closed on destruction.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int value) : value_(value) {}
  FileDescriptor(FileDescriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  FileDescriptor& operator=(FileDescriptor other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~FileDescriptor() {
    if (value_ >= 0) ::close(value_);
  }
  [[nodiscard]] int get() const { return value_; }
  [[nodiscard]] bool is_open() const { return value_ >= 0; }

 private:
  int value_ = -1;
};

/// Writes all bytes; returns false with `errno` set if the system accepted fewer.
[[nodiscard]] inline bool write_all(const FileDescriptor& file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

/// The new content of a file while it is being written. It replaces the old content at `commit` and
/// is discarded if the object is destroyed before.
class AtomicFile {
 public:
  /// \throws FileError if no file can be created beside `path`.
  explicit AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
    static std::atomic<unsigned> count{0};
    partial_ = path_;
    partial_ += concat('.', ::getpid(), '.', count++, ".partial");
    file_ =
        FileDescriptor(::open(partial_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!file_.is_open()) throw_file_error(path_, "cannot be written");
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile() {
    if (!committed_) ::unlink(partial_.c_str());
  }

  /// Appends to the new content. \throws FileError, e.g. when the disk is full.
  void write(std::span<const std::byte> bytes) {
    if (!write_all(file_, bytes)) throw_file_error(path_, "cannot be written");
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  /// Replaces the old content by the new one; afterwards it survives a power failure.
  /// \throws FileError; the old file is then unchanged.
  void commit() {
    if (::fsync(file_.get()) != 0) throw_file_error(path_, "cannot be flushed to the disk");
    if (::rename(partial_.c_str(), path_.c_str()) != 0)
      throw_file_error(path_, "cannot be replaced");
    committed_ = true;
    const std::filesystem::path parent = path_.parent_path();
    const FileDescriptor directory(
        ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Some file systems cannot flush a directory (EINVAL) and some directories cannot be opened for
    // reading; nothing more can be done for the durability of the rename then.
    if (directory.is_open() && ::fsync(directory.get()) != 0 && errno != EINVAL)
      throw_file_error(path_, "was written, but its directory cannot be flushed");
  }

 private:
  std::filesystem::path path_, partial_;
  FileDescriptor file_;
  bool committed_ = false;
};

/// Replaces the content of `path` by the output of `write(AtomicFile&)`.
/// \throws FileError naming the path and the reason; the old file is then unchanged.
template <std::invocable<AtomicFile&> Write>
void write_file_atomically(const std::filesystem::path& path, Write&& write) {
  AtomicFile file(path);
  write(file);
  file.commit();
}
/// Replaces the content of `path` by `bytes`.
inline void write_file_atomically(const std::filesystem::path& path,
                                  std::span<const std::byte> bytes) {
  write_file_atomically(path, [&](AtomicFile& file) { file.write(bytes); });
}
/// Replaces the content of `path` by `text`.
inline void write_file_atomically(const std::filesystem::path& path, std::string_view text) {
  write_file_atomically(path, std::as_bytes(std::span(text)));
}

/// Size in bytes. \throws FileError if `path` is missing or not a regular file.
[[nodiscard]] inline std::size_t bytes_of_file(const std::filesystem::path& path) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(path, problem);
  if (problem) throw_file_error(path, "cannot be read", problem.value());
  return static_cast<std::size_t>(size);
}

/// The whole content of a file. \throws FileError if it cannot be read.
[[nodiscard]] inline std::string read_file(const std::filesystem::path& path) {
  std::string content(bytes_of_file(path), '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file) throw_file_error(path, "cannot be read");
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  require<FileError>(file.gcount() == static_cast<std::streamsize>(content.size()), path.string(),
                     ": ended after ", file.gcount(), " bytes, expected ", content.size());
  return content;
}

/// Creates the directory and its parents unless they exist.
/// \throws FileError if that fails or if files cannot be created in it.
inline void ensure_directory(const std::filesystem::path& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (problem) throw_file_error(path, "cannot be created as a directory", problem.value());
  if (::access(path.c_str(), W_OK | X_OK) != 0) throw_file_error(path, "cannot be written to");
}

}  // namespace looplab

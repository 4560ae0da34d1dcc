// SPDX-License-Identifier: MIT
#include "looplab/io/atomic_file.hpp"

#include <sys/wait.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/file_size_limit.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::FileSizeLimit;
using looplab_test::TemporaryDirectory;

TEST_CASE("an atomically written file is read back as written and leaves nothing beside it") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  const std::string content("line\n\0binary\xff", 13);
  write_file_atomically(path, content);
  CHECK(read_file(path) == content);
  write_file_atomically(path, "shorter");
  CHECK(read_file(path) == "shorter");
  write_file_atomically(path, "");
  CHECK(read_file(path).empty());
  CHECK(directory.count() == 1);
}

TEST_CASE("an atomic file may be written in pieces and appears only when complete") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  write_file_atomically(path, [&](AtomicFile& file) {
    file.write("one ");
    CHECK_FALSE(std::filesystem::exists(path));
    file.write("two");
  });
  CHECK(read_file(path) == "one two");
}

TEST_CASE("an atomic file accepts a path without a directory") {
  const TemporaryDirectory directory;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  write_file_atomically("bare_name", "text");
  std::filesystem::current_path(before);
  CHECK(read_file(directory / "bare_name") == "text");
}

TEST_CASE("a full disk is a FileError naming path and reason, and the old file stays") {
  const TemporaryDirectory directory;
  const auto path = directory / "checkpoint";
  write_file_atomically(path, "old");
  {
    const FileSizeLimit limit(1000);
    CHECK_THROWS_AS(write_file_atomically(path, std::string(5000, 'x')), FileError);
    CHECK_THROWS_WITH(write_file_atomically(path, std::string(5000, 'x')),
                      contains(path.string()) && contains("cannot be written (File too large)"));
  }
  CHECK(read_file(path) == "old");
  CHECK(directory.count() == 1);
}

TEST_CASE("an exception while writing leaves the old file and no partial one") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  write_file_atomically(path, "old");
  const auto fail = [](AtomicFile& file) {
    file.write("new");
    throw std::runtime_error("stop");
  };
  CHECK_THROWS_WITH(write_file_atomically(path, fail), "stop");
  CHECK(read_file(path) == "old");
  CHECK(directory.count() == 1);
}

TEST_CASE("an unusable place is a FileError naming path and reason") {
  const TemporaryDirectory directory;
  write_file_atomically(directory / "plain", "text");
  std::filesystem::create_directory(directory / "folder");
  CHECK_THROWS_WITH(write_file_atomically(directory / "missing/file", "x"),
                    contains("missing/file") && contains("No such file or directory"));
  CHECK_THROWS_WITH(write_file_atomically(directory / "plain/file", "x"),
                    contains("plain/file") && contains("Not a directory"));
  CHECK_THROWS_WITH(write_file_atomically(directory / "folder", "x"),
                    contains("folder: cannot be replaced") && contains("Is a directory"));
  CHECK(directory.count() == 2);
}

TEST_CASE("a process killed while writing leaves the old file") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  write_file_atomically(path, "old");
  const pid_t child = ::fork();
  if (child == 0) {
    write_file_atomically(path, [](AtomicFile& file) {
      file.write("new");
      ::kill(::getpid(), SIGKILL);
    });
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(read_file(path) == "old");
}

TEST_CASE("writers of the same path at the same time leave one of their contents whole") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  std::vector<std::jthread> writers;
  for (char letter : {'a', 'b', 'c'})
    writers.emplace_back([&path, letter] {
      for (int i = 0; i < 20; ++i) write_file_atomically(path, std::string(10'000, letter));
    });
  writers.clear();  // joins
  const std::string content = read_file(path);
  CHECK(content == std::string(10'000, content.at(0)));
  CHECK(directory.count() == 1);
}

TEST_CASE("reading a missing file or a directory is a FileError") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(read_file(directory / "missing"), FileError);
  CHECK_THROWS_WITH(read_file(directory / "missing"),
                    contains("missing: cannot be read (No such file or directory)"));
  CHECK_THROWS_WITH(read_file(directory.path()), contains("Is a directory"));
}

TEST_CASE(
    "ensure_directory makes parents, accepts an existing one and refuses what it cannot use") {
  const TemporaryDirectory directory;
  ensure_directory(directory / "a/b/c");
  ensure_directory(directory / "a/b/c");
  CHECK(std::filesystem::is_directory(directory / "a/b/c"));
  write_file_atomically(directory / "plain", "text");
  CHECK_THROWS_AS(ensure_directory(directory / "plain"), FileError);
  CHECK_THROWS_WITH(ensure_directory(directory / "plain/sub"),
                    contains("plain/sub") && contains("Not a directory"));
  CHECK_THROWS_AS(ensure_directory("/proc/looplab"), FileError);
  if (::geteuid() != 0) {  // nothing is forbidden to root
    std::filesystem::permissions(directory / "a", std::filesystem::perms::owner_read);
    CHECK_THROWS_WITH(ensure_directory(directory / "a"), contains("Permission denied"));
    std::filesystem::permissions(directory / "a", std::filesystem::perms::owner_all);
  }
}

// SPDX-License-Identifier: MIT
//
// Running another program: a text goes to its standard input, a text comes from its standard output.
//
// The program is started directly, not through a shell, so no part of a text can be interpreted as
// a command. Both texts pass through unnamed temporary files.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "looplab/core/error.hpp"

extern char** environ;

namespace looplab {

/// Exit status of a program that does not exist.
inline constexpr int kProgramMissing = 127;

/// What a program has returned; its error messages are discarded.
struct ProcessResult {
  int status = 0;  // 1 if a signal has ended it
  std::string output;
};

/// Runs `program`, looked up in PATH, without arguments and waits for its end. \throws FileError
/// if there is no room for temporary files
[[nodiscard]] inline ProcessResult run_process(std::string program, std::string_view input) {
  const auto temporary = [] {
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
    require<FileError>(file != nullptr, "cannot create a temporary file");
    return file;
  };
  const auto in = temporary(), out = temporary();
  require<FileError>(std::fwrite(input.data(), 1, input.size(), in.get()) == input.size() &&
                         std::fflush(in.get()) == 0,
                     "cannot write a temporary file");
  std::rewind(in.get());
  ::posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ::fileno(in.get()), 0);
  ::posix_spawn_file_actions_adddup2(&actions, ::fileno(out.get()), 1);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::array<char*, 2> arguments{program.data(), nullptr};
  ::pid_t child = 0;
  const int failed =
      ::posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return {kProgramMissing, ""};
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ProcessResult result{WIFEXITED(status) ? WEXITSTATUS(status) : 1, ""};
  std::rewind(out.get());
  std::array<char, 1 << 16> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), out.get()))
    result.output.append(buffer.data(), count);
  return result;
}

}  // namespace looplab

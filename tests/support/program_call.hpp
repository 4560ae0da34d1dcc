// SPDX-License-Identifier: MIT
// Calls the program as a function and checks its output.
#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "commands.hpp"
#include "support/catch.hpp"

namespace looplab_test {

struct Said {
  int code;
  std::string out, err;
};

inline Said call(const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  const int code = looplab::lab::run_program(looplab_program::all_commands(), arguments,
                                             looplab::lab::Console{out, err});
  return {code, out.str(), err.str()};
}

/// `arguments`, then `more`.
inline std::vector<std::string> with(std::vector<std::string> arguments,
                                     const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

/// A command that must fail with this code and one sentence that contains all of `words`.
inline void check_refused(const std::vector<std::string>& arguments, int code,
                          const std::vector<std::string>& words) {
  const Said said = call(arguments);
  CAPTURE(said.err, said.out);
  CHECK(said.code == code);
  CHECK(said.err.starts_with("looplab: "));
  CHECK(std::ranges::count(said.err, '\n') == 1);
  for (const std::string& word : words) CHECK_THAT(said.err, contains(word));
}

}  // namespace looplab_test

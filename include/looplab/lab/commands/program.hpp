// SPDX-License-Identifier: MIT
//
// A program of subcommands: selects one by its name, prints help, maps errors to exit codes.
#pragma once

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "looplab/lab/commands/command.hpp"

namespace looplab::lab {

/// The subcommands of a program, in the order of its help text.
using Commands = std::vector<Command>;

/// `first`, then `second`.
[[nodiscard]] inline Commands together(Commands first, const Commands& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// The list of all subcommands.
[[nodiscard]] inline std::string program_help(const Commands& commands) {
  constexpr std::size_t kColumn = 36;
  std::string text = "looplab: controlled experiments with small looped transformers.\n\n";
  const auto line = [&](std::string call, const std::string& summary) {
    call.insert(0, "  looplab ");
    call.resize(std::max(kColumn, call.size() + 2), ' ');
    text += call + summary + '\n';
  };
  for (const Command& command : commands) line(command.call, command.summary);
  line("SUBCOMMAND --help", "options of a subcommand");
  line("--version", "version, commit, compiler, libraries");
  return text;
}

/// Usage and options of a subcommand.
[[nodiscard]] inline std::string command_help(const Command& command) {
  return concat("looplab ", command.call, command.options ? " [options]" : "", "\n",
                command.summary, "\n", command.options ? command.options() : "");
}

/// Executes the subcommand given by the arguments (without the program's name).
/// \throws looplab::Error
[[nodiscard]] inline int dispatch(const Commands& commands,
                                  const std::vector<std::string>& arguments,
                                  const Console& console) {
  const std::string name = arguments.empty() ? "--help" : arguments[0];
  if (name == "--version") {
    print_environment(console.out);
    return kExitDone;
  }
  if (name == "--help" || name == "help") {
    console.out << program_help(commands);
    return kExitDone;
  }
  const Command& command = find_named("command line", "subcommand", name, commands, &Command::name);
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (std::ranges::find(rest, "--help") != rest.end()) {
    console.out << command_help(command);
    return kExitDone;
  }
  return command.run(rest, console);
}

/// The whole program: errors become one sentence on standard error and an exit code.
[[nodiscard]] inline int run_program(const Commands& commands,
                                     const std::vector<std::string>& arguments,
                                     const Console& console = {}) {
  try {
    return dispatch(commands, arguments, console);
  } catch (const std::exception& error) {
    console.err << "looplab: " << error_text(error) << "\n";
    return exit_code_of(error);
  }
}

}  // namespace looplab::lab

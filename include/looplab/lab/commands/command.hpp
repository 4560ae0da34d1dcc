// SPDX-License-Identifier: MIT
//
// A subcommand of the program `looplab`: its name, its help and its function.
//
// Each header of lab/commands/ has a function `..._command()` that returns one; a program is a list
// of them (program.hpp), compiled in one file or in several.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "looplab/lab/commands/console.hpp"

namespace looplab::lab {

/// One subcommand.
struct Command {
  std::string name;     // "train"
  std::string call;     // usage without the program's name: "train [--config=FILE]"
  std::string summary;  // one line for the list of subcommands
  std::function<std::string()> options;  // help on its options; empty: it has none
  /// Executes the subcommand with the arguments after its name; returns the exit code.
  std::function<int(const std::vector<std::string>&, const Console&)> run;
};

/// Help on the options of a described struct, with their defaults.
template <DescribedConfig Options>
[[nodiscard]] std::string options_help() {
  Options options;
  return OptionSet().add("", options).help("Options");
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// Shared by all subcommands of the program: output streams, exit codes, parsing of flags, and the
// lines every run prints.
//
// Exit codes: 0 done, 1 other errors, 2 configuration, 3 shapes, 4 numerics, 5 files, 6 backend or
// processor, 7 not everything was reproduced (only with --strict), 130 interrupted.
#pragma once

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "looplab/lab/config/options.hpp"
#include "looplab/lab/config/run_config.hpp"
#include "looplab/lab/config/run_cost.hpp"
#include "looplab/lab/report/short_text.hpp"
#include "looplab/train/interrupt.hpp"
#include "looplab/train/run_environment.hpp"

namespace looplab::lab {

/// Exit codes of the program.
enum ExitCode : int {
  kExitDone = 0,
  kExitOther = 1,
  kExitConfig = 2,
  kExitShape = 3,
  kExitNumerics = 4,
  kExitFile = 5,
  kExitBackend = 6,
  kExitNotReproduced = 7,
  kExitInterrupted = 130,
};

/// Maps the types of exceptions to exit codes.
[[nodiscard]] inline int exit_code_of(const std::exception& error) {
  if (dynamic_cast<const ConfigError*>(&error) != nullptr) return kExitConfig;
  if (dynamic_cast<const ShapeError*>(&error) != nullptr) return kExitShape;
  if (dynamic_cast<const NumericsError*>(&error) != nullptr) return kExitNumerics;
  if (dynamic_cast<const FileError*>(&error) != nullptr) return kExitFile;
  if (dynamic_cast<const BackendError*>(&error) != nullptr) return kExitBackend;
  if (dynamic_cast<const Interrupted*>(&error) != nullptr) return kExitInterrupted;
  return kExitOther;
}

/// Output streams of the program. Progress always goes to standard error.
struct Console {
  std::ostream& out = std::cout;
  std::ostream& err = std::cerr;
};

/// Sets `config` from the arguments and checks ranges. \throws ConfigError naming every problem
template <DescribedConfig Config>
void read_options(const std::vector<std::string>& arguments, Config& config,
                  const std::string& positional = "") {
  read_command_line(arguments, OptionSet().add("", config), config, positional);
}

/// Prints one line with program and machine; a second one if the processor has wider vectors.
inline void print_environment(std::ostream& out) {
  const RunEnvironment environment = current_environment();
  out << "looplab " << environment.library_version << " (" << environment.commit << "), "
      << environment.compiler << ", " << environment.backend << ", vectors of "
      << environment.vector_width_bits << " bits, " << environment.cpu << "\n";
  const std::string warning = vector_width_warning(environment);
  if (!warning.empty()) out << "Warning: " << warning << "\n";
}

/// "12345 unique parameters (9876 without embeddings), 45678 effective, 90123 FLOP per token".
[[nodiscard]] inline std::string cost_text(const ModelCost& cost) {
  return concat(cost.unique_parameters, " unique parameters (",
                cost.unique_parameters_without_embeddings, " without embeddings), ",
                cost.effective_parameters, " effective, ", static_cast<Index>(cost.flop_per_token),
                " FLOP per token");
}
/// The same, then ", 1.5e+09 FLOP of training".
[[nodiscard]] inline std::string cost_text(const RunCost& cost) {
  return concat(cost_text(cost.model), ", ", short_number(cost.training_flop), " FLOP of training");
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// The program `looplab`: its subcommands, its help, and the way of every error to an exit code.
//
//   reproduce          run claims and compare them with what is expected
//   run CLAIM          the same for one claim folder
//   tune CLAIM         choose the learning rates of a claim's cells
//   fit CLAIM          prove that a preset fits this machine, and how long it would take
//   train              train one model
//   evaluate RUN       judge a trained model, also with another number of loops
//   exits RUN          rules for leaving the loop: accuracy, loops and time
//   trace RUN          what happens inside the loops
//   to-ouro RUN        write a trained model as a checkpoint for Ouro's published code
//   from-ouro FOLDER   read such a checkpoint, and what it says after each loop
//   sample TASK        print windows of a task
//   export TASK        write windows of a task to a file for another trainer
//   tasks, claims      what there is
#pragma once

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "looplab/lab/console.hpp"
#include "looplab/lab/data_set.hpp"
#include "looplab/lab/exits.hpp"
#include "looplab/lab/fit.hpp"
#include "looplab/lab/from_ouro.hpp"
#include "looplab/lab/reproduce.hpp"
#include "looplab/lab/single_run.hpp"
#include "looplab/lab/to_ouro.hpp"
#include "looplab/lab/trace.hpp"
#include "looplab/lab/tune.hpp"

namespace looplab {

/// How a subcommand is called, and its options.
template <DescribedConfig Options>
[[nodiscard]] std::string help_of(const char* call) {
  Options options;
  return concat("looplab ", call, " [options]\n", OptionSet().add("", options).help("Options"));
}

/// Text of --help, for the program or for one subcommand.
[[nodiscard]] inline std::string program_help(const std::string& command = "") {
  if (command == "reproduce") return help_of<ReproduceOptions>("reproduce");
  if (command == "run") return help_of<ReproduceOptions>("run CLAIM_FOLDER");
  if (command == "tune") return help_of<TuneOptions>("tune CLAIM_FOLDER");
  if (command == "fit") return help_of<FitOptions>("fit CLAIM_FOLDER");
  if (command == "evaluate") return help_of<EvaluateOptions>("evaluate RUN");
  if (command == "trace") return help_of<TraceRunOptions>("trace RUN");
  if (command == "to-ouro") return help_of<ToOuroOptions>("to-ouro RUN --out=FOLDER");
  if (command == "from-ouro") return help_of<FromOuroOptions>("from-ouro FOLDER");
  if (command == "exits")
    return help_of<ExitsOptions>("exits RUN") +
           "A row that has left costs nothing more; later tokens see the keys and values of the "
           "last loop that it did.\n";
  if (command == "export")
    return help_of<ExportOptions>("export TASK --out=FILE [--task.KEY=VALUE ...]") +
           "The task recorded reads the file: looplab train --task.kind=recorded "
           "--task.path=FILE\n";
  if (command == "train") {
    RunConfig config;
    std::string kind = task_kind(config.task);
    return help_of<TrainOptions>("train") +
           run_options(config, kind).help("Keys (those of other tasks: looplab tasks)");
  }
  if (command == "sample")
    return "looplab sample TASK [--count=N] [--seed=N] [--split=train|validation|test] "
           "[--task.KEY=VALUE ...]\nTasks: " +
           joined(task_names()) + "; their keys: looplab tasks\n";
  return "looplab: controlled experiments with small looped transformers.\n\n"
         "  looplab reproduce [--preset=quick]   run all claims, print verdicts, write a report;\n"
         "                                       preset paper is not run but proved to fit\n"
         "  looplab run CLAIM_FOLDER             the same for one claim\n"
         "  looplab tune CLAIM_FOLDER            choose learning rates, the same grid for all "
         "cells\n"
         "  looplab fit CLAIM_FOLDER             does preset paper fit this machine, how long "
         "would it take?\n"
         "  looplab train [--config=FILE]        train one model\n"
         "  looplab evaluate RUN [--loops=1,2]   judge a trained model\n"
         "  looplab exits RUN                    rules for leaving the loop: accuracy, loops, "
         "time\n"
         "  looplab trace RUN                    norms, cosines, losses, exits, attention by "
         "loop\n"
         "  looplab to-ouro RUN --out=FOLDER     a checkpoint that Ouro's published code loads\n"
         "  looplab from-ouro FOLDER             what such a checkpoint says after each loop\n"
         "  looplab sample TASK                  print windows of a task\n"
         "  looplab export TASK --out=FILE       windows as JSON lines or npy, for another "
         "trainer\n"
         "  looplab tasks                        list tasks and their keys\n"
         "  looplab claims                       list claims and their presets\n"
         "  looplab SUBCOMMAND --help            options of a subcommand\n"
         "  looplab --version\n";
}

/// Does what the arguments (without the program's name) ask for. \throws looplab::Error
[[nodiscard]] inline int dispatch(const std::vector<std::string>& arguments,
                                  const Console& console) {
  const std::string command = arguments.empty() ? "--help" : arguments[0];
  const std::vector<std::string> rest(arguments.begin() + (arguments.empty() ? 0 : 1),
                                      arguments.end());
  if (command == "--version") {
    print_environment(console.out);
    return kExitDone;
  }
  const bool asks_help = std::ranges::find(rest, "--help") != rest.end();
  if (command == "--help" || command == "help" || asks_help) {
    console.out << program_help(asks_help ? command : "");
    return kExitDone;
  }
  if (command == "reproduce") {
    ReproduceOptions options;
    read_options(rest, options);
    if (options.preset == "paper") return prove(options, console);
    return reproduce(options, console);
  }
  if (command == "run") return run_claim(rest, console);
  if (command == "tune") return tune(rest, console);
  if (command == "fit") return fit(rest, console);
  if (command == "train") return train(rest, console);
  if (command == "evaluate") return evaluate_run(rest, console);
  if (command == "exits") return exits(rest, console);
  if (command == "trace") return trace(rest, console);
  if (command == "to-ouro") return to_ouro(rest, console);
  if (command == "from-ouro") return from_ouro(rest, console);
  if (command == "export") return export_windows(rest, console);
  if (command == "sample") return sample(rest, console);
  if (command == "tasks") return list_tasks(console);
  if (command == "claims") return list_claims(rest, console);
  throw ConfigError(
      unknown_name("subcommand", command,
                   std::vector<std::string>{"reproduce", "run", "tune", "fit", "train", "evaluate",
                                            "exits", "trace", "to-ouro", "from-ouro", "sample",
                                            "export", "tasks", "claims"}));
}

/// The whole program: errors become one sentence on standard error and an exit code.
[[nodiscard]] inline int run_program(const std::vector<std::string>& arguments,
                                     const Console& console = {}) {
  try {
    return dispatch(arguments, console);
  } catch (const std::exception& error) {
    console.err << "looplab: " << error.what() << "\n";
    return exit_code_of(error);
  }
}

}  // namespace looplab

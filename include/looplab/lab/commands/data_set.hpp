// SPDX-License-Identifier: MIT
//
// `sample` and `export`: windows of a task, as text or as a file for another trainer
// (io/window_file.hpp). The task `recorded` reads the file.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/io/window_file.hpp"
#include "looplab/lab/commands/command.hpp"
#include "looplab/lab/commands/console.hpp"
#include "looplab/lab/registry/task_registry.hpp"

namespace looplab::lab {

/// Selects windows of a task.
struct SampleOptions {
  std::string task;
  Index count = 2, seed = 1;
  Split split = Split::train;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"task", "name of the task"}, self.task);
    visit(Field{"count", "number of windows", 1, 1e9}, self.count);
    visit(Field{"seed", "seed with which the windows are drawn", 0, 9e15}, self.seed);
    visit(Field{"split", "split of the windows: train, validation or test"}, self.split);
  }
};

/// The two formats of a file of windows.
enum class WindowForm { jsonl, npy };
[[nodiscard]] constexpr auto enum_names(WindowForm) {
  return std::array<std::string_view, 2>{"jsonl", "npy"};
}

struct ExportOptions : SampleOptions {
  WindowForm format = WindowForm::jsonl;
  std::string out;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    SampleOptions::for_each_field(self, visit);
    visit(Field{"format", "file format: jsonl or npy"}, self.format);
    visit(Field{"out", "file to write"}, self.out);
  }
};

/// Reads the name of a task, `options` and the task's own "--task." keys.
/// \throws ConfigError naming every problem
template <DescribedConfig Options>
[[nodiscard]] AnyTaskConfig read_task_options(const std::vector<std::string>& arguments,
                                              Options& options, std::string_view command) {
  const std::vector<std::string> tasks = task_names();
  // The first word that is the name of a task, otherwise the first word.
  auto word = std::ranges::find_first_of(arguments, tasks);
  if (word == arguments.end())
    word = std::ranges::find_if_not(
        arguments, [](const std::string& argument) { return argument.starts_with("--"); });
  require<ConfigError>(word != arguments.end(), command,
                       ": the name of a task is missing, expected one of ", joined(tasks));
  AnyTaskConfig config = default_task_config(*word);
  OptionSet set = OptionSet().add("", options);
  config.add_to(set);
  read_command_line(arguments, set, options, "task");
  return config;
}

/// `sample TASK`: windows as text.
[[nodiscard]] inline int sample(const std::vector<std::string>& arguments, const Console& console) {
  SampleOptions options;
  const AnyTask task = make_task(read_task_options(arguments, options, "sample"));
  console.out << task.name() << ": vocabulary of " << task.vocab_size() << ", windows of "
              << task.sequence_length() << " tokens\n";
  Batch batch;
  const InterruptScope interruptible;
  for (Index i = 0; i < options.count; ++i) {
    throw_if_interrupted();
    sample_batch(task, Seed{static_cast<std::uint64_t>(options.seed)}, options.split, i, 1, batch);
    console.out << "\n" << window_text(task, batch.window(0));
  }
  return kExitDone;
}

/// The header of a file of windows of `task`.
[[nodiscard]] inline WindowHeader export_header(const AnyTask& task, const SampleOptions& options) {
  WindowHeader header;
  header.task = task.name();
  header.split = to_text(options.split);
  header.seed = options.seed;
  header.vocab_size = task.vocab_size();
  header.length = task.sequence_length();
  for (Index slice = 0; slice < task.num_slices(); ++slice)
    header.slices.push_back(task.slice_name(slice));
  header.slice_floors = task.slice_floors();
  for (Index token = 0; token < task.vocab_size(); ++token)
    header.tokens.push_back(task.token_name(static_cast<Token>(token)));
  header.config = to_json(task.config());
  return header;
}

/// `export TASK --out FILE`: windows 0 ... count-1 of a split, as used in training and evaluation.
[[nodiscard]] inline int export_windows(const std::vector<std::string>& arguments,
                                        const Console& console) {
  ExportOptions options;
  const AnyTaskConfig config = read_task_options(arguments, options, "export");
  require<ConfigError>(!options.out.empty(), "export: out is empty, expected the name of a file");
  const AnyTask task = make_task(config);
  const WindowHeader header = export_header(task, options);
  WindowWriter writer = options.format == WindowForm::npy
                            ? WindowWriter(options.out, header, options.count)
                            : WindowWriter(options.out, header);
  Batch batch;
  const InterruptScope interruptible;
  for (Index i = 0; i < options.count; ++i) {
    throw_if_interrupted();
    sample_batch(task, Seed{static_cast<std::uint64_t>(options.seed)}, options.split, i, 1, batch);
    writer.add(batch.tokens, batch.targets, batch.slices, batch.documents);
  }
  writer.commit();
  console.out << options.out << ": " << options.count << " windows of " << header.length
              << " tokens, vocabulary of " << header.vocab_size << "\n";
  return kExitDone;
}

[[nodiscard]] inline Command sample_command() {
  return {"sample", "sample TASK", "print windows of a task", [] {
            return options_help<SampleOptions>() +
                   "and the task's own, as --task.KEY=VALUE (see `looplab tasks`)\nTasks: " +
                   joined(task_names()) + "\n";
          }, sample};
}

[[nodiscard]] inline Command export_command() {
  return {"export", "export TASK --out=FILE [--task.KEY=VALUE ...]",
          "write windows as JSON lines or npy, for another trainer", [] {
            return options_help<ExportOptions>() +
                   "The task recorded reads the file: looplab train --task.kind=recorded "
                   "--task.path=FILE\n";
          }, export_windows};
}

}  // namespace looplab::lab

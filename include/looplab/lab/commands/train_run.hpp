// SPDX-License-Identifier: MIT
//
// `train`: trains one model on one task.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "looplab/lab/commands/command.hpp"
#include "looplab/lab/commands/metrics_text.hpp"
#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/lab/config/run_cost.hpp"
#include "looplab/lab/config/run_options.hpp"
#include "looplab/lab/runs/runner.hpp"
#include "looplab/lab/runs/trained_run.hpp"
#include "looplab/tasks/recorded.hpp"

namespace looplab::lab {

/// Settings of a file given as --config, followed by those of the command line.
[[nodiscard]] inline Settings layered_settings(const std::string& file, const Settings& given) {
  Settings settings;
  if (!file.empty()) settings = read_ini(file);
  for (const Setting& setting : given)
    if (setting.key.find('.') != std::string::npos) settings.push_back(setting);
  return settings;
}

/// The windows that `train` judges a model on unless `settings` name others: validation windows
/// (reports use the test windows), or training windows where the data set has no others.
[[nodiscard]] inline Split default_split(const Settings& settings) {
  const bool has_validation = last_value(settings, "task.kind") != Recorded::kName ||
                              !last_value(settings, "task.validation").empty();
  return has_validation ? Split::validation : Split::train;
}

/// Reads --config, --out, ... of `own` and "--task.", "--model.", "--train.", "--evaluation." keys.
/// The task's keys depend on its kind, which is read first. \throws ConfigError naming every problem
template <DescribedConfig Own>
[[nodiscard]] RunConfig read_run_options(const std::vector<std::string>& arguments, Own& own,
                                         const std::string& default_task = "k_hop_induction") {
  const auto parse = [&](const Settings& kinds, Problems& problems) {
    RunConfig config = default_run(kinds);
    std::string kind = task_kind(config.task);
    OptionSet options = run_options(config, kind);
    options.add("", own);
    const Settings given = parse_command_line(arguments, options, "", problems);
    Settings plain;
    for (const Setting& setting : given)
      if (setting.key.find('.') == std::string::npos) plain.push_back(setting);
    OptionSet().add("", own).apply(plain, problems);
    Settings settings = layered_settings(own.config, given);
    settings.insert(settings.begin(), {"task.kind", default_task, "default"});
    settings.insert(settings.begin(),
                    {"evaluation.split", to_text(default_split(settings)), "default"});
    return settings;
  };
  Problems ignored;  // keys of other kinds are unknown, until the kinds are known
  const Settings kinds = parse({{"task.kind", default_task, "default"}}, ignored);
  require_known("task.kind", "task", last_value(kinds, "task.kind"), task_names());
  Problems problems;
  const Settings settings = parse(kinds, problems);
  RunConfig config;
  problems.collect([&] { config = resolve_run(settings); });
  problems.throw_if_any();
  return config;
}

/// Flags of `train`.
struct TrainOptions {
  std::string config, out;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"config", "INI file with [task] [model] [train] [evaluation]"}, self.config);
    visit(Field{"out", "folder for log and checkpoint; empty: nothing is saved"}, self.out);
  }
};

/// `train`: one model, from scratch or from the checkpoint in --out; evaluates at the end.
[[nodiscard]] inline int train(const std::vector<std::string>& arguments, const Console& console) {
  TrainOptions own;
  RunConfig config = read_run_options(arguments, own);
  const RunCost cost = run_cost(config);
  print_environment(console.out);
  console.out << cost_text(cost) << std::endl;
  const AnyTask task = make_task(config.task);
  complete_evaluation(task, config.evaluation);
  require_evaluation_windows(task, config);
  if (config.evaluation.split == Split::train)
    console.out << "The model is judged on training windows (evaluation.split)." << std::endl;
  AnyModel model = make_model(config);
  const std::unique_ptr<Training> trainer = model.train(task, config.train);
  if (!own.out.empty()) {
    ensure_directory(own.out);
    trainer->directory(own.out);
    write_file_atomically(std::filesystem::path(own.out) / "config.ini", to_ini(config));
  }
  const InterruptScope interruptible;
  if (!trainer->run()) {
    console.err << "looplab: interrupted; "
                << (own.out.empty() ? "nothing was saved, because there is no --out.\n"
                                    : "the state is saved. Call again to continue.\n");
    return kExitInterrupted;
  }
  const Evaluation evaluation =
      judge_model(model, task, config, static_cast<int>(config.train.num_threads));
  console.out << windows_text(task, config.evaluation) << " (evaluation.num_sequences, .split)\n"
              << terminal_text(
                     metrics_table(task.metrics(evaluation, cost.model.unique_parameters)));
  return kExitDone;
}

[[nodiscard]] inline Command train_command() {
  return {"train", "train [--config=FILE]", "train one model", [] {
            RunConfig config;
            config.evaluation.split = Split::validation;
            std::string kind = task_kind(config.task);
            return options_help<TrainOptions>() +
                   run_options(config, kind).help("Keys (those of other tasks: looplab tasks)");
          }, train};
}

}  // namespace looplab::lab

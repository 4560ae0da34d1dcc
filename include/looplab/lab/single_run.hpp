// SPDX-License-Identifier: MIT
//
// `train`, `evaluate` and `tasks`: one model or one task at a time.
#pragma once

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "looplab/lab/console.hpp"
#include "looplab/lab/runner.hpp"
#include "looplab/lab/trained_run.hpp"

namespace looplab {

/// Settings of a file given as --config, then those of the command line.
[[nodiscard]] inline Settings layered_settings(const std::string& file, const Settings& given) {
  Settings settings;
  if (!file.empty()) settings = read_ini(file);
  for (const Setting& setting : given)
    if (setting.key.find('.') != std::string::npos) settings.push_back(setting);
  return settings;
}

/// Reads --config, --out, ... of `own` and "--task.", "--model.", "--train.", "--evaluation." keys.
/// The task's keys depend on its kind, which comes first.
template <DescribedConfig Own>
[[nodiscard]] RunConfig read_run_options(const std::vector<std::string>& arguments, Own& own,
                                         const std::string& default_task = "k_hop_induction") {
  std::string kind = default_task;
  for (int pass = 0;; ++pass) {  // first only to learn the kind and the file
    RunConfig config;
    config.task = default_task_config(kind);
    OptionSet options = run_options(config, kind);
    options.add("", own);
    std::vector<std::string> known;
    for (const std::string& argument : arguments)
      if (pass > 0 || !argument.starts_with("--task.") || argument.starts_with("--task.kind"))
        known.push_back(argument);
    const Settings given = parse_command_line(known, options);
    Settings plain;
    for (const Setting& setting : given)
      if (setting.key.find('.') == std::string::npos) plain.push_back(setting);
    OptionSet().add("", own).apply(plain);
    Settings settings = layered_settings(own.config, given);
    // By hand one looks at validation windows; those of reports are the test windows.
    settings.insert(settings.begin(), {{"task.kind", default_task, "default"},
                                       {"evaluation.split", "validation", "default"}});
    kind = last_value(settings, "task.kind");
    require_known("task.kind", "task", kind, task_names());
    if (pass > 0) return resolve_run(settings);
  }
}

/// Flags of `train`.
struct TrainOptions {
  std::string config, out;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"config", "INI file with [task] [model] [train] [evaluation]"}, self.config);
    visit(Field{"out", "folder for log and checkpoint; empty: nothing is kept"}, self.out);
  }
};

inline void print_metrics(const Metrics& metrics, std::ostream& out) {
  for (const Metric& metric : metrics) {
    out << "  " << metric.name << "  " << short_number(metric.value);
    if (metric.has_floor) out << "  (floor " << short_number(metric.floor) << ")";
    out << "\n";
  }
}

/// "on 1000 validation windows".
[[nodiscard]] inline std::string windows_text(const AnyTask& task,
                                              const EvaluationSettings& settings) {
  const Index count =
      settings.num_sequences > 0 ? settings.num_sequences : task.num_evaluation_sequences();
  return concat("on ", count, ' ', to_text(settings.split), " windows");
}

/// `train`: one model, from scratch or from the checkpoint in --out; evaluates at the end.
[[nodiscard]] inline int train(const std::vector<std::string>& arguments, const Console& console) {
  TrainOptions own;
  RunConfig config = read_run_options(arguments, own);
  const RunCost cost = run_cost(config);
  print_environment(console.out);
  console.out << cost_text(cost) << std::endl;
  const AnyTask task = make_task(config.task);
  complete_evaluation(task, config.evaluation);
  LoopedTransformer<float> model(config.model, Seed{static_cast<std::uint64_t>(config.train.seed)});
  Trainer trainer(model, task, config.train);
  if (!own.out.empty()) {
    ensure_directory(own.out);
    trainer.directory(own.out);
    write_file_atomically(std::filesystem::path(own.out) / "config.ini", to_ini(config));
  }
  if (!trainer.run()) {
    console.err << "looplab: interrupted; "
                << (own.out.empty() ? "nothing was kept, because there is no --out.\n"
                                    : "the state is saved. Call again to continue.\n");
    return kExitInterrupted;
  }
  const Evaluation evaluation =
      judge_model(model, task, config, static_cast<int>(config.train.num_threads));
  console.out << windows_text(task, config.evaluation) << " (evaluation.num_sequences, .split)\n";
  print_metrics(task.metrics(evaluation, cost.model.unique_parameters), console.out);
  return kExitDone;
}

/// Flags of `evaluate`.
struct EvaluateOptions {
  std::string run;
  std::vector<Index> loops;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"run", "folder with config.ini and checkpoint.safetensors"}, self.run);
    visit(Field{"loops", "numbers of loops to try, such as 1,2,4,8; empty: the run's", 1, 4096},
          self.loops);
  }
};

/// `evaluate RUN`: a trained model with one or more numbers of loops at test time.
[[nodiscard]] inline int evaluate_run(const std::vector<std::string>& arguments,
                                      const Console& console) {
  EvaluateOptions options;
  read_options(arguments, options, "run");
  const TrainedRun run("evaluate", options.run);
  RunConfig config = run.config;
  if (options.loops.empty()) options.loops = {config.evaluation.num_loops};
  const RunCost cost = run_cost(config);
  for (Index loops : options.loops) {
    config.evaluation.num_loops = loops;
    const Index shown = loops > 0 ? loops : config.model.num_loops;
    console.out << "num_loops = " << shown << ", " << windows_text(run.task, config.evaluation)
                << "\n";
    const Evaluation evaluation = judge_model(run.model, run.task, config, 0);
    print_metrics(run.task.metrics(evaluation, cost.model.unique_parameters), console.out);
  }
  return kExitDone;
}

/// `tasks`: names, one line each, and their keys.
[[nodiscard]] inline int list_tasks(const Console& console) {
  for_each_task_kind([&]<class Config>(Config config) {
    console.out << TaskKind<Config>::kName << ": " << TaskKind<Config>::kHelp << "\n"
                << OptionSet().add("task", config).help("") << "\n";
  });
  return kExitDone;
}

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// `exits RUN`: compares early-exit rules in accuracy, loops and measured time.
//
// Files in the run's folder: exits.jsonl with a line per rule and threshold, and the figures
// exits.loops.svg and exits.time.svg with accuracy against loops and time.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "looplab/io/json_lines.hpp"
#include "looplab/lab/commands/command.hpp"
#include "looplab/lab/commands/console.hpp"
#include "looplab/lab/figures/line_plot.hpp"
#include "looplab/lab/registry/exit_rule_registry.hpp"
#include "looplab/lab/report/json_table.hpp"
#include "looplab/lab/report/text_table.hpp"
#include "looplab/lab/runs/trained_run.hpp"
#include "looplab/train/progress.hpp"

namespace looplab::lab {

/// Flags of `exits`.
struct ExitsOptions {
  std::string run, rules;
  Index loops = 0, repeats = 3;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"run", "folder with config.ini and checkpoint.safetensors"}, self.run);
    visit(
        Field{"rules", "exit rules to compare, such as gate,oracle; empty: all that the model has"},
        self.rules);
    visit(Field{"loops", "maximum number of loops; 0: the run's", 0, 4096}, self.loops);
    visit(Field{"repeats", "number of timed passes", 1, 1000}, self.repeats);
  }
};

/// Accuracy against `x(exits)`, a line per rule.
template <class X>
[[nodiscard]] LinePlot exits_plot(const std::vector<ExitEvaluation>& all,
                                  const std::string& x_label, X x) {
  LinePlot plot;
  plot.x_label = x_label;
  plot.y_label = "accuracy of all scored tokens";
  for (const ExitEvaluation& exits : all) {
    if (plot.series.empty() || plot.series.back().name() != exits.rule)
      plot.series.emplace_back(exits.rule);
    plot.series.back().add_value(x(exits), exits.total.answers.accuracy());
  }
  return plot;
}

[[nodiscard]] inline nlohmann::ordered_json exits_record(const ExitEvaluation& exits,
                                                         double windows) {
  nlohmann::ordered_json record{{"rule", exits.rule},
                                {"threshold", exits.threshold},
                                {"accuracy", exits.total.answers.accuracy()},
                                {"nats", exits.total.answers.loss()},
                                {"loops", exits.total.mean_loops()},
                                {"loops_of_all_rows", exits.mean_loops_of_all()},
                                {"rows_left", exits.rows_left},
                                {"seconds_per_window", exits.seconds / windows}};
  for (const ExitSlice& slice : exits.slices)
    record["slices"][slice.answers.name] = {{"accuracy", slice.answers.accuracy()},
                                            {"loops", slice.mean_loops()}};
  return record;
}

/// `exits RUN`.
[[nodiscard]] inline int exits(const std::vector<std::string>& arguments, const Console& console) {
  ExitsOptions options;
  read_options(arguments, options, "run");
  const TrainedRun run("exits", options.run);
  const bool has_gate = run.config.model.exit_gate;
  EvaluationConfig evaluation = run.evaluation();
  if (options.loops > 0) evaluation.num_loops = options.loops;
  const auto windows = static_cast<double>(num_evaluation_windows(run.task, evaluation));

  std::vector<AnyExitRule> rules;
  for (const ExitRuleFamily& family : exit_rules_named(options.rules, has_gate))
    for (double t : family.thresholds(evaluation.num_loops, run.config.model.d_model))
      rules.push_back(family.make(t));
  std::vector<ExitEvaluation> all;
  std::optional<InterruptScope> interruptible(std::in_place);
  Progress progress("exits", std::ssize(rules));
  std::vector<nlohmann::ordered_json> records;
  std::string lines;
  for (const AnyExitRule& rule : rules) {
    all.push_back(run.model.evaluate_exits(run.task, rule, evaluation, options.repeats));
    records.push_back(exits_record(all.back(), windows));
    lines += json_line(records.back());
    progress.update(std::ssize(all));
  }
  interruptible.reset();
  console.out << windows << ' ' << to_text(evaluation.split) << " windows, one thread, median of "
              << options.repeats << "\n"
              << terminal_text(json_table(records).without({"rows left"}));
  write_file_atomically(run.folder / "exits.jsonl", lines);
  const std::string title = "Early exit";
  for (const FigurePlan& plan :
       {FigurePlan("exits.loops", title, "",
                   exits_plot(all, "loops per scored token",
                              [](const ExitEvaluation& e) { return e.total.mean_loops(); })),
        FigurePlan(
            "exits.time", title, "",
            exits_plot(all, "milliseconds per window, one thread",
                       [&](const ExitEvaluation& e) { return 1e3 * e.seconds / windows; }))}) {
    const Figure figure = draw(plan);
    write_figure(run.folder, figure.name, figure);
    console.out << (figure.problem.empty()
                        ? concat("Figure: ", (run.folder / (plan.name + ".svg")).string())
                        : figure.problem)
                << "\n";
  }
  return kExitDone;
}

[[nodiscard]] inline Command exits_command() {
  return {"exits", "exits RUN", "compare early-exit rules: accuracy, loops and time",
          [] {
            return options_help<ExitsOptions>() +
                   "A row that has exited costs nothing more; later tokens attend to the keys and "
                   "values of "
                   "its last loop.\n";
          },
          exits};
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// `evaluate RUN`: evaluates a trained model, also with other numbers of loops.
#pragma once

#include <string>
#include <vector>

#include "looplab/lab/commands/command.hpp"
#include "looplab/lab/commands/metrics_text.hpp"
#include "looplab/lab/config/run_cost.hpp"
#include "looplab/lab/runs/trained_run.hpp"

namespace looplab::lab {

/// Flags of `evaluate`.
struct EvaluateOptions {
  std::string run;
  std::vector<Index> loops;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"run", "folder with config.ini and checkpoint.safetensors"}, self.run);
    visit(
        Field{"loops", "numbers of loops to evaluate, such as 1,2,4,8; empty: the run's", 1, 4096},
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
  if (options.loops.empty()) options.loops = {config.loops.evaluated};
  const RunCost cost = run_cost(config);
  const InterruptScope interruptible;
  for (Index loops : options.loops) {
    config.loops.evaluated = loops;
    console.out << "num_loops = " << loops << ", " << windows_text(run.task, config.evaluation)
                << "\n";
    const Evaluation evaluation = judge_model(run.model, run.task, config, 0);
    console.out << terminal_text(
        metrics_table(run.task.metrics(evaluation, cost.model.unique_parameters)));
  }
  return kExitDone;
}

[[nodiscard]] inline Command evaluate_command() {
  return {"evaluate", "evaluate RUN [--loops=1,2]", "evaluate a trained model",
          [] { return options_help<EvaluateOptions>(); }, evaluate_run};
}

}  // namespace looplab::lab

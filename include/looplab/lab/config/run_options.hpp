// SPDX-License-Identifier: MIT
//
// The keys of a run, as files and command lines give them.
#pragma once

#include <string>

#include "looplab/core/compiled.hpp"
#include "looplab/lab/config/options.hpp"
#include "looplab/lab/config/run_config.hpp"

namespace looplab::lab {

/// The keys of a run, bound to `config` and `kind`.
[[nodiscard]] OptionSet run_options(RunConfig& config, std::string& kind);

/// All keys and values as an INI text.
[[nodiscard]] std::string to_ini(RunConfig config);

#if LOOPLAB_DEFINES_LAB

[[nodiscard]] LOOPLAB_LAB_FUNCTION OptionSet run_options(RunConfig& config, std::string& kind) {
  OptionSet options;
  options.add("task", Field{"kind", "name of the task"}, kind);
  config.task.add_to(options);
  if (!own_models().empty())
    options.add("model", Field{"kind", "type of the model"}, config.model_kind);
  if (config.own_model) {
    config.own_model->bind(options);
  } else {
    options.add("model", Field{"preset", "defaults of the model's fields"}, config.preset);
    options.add("model", config.model);
  }
  options.add("train", config.train);
  OwnObjective& objective = config.train.objective.own;
  if (!own_objectives().empty())
    options.add("objective",
                Field{"kind", "name of the program's own objective; empty: train.loss_per_loop"},
                config.objective_kind);
  if (objective) objective->bind(options);
  return options.add("evaluation", config.evaluation);
}

[[nodiscard]] LOOPLAB_LAB_FUNCTION std::string to_ini(RunConfig config) {
  std::string kind = task_kind(config.task);
  return run_options(config, kind).ini();
}

#endif

}  // namespace looplab::lab

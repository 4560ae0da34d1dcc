// SPDX-License-Identifier: MIT
//
// A trained model from the folder of its run: config.ini and checkpoint.safetensors.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "looplab/lab/runs/run_evaluations.hpp"
#include "looplab/lab/runs/run_model.hpp"
#include "looplab/train/checkpoint.hpp"

namespace looplab::lab {

/// Sets the size of the evaluation if neither the settings nor the task give one.
inline void complete_evaluation(const AnyTask& task, EvaluationSettings& settings) {
  if (settings.num_sequences == 0 && task.num_evaluation_sequences() == 0)
    settings.num_sequences = 1000;
}

/// Non-movable: ParameterList points into the model.
struct TrainedRun {
  std::filesystem::path folder;
  RunConfig config;
  AnyTask task;
  AnyModel model;

  /// Messages name `command`. \throws ConfigError, FileError, ShapeError
  TrainedRun(const std::string& command, const std::string& path)
      : folder(required(command, path)),
        config(resolve_run(read_ini(folder / "config.ini"))),
        task(make_task(config.task)),
        model(make_trained_model(config)) {
    complete_evaluation(task, config.evaluation);
    SafetensorsFile weights = open_checkpoint(folder / "checkpoint.safetensors");
    load_parameters(weights, model.parameters());
  }
  TrainedRun(const TrainedRun&) = delete;
  TrainedRun& operator=(const TrainedRun&) = delete;

  /// The evaluation configured by the run's [evaluation].
  [[nodiscard]] EvaluationConfig evaluation() const { return evaluation_config(config, 0); }

 private:
  static const std::string& required(const std::string& command, const std::string& path) {
    require<ConfigError>(!path.empty(), command, ": the folder of a run is missing");
    return path;
  }
};

}  // namespace looplab::lab

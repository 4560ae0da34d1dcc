// SPDX-License-Identifier: MIT
//
// A trained model from the folder of its run: config.ini and checkpoint.safetensors.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>

#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/lab/runs/run_evaluations.hpp"
#include "looplab/lab/runs/run_model.hpp"
#include "looplab/train/training_state.hpp"

namespace looplab::lab {

/// Sets the size of the evaluation if neither the settings nor the task give one.
inline void complete_evaluation(const AnyTask& task, RunEvaluationSettings& settings) {
  if (settings.num_sequences == 0 && task.num_evaluation_sequences() == 0)
    settings.num_sequences = 1000;
}

/// "version 2" from the JSON of a task, model or objective, "no version" if it has none.
[[nodiscard]] inline std::string version_text(const nlohmann::ordered_json& part) {
  return part.contains("version") ? concat("version ", part["version"].dump()) : "no version";
}

/// \throws ConfigError if the task, model or objective that a checkpoint was trained with has
/// another `kVersion` than that of this program
inline void require_same_versions(const SafetensorsFile& checkpoint, const RunConfig& config) {
  const auto require_same = [&](const std::string& part, const nlohmann::ordered_json& trained,
                                const nlohmann::ordered_json& own) {
    require<ConfigError>(version_text(trained) == version_text(own), checkpoint.path().string(),
                         ": was trained with ", version_text(trained), " of the ", part,
                         ", but this program has ", version_text(own));
  };
  using Json = nlohmann::ordered_json;
  require_same("task " + task_kind(config.task),
               Json::parse(text_in(checkpoint, "task_config"), nullptr, false),
               config.task.kind_json());
  if (const OwnModel& model = config.own_model)
    require_same("model " + model->name(), {{"version", number_in(checkpoint, "model_version")}},
                 model->json());
  if (const OwnObjective& objective = config.train.objective.own) {
    std::istringstream identity(text_in(checkpoint, "objective"));
    std::string name;
    Index version = 0;
    identity >> name >> version;
    require_same(concat("objective ", name), {{"version", version}}, objective->json());
  }
}

/// Non-movable: ParameterList points into the model.
struct TrainedRun {
  std::filesystem::path folder;
  RunConfig config;
  AnyTask task;
  AnyModel model;

  /// Messages name `command`.
  /// \throws FileError, ShapeError, ConfigError (see require_same_versions)
  TrainedRun(const std::string& command, const std::string& path)
      : folder(required(command, path)),
        config(resolve_run(read_ini(folder / "config.ini"))),
        task(make_task(config.task)),
        model(make_trained_model(config)) {
    complete_evaluation(task, config.evaluation);
    SafetensorsFile weights = open_checkpoint(folder / "checkpoint.safetensors");
    require_same_versions(weights, config);
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

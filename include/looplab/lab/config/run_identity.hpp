// SPDX-License-Identifier: MIT
//
// What a run's result depends on, and the hash that names the run.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "looplab/core/compiled.hpp"
#include "looplab/io/config_json.hpp"
#include "looplab/lab/config/run_config.hpp"

namespace looplab::lab {

using looplab::to_json;  // of described configurations; hidden by the overloads below

/// All values that a result depends on, as JSON: without the number of threads and the frequency of
/// logging.
[[nodiscard]] nlohmann::ordered_json to_json(const RunConfig& config);

/// The values that differ from the defaults in code.
[[nodiscard]] nlohmann::ordered_json changed_values(const RunConfig& config);

/// Twelve hexadecimal digits that identify the content: all values that are not defaults. A new
/// field therefore leaves the names of older results unchanged; a changed default needs a new
/// `kResultsVersion`.
[[nodiscard]] inline std::string short_hash(const RunConfig& config) {
  return config_hash(changed_values(config)).substr(0, 12);
}

#if LOOPLAB_DEFINES_LAB

[[nodiscard]] LOOPLAB_LAB_FUNCTION nlohmann::ordered_json to_json(const RunConfig& config) {
  nlohmann::ordered_json json;
  json["task"] = to_json(config.task);
  json["model"] = config.own_model ? config.own_model->json() : to_json(config.model);
  json["train"] = to_json(TrainResultFields{config.train});
  json["evaluation"] = to_json(config.evaluation);
  const OwnObjective& objective = config.train.objective.own;
  if (objective) json["objective"] = objective->json();
  return json;
}

[[nodiscard]] LOOPLAB_LAB_FUNCTION nlohmann::ordered_json changed_values(const RunConfig& config) {
  RunConfig standard;
  standard.task = default_task_config(task_kind(config.task));
  const nlohmann::ordered_json defaults = to_json(standard), all = to_json(config);
  nlohmann::ordered_json json;
  json["task"] = config.task.kind_json();
  for (const auto& [section, values] : all.items())
    for (const auto& [key, value] : values.items())
      if (!defaults.contains(section) || !defaults[section].contains(key) ||
          value != defaults[section][key])
        json[section][key] = value;
  return json;
}

#endif

}  // namespace looplab::lab

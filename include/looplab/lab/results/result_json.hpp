// SPDX-License-Identifier: MIT
//
// A result as JSON: result.json in the run's directory, a row of a claim's rows.jsonl.
//
// Metrics stand under their texts, so that a program that does not know one keeps it.
#pragma once

#include <exception>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "looplab/io/atomic_file.hpp"
#include "looplab/io/config_json.hpp"
#include "looplab/lab/results/result.hpp"

namespace looplab::lab {

/// {name: value}; a value that is not finite becomes null.
[[nodiscard]] inline nlohmann::ordered_json metric_values(const Metrics& metrics) {
  auto json = nlohmann::ordered_json::object();
  for (const Metric& metric : metrics) json[to_text(metric.key)] = metric.value;
  return json;
}
/// {name: floor} of those that have one.
[[nodiscard]] inline nlohmann::ordered_json metric_floors(const Metrics& metrics) {
  auto json = nlohmann::ordered_json::object();
  for (const Metric& metric : metrics)
    if (metric.has_floor) json[to_text(metric.key)] = metric.floor;
  return json;
}
/// Metrics from both. \throws nlohmann::json::exception
[[nodiscard]] inline Metrics read_metrics(const nlohmann::ordered_json& values,
                                          const nlohmann::ordered_json& floors) {
  Metrics metrics;
  for (const auto& [name, value] : values.items())
    metrics.push_back(
        {name, value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>(),
         floors.value(name, 0.0), floors.contains(name)});
  return metrics;
}

[[nodiscard]] inline nlohmann::ordered_json to_json(const RunResult& result) {
  nlohmann::ordered_json json{{"claim", result.claim},
                              {"cell", result.cell},
                              {"seed", result.seed},
                              {"hash", result.hash},
                              {"stamp", result.stamp.json()},
                              {"unique_parameters", result.cost.model.unique_parameters},
                              {"unique_parameters_without_embeddings",
                               result.cost.model.unique_parameters_without_embeddings},
                              {"effective_parameters", result.cost.model.effective_parameters},
                              {"flop_per_token", result.cost.model.flop_per_token},
                              {"training_flop", result.cost.training_flop},
                              {"wall_seconds", result.wall_seconds}};
  json["metrics"] = metric_values(result.metrics);
  json["floors"] = metric_floors(result.metrics);
  for (const MetricsAt& entry : result.test_loops)
    json["test_loops"][to_text(entry.at)] = metric_values(entry.metrics);
  for (const MetricsAt& entry : result.curve) {
    nlohmann::ordered_json point{{"step", entry.at}};
    point.update(metric_values(entry.metrics));
    json["curve"].push_back(std::move(point));
  }
  json["environment"] = result.environment;
  return json;
}

/// The result that `to_json` wrote; `where` is for messages. Floors of the model's own evaluation
/// are those of all. \throws FileError if it is none.
[[nodiscard]] inline RunResult result_from_json(const nlohmann::ordered_json& json,
                                                const std::string& where) {
  try {
    RunResult result;
    json.at("claim").get_to(result.claim);
    json.at("cell").get_to(result.cell);
    json.at("seed").get_to(result.seed);
    json.at("hash").get_to(result.hash);
    result.stamp = ResultStamp(json.at("stamp"));
    ModelCost& model = result.cost.model;
    json.at("unique_parameters").get_to(model.unique_parameters);
    json.at("unique_parameters_without_embeddings")
        .get_to(model.unique_parameters_without_embeddings);
    json.at("effective_parameters").get_to(model.effective_parameters);
    json.at("flop_per_token").get_to(model.flop_per_token);
    json.at("training_flop").get_to(result.cost.training_flop);
    json.at("wall_seconds").get_to(result.wall_seconds);
    const auto object = nlohmann::ordered_json::object();
    const auto floors = json.value("floors", object), test_loops = json.value("test_loops", object);
    result.metrics = read_metrics(json.at("metrics"), floors);
    for (const auto& [loops, values] : test_loops.items())
      result.test_loops.push_back({std::stoll(loops), read_metrics(values, floors)});
    for (auto point : json.value("curve", nlohmann::ordered_json::array())) {
      const Index step = point.at("step").get<Index>();
      point.erase("step");
      result.curve.push_back({step, read_metrics(point, floors)});
    }
    result.environment = json.at("environment");
    return result;
  } catch (const std::exception& error) {  // of JSON, of numbers of loops, of the stamp
    throw FileError(concat(where, ": is not a result (", error.what(), ")"));
  }
}

/// Reads result.json. \throws FileError if it is missing or not what `write_result` wrote.
[[nodiscard]] inline RunResult read_result(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  return result_from_json(nlohmann::ordered_json::parse(std::string_view(text), nullptr, false),
                          path.string());
}

/// Writes result.json, whole or not at all.
inline void write_result(const std::filesystem::path& path, const RunResult& result) {
  write_file_atomically(path, to_json(result).dump(2) + "\n");
}

}  // namespace looplab::lab

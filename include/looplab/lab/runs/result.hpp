// SPDX-License-Identifier: MIT
//
// The result of a finished run: result.json in its directory.
//
// A result is used again only if it was made by the same results version, precision and kernel path
// (library of products, vector width); else it is stale.
#pragma once

#include <algorithm>
#include <exception>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/io/atomic_file.hpp"
#include "looplab/io/config_json.hpp"
#include "looplab/lab/metrics/metrics.hpp"
#include "looplab/lab/config/run_config.hpp"
#include "looplab/train/run_environment.hpp"

namespace looplab::lab {

/// Raised whenever the same configuration and seed give other results than before.
inline constexpr Index kResultsVersion = 1;

/// Everything besides the configuration that determines the bits of a result.
struct ResultStamp {
  Index results_version = kResultsVersion;
  std::string precision = "float32";
  std::string kernel_path;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"results_version", "version of the results, raised when they change"},
          self.results_version);
    visit(Field{"precision", "precision of weights and products"}, self.precision);
    visit(Field{"kernel_path", "library of products and vector width"}, self.kernel_path);
  }
  friend bool operator==(const ResultStamp&, const ResultStamp&) = default;
  /// "version 1, float32, onednn 2.6.3 512 bit".
  [[nodiscard]] std::string text() const {
    return concat("version ", results_version, ", ", precision, ", ", kernel_path);
  }
};

/// The stamp of this program.
[[nodiscard]] inline ResultStamp current_stamp() {
  const RunEnvironment environment = current_environment();
  return {.kernel_path = concat(environment.backend, ' ', environment.vector_width_bits, " bit")};
}

/// Metrics of a model at a step of its training, or with a number of loops.
struct MetricsAt {
  Index at = 0;
  Metrics metrics;
};

/// A finished run.
struct RunResult {
  std::string claim, cell, hash;
  Index seed = 0;
  ResultStamp stamp;
  RunCost cost;
  double wall_seconds = 0;
  Metrics metrics;
  std::vector<MetricsAt> test_loops;  // by number of loops
  std::vector<MetricsAt> curve;       // by step
  nlohmann::ordered_json environment;
  bool stale = false;  // of another stamp than this program's; not stored
};

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
                              {"stamp", to_json(result.stamp)},
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
    from_json(json.at("stamp"), result.stamp, where);
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
  return result_from_json(nlohmann::ordered_json::parse(std::string_view(read_file(path)), nullptr, false),
                          path.string());
}

/// Writes result.json, whole or not at all.
inline void write_result(const std::filesystem::path& path, const RunResult& result) {
  write_file_atomically(path, to_json(result).dump(2) + "\n");
}

/// A metric of a run, or nullptr; one with `loops` among those of `evaluation.test_loops`.
[[nodiscard]] inline const Metric* find_metric(const RunResult& result, const MetricKey& key) {
  if (!key.loops) return find_metric(result.metrics, key);
  const auto at = std::ranges::find(result.test_loops, *key.loops, &MetricsAt::at);
  if (at == result.test_loops.end()) return nullptr;
  MetricKey own = key;
  own.loops.reset();
  return find_metric(at->metrics, own);
}

/// One row per run: claim, cell, seed, costs, stamp, all metrics (empty where a task has none).
[[nodiscard]] inline std::string results_csv(const std::vector<RunResult>& results) {
  std::vector<MetricKey> metrics;
  for (const RunResult& result : results)
    for (const Metric& metric : result.metrics)
      if (std::ranges::find(metrics, metric.key) == metrics.end()) metrics.push_back(metric.key);
  const auto quoted = [](std::string text) {
    for (std::size_t i = 0; (i = text.find('"', i)) != std::string::npos; i += 2)
      text.insert(i, 1, '"');
    return '"' + text + '"';
  };
  std::string csv =
      "claim,cell,seed,hash,stale,unique_parameters,unique_parameters_without_embeddings,"
      "effective_parameters,flop_per_token,training_flop,wall_seconds,stamp";
  for (const MetricKey& key : metrics) csv += ',' + quoted(to_text(key));
  for (const RunResult& r : results) {
    csv += concat(
        '\n', quoted(r.claim), ',', quoted(r.cell), ',', r.seed, ',', r.hash, ',', to_text(r.stale),
        ',', r.cost.model.unique_parameters, ',', r.cost.model.unique_parameters_without_embeddings,
        ',', r.cost.model.effective_parameters, ',', to_text(r.cost.model.flop_per_token), ',',
        to_text(r.cost.training_flop), ',', to_text(r.wall_seconds), ',', quoted(r.stamp.text()));
    for (const MetricKey& key : metrics) {
      const Metric* metric = find_metric(r.metrics, key);
      csv += ',' + (metric == nullptr ? "" : to_text(metric->value));
    }
  }
  return csv + '\n';
}

}  // namespace looplab::lab

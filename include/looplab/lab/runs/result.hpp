// SPDX-License-Identifier: MIT
//
// The result of a finished run.
//
// A result is used again only if it was made by the same results version, precision and kernel path
// (library of products, vector width); else it is stale. result_json.hpp stores it.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "looplab/lab/config/run_config.hpp"
#include "looplab/lab/metrics/metrics.hpp"
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

/// A metric of a run, or nullptr; one with `loops` among those of `evaluation.test_loops`.
[[nodiscard]] inline const Metric* find_metric(const RunResult& result, const MetricKey& key) {
  if (!key.loops) return find_metric(result.metrics, key);
  const auto at = std::ranges::find(result.test_loops, *key.loops, &MetricsAt::at);
  if (at == result.test_loops.end()) return nullptr;
  MetricKey own = key;
  own.loops.reset();
  return find_metric(at->metrics, own);
}

}  // namespace looplab::lab

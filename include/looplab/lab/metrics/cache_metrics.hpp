// SPDX-License-Identifier: MIT
//
// Accuracy of whole answers that a decoder generates, for each sharing of its cache of keys and
// values (models/key_value_cache.hpp):
//
//   accuracy cache=full            fraction of answers all of whose tokens are right, with a cache
//                                  per loop: those of the forward pass
//   accuracy cache=last k=2        the same where loops share the cache of the last loop, for
//                                  answers of slice "k=2"
//
// and `first` and `averaged`. Measured on `evaluation.decode_sequences` windows, if that is above 0.
// Source: train/evaluate_decoding.hpp.
#pragma once

#include <string>
#include <vector>

#include "looplab/lab/config/run_config.hpp"
#include "looplab/lab/metrics/metrics.hpp"
#include "looplab/lab/registry/models/any_model.hpp"

namespace looplab::lab {

/// The sharings that a run measures: all, or none.
[[nodiscard]] inline std::vector<CacheSharing> compared_caches(const RunConfig& config) {
  if (config.evaluation.decode_sequences == 0) return {};
  return {CacheSharing::full, CacheSharing::last, CacheSharing::first, CacheSharing::averaged};
}

/// The slices of `evaluate_decoding`.
using DecodedSlices = std::vector<SliceResult>;

/// Declares the accuracies with one sharing, over all answers and by slice.
[[nodiscard]] inline std::vector<DeclaredMetric<DecodedSlices>> declared_cache_metrics(
    const std::vector<std::string>& slices, CacheSharing sharing) {
  const MetricKey key = MetricKey(quantity::accuracy).with_cache(sharing);
  std::vector<DeclaredMetric<DecodedSlices>> metrics;
  metrics.push_back({key, [](const DecodedSlices& decoded, Metric& metric) {
                       Score all;
                       for (const SliceResult& slice : decoded) all.add(slice);
                       metric.value = all.accuracy();
                     }});
  for (std::size_t i = 0; i < slices.size(); ++i)
    metrics.push_back({key.of_slice(slices[i]), [i](const DecodedSlices& decoded, Metric& metric) {
                         metric.value = decoded.at(i).accuracy();
                       }});
  return metrics;
}

/// See the file comment; empty if none are asked for.
/// \throws ConfigError if `decode_sequences` windows hold no answer
[[nodiscard]] inline Metrics cache_metrics(const AnyModel& model, const AnyTask& task,
                                           const RunConfig& config, EvaluationConfig evaluation) {
  Metrics metrics;
  evaluation.num_sequences = config.evaluation.decode_sequences;
  for (const CacheSharing sharing : compared_caches(config)) {
    const DecodedSlices decoded = model.evaluate_decoding(task, sharing, evaluation);
    Index answers = 0;
    for (const SliceResult& slice : decoded) answers += slice.count;
    require<ConfigError>(answers > 0, "evaluation.decode_sequences is ", evaluation.num_sequences,
                         ", but that many windows of ", task.name(), " contain no answer");
    const Metrics more = measured(declared_cache_metrics(slice_names(task), sharing), decoded);
    metrics.insert(metrics.end(), more.begin(), more.end());
  }
  return metrics;
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// Linear probes for the intermediate entities (bridges) of a question:
//
//   probe hop=1 loop=2            fraction of held-out questions for which the state after loop 2,
//                                 at the answer, predicts the entity reached by the first hop
//   probe hop=1 input             the same from the question's tokens, one-hot by position
//   probe hop=1 loop=2 shuffled   of a probe fitted to shuffled labels
//
// Their floor is the majority class. Evaluated over the questions of the last slice, the deepest.
// Probes are fitted to validation windows and evaluated on test windows; neither was trained on.
// Computed if `evaluation.probe_sequences` is above 0 and the task has bridges.
// Source: inspect/linear_probe.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "looplab/inspect/linear_probe.hpp"
#include "looplab/lab/config/run_config.hpp"
#include "looplab/lab/metrics/metrics.hpp"
#include "looplab/lab/registry/models/any_model.hpp"

#if LOOPLAB_COMPILED_LAB  // defined in the file that defines lab
namespace looplab {
extern template ProbeResult fit_probe(const ProbeRows<float>&, const ProbeRows<float>&, Index,
                                      double, Seed);
}
#endif

namespace looplab::lab {

/// Number of bridges of the last slice; 0 if no probes are requested.
[[nodiscard]] inline Index num_probed_bridges(const RunConfig& config, const AnyTask& task) {
  return config.evaluation.probe_sequences == 0 ? 0 : task.num_bridges(task.num_slices() - 1);
}

/// The probes: for each of `bridges` bridges, from the input and from the state after each loop.
[[nodiscard]] inline std::vector<ProbePoint> probe_points(Index bridges, Index loops) {
  std::vector<ProbePoint> points;
  for (Index hop = 1; hop <= bridges; ++hop)
    for (Index loop = 0; loop <= loops; ++loop) points.push_back({hop, loop});
  return points;
}

/// The metric of a probe, and that of the same probe fitted to shuffled labels.
[[nodiscard]] inline std::array<MetricKey, 2> probe_keys(const ProbePoint& point) {
  MetricKey key = quantity::probe, shuffled = key;
  key.probe = point;
  shuffled.probe = {point.hop, point.loop, true};
  return {key, shuffled};
}

/// States to be probed, and their labels: probes are fitted to one such set and evaluated on
/// another.
struct ProbeSet {
  std::vector<std::vector<float>> features;  // of the input and of each loop, row by row
  std::vector<std::vector<Token>> labels;    // of each bridge

  [[nodiscard]] ProbeRows<float> rows(Index probe, Index label) const {
    const auto& all = features[static_cast<std::size_t>(probe)];
    const auto& labels_of_rows = labels[static_cast<std::size_t>(label)];
    const Index count = std::ssize(labels_of_rows);
    return {TensorView<const float>(all.data(), {count, std::ssize(all) / count}), labels_of_rows};
  }
  /// Appends a row to the input: tokens, one-hot by position.
  void add_input(std::span<const Token> tokens, Index vocab_size) {
    for (Token token : tokens) {
      const std::size_t end = features[0].size();
      features[0].resize(end + static_cast<std::size_t>(vocab_size), 0.0f);
      features[0][end + static_cast<std::size_t>(token)] = 1;
    }
  }
};

/// The rows of `windows` windows of a split for which `wanted(batch, n)`, with the states that the
/// head reads after each loop. `describe(batch, n, set)` adds the row's input and labels.
template <class Wanted, class Describe>
[[nodiscard]] ProbeSet probe_set(const AnyModel& model, const AnyTask& task, Split split,
                                 Index windows, const EvaluationConfig& config, Wanted&& wanted,
                                 Describe&& describe) {
  const Index T = task.sequence_length();
  const Index per_chunk = windows_per_chunk(config.chunk_tokens, T);
  ProbeSet set;
  set.features.resize(static_cast<std::size_t>(config.num_loops + 1));
  Batch batch;
  for (Index first = 0; first < windows; first += per_chunk) {
    throw_if_interrupted();
    sample_batch(task, config.seed, split, first, std::min(per_chunk, windows - first), batch);
    std::vector<Index> rows;
    for (Index n = 0; n < batch.size(); ++n) {
      if (!wanted(batch, n)) continue;
      rows.push_back(n);
      describe(batch, n, set);
    }
    model.states_per_loop(batch, config.num_loops, [&](Index r, TensorView<const float> states) {
      auto& to = set.features[static_cast<std::size_t>(r + 1)];
      for (Index row : rows) {
        const float* from = states.data() + row * states.cols();
        to.insert(to.end(), from, from + states.cols());
      }
    });
  }
  return set;
}

/// The answers of the last slice, with the bridges of their questions.
[[nodiscard]] inline ProbeSet probed_bridges(const AnyModel& model, const AnyTask& task,
                                             Split split, Index windows,
                                             const EvaluationConfig& config) {
  const Index T = task.sequence_length(), last = task.num_slices() - 1;
  return probe_set(
      model, task, split, windows, config,
      [&](const Batch& batch, Index n) {
        return batch.slices[static_cast<std::size_t>(n)] == last;
      },
      [&](const Batch& batch, Index n, ProbeSet& set) {
        const Index begin = batch.documents[static_cast<std::size_t>(n)];
        const std::span<const Token> question(batch.tokens.data() + n - n % T + begin,
                                              static_cast<std::size_t>(n % T - begin + 1));
        set.labels.resize(static_cast<std::size_t>(task.num_bridges(last)));
        for (std::size_t hop = 0; hop < set.labels.size(); ++hop)
          set.labels[hop].push_back(task.bridge(question, static_cast<Index>(hop + 1)));
        set.add_input(question, task.vocab_size());
      });
}

/// See the file comment; empty if there is nothing to probe.
/// \throws ConfigError if `probe_sequences` windows hold no answer of the last slice
[[nodiscard]] inline Metrics probe_metrics(const AnyModel& model, const AnyTask& task,
                                           const RunConfig& config,
                                           const EvaluationConfig& evaluation) {
  Metrics metrics;
  const Index bridges = num_probed_bridges(config, task);
  if (bridges == 0) return metrics;
  const auto answers = [&](Split split) {
    ProbeSet made =
        probed_bridges(model, task, split, config.evaluation.probe_sequences, evaluation);
    require<ConfigError>(!made.labels.empty(), "evaluation.probe_sequences is ",
                         config.evaluation.probe_sequences, ", but that many windows contain no ",
                         "answer of ", task.slice_name(task.num_slices() - 1));
    return made;
  };
  const ProbeSet fit = answers(Split::validation), judge = answers(Split::test);
  for (const ProbePoint& point : probe_points(bridges, evaluation.num_loops)) {
    const Index label = point.hop - 1;
    const ProbeResult result = fit_probe(fit.rows(point.loop, label), judge.rows(point.loop, label),
                                         task.vocab_size(), 1e-3, evaluation.seed);
    const auto [key, shuffled] = probe_keys(point);
    metrics.push_back({key, result.accuracy, result.commonest, true});
    metrics.push_back({shuffled, result.shuffled});
  }
  return metrics;
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// Loss and accuracy of a model on held-out windows, sliced by kind of answer.
//
// Windows are cut into chunks, chunks are summed in order: the same bits at any number of threads.
#pragma once

#include <string>
#include <vector>

#include "looplab/core/parallel.hpp"
#include "looplab/core/score.hpp"
#include "looplab/train/chunk.hpp"
#include "looplab/train/interrupt.hpp"

namespace looplab {

/// The score of one kind of answer.
struct SliceResult : Score {
  std::string name;
};

/// `total` is over all scored positions; `slices` over those that belong to a slice.
struct Evaluation {
  SliceResult total;
  std::vector<SliceResult> slices;
  double accuracy = 0;  // of total
  double loss = 0;      // of total, nats
};

struct EvaluationConfig {
  Index num_loops = 0;      // 0: the model's
  Index num_sequences = 0;  // windows; 0: the task's evaluation set
  Split split = Split::validation;
  Seed seed{};
  LossOn loss_on = LossOn::all;
  Index chunk_tokens = 256;
  int num_threads = 0;  // 0: all
};

/// How many windows are to be judged. \throws ConfigError if the task's evaluation set is endless
/// and num_sequences is 0
template <Task T>
[[nodiscard]] Index num_evaluation_windows(const T& task, const EvaluationConfig& config) {
  const Index windows =
      config.num_sequences ? config.num_sequences : task.num_evaluation_sequences();
  require<ConfigError>(windows > 0, "evaluation: num_sequences is ", config.num_sequences,
                       ", expected 1 or more, because the evaluation set of ", task.name(),
                       " is endless");
  return windows;
}

/// \throws as num_evaluation_windows; Interrupted
template <TokenModel Model, Task T>
[[nodiscard]] Evaluation evaluate(const Model& model, const T& task,
                                  const EvaluationConfig& config = {}) {
  const Index windows = num_evaluation_windows(task, config);
  const Index per_chunk = windows_per_chunk(config.chunk_tokens, task.sequence_length());
  const Index num_chunks = (windows + per_chunk - 1) / per_chunk;
  const int threads = resolve_threads(config.num_threads);

  Evaluation blank;
  blank.slices.resize(static_cast<std::size_t>(task.num_slices()));
  std::vector<Evaluation> of_chunk(static_cast<std::size_t>(num_chunks), blank);
  std::vector<ChunkWorkspace<typename Model::Scalar>> workers(static_cast<std::size_t>(threads));
  parallel_for(num_chunks, threads, [&](Index chunk, int worker) {
    throw_if_interrupted();
    auto& workspace = workers[static_cast<std::size_t>(worker)];
    const Index first = chunk * per_chunk;
    const auto scored = draw_chunk(model, task,
                                   {.seed = config.seed,
                                    .split = config.split,
                                    .first = first,
                                    .count = std::min(per_chunk, windows - first),
                                    .loss_on = config.loss_on,
                                    .scoring = {.loops = {.num_loops = config.num_loops}}},
                                   nullptr, workspace);
    const auto result = scored.loss(scored.last_state());
    const auto targets = scored.loss_targets();
    Evaluation& sums = of_chunk[static_cast<std::size_t>(chunk)];
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (targets[i] == kIgnoreIndex) continue;
      const bool correct = result.predicted[i] == targets[i];
      const auto nll = static_cast<double>(result.row_loss[i]);
      const Index position = scored.position(static_cast<Index>(i));
      const Token slice = workspace.batch.slices[static_cast<std::size_t>(position)];
      sums.total.add(correct, nll);
      if (slice != kNoSlice) sums.slices[static_cast<std::size_t>(slice)].add(correct, nll);
    }
  });
  Evaluation all = blank;
  all.total.name = "all";
  for (std::size_t s = 0; s < all.slices.size(); ++s)
    all.slices[s].name = task.slice_name(static_cast<Index>(s));
  for (const Evaluation& part : of_chunk) {
    all.total.add(part.total);
    for (std::size_t s = 0; s < all.slices.size(); ++s) all.slices[s].add(part.slices[s]);
  }
  all.accuracy = all.total.accuracy();
  all.loss = all.total.loss();
  return all;
}

}  // namespace looplab

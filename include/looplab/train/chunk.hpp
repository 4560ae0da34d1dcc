// SPDX-License-Identifier: MIT
//
// One chunk of a batch, from the task to the tape of one thread: what training and evaluation
// share.
#pragma once

#include "looplab/train/scored_windows.hpp"
#include "looplab/train/trainer_config.hpp"

namespace looplab {

/// Whether position n of a batch has a target that counts.
[[nodiscard]] inline bool is_scored(const Batch& batch, Index n, LossOn loss_on) {
  const auto at = static_cast<std::size_t>(n);
  return batch.targets[at] != kIgnoreIndex &&
         (loss_on == LossOn::all || batch.slices[at] != kNoSlice);
}

/// Replaces the targets of positions that are not scored by kIgnoreIndex.
inline void keep_scored_targets(Batch& batch, LossOn loss_on) {
  for (Index n = 0; n < batch.size(); ++n)
    if (!is_scored(batch, n, loss_on)) batch.targets[static_cast<std::size_t>(n)] = kIgnoreIndex;
}

/// Which windows a chunk holds and which of their positions are scored.
struct ChunkRequest {
  Seed seed;
  Split split = Split::train;
  Index first = 0;  // index of the first window of the split
  Index count = 1;
  LossOn loss_on = LossOn::all;
  ScoringOptions scoring = {};
};

/// Windows `first` ... `first + count - 1` of training, as `config` has them scored.
[[nodiscard]] inline ChunkRequest training_chunk(const TrainerConfig& config, Index first,
                                                 Index count) {
  return {.seed = {static_cast<std::uint64_t>(config.seed)},
          .split = Split::train,
          .first = first,
          .count = count,
          .loss_on = config.loss_on,
          .scoring = {.loops = {.num_loops = config.num_loops},
                      .label_smoothing = config.label_smoothing}};
}

/// Windows of `sequence_length` tokens in a chunk of about `chunk_tokens`.
[[nodiscard]] inline Index windows_per_chunk(Index chunk_tokens, Index sequence_length) {
  return std::max<Index>(1, chunk_tokens / sequence_length);
}

/// Draws the windows of a chunk into `workspace`, resets its tape, and returns the windows ready to
/// be scored. Gradients are recorded if `gradients` is not null.
template <TokenModel Model, Task T>
[[nodiscard]] ScoredWindows<Model> draw_chunk(const Model& model, const T& task,
                                              const ChunkRequest& request,
                                              typename Model::Scalar* gradients,
                                              ChunkWorkspace<typename Model::Scalar>& workspace) {
  auto& [tape, batch, rows, row_targets, all_targets] = workspace;
  sample_batch(task, request.seed, request.split, request.first, request.count, batch);
  rows.clear();
  row_targets.clear();
  all_targets.assign(batch.targets.size(), kIgnoreIndex);
  for (Index n = 0; n < batch.size(); ++n) {
    if (!is_scored(batch, n, request.loss_on)) continue;
    const auto at = static_cast<std::size_t>(n);
    rows.push_back(n);
    row_targets.push_back(batch.targets[at]);
    all_targets[at] = batch.targets[at];
  }
  tape.reset();
  tape.set_recording(gradients != nullptr);
  return {model, workspace, request.scoring, gradients};
}

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// Memory of a training run before it starts, so that a run that needs more than the machine has is refused
// with a message instead of killed by the system.
//
//   weights      values, and packed copies for products with W and W^T         <= 12 bytes each
//   optimizer    two moments                                                       8 bytes each
//   slots        num_gradient_slots gradients                                      4 bytes each
//   activations  of one chunk for each thread, or the tensors of a checkpoint being read, which
//                need the same memory at another time                              12 bytes each
//
// All of it follows from the list of parameters and the shapes of activations: no model is made.
#pragma once

#include <algorithm>
#include <string>

#include "looplab/lab/config/run_config.hpp"
#include "looplab/lab/runs/machine_memory.hpp"
#include "looplab/models/activation_memory.hpp"
#include "looplab/train/chunk.hpp"

namespace looplab::lab {

/// Bytes of a training run. `parameters` is a number of parameters, padding included.
struct MemoryDemand {
  double parameters = 0, weights = 0, optimizer = 0, slots = 0, activations = 0;
  Index num_slots = 0;

  [[nodiscard]] double total() const { return weights + optimizer + slots + activations; }
  /// "5.12 GiB: weights 1.41, optimizer 0.94, 4 gradient slots 1.88, activations 0.89".
  [[nodiscard]] std::string text() const {
    const auto number = [](double bytes) {
      const std::string text = gibibytes(bytes);
      return text.substr(0, text.find(' '));
    };
    return concat(gibibytes(total()), ": weights ", number(weights), ", optimizer ",
                  number(optimizer), ", ", num_slots, " gradient slots ", number(slots),
                  ", activations or a checkpoint being read ", number(activations));
  }
};

/// Windows of a full chunk, and chunks of a batch.
struct ChunkCount {
  Index windows, chunks;
};
[[nodiscard]] inline ChunkCount chunk_count(const TrainerConfig& train, Index sequence_length) {
  const Index windows =
      std::min(train.batch_size, windows_per_chunk(train.chunk_tokens, sequence_length));
  return {windows, (train.batch_size + windows - 1) / windows};
}

/// The first chunk of training: its windows, and how many of its rows are scored.
[[nodiscard]] inline ChunkShape first_chunk(const TrainSettings& train, const AnyTask& task) {
  Batch batch;
  sample_batch(task, Seed{static_cast<std::uint64_t>(train.seed)}, Split::train, 0,
               chunk_count(train, task.sequence_length()).windows, batch);
  Index scored = 0;
  for (Index n = 0; n < batch.size(); ++n) scored += is_scored(batch, n, train.loss_on);
  return {batch.num_windows, batch.length, scored,
          train.objective.loss_per_loop != LossPerLoop::last};
}

/// What training a run on `threads` threads takes. Nothing is made to tell it but the windows of
/// one chunk.
[[nodiscard]] inline MemoryDemand memory_demand(const RunConfig& config, const AnyTask& task,
                                                int threads) {
  const LoopedTransformerConfig model = trained_model(config).resolved();
  const auto count = [](Index number) { return static_cast<double>(number); };
  MemoryDemand demand;
  for (const ModelParameter& p : parameter_shapes(model))
    demand.parameters += count(padded_size<float>(p.shape.size()));
  const Index chunks = chunk_count(config.train, task.sequence_length()).chunks;
  demand.num_slots = std::clamp<Index>(chunks, 1, config.train.num_gradient_slots);
  demand.weights = 12 * demand.parameters;
  demand.optimizer = 8 * demand.parameters;
  demand.slots = 4 * demand.parameters * count(demand.num_slots);
  const double chunk = activation_bytes(model, first_chunk(config.train, task));
  demand.activations =
      std::max(chunk * std::min(count(threads), count(demand.num_slots)), 12 * demand.parameters);
  return demand;
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// Memory of this machine, and of a training run before it starts, so that a run that needs more is
// refused with a message instead of killed by the system.
//
//   weights      values, and packed copies for products with W and W^T         <= 12 bytes each
//   optimizer    two moments                                                       8 bytes each
//   slots        num_gradient_slots gradients                                      4 bytes each
//   activations  of one chunk for each thread, or the tensors of a checkpoint being read, which
//                need the same place at another time                              12 bytes each
//
// All of it follows from the list of parameters and the shapes of activations: no model is made.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>

#include "looplab/lab/config/run_config.hpp"
#include "looplab/models/activation_memory.hpp"
#include "looplab/train/chunk.hpp"

namespace looplab::lab {

inline constexpr double kGibibyte = 1024.0 * 1024 * 1024;

/// "1.25 GiB".
[[nodiscard]] inline std::string gibibytes(double bytes) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << bytes / kGibibyte << " GiB";
  return text.str();
}

/// The bytes in a line "key: 123 kB" of a file such as /proc/meminfo; infinite if there is none.
[[nodiscard]] inline double bytes_in_proc(const std::filesystem::path& file, std::string_view key) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(concat(key, ':')))
      return 1024 * std::strtod(line.c_str() + key.size() + 1, nullptr);
  return std::numeric_limits<double>::infinity();
}

/// The number that a file such as memory.max holds; infinite if it is missing or holds no number.
[[nodiscard]] inline double bytes_in_file(const std::filesystem::path& file) {
  double bytes = 0;
  return std::ifstream(file) >> bytes ? bytes : std::numeric_limits<double>::infinity();
}

/// Bytes this process can still allocate: the minimum of the system's free memory and the limit of
/// its control group (of either version).
[[nodiscard]] inline double available_memory(const std::filesystem::path& root = "/") {
  double available = bytes_in_proc(root / "proc/meminfo", "MemAvailable");
  constexpr std::array<std::array<const char*, 2>, 2> kGroups{
      {{"sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current"},
       {"sys/fs/cgroup/memory/memory.limit_in_bytes",
        "sys/fs/cgroup/memory/memory.usage_in_bytes"}}};
  for (const auto& [limit, usage] : kGroups) {
    const double allowed = bytes_in_file(root / limit), used = bytes_in_file(root / usage);
    if (std::isfinite(allowed) && std::isfinite(used))
      available = std::min(available, std::max(0.0, allowed - used));
  }
  return available;
}

/// Bytes this process holds now.
[[nodiscard]] inline double resident_memory() {
  return bytes_in_proc("/proc/self/status", "VmRSS");
}

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

// SPDX-License-Identifier: MIT
//
// What a training step takes, from one step at full size with a few of its chunks:
//
//   seconds of a step = chunks of the busiest core x seconds of a chunk + rest / cores
//
// All in seconds of processor time, so a busy neighbour does not count.
#pragma once

#include <time.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "looplab/lab/registry/models/any_model.hpp"
#include "looplab/lab/runs/memory.hpp"
#include "looplab/train/gradient_slots.hpp"
#include "looplab/train/optimizer.hpp"

namespace looplab::lab {

/// Processor time of the calling thread, or of all threads.
[[nodiscard]] inline double processor_seconds(::clockid_t of) {
  ::timespec now{};
  ::clock_gettime(of, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// The median of all values but the first, or of that alone. \pre not empty
[[nodiscard]] inline double median_after_first(std::vector<double> values) {
  if (values.size() > 1) values.erase(values.begin());
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// Processor time of drawing `count` windows; of several draws, since telling the time takes long.
[[nodiscard]] inline double data_seconds(const TrainSettings& train, const AnyTask& task,
                                         Index count) {
  constexpr Index kDraws = 256;
  Batch batch;
  batch.reset(count, task.sequence_length());
  const double start = processor_seconds(CLOCK_THREAD_CPUTIME_ID);
  for (Index draw = 0; draw < kDraws; ++draw)
    sample_batch(task, Seed{static_cast<std::uint64_t>(train.seed)}, Split::train, draw * count,
                 count, batch);
  return (processor_seconds(CLOCK_THREAD_CPUTIME_ID) - start) / kDraws;
}

/// Makes everything that training the run needs and one step of it, with the first chunk alone of
/// as many slots as there are threads. A step of less than four seconds is made again, a short one
/// for a third of a second, and the median of all but the first counts: that one prepares kernels.
template <TokenModel M>
[[nodiscard]] StepMeasure measure_step(M& model, const AnyTask& task, const TrainSettings& train,
                                       int threads) {
  const ChunkCount count = chunk_count(train, task.sequence_length());
  const ParameterList<float> parameters(model);
  AdamW<float> optimizer(parameters);
  const AnyObjective<M> objective = make_objective<M>(train.objective);
  GradientSlots<float> slots(train.num_gradient_slots, count.chunks, parameters.flat_size());
  parameters.prepare();
  const Index busy = std::min<Index>(threads, slots.num_slots());
  std::vector<ChunkWorkspace<float>> workers(static_cast<std::size_t>(threads));
  std::vector<double> seconds(static_cast<std::size_t>(count.chunks));
  const auto is_taken = [&](Index chunk) {
    for (Index slot = 0; slot < busy; ++slot)
      if (chunk == slot * count.chunks / slots.num_slots()) return true;
    return false;
  };
  StepMeasure measure{
      .threads = threads,
      .num_slots = slots.num_slots(),
      .num_chunks = count.chunks,
      .tokens_per_step = static_cast<double>(train.batch_size * task.sequence_length())};
  constexpr double kLong = 4, kEnough = 0.33;
  std::vector<double> chunk_seconds, rest_seconds;
  double spent = 0;
  for (Index step = 1; spent < (step == 2 ? kLong : kEnough); ++step) {
    const double start = processor_seconds(CLOCK_PROCESS_CPUTIME_ID);
    slots.accumulate(threads, [&](Index chunk, int worker, float* gradients) {
      if (!is_taken(chunk)) return;
      throw_if_interrupted();
      const double chunk_start = processor_seconds(CLOCK_THREAD_CPUTIME_ID);
      auto& workspace = workers[static_cast<std::size_t>(worker)];
      const auto windows =
          draw_chunk(model, task, training_chunk(train, chunk * count.windows, count.windows),
                     gradients, workspace);
      const Variable<float> loss = objective(windows);
      if (windows.num_rows() > 0) workspace.tape.backward(loss);
      seconds[static_cast<std::size_t>(chunk)] =
          processor_seconds(CLOCK_THREAD_CPUTIME_ID) - chunk_start;
    });
    const double norm = std::sqrt(slots.reduce(threads));
    kernels::AdamwStep adamw{.learning_rate = train.learning_rate};
    optimizer.update(slots.sum().data(), 1 / (norm + 1), adamw.at(step), threads);
    const double in_chunks = std::accumulate(seconds.begin(), seconds.end(), 0.0);
    const double in_step = processor_seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    chunk_seconds.push_back(in_chunks / static_cast<double>(busy));
    rest_seconds.push_back(std::max(0.0, in_step - in_chunks));
    spent += in_step;
  }
  measure.chunk_seconds = median_after_first(chunk_seconds);
  measure.rest_seconds = median_after_first(rest_seconds);
  measure.data_share = data_seconds(train, task, count.windows) / measure.chunk_seconds;
  measure.resident_bytes = resident_memory();
  return measure;
}

}  // namespace looplab::lab

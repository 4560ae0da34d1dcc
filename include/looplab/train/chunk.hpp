// SPDX-License-Identifier: MIT
//
// One chunk of a batch, from the task to the loss, on one thread: what training and evaluation
// share.
//
// Only rows with a target go through the head. Tests: tests/train/chunk_test.cpp.
#pragma once

#include <vector>

#include "looplab/models/looped_transformer.hpp"
#include "looplab/tasks/task.hpp"
#include "looplab/train/trainer_config.hpp"

namespace looplab {

/// What a model must offer to be trained on token windows:
///   hidden(pass, windows, loops)   states [B T, D]
///   head(pass, states)             logits [N, V]
///   for_each_parameter             see nn/parameter.hpp
template <class M>
concept TokenModel = requires(M& model, const M& constant, const Pass<typename M::Scalar>& pass,
                              const TokenWindows& windows, Variable<typename M::Scalar> state) {
  requires Real<typename M::Scalar>;
  constant.hidden(pass, windows, LoopChoice{});
  constant.head(pass, state);
  M::for_each_parameter(model, "", [](const std::string&, auto&) {});
};

/// A model that can be scored after every loop:
///   hidden_per_loop(pass, windows, loops, visit)   calls visit(r, states [B T, D])
template <class M>
concept PerLoopModel = requires(const M& model, const Pass<typename M::Scalar>& pass,
                                const TokenWindows& windows) {
  model.hidden_per_loop(pass, windows, LoopChoice{}, [](Index, Variable<typename M::Scalar>) {});
};

/// Which windows a chunk holds and how they are scored.
struct ChunkRequest {
  Seed seed;
  Split split = Split::train;
  Index first = 0;  // index of the first window of the split
  Index count = 1;
  LossOn loss_on = LossOn::all;
  LossPerLoop loss_per_loop = LossPerLoop::last;
  double label_smoothing = 0;
  LoopChoice loops = {};
};

/// Windows `first` ... `first + count - 1` of training, as `config` has them scored.
[[nodiscard]] inline ChunkRequest training_chunk(const TrainerConfig& config, Index first,
                                                 Index count) {
  return {.seed = {static_cast<std::uint64_t>(config.seed)},
          .split = Split::train,
          .first = first,
          .count = count,
          .loss_on = config.loss_on,
          .loss_per_loop = config.loss_per_loop,
          .label_smoothing = config.label_smoothing,
          .loops = {.num_loops = config.num_loops}};
}

/// Memory of one worker, kept between chunks.
template <Real S>
struct ChunkWorkspace {
  Tape<S> tape;
  Batch batch;
  std::vector<Index> rows;      // scored positions of the batch
  std::vector<Token> targets;   // of the rows that go through the head
  std::vector<Index> position;  // of those rows in the batch
};

/// Windows of `sequence_length` tokens in a chunk of about `chunk_tokens`.
[[nodiscard]] inline Index windows_per_chunk(Index chunk_tokens, Index sequence_length) {
  return std::max<Index>(1, chunk_tokens / sequence_length);
}

/// The scores of `score(states)` after the last loop, their loss replaced by its mean over all
/// loops.
template <PerLoopModel Model, class Score>
[[nodiscard]] CrossEntropy<typename Model::Scalar> score_every_loop(
    const Model& model, const Pass<typename Model::Scalar>& pass, const TokenWindows& windows,
    LoopChoice loops, Score&& score) {
  using S = typename Model::Scalar;
  CrossEntropy<S> scores;
  Index count = 0;
  model.hidden_per_loop(pass, windows, loops, [&](Index r, Variable<S> state) {
    const Variable<S> earlier = scores.loss;
    scores = score(state);
    if (r > 0) scores.loss = add(pass.tape, earlier, scores.loss);
    count = r + 1;
  });
  scores.loss = scale(pass.tape, S{1} / static_cast<S>(count), scores.loss);
  return scores;
}

/// Draws the windows and runs the model forward to the summed loss of all scored positions, of the
/// last loop or averaged over all loops.
/// Row i of the result is position `workspace.position[i]` of `workspace.batch`. The tape is reset
/// first; parameter gradients are wanted if `gradients` is not null.
template <TokenModel Model, Task T>
[[nodiscard]] CrossEntropy<typename Model::Scalar> forward_chunk(
    const Model& model, const T& task, const ChunkRequest& request,
    typename Model::Scalar* gradients, ChunkWorkspace<typename Model::Scalar>& workspace) {
  using S = typename Model::Scalar;
  auto& [tape, batch, rows, targets, position] = workspace;
  sample_batch(task, request.seed, request.split, request.first, request.count, batch);
  const auto scored = [&](std::size_t i) {
    return batch.targets[i] != kIgnoreIndex &&
           (request.loss_on == LossOn::all || batch.slices[i] != kNoSlice);
  };
  rows.clear();
  for (std::size_t i = 0; i < batch.targets.size(); ++i)
    if (scored(i)) rows.push_back(static_cast<Index>(i));
  // Below 7 of 8 rows scored, the head and loss run on those rows alone.
  const bool gather = std::ssize(rows) < batch.size() * 7 / 8;
  position.clear();
  targets.clear();
  for (Index i = 0, n = gather ? std::ssize(rows) : batch.size(); i < n; ++i) {
    const Index at = gather ? rows[static_cast<std::size_t>(i)] : i;
    position.push_back(at);
    const auto k = static_cast<std::size_t>(at);
    targets.push_back(scored(k) ? batch.targets[k] : kIgnoreIndex);
  }
  tape.reset();
  tape.set_recording(gradients != nullptr);
  const Pass<S> pass{tape, gradients};
  const TokenWindows windows{batch.num_sequences, batch.sequence_length, batch.tokens,
                             batch.documents};
  const auto score = [&](Variable<S> state) {
    if (gather) state = gather_rows(tape, state, rows.data(), std::ssize(rows));
    return cross_entropy(tape, model.head(pass, state), targets.data(), kIgnoreIndex,
                         static_cast<S>(request.label_smoothing));
  };
  if (request.loss_per_loop == LossPerLoop::last)
    return score(model.hidden(pass, windows, request.loops));
  if constexpr (PerLoopModel<Model>)
    return score_every_loop(model, pass, windows, request.loops, score);
  else
    throw ConfigError("loss_per_loop is every, but this model has no hidden_per_loop");
}

/// The number of scored rows of the last forward_chunk.
template <Real S>
[[nodiscard]] Index num_scored(const ChunkWorkspace<S>& workspace) {
  return std::ssize(workspace.rows);
}

}  // namespace looplab

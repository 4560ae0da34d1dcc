// SPDX-License-Identifier: MIT
//
// One chunk of a batch, from the task to the loss, on one thread: what training and evaluation
// share.
//
// Only rows with a target go through the head. Tests: tests/train/chunk_test.cpp.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "looplab/autograd/ops_exit.hpp"
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

/// A model with an exit gate:
///   gate(pass, states)             logits [N, 1] of leaving after the loop that made the states
template <class M>
concept GatedModel = PerLoopModel<M> &&
    requires(const M& model, const Pass<typename M::Scalar>& pass,
             Variable<typename M::Scalar> state) {
  model.gate(pass, state);
};

/// Whether position n of a batch has a target that counts.
[[nodiscard]] inline bool is_scored(const Batch& batch, Index n, LossOn loss_on) {
  const auto at = static_cast<std::size_t>(n);
  return batch.targets[at] != kIgnoreIndex &&
         (loss_on == LossOn::all || batch.slices[at] != kNoSlice);
}

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
  std::span<const Index> loop_weights = {};  // for LossPerLoop::every; empty: equal
  const GateConfig* gate = nullptr;          // for LossPerLoop::gate
  bool gate_alone = false;                   // Stage II: the gate's own loss, the model as it is
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
          .loops = {.num_loops = config.num_loops},
          .loop_weights = config.loop_weights,
          .gate = &config.gate};
}

/// Memory of one worker, kept between chunks.
template <Real S>
struct ChunkWorkspace {
  Tape<S> tape;
  Batch batch;
  std::vector<Index> rows;      // scored positions of the batch
  std::vector<Token> targets;   // of the rows that go through the head
  std::vector<Index> position;  // of those rows in the batch
  struct {
    std::vector<Variable<S>> losses, gates;  // of each loop, for the exit gate
  } of_loops;
};

/// Windows of `sequence_length` tokens in a chunk of about `chunk_tokens`.
[[nodiscard]] inline Index windows_per_chunk(Index chunk_tokens, Index sequence_length) {
  return std::max<Index>(1, chunk_tokens / sequence_length);
}

/// The scores of `score(states)` after the last loop, their loss replaced by its mean over all
/// loops with the given weights (none: equal). \throws ConfigError if there are not as many
template <PerLoopModel Model, class Score>
[[nodiscard]] CrossEntropy<typename Model::Scalar> score_every_loop(
    const Model& model, const Pass<typename Model::Scalar>& pass, const TokenWindows& windows,
    const ChunkRequest& request, Score&& score) {
  using S = typename Model::Scalar;
  const auto& weights = request.loop_weights;
  const auto weight_of = [&](Index r) {
    return weights.empty() ? Index{1} : weights[static_cast<std::size_t>(r)];
  };
  CrossEntropy<S> scores;
  Index count = 0, total = 0;
  model.hidden_per_loop(pass, windows, request.loops, [&](Index r, Variable<S> state) {
    count = r + 1;
    if (!weights.empty() && count > std::ssize(weights)) return;
    const Variable<S> earlier = scores.loss;
    scores = score(state);
    if (weight_of(r) != 1)
      scores.loss = scale(pass.tape, static_cast<S>(weight_of(r)), scores.loss);
    if (r > 0) scores.loss = add(pass.tape, earlier, scores.loss);
    total += weight_of(r);
  });
  require<ConfigError>(weights.empty() || count == std::ssize(weights), "loop_weights has ",
                       weights.size(), " numbers, expected one for each of ", count, " loops");
  scores.loss = scale(pass.tape, S{1} / static_cast<S>(total), scores.loss);
  return scores;
}

/// The scores of `score_rows(states)` after the last loop, their loss replaced by that of the exit
/// gate: Stage I, or Stage II, in which all but the gate counts as given.
template <GatedModel Model, class ScoreRows>
[[nodiscard]] CrossEntropy<typename Model::Scalar> score_by_gate(
    const Model& model, const Pass<typename Model::Scalar>& pass, const TokenWindows& windows,
    const ChunkRequest& request, ChunkWorkspace<typename Model::Scalar>& workspace,
    ScoreRows&& score_rows) {
  using S = typename Model::Scalar;
  auto& [losses, gates] = workspace.of_loops;
  losses.clear();
  gates.clear();
  const Token* predicted = nullptr;
  const bool recording = pass.tape.recording();
  if (request.gate_alone) pass.tape.set_recording(false);
  model.hidden_per_loop(pass, windows, request.loops, [&](Index, Variable<S> state) {
    const auto [rows, scores] = score_rows(state);
    losses.push_back(scores.loss);
    predicted = scores.predicted;
    pass.tape.set_recording(recording);
    gates.push_back(model.gate(pass, rows));
    if (request.gate_alone) pass.tape.set_recording(false);
  });
  pass.tape.set_recording(recording);
  const GateConfig& gate = *request.gate;
  const std::span<const Variable<S>> l(losses), z(gates);
  CrossEntropy<S> result{{}, losses.back().data(), predicted};
  if (request.gate_alone) {
    result.loss = gate_adaptation_loss(pass.tape, l, z, gate.target, static_cast<S>(gate.slope),
                                       static_cast<S>(gate.threshold));
  } else {
    const std::span<S> log_prior{pass.tape.template allocate<S>(std::ssize(l)), l.size()};
    fill_log_prior(gate, log_prior);
    result.loss = expected_exit_loss(pass.tape, l, z, log_prior, static_cast<S>(gate.beta)).loss;
  }
  return result;
}

/// Draws the windows and runs the model forward to the summed loss of all scored positions, of the
/// last loop or of all loops as `request.loss_per_loop` says.
/// Row i of the result is position `workspace.position[i]` of `workspace.batch`. The tape is reset
/// first; parameter gradients are wanted if `gradients` is not null.
template <TokenModel Model, Task T>
[[nodiscard]] CrossEntropy<typename Model::Scalar> forward_chunk(
    const Model& model, const T& task, const ChunkRequest& request,
    typename Model::Scalar* gradients, ChunkWorkspace<typename Model::Scalar>& workspace) {
  using S = typename Model::Scalar;
  auto& [tape, batch, rows, targets, position, of_loops] = workspace;
  sample_batch(task, request.seed, request.split, request.first, request.count, batch);
  const auto scored = [&](std::size_t i) {
    return is_scored(batch, static_cast<Index>(i), request.loss_on);
  };
  rows.clear();
  for (std::size_t i = 0; i < batch.targets.size(); ++i)
    if (scored(i)) rows.push_back(static_cast<Index>(i));
  // Below 7 of 8 rows scored, the head and loss run on those rows alone; the gate always does.
  const bool by_gate = request.gate_alone || request.loss_per_loop == LossPerLoop::gate;
  const bool gather = by_gate || std::ssize(rows) < batch.size() * 7 / 8;
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
  const auto scored_rows = [&](Variable<S> state) {
    return gather ? gather_rows(tape, state, rows.data(), std::ssize(rows)) : state;
  };
  const auto smoothing = static_cast<S>(request.label_smoothing);
  const auto score = [&](Variable<S> state) {
    return cross_entropy(tape, model.head(pass, scored_rows(state)), targets.data(), kIgnoreIndex,
                         smoothing);
  };
  if (by_gate) {
    if constexpr (GatedModel<Model>)
      return score_by_gate(model, pass, windows, request, workspace, [&](Variable<S> state) {
        const Variable<S> of_rows = scored_rows(state);
        return std::pair{of_rows, row_cross_entropy(tape, model.head(pass, of_rows), targets.data(),
                                                    kIgnoreIndex, smoothing)};
      });
    throw ConfigError("loss_per_loop is gate, but this model has no gate");
  }
  if (request.loss_per_loop == LossPerLoop::last)
    return score(model.hidden(pass, windows, request.loops));
  if constexpr (PerLoopModel<Model>)
    return score_every_loop(model, pass, windows, request, score);
  else
    throw ConfigError("loss_per_loop is every, but this model has no hidden_per_loop");
}

/// The number of scored rows of the last forward_chunk.
template <Real S>
[[nodiscard]] Index num_scored(const ChunkWorkspace<S>& workspace) {
  return std::ssize(workspace.rows);
}

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// The windows of one chunk, ready to be scored: all that an objective sees of model and data.
//
// N rows of the chunk's B T positions are scored. Only they go through the head, but where at least
// 7 of 8 positions are scored `loss` takes all of them, which is faster and gives the same loss.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "looplab/autograd/ops_math.hpp"
#include "looplab/autograd/ops_nn.hpp"
#include "looplab/autograd/variable_list.hpp"
#include "looplab/tasks/task.hpp"
#include "looplab/train/token_model.hpp"

namespace looplab {

/// Memory of one worker, kept between chunks.
template <Real S>
struct ChunkWorkspace {
  Tape<S> tape;
  Batch batch;
  std::vector<Index> rows;         // [N] scored positions of the batch, ascending
  std::vector<Token> row_targets;  // [N] their targets
  std::vector<Token> all_targets;  // [B T] kIgnoreIndex where a position is not scored
};

/// How scored rows are judged.
struct ScoringOptions {
  LoopChoice loops = {};
  double label_smoothing = 0;
};

/// Refers to model and workspace. States are [B T, D], rows [N, D]; all variables are on `tape()`.
template <TokenModel Model>
class ScoredWindows {
 public:
  using Scalar = typename Model::Scalar;
  using Var = Variable<Scalar>;

  /// Parameter gradients go to `gradients`, laid out by ParameterList; null: none are wanted.
  ScoredWindows(const Model& model, ChunkWorkspace<Scalar>& workspace,
                const ScoringOptions& options, Scalar* gradients)
      : model_(model),
        workspace_(workspace),
        options_(options),
        pass_{workspace.tape, gradients},
        gathers_(num_rows() < workspace.batch.size() * 7 / 8) {}

  [[nodiscard]] Tape<Scalar>& tape() const { return workspace_.tape; }
  /// N, the number of scored rows.
  [[nodiscard]] Index num_rows() const { return std::ssize(workspace_.rows); }
  [[nodiscard]] std::span<const Token> targets() const { return workspace_.row_targets; }
  /// An empty list for what an objective collects on the way, such as one loss per loop.
  [[nodiscard]] VariableList<Scalar> list() const { return VariableList<Scalar>(tape()); }

  /// The state after the last loop. Runs the model.
  [[nodiscard]] Var last_state() const { return model_.hidden(pass_, windows(), options_.loops); }
  /// Runs the model and calls `visit(r, state)` after each loop r = 0, 1, ..., in order.
  template <class Visit>
  void for_each_loop(Visit&& visit) const requires PerLoopModel<Model> {
    model_.hidden_per_loop(pass_, windows(), options_.loops, std::forward<Visit>(visit));
  }

  /// The cross-entropy of a state, summed over the scored rows. Row i of `row_loss` and `predicted`
  /// is position `position(i)` of the batch; its target is `loss_targets()[i]`.
  [[nodiscard]] CrossEntropy<Scalar> loss(Var state) const {
    const Var rows = gathers_ ? scored_rows(state) : state;
    return cross_entropy(tape(), logits(rows), loss_targets().data(), kIgnoreIndex, smoothing());
  }
  [[nodiscard]] std::span<const Token> loss_targets() const {
    return gathers_ ? workspace_.row_targets : workspace_.all_targets;
  }
  [[nodiscard]] Index position(Index i) const {
    return gathers_ ? workspace_.rows[static_cast<std::size_t>(i)] : i;
  }

  /// The scored rows of a state.
  [[nodiscard]] Var scored_rows(Var state) const {
    return gather_rows(tape(), state, workspace_.rows.data(), num_rows());
  }
  /// Logits [N, V] of rows.
  [[nodiscard]] Var logits(Var rows) const { return model_.head(pass_, rows); }
  /// Cross-entropies [N] of the scored rows, nats.
  [[nodiscard]] Var row_losses(Var rows) const {
    return row_cross_entropy(tape(), logits(rows), workspace_.row_targets.data(), kIgnoreIndex,
                             smoothing())
        .loss;
  }
  /// Logits [N, 1] of the exit gate. \throws what the model throws if it was made without a gate
  [[nodiscard]] Var gate(Var rows) const requires GatedModel<Model> {
    return model_.gate(pass_, rows);
  }

 private:
  [[nodiscard]] Windows windows() const { return workspace_.batch; }
  [[nodiscard]] Scalar smoothing() const { return static_cast<Scalar>(options_.label_smoothing); }

  const Model& model_;
  ChunkWorkspace<Scalar>& workspace_;
  ScoringOptions options_;
  Pass<Scalar> pass_;
  bool gathers_;  // whether `loss` takes the scored rows alone
};

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// Inside the loops: states, predictions, exits and attention by (loop, layer, sub-layer).
//
//   norm     mean over rows of |x|_2
//   cosine   mean over rows of x . x' / (|x| |x'|), x' the state at the same depth one loop before
//   lens     predictions of the head applied to the state, through the norm before the head
//   exits    mean p_t of the gate; loss and accuracy after every loop, on the rows with a target
//   answers  likeliest token after every loop, for the rows with a target
//   maps     attention weights [R L, H, T, T] of the first windows
//
// The state of a sub-layer is the one after its residual update. Lens and maps cost a head per
// state and a second attention, and are off by default.
// Source of the lens: nostalgebraist 2020, "interpreting GPT: the logit lens".
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "looplab/core/score.hpp"
#include "looplab/kernels/cached_attention.hpp"
#include "looplab/kernels/exit_gate.hpp"
#include "looplab/models/looped_transformer.hpp"

namespace looplab {

struct TraceOptions {
  Index num_loops = 0;  // 0: the model's
  bool states = true;   // norms and cosines
  bool lens = false;
  bool answers = false;  // likeliest token after each loop, row by row
  Index maps = 0;        // number of windows whose attention is recorded
};

/// Sums over rows for one state; see the file comment.
struct SubLayerTrace {
  Index loop = 0, layer = 0;  // layer within the block
  SubLayer sub_layer = SubLayer::attention;
  Index rows = 0;
  double norms = 0, cosines = 0;
  Score lens;

  [[nodiscard]] double norm() const { return norms / static_cast<double>(rows); }
  /// NaN in the first loop, which has no previous one.
  [[nodiscard]] double cosine() const {
    return loop == 0 ? NAN : cosines / static_cast<double>(rows);
  }
};

/// Sums over rows after one loop.
struct LoopReadOut {
  Score read_out;
  double exits = 0;            // sum of p_t over the rows with a target, if there is a gate
  std::vector<Token> answers;  // for the rows with a target

  [[nodiscard]] double exit_probability() const {
    return read_out.count == 0 ? 0 : exits / static_cast<double>(read_out.count);
  }
};

/// Result of a trace; `maps[i]` holds the weights [R L, H, T, T] of window i.
template <Real S>
struct LoopTrace {
  std::vector<SubLayerTrace> sub_layers;  // ordered by loop, then layer
  std::vector<LoopReadOut> loops;
  std::vector<Tensor<S>> maps;
};

template <Real S>
class LoopTracer {
 public:
  /// `model` is kept by reference. \throws ConfigError
  LoopTracer(const LoopedTransformer<S>& model, const TraceOptions& options)
      : model_(model), options_(options) {
    const LoopedTransformerConfig& c = model.config();
    if (options_.num_loops == 0) options_.num_loops = c.num_loops;
    model.require_loops(options_.num_loops);
    for (Index r = 0; r < options_.num_loops; ++r)
      for (Index layer = 0; layer < c.num_block_layers; ++layer)
        for (SubLayer sub_layer : {SubLayer::attention, SubLayer::feed_forward})
          trace_.sub_layers.push_back(
              {.loop = r, .layer = layer, .sub_layer = sub_layer, .lens = {}});
    trace_.loops.resize(static_cast<std::size_t>(options_.num_loops));
    tape_.set_recording(false);
  }

  /// Adds the trace of these windows; targets are kIgnoreIndex where there is none.
  /// \throws ShapeError if targets are missing, or as `Windows::validate`
  void add(const Windows& windows) {
    windows.validate("LoopTracer");
    const Index N = windows.size();
    require<ShapeError>(std::ssize(windows.targets) == N, "LoopTracer: targets are missing for ",
                        windows.num_windows, " windows of ", windows.length, " tokens");
    tape_.reset();
    before_.assign(2 * static_cast<std::size_t>(model_.config().num_block_layers), {});
    scored_.clear();
    answers_.clear();
    for (Index n = 0; n < N; ++n) {
      const Token target = windows.targets[static_cast<std::size_t>(n)];
      if (target == kIgnoreIndex) continue;
      scored_.push_back(n);
      answers_.push_back(target);
    }
    const Pass<S> pass{tape_, nullptr};
    auto* positions = tape_.template allocate<Token>(N);
    windows.write_positions(positions);
    Watcher watcher{this, model_.attention_shape(windows), windows.num_windows};
    loop_ = -1;
    const Variable<S> e = model_.enter(pass, windows.tokens.data(), positions, N, watcher);
    Variable<S> s = e;
    std::vector<kernels::ExitSurvival> survival(scored_.size());
    for (loop_ = 0; loop_ < options_.num_loops; ++loop_) {
      s = model_.loop(pass, s, e, loop_, options_.num_loops, watcher);
      const Index loop = std::exchange(loop_, -1);  // coda layers are not part of the block
      const Variable<S> read = model_.read_out(pass, s, watcher);
      loop_ = loop;
      read_out(pass, read, survival);
    }
    num_maps_ = std::ssize(trace_.maps);
  }

  [[nodiscard]] const LoopTrace<S>& trace() const { return trace_; }

 private:
  /// Computes attention and records the states of the block.
  struct Watcher {
    LoopTracer* tracer;
    kernels::AttentionShape<S> shape;
    Index num_windows;

    [[nodiscard]] Variable<S> operator()(Index layer, Variable<S> qkv,
                                         kernels::ComputeType as) const {
      tracer->keep_maps(layer, qkv, shape);
      return attention(tracer->tape_, qkv, shape, as);
    }
    void watch(Index layer, SubLayer sub_layer, Variable<S> x) const {
      tracer->see(layer, sub_layer, x);
    }
  };

  /// The index of the layer within the block, or -1.
  [[nodiscard]] Index of_block(Index layer) const {
    const Index own = layer - model_.config().num_prelude_layers;
    return loop_ >= 0 && own >= 0 && own < model_.config().num_block_layers ? own : -1;
  }

  void see(Index layer, SubLayer sub_layer, Variable<S> x) {
    const Index own = of_block(layer);
    if (own < 0) return;
    const auto at = static_cast<std::size_t>(2 * own) + static_cast<std::size_t>(sub_layer);
    SubLayerTrace& trace = trace_.sub_layers[static_cast<std::size_t>(loop_) * before_.size() + at];
    trace.rows += x.rows();
    if (options_.states) add_states(trace, x, before_[at]);
    if (options_.lens) {
      const Pass<S> pass{tape_, nullptr};
      score(model_.head(pass, model_.read_norm(pass, rows_of(x))), trace.lens);
    }
  }

  /// A state and the norms of its rows.
  struct State {
    const S* rows = nullptr;
    S* norms = nullptr;
  };

  void add_states(SubLayerTrace& trace, Variable<S> x, State& before) {
    const Index width = x.cols();
    const State now{x.data(), tape_.template allocate<S>(x.rows())};
    for (Index n = 0; n < x.rows(); ++n) {
      const S* row = now.rows + n * width;
      now.norms[n] = std::sqrt(kernels::dot(row, row, width));
      trace.norms += static_cast<double>(now.norms[n]);
      if (before.rows)
        trace.cosines += static_cast<double>(kernels::dot(row, before.rows + n * width, width) /
                                             (now.norms[n] * before.norms[n]));
    }
    before = now;
  }

  [[nodiscard]] Variable<S> rows_of(Variable<S> x) {
    return gather_rows(tape_, x, scored_.data(), std::ssize(scored_));
  }

  void score(Variable<S> logits, Score& into, std::vector<Token>* answers = nullptr) {
    const auto scores = cross_entropy(tape_, logits, answers_.data(), Token{-1});
    for (std::size_t i = 0; i < answers_.size(); ++i) {
      into.add(scores.predicted[i] == answers_[i], static_cast<double>(scores.row_loss[i]));
      if (answers) answers->push_back(scores.predicted[i]);
    }
  }

  void read_out(const Pass<S>& pass, Variable<S> read,
                std::vector<kernels::ExitSurvival>& survival) {
    LoopReadOut& out = trace_.loops[static_cast<std::size_t>(loop_)];
    const Variable<S> rows = rows_of(read);
    score(model_.head(pass, rows), out.read_out, options_.answers ? &out.answers : nullptr);
    if (!model_.config().exit_gate) return;
    const Variable<S> z = model_.gate(pass, rows);
    const bool last = loop_ + 1 == options_.num_loops;
    for (std::size_t i = 0; i < survival.size(); ++i) {
      const auto logit = static_cast<double>(z.data()[static_cast<Index>(i)]);
      out.exits += survival[i].leave(last ? 1 : kernels::sigmoid(logit));
    }
  }

  /// Records the weights of the first windows in this layer and loop, computed without fusion.
  void keep_maps(Index layer, Variable<S> qkv, const kernels::AttentionShape<S>& shape) {
    const Index own = of_block(layer);
    const Index wanted = std::min(options_.maps - num_maps_, shape.num_windows);
    if (own < 0 || wanted <= 0) return;
    const Index T = shape.length, H = shape.num_heads, L = model_.config().num_block_layers;
    while (std::ssize(trace_.maps) < num_maps_ + wanted)
      trace_.maps.emplace_back(Shape{options_.num_loops * L, H, T, T});
    for (Index w = 0; w < wanted; ++w)
      for (Index head = 0; head < H; ++head)
        weights_of(qkv.data() + w * T * 3 * shape.width(), shape, w, head,
                   trace_.maps[static_cast<std::size_t>(num_maps_ + w)].data() +
                       ((loop_ * L + own) * H + head) * T * T);
  }

  void weights_of(const S* qkv, const kernels::AttentionShape<S>& shape, Index window, Index head,
                  S* weights) {
    const Index T = shape.length, K = shape.d_head, step = 3 * shape.width();
    const Token* documents = shape.documents ? shape.documents + window * T : nullptr;
    const Scratch<S> memory(tape_, 2 * T * K);
    S *q = memory.data(), *k = q + T * K;
    const auto begin_of = [&](Index t) { return documents ? Index{documents[t]} : Index{0}; };
    for (Index t = 0; t < T; ++t) {
      const S* row = qkv + t * step + head * K;
      const S scale = static_cast<S>(1 / std::sqrt(static_cast<double>(K)));
      kernels::detail::rotate(row, shape.rotary, t - begin_of(t), K, scale, q + t * K);
      kernels::detail::rotate(row + shape.width(), shape.rotary, t - begin_of(t), K, S{1}, k + t * K);
    }
    for (Index t = 0; t < T; ++t) {
      S* to = weights + t * T;
      std::fill_n(to, T, S{0});
      Index end = t + 1;
      while (!shape.causal && end < T && begin_of(end) == begin_of(t)) ++end;
      const Index begin = begin_of(t);
      for (Index j = begin; j < end; ++j)
        for (Index i = 0; i < K; ++i) to[j] += q[t * K + i] * k[j * K + i];
      kernels::softmax_forward(to + begin, to + begin, 1, end - begin);
    }
  }

  const LoopedTransformer<S>& model_;
  TraceOptions options_;
  LoopTrace<S> trace_;
  Tape<S> tape_;
  std::vector<State> before_;  // of the previous loop, by layer of the block and sub-layer
  std::vector<Index> scored_;
  std::vector<Token> answers_;
  Index loop_ = -1, num_maps_ = 0;
};

}  // namespace looplab

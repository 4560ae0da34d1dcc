// SPDX-License-Identifier: MIT
//
// A transformer whose recurrent block of k layers is applied R times with the same weights.
//
//   e = prelude(embedding(tokens))
//   s = e, or 0 with input injection
//   R times:  s = inject(s, e);  s += loop_embedding[r];  s = block(s);  s = loop_norm(s)
//   logits = head(final_norm(coda(s)));  exit gate: sigmoid(w . final_norm(coda(s)) + b)
//
// R may differ at every call, in training and at inference. Gradients of the block sum over loops.
// Sources: Ouro, arXiv:2510.25741, eq. 1 and its published code; see looped_transformer_config.hpp.
// Tests: tests/models/looped_transformer_test.cpp, tests/golden.
// Lesson: examples/080_loop_the_block.cpp.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "looplab/autograd/recompute.hpp"
#include "looplab/core/windows.hpp"
#include "looplab/models/model_shapes.hpp"
#include "looplab/models/transformer_block.hpp"
#include "looplab/nn/init.hpp"

namespace looplab {

/// Numbers of loops of one forward pass; 0: as configured.
struct LoopChoice {
  Index num_loops = 0;
  Index backprop_loops = 0;
};

/// An attention function of a whole model that also observes the states of its layers.
template <class Attend, class S>
concept WatchesLayers = requires(const Attend& attend, Index layer, SubLayer sub_layer,
                                 Variable<S> state) {
  attend.watch(layer, sub_layer, state);
};

template <Real S = float>
class LoopedTransformer {
 public:
  using Scalar = S;

  /// Without a seed all matrices are 0, to be filled from a checkpoint.
  /// \throws ConfigError naming every problem of `config`
  explicit LoopedTransformer(const LoopedTransformerConfig& config,
                             std::optional<Seed> seed = Seed{})
      : config_(validated(config)) {
    const auto& c = config_;
    if (c.positions == Positions::rotary)
      rotary_ = {c.max_sequence_length, c.d_model / c.num_heads, c.rotary_base};
    const auto blocks = [&](Index count) {
      return std::vector<TransformerBlock<S>>(static_cast<std::size_t>(count),
                                              TransformerBlock<S>::without_parameters(c.block()));
    };
    prelude_ = blocks(c.num_prelude_layers);
    block_ = blocks(c.num_block_layers);
    coda_ = blocks(c.num_coda_layers);
    const Norm<S> norm = TransformerBlock<S>::norm_without_parameters(c.block());
    if (c.loop_norm == LoopNorm::every_loop) loop_norm_ = norm;
    if (c.has_final_norm()) final_norm_ = norm;
    create_parameters<S>(*this, parameter_shapes(c), c.product_type);
    if (seed) initialize(*this, *seed, initial_spread());
  }

  [[nodiscard]] const LoopedTransformerConfig& config() const { return config_; }

  /// The state [B T, D] that the head reads. Memory that `windows` points to must stay valid until
  /// the pass ends. `input` [B T, D], if given, replaces the tokens' embeddings; the tokens are
  /// then not read.
  /// \throws ShapeError if sizes do not match, a token is out of range or the window is too long;
  ///         ConfigError if `choice` is negative or has more loops than the loop-index table rows
  [[nodiscard]] Variable<S> hidden(const Pass<S>& pass, const Windows& windows,
                                   LoopChoice choice = {},
                                   std::optional<Variable<S>> input = {}) const {
    Variable<S> last;
    for_each_loop(pass, windows, choice, input, [&](Index, Variable<S> state) { last = state; });
    return read_out(pass, windows, last);
  }

  /// Calls `visit(r, state)` with the state that the head reads after loop r = 0, 1, ..., in order;
  /// otherwise as `hidden`.
  template <class Visit>
  void hidden_per_loop(const Pass<S>& pass, const Windows& windows, LoopChoice choice,
                       Visit&& visit, std::optional<Variable<S>> input = {}) const {
    for_each_loop(pass, windows, choice, input,
                  [&](Index r, Variable<S> state) { visit(r, read_out(pass, windows, state)); });
  }

  /// Logits [N, V] of states [N, D].
  [[nodiscard]] Variable<S> head(const Pass<S>& pass, Variable<S> state) const {
    return config_.tied_head ? matmul(pass.tape, state, pass.use(embedding_),
                                      kernels::Layout::transposed, &embedding_.prepared)
                             : head_(pass, state);
  }

  /// The exit gate's logits [N, 1] of exiting after a loop, from the states [N, D] that the head
  /// reads after it. \throws ConfigError if the model has no gate
  [[nodiscard]] Variable<S> gate(const Pass<S>& pass, Variable<S> state) const {
    require<ConfigError>(config_.exit_gate,
                         "LoopedTransformer: this model has no exit gate (model.exit_gate)");
    return gate_(pass, state);
  }

  // ---- the parts of the model, on rows of any windows, for callers that manage their own KV cache
  //
  // `attend(layer, qkv, as)` computes attention; layers are counted through prelude, block and
  // coda. If `attend` has `watch(layer, SubLayer, state)`, that is called after each sub-layer.

  /// The input rows [N, D] of the first loop, for `tokens` [N] at `positions` [N] of their
  /// documents.
  template <class Attend>
  [[nodiscard]] Variable<S> enter(const Pass<S>& pass, const Token* tokens, const Token* positions,
                                  Index count, Attend&& attend) const {
    const Variable<S> x = embedding(pass.tape, pass.use(embedding_), tokens, count);
    return apply(pass, prelude_, 0, at_positions(pass, x, positions), attend);
  }
  /// The state after loop r of `num_loops`; `s` is the state before it and `e` the result of
  /// `enter`.
  template <class Attend>
  [[nodiscard]] Variable<S> loop(const Pass<S>& pass, Variable<S> s, Variable<S> e, Index r,
                                 Index num_loops, Attend&& attend) const {
    s = inject(pass, s, e, r);
    if (loop_embedding_.exists()) {
      auto* index = pass.tape.template allocate<Token>(1);
      *index = static_cast<Token>(r);
      s = add_row(pass.tape, s, embedding(pass.tape, pass.use(loop_embedding_), index, 1));
    }
    const S residual =
        config_.residual_scale == ResidualScale::one ? S{1} : S{1} / static_cast<S>(num_loops);
    s = apply(pass, block_, std::ssize(prelude_), s, attend, residual);
    return loop_norm_.exists() ? loop_norm_(pass, s) : s;
  }
  /// The state that head and gate read, from the state after the last loop.
  template <class Attend>
  [[nodiscard]] Variable<S> read_out(const Pass<S>& pass, Variable<S> state,
                                     Attend&& attend) const {
    state = apply(pass, coda_, std::ssize(prelude_) + std::ssize(block_), state, attend);
    return final_norm_.exists() ? final_norm_(pass, state) : state;
  }
  /// A state through the norm before head and gate, without coda: for inspecting states.
  [[nodiscard]] Variable<S> read_norm(const Pass<S>& pass, Variable<S> state) const {
    return final_norm_.exists() ? final_norm_(pass, state) : loop_norm_(pass, state);
  }
  /// \throws ConfigError if the loop-index table has fewer rows than `num_loops`
  void require_loops(Index num_loops) const {
    require<ConfigError>(!loop_embedding_.exists() || num_loops <= config_.max_loops,
                         "LoopedTransformer: ", num_loops, " loops, but the loop-index table has ",
                         config_.max_loops, " rows (max_loops)");
  }
  [[nodiscard]] const kernels::RotaryTable<S>& rotary() const { return rotary_; }
  /// Attention among the rows of whole windows; refers to `windows` and the model.
  [[nodiscard]] kernels::AttentionShape<S> attention_shape(const Windows& windows) const {
    return kernels::attention_shape(windows, config_.num_heads,
                                    config_.d_model / config_.num_heads,
                                    config_.attention_mask == AttentionMask::causal, &rotary_);
  }

  // ----

  /// Logits [B T, V] of all positions.
  [[nodiscard]] Variable<S> forward(const Pass<S>& pass, const Windows& windows,
                                    LoopChoice choice = {}) const {
    return head(pass, hidden(pass, windows, choice));
  }

  template <class Self, class Visit>
  static void for_each_parameter(Self& self, const std::string& prefix, Visit&& visit) {
    visit_parameter(visit, prefix + "embedding.weight", self.embedding_);
    visit_parameter(visit, prefix + "position_embedding.weight", self.position_embedding_);
    visit_blocks(self.prelude_, prefix + "prelude.", visit);
    visit_blocks(self.block_, prefix + "block.", visit);
    visit_blocks(self.coda_, prefix + "coda.", visit);
    Linear<S>::for_each_parameter(self.injection_, prefix + "injection.", visit);
    visit_parameter(visit, prefix + "loop_embedding.weight", self.loop_embedding_);
    Norm<S>::for_each_parameter(self.loop_norm_, prefix + "loop_norm.", visit);
    Norm<S>::for_each_parameter(self.final_norm_, prefix + "final_norm.", visit);
    Linear<S>::for_each_parameter(self.head_, prefix + "head.", visit);
    Linear<S>::for_each_parameter(self.gate_, prefix + kExitGatePrefix, visit);
  }

 private:
  using Blocks = std::vector<TransformerBlock<S>>;

  static LoopedTransformerConfig validated(const LoopedTransformerConfig& config) {
    config.validate();
    return config.resolved();
  }

  template <class AnyBlocks, class Visit>
  static void visit_blocks(AnyBlocks& blocks, const std::string& prefix, Visit&& visit) {
    for (std::size_t i = 0; i < blocks.size(); ++i)
      TransformerBlock<S>::for_each_parameter(blocks[i], prefix + std::to_string(i) + ".", visit);
  }

  [[nodiscard]] InitialSpread initial_spread() const {
    const auto& c = config_;
    const auto effective_layers = static_cast<double>(
        c.num_prelude_layers + c.num_block_layers * c.num_loops + c.num_coda_layers);
    switch (c.initialization) {
      case Initialization::scaled_residual:
        return {c.init_std, c.init_std / std::sqrt(2 * effective_layers)};
      case Initialization::zero_output:
        return {c.init_std, 0};
      case Initialization::normal:
        break;
    }
    return {c.init_std, c.init_std};
  }

  void check(const Windows& windows, std::optional<Variable<S>> input) const {
    windows.validate("LoopedTransformer", !input);
    require<ShapeError>(
        !input || (input->rows() == windows.size() && input->cols() == config_.d_model),
        "LoopedTransformer: input is ", input ? input->shape() : Shape{}, ", expected [",
        windows.size(), ", ", config_.d_model, "]");
    require<ShapeError>(windows.length <= config_.max_sequence_length,
                        "LoopedTransformer: window of ", windows.length,
                        " positions, max_sequence_length is ", config_.max_sequence_length);
  }

  /// Calls `visit(r, state)` with the state after each loop, before coda and final norm.
  template <class Visit>
  void for_each_loop(const Pass<S>& pass, const Windows& windows, LoopChoice choice,
                     std::optional<Variable<S>> input, Visit&& visit) const {
    check(windows, input);
    require<ConfigError>(choice.num_loops >= 0 && choice.backprop_loops >= 0,
                         "LoopedTransformer: num_loops ", choice.num_loops, ", backprop_loops ",
                         choice.backprop_loops, ", expected 0 (as configured) or more");
    const Index num_loops = choice.num_loops ? choice.num_loops : config_.num_loops;
    Index backprop = choice.backprop_loops ? choice.backprop_loops : config_.backprop_loops;
    if (backprop == 0) backprop = num_loops;
    require_loops(num_loops);
    const auto shape = attention_shape(windows);
    const Variable<S> e =
        apply(pass, prelude_, 0, embed(pass, windows, input), within(pass.tape, shape));
    Variable<S> s = e;
    for (Index r = 0; r < num_loops; ++r) {
      if (r + backprop >= num_loops) {
        s = loop_or_recompute(pass, s, e, r, num_loops, shape);
      } else {  // truncated gradient: this loop's result is a constant
        const NoGradient<S> off(pass.tape);
        s = pass.tape.detach(loop_or_recompute(pass, s, e, r, num_loops, shape));
      }
      visit(r, s);
    }
  }

  [[nodiscard]] Variable<S> read_out(const Pass<S>& pass, const Windows& windows,
                                     Variable<S> state) const {
    return read_out(pass, state, within(pass.tape, attention_shape(windows)));
  }

  /// Attention within whole windows, the same in every layer.
  [[nodiscard]] static auto within(Tape<S>& tape, const kernels::AttentionShape<S>& shape) {
    return [&tape, shape](Index, Variable<S> qkv, kernels::ComputeType as) {
      return attention(tape, qkv, shape, as);
    };
  }

  [[nodiscard]] Variable<S> embed(const Pass<S>& pass, const Windows& windows,
                                  std::optional<Variable<S>> input) const {
    const Variable<S> x =
        input ? *input
              : embedding(pass.tape, pass.use(embedding_), windows.tokens.data(), windows.size());
    if (!position_embedding_.exists()) return x;
    auto* positions = pass.tape.template allocate<Token>(windows.size());
    windows.write_positions(positions);
    return at_positions(pass, x, positions);
  }

  /// x plus the learned vectors of its positions, if there are any.
  [[nodiscard]] Variable<S> at_positions(const Pass<S>& pass, Variable<S> x,
                                         const Token* positions) const {
    if (!position_embedding_.exists()) return x;
    return add(pass.tape, x,
               embedding(pass.tape, pass.use(position_embedding_), positions, x.rows()));
  }

  /// `attend` for one layer: computes attention, and observes states if `attend` does.
  template <class Attend>
  struct OfLayer {
    const Attend& attend;
    Index layer;
    [[nodiscard]] Variable<S> operator()(Variable<S> qkv, kernels::ComputeType as) const {
      return attend(layer, qkv, as);
    }
    void watch(SubLayer sub_layer, Variable<S> x) const requires WatchesLayers<Attend, S> {
      attend.watch(layer, sub_layer, x);
    }
  };

  /// Applies the blocks one after the other; `first_layer` is the number of the first.
  template <class Attend>
  [[nodiscard]] static Variable<S> apply(const Pass<S>& pass, const Blocks& blocks,
                                         Index first_layer, Variable<S> x, const Attend& attend,
                                         S residual_scale = S{1}) {
    Index layer = first_layer;
    for (const TransformerBlock<S>& block : blocks) {
      x = block(pass, x, OfLayer<Attend>{attend, layer++}, residual_scale);
    }
    return x;
  }

  /// `loop` on whole windows, storing its intermediate values only if the gradient needs them.
  [[nodiscard]] Variable<S> loop_or_recompute(const Pass<S>& pass, Variable<S> s, Variable<S> e,
                                              Index r, Index num_loops,
                                              const kernels::AttentionShape<S>& shape) const {
    if (pass.tape.recording() && !config_.recompute)
      return loop(pass, s, e, r, num_loops, within(pass.tape, shape));
    return recompute(
        pass.tape, std::array{s, e},
        [this, gradients = pass.gradients, r, num_loops, shape](
            Tape<S>& inner, const std::array<Variable<S>, 2>& x) {
          return loop({inner, gradients}, x[0], x[1], r, num_loops, within(inner, shape));
        });
  }

  [[nodiscard]] Variable<S> inject(const Pass<S>& pass, Variable<S> s, Variable<S> e,
                                   Index r) const {
    switch (config_.input_injection) {
      case InputInjection::none:
        return s;
      case InputInjection::add:
        return r == 0 ? e : add(pass.tape, s, e);
      case InputInjection::linear:
        return injection_(pass, concat_columns(pass.tape, r == 0 ? zeros(pass, e) : s, e));
    }
    return s;
  }

  [[nodiscard]] static Variable<S> zeros(const Pass<S>& pass, Variable<S> like) {
    const TensorView<S> zero = pass.tape.result(like.shape());
    std::fill_n(zero.data(), zero.size(), S{0});
    return pass.tape.constant(zero);
  }

  LoopedTransformerConfig config_;
  Parameter<S> embedding_, position_embedding_, loop_embedding_;
  Blocks prelude_, block_, coda_;
  Linear<S> injection_, head_, gate_;
  Norm<S> loop_norm_, final_norm_;
  kernels::RotaryTable<S> rotary_;
};

}  // namespace looplab

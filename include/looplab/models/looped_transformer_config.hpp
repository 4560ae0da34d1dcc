// SPDX-License-Identifier: MIT
//
// Configuration of a looped transformer: every choice as a field, and presets.
//
//   tokens -> embedding -> prelude -> [ injection, loop index, k blocks, norm ] x R -> coda -> head
//
// Notation k x R: `num_block_layers` = k distinct layers applied `num_loops` = R times. The
// iso-parameter baseline is k x 1, the iso-FLOP baseline kR x 1.
// Sources: Ouro, arXiv:2510.25741 (sections 3 and 6); Geiping et al. 2025, arXiv:2502.05171
// (prelude, coda, injection); arXiv:2606.18524 (residual scale 1/R).
#pragma once

#include <array>
#include <cmath>
#include <string_view>

#include "looplab/core/config.hpp"
#include "looplab/models/block_config.hpp"

namespace looplab {

/// every_loop: the final norm closes each loop (Ouro); once: only before the head.
enum class LoopNorm { every_loop, once };
/// 1, or 1/num_loops, on every residual update of the recurrent block (arXiv:2606.18524).
enum class ResidualScale { one, inverse_loops };
/// rotary: in every attention; learned: table added to the embedding; none.
enum class Positions { rotary, learned, none };
/// How the prelude's output e re-enters the state s before each loop:
/// none: s; add: s + e; linear: [s, e] W with a learned W [2D, D].
enum class InputInjection { none, add, linear };
/// learned: a learned vector per loop index, added to the state before that loop.
enum class LoopEmbedding { none, learned };
/// normal: all matrices from N(0, init_std^2); scaled_residual: output projections of attention and
/// feed-forward network divided by sqrt(2 L), L = effective layers (GPT-2); zero_output: these are
/// 0.
enum class Initialization { normal, scaled_residual, zero_output };
/// Keys a query attends to within its document: causal: itself and earlier; full: all.
enum class AttentionMask { causal, full };

[[nodiscard]] constexpr auto enum_names(LoopNorm) {
  return std::array<std::string_view, 2>{"every_loop", "once"};
}
[[nodiscard]] constexpr auto enum_names(ResidualScale) {
  return std::array<std::string_view, 2>{"one", "inverse_loops"};
}
[[nodiscard]] constexpr auto enum_names(Positions) {
  return std::array<std::string_view, 3>{"rotary", "learned", "none"};
}
[[nodiscard]] constexpr auto enum_names(InputInjection) {
  return std::array<std::string_view, 3>{"none", "add", "linear"};
}
[[nodiscard]] constexpr auto enum_names(LoopEmbedding) {
  return std::array<std::string_view, 2>{"none", "learned"};
}
[[nodiscard]] constexpr auto enum_names(Initialization) {
  return std::array<std::string_view, 3>{"normal", "scaled_residual", "zero_output"};
}
[[nodiscard]] constexpr auto enum_names(AttentionMask) {
  return std::array<std::string_view, 2>{"causal", "full"};
}

/// Configuration of a looped transformer. The defaults are Ouro's block (see `ouro`) at a small
/// size.
struct LoopedTransformerConfig {
  Index vocab_size = 0;  // 0: the task's
  Index max_sequence_length = 512;
  Index d_model = 64;
  Index num_heads = 2;
  Index d_feed_forward = 0;  // 0: 4 D for gelu; 2.5 D rounded up to a multiple of 16 for swiglu
  Index num_prelude_layers = 0;
  Index num_block_layers = 1;
  Index num_coda_layers = 0;
  Index num_loops = 4;
  Index max_loops = 0;       // rows of the loop-index table; 0: num_loops
  Index backprop_loops = 0;  // last loops that carry gradient; 0: all
  bool recompute = false;    // gradient checkpointing per loop; never changes a result
  NormKind norm = NormKind::rms;
  NormPlacement norm_placement = NormPlacement::sandwich;
  LoopNorm loop_norm = LoopNorm::every_loop;
  double norm_epsilon = 1e-6;
  ResidualScale residual_scale = ResidualScale::one;
  FeedForwardKind feed_forward = FeedForwardKind::swiglu;
  Positions positions = Positions::rotary;
  double rotary_base = 10000;
  AttentionMask attention_mask = AttentionMask::causal;
  InputInjection input_injection = InputInjection::none;
  LoopEmbedding loop_embedding = LoopEmbedding::none;
  bool biases = false;
  bool tied_head = false;
  bool exit_gate = false;
  Initialization initialization = Initialization::normal;
  double init_std = 0;  // 0: 0.02 sqrt(768 / D), GPT-2's at its width
  kernels::ComputeType product_type = kernels::ComputeType::float32;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"vocab_size", "size of the vocabulary; 0: the task's", 0, 1 << 24},
          self.vocab_size);
    visit(Field{"max_sequence_length", "longest window, and size of a learned position table", 1,
                1 << 20},
          self.max_sequence_length);
    visit(Field{"d_model", "width of the hidden state", 1, 1 << 16}, self.d_model);
    visit(Field{"num_heads", "number of attention heads; divides d_model", 1, 1 << 12},
          self.num_heads);
    visit(Field{"d_feed_forward",
                "feed-forward width; 0: 4 d_model (gelu), 2.5 d_model rounded up to x16 (swiglu)",
                0, 1 << 18},
          self.d_feed_forward);
    visit(Field{"num_prelude_layers", "number of unshared layers before the loops", 0, 1024},
          self.num_prelude_layers);
    visit(Field{"num_block_layers", "k, number of layers of the recurrent block", 1, 1024},
          self.num_block_layers);
    visit(Field{"num_coda_layers", "number of unshared layers after the loops", 0, 1024},
          self.num_coda_layers);
    visit(Field{"num_loops", "R, number of loops over the recurrent block", 1, 4096},
          self.num_loops);
    visit(Field{"max_loops", "rows of the loop-index table; 0: num_loops", 0, 4096},
          self.max_loops);
    visit(Field{"backprop_loops", "number of last loops with gradient; 0: all", 0, 4096},
          self.backprop_loops);
    visit(Field{"recompute",
                "gradient checkpointing: store one state per loop and recompute the rest"},
          self.recompute);
    visit(Field{"norm", "kind of norm: rms, layer or step (1 where x > 0; without gradient)"},
          self.norm);
    visit(Field{"norm_placement", "position of the norms: pre, post or sandwich"},
          self.norm_placement);
    visit(Field{"loop_norm", "application of the final norm: every_loop (Ouro) or once"},
          self.loop_norm);
    visit(Field{"norm_epsilon", "epsilon of the norms, added to the mean square", 1e-12, 1},
          self.norm_epsilon);
    visit(Field{"residual_scale", "factor on residual updates: one or inverse_loops (1/R)"},
          self.residual_scale);
    visit(Field{"feed_forward", "feed-forward network: gelu or swiglu"}, self.feed_forward);
    visit(Field{"positions", "position encoding: rotary, learned or none"}, self.positions);
    visit(Field{"rotary_base", "base of the rotary wavelengths: the longest / 2 pi", 1, 1e9},
          self.rotary_base);
    visit(Field{"attention_mask", "attention mask within a document: causal or full"},
          self.attention_mask);
    visit(Field{"input_injection", "input to every loop: none, add or linear"},
          self.input_injection);
    visit(Field{"loop_embedding", "learned vector per loop index: none or learned"},
          self.loop_embedding);
    visit(Field{"biases", "whether all linear maps have biases"}, self.biases);
    visit(Field{"tied_head", "whether the output head is the embedding"}, self.tied_head);
    visit(
        Field{"exit_gate", "whether a linear gate on every loop's state gives exit probabilities"},
        self.exit_gate);
    visit(Field{"initialization", "initial values: normal, scaled_residual or zero_output"},
          self.initialization);
    visit(Field{"init_std", "standard deviation of initial matrices; 0: 0.02 sqrt(768 / d_model)",
                0, 10},
          self.init_std);
    visit(
        Field{"product_type", "type of the factors of products with weights: float32 or bfloat16"},
        self.product_type);
  }

  /// The configuration of its layers.
  [[nodiscard]] BlockConfig block() const {
    return {d_model,      d_feed_forward, norm,   norm_placement,
            norm_epsilon, feed_forward,   biases, product_type};
  }

  /// Whether coda and head have a norm of their own, besides the one in the loop.
  [[nodiscard]] bool has_final_norm() const {
    return loop_norm == LoopNorm::once || num_coda_layers > 0;
  }

  /// This configuration with its zeros ("the task's", "by rule") replaced by numbers.
  [[nodiscard]] LoopedTransformerConfig resolved() const {
    LoopedTransformerConfig c = *this;
    c.d_feed_forward = block().feed_forward_width();
    if (c.max_loops == 0) c.max_loops = num_loops;
    if (c.init_std == 0) c.init_std = 0.02 * std::sqrt(768 / static_cast<double>(d_model));
    return c;
  }

  /// \throws ConfigError naming every problem.
  void validate() const {
    Problems problems;
    check_ranges(*this, problems);
    problems.check(vocab_size >= 1, "vocab_size is ", vocab_size, ", expected 1 or more");
    problems.check(num_heads < 1 || d_model % num_heads == 0, "d_model ", d_model,
                   " is not divisible by num_heads ", num_heads);
    problems.check(positions != Positions::rotary || num_heads < 1 || d_model % num_heads != 0 ||
                       d_model / num_heads % 2 == 0,
                   "rotary positions need an even d_model / num_heads, given ", d_model, " / ",
                   num_heads);
    problems.check(backprop_loops <= num_loops, "backprop_loops ", backprop_loops,
                   " exceeds num_loops ", num_loops);
    problems.check(max_loops == 0 || max_loops >= num_loops, "max_loops ", max_loops,
                   " is below num_loops ", num_loops);
    problems.throw_if_any("model");
  }
};

/// The blocks of the paper's section 6 (its appendix B.1): GPT-2 with rotary positions.
[[nodiscard]] inline LoopedTransformerConfig gpt2_rope() {
  return {.norm = NormKind::layer,
          .norm_placement = NormPlacement::pre,
          .loop_norm = LoopNorm::once,
          .norm_epsilon = 1e-5,
          .feed_forward = FeedForwardKind::gelu,
          .positions = Positions::rotary,
          .biases = true,
          .tied_head = true,
          .initialization = Initialization::scaled_residual};
}

/// The blocks of Ouro-1.4B and 2.6B: sandwich RMS norm, SwiGLU, final norm inside the loop, no
/// biases, untied head. `d_feed_forward` = 2.75 D there (5632 / 2048).
[[nodiscard]] inline LoopedTransformerConfig ouro(Index d_model = 64, Index num_heads = 2) {
  return {.d_model = d_model,
          .num_heads = num_heads,
          .d_feed_forward = (11 * d_model / 4 + 15) / 16 * 16};
}

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// Memory of the tape for one chunk in training of a looped transformer, computed from shapes.
//
//   layer of N rows   N (a D + b F) numbers kept for the gradient, see `numbers_kept`
//   all               (prelude + k R + coda) layers, R states, logits and their gradient,
//                     and the gradients alive at the same time; if loops are recomputed, the
//                     layers of one loop and R states (their tape has gradients of its own)
//
// Counted in float32 for the operations of transformer_block.hpp and looped_transformer.hpp; the
// test compares with the memory of real chunks.
#pragma once

#include "looplab/kernels/attention.hpp"
#include "looplab/models/looped_transformer_config.hpp"

namespace looplab {

/// The windows of a chunk and its scored rows.
struct ChunkShape {
  Index num_windows = 1, length = 1;
  Index num_scored = 1;               // rows that go through the head
  bool every_loop_is_scored = false;  // otherwise only the last
};

/// Numbers per row that a layer stores for its gradient.
[[nodiscard]] inline Index numbers_kept(const BlockConfig& c, Index num_heads) {
  const Index d = c.d_model, f = c.feed_forward_width();
  const Index hidden = c.feed_forward == FeedForwardKind::swiglu ? 2 * f : f;
  const Index norms = c.norm_placement == NormPlacement::sandwich ? 4 : 2;
  const Index statistics = c.norm == NormKind::step ? 0 : c.norm == NormKind::layer ? 2 : 1;
  const Index products = 3 * d + d + hidden + d;  // q | k | v, output, up, down
  const Index attention = d + 2 * num_heads, residuals = 2 * d, activation = f;
  return norms * (d + statistics) + (c.biases ? 2 : 1) * products + attention + activation +
         residuals;
}

/// Peak bytes in use between the start of a chunk's forward pass and the end of its backward pass.
/// \pre `c` is resolved and valid
[[nodiscard]] inline double activation_bytes(const LoopedTransformerConfig& c,
                                             const ChunkShape& chunk) {
  const auto number = [](Index n) { return static_cast<double>(n); };
  const BlockConfig block = c.block();
  const double rows = number(chunk.num_windows * chunk.length), d = number(c.d_model);
  const double hidden =
      number(c.d_feed_forward * (c.feed_forward == FeedForwardKind::swiglu ? 2 : 1));
  constexpr double kNodes = 3200 / 4;  // records of a layer's operations, in units of a number
  const double layer = rows * number(numbers_kept(block, c.num_heads)) + kNodes;
  // Per loop, besides its layers: injection, loop index, norm.
  double around = c.loop_norm == LoopNorm::every_loop ? d + 2 : 0;
  if (c.input_injection == InputInjection::add) around += d;
  if (c.input_injection == InputInjection::linear) around += (c.biases ? 4 : 3) * d;
  if (c.loop_embedding == LoopEmbedding::learned) around += d;
  const double loop = number(c.num_block_layers) * layer + rows * around;
  const double loops = number(c.num_loops);
  const double read_outs = chunk.every_loop_is_scored ? loops : 1;

  const double scored = number(chunk.num_scored);
  const double read_out = number(c.num_coda_layers) * layer +
                          (c.has_final_norm() ? rows * (d + 2) : 0) +
                          scored * (d + 2 * number(c.vocab_size));
  const double kept = rows * d * (c.positions == Positions::learned ? 2 : 1) +
                      number(c.num_prelude_layers) * layer + read_outs * read_out +
                      (c.recompute ? loops * rows * d + loop : loops * loop);
  const kernels::AttentionShape<float> attention{.num_windows = chunk.num_windows,
                                                 .length = chunk.length,
                                                 .num_heads = c.num_heads,
                                                 .d_head = c.d_model / c.num_heads};
  const double flowing = rows * (3 * d + 3 * d + hidden + number(c.d_feed_forward)) + scored * d +
                         number(kernels::attention_scratch_size(attention));
  const bool layers_outside = c.num_prelude_layers + c.num_coda_layers > 0;
  return 4 * (kept + (c.recompute && layers_outside ? 2 : 1) * flowing);
}

}  // namespace looplab

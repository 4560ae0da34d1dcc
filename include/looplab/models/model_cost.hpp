// SPDX-License-Identifier: MIT
//
// Cost of a looped transformer: unique and effective parameters, arithmetic per token.
//
//   effective = prelude + R x block + coda + norms + head        (parameters as often as applied)
//   FLOP per trained token = 2 x passes x (matrix elements applied) + attention
//
// Passes: 1 forward, 2 backward, 1 more forward where a loop is recomputed; loops without gradient
// (`backprop_loops`) have the forward pass only. Attention of a causal window of T: 2 x 2 x D x
// (T+1)/2 per token, layer and pass. Embedding lookup costs nothing; a tied head costs as much as
// an untied one.
// Source of 3 passes of 2 FLOP: Kaplan et al. 2020, arXiv:2001.08361, section 2.1.
#pragma once

#include "looplab/models/model_shapes.hpp"

namespace looplab {

struct ModelCost {
  Index unique_parameters = 0;
  Index unique_parameters_without_embeddings = 0;  // without token, position, loop tables and head
  Index effective_parameters = 0;                  // the block counted num_loops times
  double flop_per_token = 0;           // one training step: forward, backward and recomputation
  double read_out_flop_per_token = 0;  // the part for coda and head
};

/// Cost for windows of `sequence_length` (one document each) and the configured number of loops.
/// \throws ConfigError if `config` is not valid
[[nodiscard]] inline ModelCost model_cost(const LoopedTransformerConfig& config,
                                          Index sequence_length) {
  config.validate();
  const LoopedTransformerConfig c = config.resolved();
  ModelCost cost;
  // Products of one pass, in multiplications per token; the head counts even if it is tied.
  double before = 0, in_one_loop = 0, after = static_cast<double>(c.d_model * c.vocab_size);
  for (const ModelParameter& p : parameter_shapes(c)) {
    const Index size = p.shape.size();
    const bool in_loop = p.part == ModelPart::loop;
    cost.unique_parameters += size;
    if (!is_embedding(p.role)) cost.unique_parameters_without_embeddings += size;
    cost.effective_parameters += size * (in_loop ? c.num_loops : 1);
    if (!is_matrix(p.role) || is_embedding(p.role)) continue;
    const bool in_read_out = p.part == ModelPart::read_out && p.role != Role::gate;  // counted once
    (in_loop ? in_one_loop : in_read_out ? after : before) += static_cast<double>(size);
  }
  const bool causal = c.attention_mask == AttentionMask::causal;
  const double keys = static_cast<double>(causal ? sequence_length + 1 : 2 * sequence_length) / 2;
  const double attention = 2 * static_cast<double>(c.d_model) * keys;
  before += attention * static_cast<double>(c.num_prelude_layers);
  after += attention * static_cast<double>(c.num_coda_layers);
  in_one_loop += attention * static_cast<double>(c.num_block_layers);
  const Index with_gradient = c.backprop_loops > 0 ? c.backprop_loops : c.num_loops;
  const Index loop_passes = c.num_loops + (c.recompute ? 3 : 2) * with_gradient;
  cost.read_out_flop_per_token = 6 * after;
  cost.flop_per_token = 2 * (3 * (before + after) + static_cast<double>(loop_passes) * in_one_loop);
  return cost;
}

}  // namespace looplab

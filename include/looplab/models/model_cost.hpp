// SPDX-License-Identifier: MIT
//
// What a looped transformer costs: unique and effective parameters, arithmetic per token.
//
//   effective = prelude + R x block + coda + norms + head        (what is applied, with repetition)
//   FLOP per trained token = 6 x (matrix elements applied) + attention
//
// Attention of a causal window of T: 2 x 2 x D x (T+1)/2 forward per token and layer, twice that
// backward. Embedding lookup costs nothing; the head costs 6 D V also where it is tied.
// Source of the factor 6: Kaplan et al. 2020, arXiv:2001.08361, section 2.1.
// Tests: tests/models/model_cost_test.cpp.
#pragma once

#include "looplab/models/looped_transformer.hpp"

namespace looplab {

struct ModelCost {
  Index unique_parameters = 0;
  Index unique_parameters_without_embeddings = 0;  // without token, position, loop tables and head
  Index effective_parameters = 0;                  // the block counted num_loops times
  double flop_per_token = 0;                       // one training step, forward and backward
};

/// Cost for windows of `sequence_length` (one document each) and the configured number of loops.
/// \throws ConfigError if `config` is not valid
[[nodiscard]] inline ModelCost model_cost(const LoopedTransformerConfig& config,
                                          Index sequence_length) {
  LoopedTransformer<float> model(config);
  const LoopedTransformerConfig& c = model.config();
  ModelCost cost;
  double products = static_cast<double>(c.d_model * c.vocab_size);  // the head, tied or not
  for (const auto& [name, parameter] : ParameterList<float>(model)) {
    const Index size = parameter->value.size();
    const bool in_loop = name.starts_with("block.") || name.starts_with("injection.") ||
                         name.starts_with("loop_norm.");
    const bool is_table = name.ends_with("embedding.weight") || name == "head.weight";
    cost.unique_parameters += size;
    if (!is_table) cost.unique_parameters_without_embeddings += size;
    cost.effective_parameters += size * (in_loop ? c.num_loops : 1);
    if (parameter->decay && !is_table)
      products += static_cast<double>(size * (in_loop ? c.num_loops : 1));
  }
  const auto layers = static_cast<double>(c.num_prelude_layers + c.num_coda_layers +
                                          c.num_block_layers * c.num_loops);
  const double keys = c.attention_mask == AttentionMask::causal
                          ? static_cast<double>(sequence_length + 1) / 2
                          : static_cast<double>(sequence_length);
  cost.flop_per_token = 6 * products + 12 * layers * static_cast<double>(c.d_model) * keys;
  return cost;
}

}  // namespace looplab

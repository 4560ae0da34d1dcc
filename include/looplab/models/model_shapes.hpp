// SPDX-License-Identifier: MIT
//
// The parameters of a looped transformer as a list of names, roles and shapes. The constructor
// creates them from this list, and its cost (model_cost.hpp) is a sum over it.
#pragma once

#include <string>
#include <vector>

#include "looplab/models/looped_transformer_config.hpp"

namespace looplab {

/// How often a parameter is applied in a forward pass: once before the loops, in every loop, or
/// whenever the head reads a state.
enum class ModelPart { before, loop, read_out };

struct ModelParameter : ParameterShape {
  ModelPart part = ModelPart::before;
};

/// Prefix of the names of the exit gate's parameters.
inline constexpr const char* kExitGatePrefix = "exit_gate.";

/// In walking order. \pre `c` is resolved and valid
[[nodiscard]] inline std::vector<ModelParameter> parameter_shapes(
    const LoopedTransformerConfig& c) {
  std::vector<ModelParameter> list;
  const auto add = [&](ModelPart part, const std::string& prefix, const ParameterShapes& shapes) {
    for (const ParameterShape& p : shapes)
      list.push_back({{prefix + p.name, p.role, p.shape}, part});
  };
  const auto add_table = [&](const std::string& prefix, Index rows, Role role = Role::embedding) {
    add(ModelPart::before, prefix, {{"weight", role, {rows, c.d_model}}});
  };
  const auto add_layers = [&](ModelPart part, const std::string& prefix, Index count) {
    for (Index i = 0; i < count; ++i)
      add(part, prefix + std::to_string(i) + ".", parameter_shapes(c.block()));
  };
  add_table("embedding.", c.vocab_size, c.tied_head ? Role::tied_embedding : Role::embedding);
  if (c.positions == Positions::learned) add_table("position_embedding.", c.max_sequence_length);
  add_layers(ModelPart::before, "prelude.", c.num_prelude_layers);
  add_layers(ModelPart::loop, "block.", c.num_block_layers);
  add_layers(ModelPart::read_out, "coda.", c.num_coda_layers);
  if (c.input_injection == InputInjection::linear)
    add(ModelPart::loop, "injection.", linear_shapes(2 * c.d_model, c.d_model, c.biases));
  if (c.loop_embedding == LoopEmbedding::learned) add_table("loop_embedding.", c.max_loops);
  if (c.loop_norm == LoopNorm::every_loop) add(ModelPart::loop, "loop_norm.", norm_shapes(c.block()));
  if (c.has_final_norm()) add(ModelPart::read_out, "final_norm.", norm_shapes(c.block()));
  if (!c.tied_head)
    add(ModelPart::read_out, "head.", linear_shapes(c.d_model, c.vocab_size, false, Role::head));
  if (c.exit_gate)
    add(ModelPart::read_out, kExitGatePrefix, linear_shapes(c.d_model, 1, true, Role::gate));
  return list;
}

}  // namespace looplab

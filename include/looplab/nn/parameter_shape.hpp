// SPDX-License-Identifier: MIT
//
// What is known of a parameter before it exists: name, role and shape.
//
// A module lists its parameters in walking order; its constructor creates them from that list
// (`create_parameters`), and what a model costs is a sum over the same list. A parameter's role
// decides how it starts, whether weight decay applies and whether it enters matrix products.
#pragma once

#include <string>
#include <vector>

#include "looplab/core/tensor.hpp"

namespace looplab {

/// What a parameter is for.
enum class Role {
  embedding,        // table [rows, D] of vectors that are looked up
  tied_embedding,   // such a table whose transpose is also the head
  weight,           // matrix [in, out] of a linear map
  residual_output,  // the same, for a map whose result is added to the residual stream
  head,             // matrix [D, V] of the map to logits
  gate,             // matrix [D, 1] of an exit gate
  gain,             // of a norm; starts at 1
  bias,             // starts at 0
};

/// Matrices and tables start random and decay; gains and biases do neither.
[[nodiscard]] constexpr bool is_matrix(Role role) {
  return role != Role::gain && role != Role::bias;
}
/// Enters matrix products often enough for packed copies; a gate has a single column.
[[nodiscard]] constexpr bool is_packed(Role role) {
  return role == Role::tied_embedding || role == Role::weight || role == Role::residual_output ||
         role == Role::head;
}
/// Left out where parameters are counted without embeddings: tables and the head.
[[nodiscard]] constexpr bool is_embedding(Role role) {
  return role == Role::embedding || role == Role::tied_embedding || role == Role::head;
}

struct ParameterShape {
  std::string name;
  Role role;
  Shape shape;
};
using ParameterShapes = std::vector<ParameterShape>;

/// Appends the parameters of a part whose names begin with `prefix`.
inline void append_shapes(ParameterShapes& list, const std::string& prefix,
                          const ParameterShapes& part) {
  for (const ParameterShape& p : part) list.push_back({prefix + p.name, p.role, p.shape});
}

/// Of y = x W + b (nn/linear.hpp).
[[nodiscard]] inline ParameterShapes linear_shapes(Index in, Index out, bool bias,
                                                   Role role = Role::weight) {
  ParameterShapes list{{"weight", role, {in, out}}};
  if (bias) list.push_back({"bias", Role::bias, {out}});
  return list;
}
/// Of a root mean square norm, or a layer norm (nn/norm.hpp).
[[nodiscard]] inline ParameterShapes norm_shapes(Index width, bool layer) {
  ParameterShapes list{{"gain", Role::gain, {width}}};
  if (layer) list.push_back({"bias", Role::bias, {width}});
  return list;
}
/// Of nn/multi_head_attention.hpp.
[[nodiscard]] inline ParameterShapes attention_shapes(Index d_model, bool biases) {
  ParameterShapes list;
  append_shapes(list, "qkv.", linear_shapes(d_model, 3 * d_model, biases));
  append_shapes(list, "output.", linear_shapes(d_model, d_model, biases, Role::residual_output));
  return list;
}
/// Of nn/feed_forward.hpp.
[[nodiscard]] inline ParameterShapes feed_forward_shapes(Index d_model, Index d_feed_forward,
                                                         bool gated, bool biases) {
  ParameterShapes list;
  append_shapes(list, gated ? "gate_up." : "up.",
                linear_shapes(d_model, (gated ? 2 : 1) * d_feed_forward, biases));
  append_shapes(list, "down.",
                linear_shapes(d_feed_forward, d_model, biases, Role::residual_output));
  return list;
}

}  // namespace looplab

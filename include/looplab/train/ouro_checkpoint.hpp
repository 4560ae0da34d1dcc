// SPDX-License-Identifier: MIT
//
// Ouro checkpoints as published on Hugging Face, to and from a LoopedTransformer.
//
//   folder: config.json, model.safetensors (or shards with an index)
//
//   theirs, model.layers.i.               ours, block.i.
//   input_layernorm                       attention_norm
//   self_attn.{q,k,v}_proj [D, D] each    attention.qkv [D, 3 D], transposed, side by side
//   self_attn.o_proj                      attention.output, transposed
//   input_layernorm_2                     attention_post_norm
//   post_attention_layernorm              feed_forward_norm
//   mlp.{gate,up}_proj [F, D] each        feed_forward.gate_up [D, 2 F], transposed, side by side
//   mlp.down_proj                         feed_forward.down, transposed
//   post_attention_layernorm_2            feed_forward_post_norm
//
//   model.embed_tokens, model.norm, lm_head, model.early_exit_gate: embedding, loop_norm, head,
//   exit_gate
//
// Both turn pairs (i, i + K/2) of queries and keys. In their code as in ours the final norm closes
// every loop, and head and gate read the normed state.
// Source: modeling_ouro.py as published with Ouro-1.4B. Tests:
// tests/train/ouro_checkpoint_test.cpp.
#pragma once

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "looplab/io/ouro_config.hpp"
#include "looplab/io/sharded_safetensors.hpp"
#include "looplab/models/looped_transformer.hpp"

namespace looplab {

/// The model that an Ouro configuration describes, with its exit gate.
[[nodiscard]] inline LoopedTransformerConfig from_ouro(const OuroConfig& c) {
  return {.vocab_size = c.vocab_size,
          .max_sequence_length = c.max_position_embeddings,
          .d_model = c.hidden_size,
          .num_heads = c.num_attention_heads,
          .d_feed_forward = c.intermediate_size,
          .num_block_layers = c.num_hidden_layers,
          .num_loops = c.total_ut_steps,
          .norm_epsilon = c.rms_norm_eps,
          .rotary_base = c.rope_theta,
          .tied_head = c.tie_word_embeddings,
          .exit_gate = true};
}

/// \throws ConfigError naming every key in which the model is not of Ouro's kind
[[nodiscard]] inline OuroConfig to_ouro(const LoopedTransformerConfig& given) {
  const LoopedTransformerConfig c = given.resolved();
  Problems problems;
  const auto only = [&](const char* key, const auto& value, const auto& expected) {
    problems.check(value == expected, key, " is ", to_text(value), ", expected ",
                   to_text(expected));
  };
  only("num_prelude_layers", c.num_prelude_layers, Index{0});
  only("num_coda_layers", c.num_coda_layers, Index{0});
  only("norm", c.norm, NormKind::rms);
  only("norm_placement", c.norm_placement, NormPlacement::sandwich);
  only("loop_norm", c.loop_norm, LoopNorm::every_loop);
  only("residual_scale", c.residual_scale, ResidualScale::one);
  only("feed_forward", c.feed_forward, FeedForwardKind::swiglu);
  only("positions", c.positions, Positions::rotary);
  only("attention_mask", c.attention_mask, AttentionMask::causal);
  only("input_injection", c.input_injection, InputInjection::none);
  only("loop_embedding", c.loop_embedding, LoopEmbedding::none);
  only("biases", c.biases, false);
  problems.throw_if_any("this model is not of Ouro's kind");
  return {.vocab_size = c.vocab_size,
          .hidden_size = c.d_model,
          .intermediate_size = c.d_feed_forward,
          .num_hidden_layers = c.num_block_layers,
          .num_attention_heads = c.num_heads,
          .total_ut_steps = c.num_loops,
          .max_position_embeddings = c.max_sequence_length,
          .rms_norm_eps = c.norm_epsilon,
          .rope_theta = c.rotary_base,
          .early_exit_threshold = 1,
          .tie_word_embeddings = c.tied_head};
}

/// One of their tensors: columns `first` ... of one of our parameters, [out, in] if `transposed`.
struct OuroTensor {
  std::string name, parameter;
  Index first = 0, columns = 0;
  bool transposed = false;
};

/// All tensors of a checkpoint of this model, with those of the gate.
[[nodiscard]] inline std::vector<OuroTensor> ouro_tensors(const OuroConfig& c) {
  const Index D = c.hidden_size, F = c.intermediate_size;
  std::vector<OuroTensor> all{{"model.embed_tokens.weight", "embedding.weight"},
                              {"model.norm.weight", "loop_norm.gain"},
                              {"model.early_exit_gate.weight", "exit_gate.weight", 0, 1, true},
                              {"model.early_exit_gate.bias", "exit_gate.bias"}};
  if (!c.tie_word_embeddings)
    all.push_back({"lm_head.weight", "head.weight", 0, c.vocab_size, true});
  for (Index layer = 0; layer < c.num_hidden_layers; ++layer) {
    const std::string theirs = concat("model.layers.", layer, '.'),
                      ours = concat("block.", layer, '.');
    const auto matrix = [&](const char* name, const char* parameter, Index first, Index columns) {
      all.push_back(
          {theirs + name + ".weight", ours + parameter + ".weight", first, columns, true});
    };
    const auto norm = [&](const char* name, const char* parameter) {
      all.push_back({theirs + name + ".weight", ours + parameter + ".gain"});
    };
    norm("input_layernorm", "attention_norm");
    matrix("self_attn.q_proj", "attention.qkv", 0, D);
    matrix("self_attn.k_proj", "attention.qkv", D, D);
    matrix("self_attn.v_proj", "attention.qkv", 2 * D, D);
    matrix("self_attn.o_proj", "attention.output", 0, D);
    norm("input_layernorm_2", "attention_post_norm");
    norm("post_attention_layernorm", "feed_forward_norm");
    matrix("mlp.gate_proj", "feed_forward.gate_up", 0, F);
    matrix("mlp.up_proj", "feed_forward.gate_up", F, F);
    matrix("mlp.down_proj", "feed_forward.down", 0, D);
    norm("post_attention_layernorm_2", "feed_forward_post_norm");
  }
  return all;
}

/// The shape that a tensor has in their file, if ours is `ours`.
[[nodiscard]] inline Shape ouro_shape(const OuroTensor& tensor, const Shape& ours) {
  return tensor.transposed ? Shape{tensor.columns, ours[0]} : ours;
}

/// Calls `visit(i, j)` for every element: i counts theirs, j ours.
template <class Visit>
void for_each_ouro_element(const OuroTensor& tensor, const Shape& ours, Visit&& visit) {
  const Index count = ouro_shape(tensor, ours).size(), rows = ours[0];
  for (Index i = 0; i < count; ++i)
    visit(i, tensor.transposed ? i % rows * ours[1] + tensor.first + i / rows : i);
}

/// Writes config.json and model.safetensors into `folder`, which is made if need be. A model
/// without an exit gate gets one of zeros, since their code reads one; with early_exit_threshold 1
/// it never decides. \throws ConfigError if the model is not of Ouro's kind; FileError
inline void save_ouro(LoopedTransformer<float>& model, const std::filesystem::path& folder) {
  const OuroConfig config = to_ouro(model.config());
  ensure_directory(folder);
  const ParameterList<float> parameters(model);
  const Tensor<float> no_gate({config.hidden_size, 1}), no_bias({1});
  std::vector<Tensor<float>> tensors;
  SafetensorsWriter writer;
  writer.metadata("format", "pt");
  const auto list = ouro_tensors(config);
  for (const OuroTensor& tensor : list) {
    const bool none = tensor.parameter.starts_with(kExitGatePrefix) && !model.config().exit_gate;
    const Tensor<float>& value = !none               ? parameters.at(tensor.parameter).value
                                 : tensor.transposed ? no_gate
                                                     : no_bias;
    Tensor<float>& theirs = tensors.emplace_back(ouro_shape(tensor, value.shape()));
    for_each_ouro_element(tensor, value.shape(), [&](Index i, Index j) { theirs[i] = value[j]; });
  }
  for (std::size_t i = 0; i < list.size(); ++i) writer.add(list[i].name, tensors[i].view());
  writer.write(folder / "model.safetensors");
  write_ouro_config(folder / "config.json", config);
}

/// Reads the tensors of `folder` into a model made by `from_ouro` of its config.json.
/// \throws FileError naming a tensor that is missing, of another type or not known; ShapeError
inline void load_ouro(const std::filesystem::path& folder, LoopedTransformer<float>& model) {
  ShardedSafetensors file(folder);
  const ParameterList<float> parameters(model);
  std::set<std::string> known;
  for (const OuroTensor& tensor : ouro_tensors(to_ouro(model.config()))) {
    Tensor<float>& value = parameters.at(tensor.parameter).value;
    Tensor<float> theirs(ouro_shape(tensor, value.shape()));
    file.read_floats(tensor.name, theirs.view());
    for_each_ouro_element(tensor, value.shape(), [&](Index i, Index j) { value[j] = theirs[i]; });
    known.insert(tensor.name);
  }
  for (const std::string& name : file.names())
    require<FileError>(known.contains(name) || name.ends_with("rotary_emb.inv_freq") ||
                           (name == "lm_head.weight" && model.config().tied_head),
                       folder.string(), ": tensor ", name, " is not known in an Ouro checkpoint");
  parameters.prepare();
}

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// Models as Ouro checkpoints in Hugging Face's format, which Ouro's published code reads and
// writes: a folder with config.json and tensors (io/sharded_safetensors.hpp).
//
//   looplab                  shape        Ouro, each a matrix [out, in]
//   block.i.attention.qkv    [D, 3D]      q_proj, k_proj, v_proj: a third of the columns each
//   block.i.*.gate_up        [D, 2F]      gate_proj, up_proj: half of the columns each
//   head                     [D, V]       lm_head; absent if the head is the embedding
//
// Rotary pairs (i, i + K/2), the norm that closes each loop and the gate's bias are the same there.
// Weights only: the training configuration and the type of products are not exported.
// Source: arXiv:2510.25741 and its published code. Tests: tests/train/ouro_checkpoint_test.cpp,
// tests/golden/ouro_golden_test.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/io/ouro_config.hpp"
#include "looplab/io/sharded_safetensors.hpp"
#include "looplab/models/looped_transformer.hpp"

namespace looplab {

/// The configuration of the looplab model that is equal to the checkpoint's.
[[nodiscard]] inline LoopedTransformerConfig config_from_ouro(const OuroConfig& c) {
  return {.vocab_size = c.vocab_size,
          .max_sequence_length = c.max_position_embeddings,
          .d_model = c.hidden_size,
          .num_heads = c.num_attention_heads,
          .d_feed_forward = c.intermediate_size,
          .num_block_layers = c.num_hidden_layers,
          .num_loops = c.total_ut_steps,
          .norm = NormKind::rms,
          .norm_placement = NormPlacement::sandwich,
          .loop_norm = LoopNorm::every_loop,
          .norm_epsilon = c.rms_norm_eps,
          .feed_forward = FeedForwardKind::swiglu,
          .positions = Positions::rotary,
          .rotary_base = c.rope_theta,
          .biases = false,
          .tied_head = c.tie_word_embeddings,
          .exit_gate = true};
}

/// The checkpoint's description of a looplab model. \throws ConfigError naming every key of
/// `config` whose value has no counterpart in Ouro
[[nodiscard]] inline OuroConfig config_to_ouro(const LoopedTransformerConfig& config) {
  // Training, precision, and the gate, which Ouro always has.
  constexpr std::array<std::string_view, 7> kFree = {"max_loops",   "backprop_loops", "recompute",
                                                     "exit_gate",   "initialization", "init_std",
                                                     "product_type"};
  const LoopedTransformerConfig c = config.resolved();
  const OuroConfig ouro{.vocab_size = c.vocab_size,
                        .hidden_size = c.d_model,
                        .intermediate_size = c.d_feed_forward,
                        .num_hidden_layers = c.num_block_layers,
                        .num_attention_heads = c.num_heads,
                        .total_ut_steps = c.num_loops,
                        .max_position_embeddings = c.max_sequence_length,
                        .rms_norm_eps = c.norm_epsilon,
                        .rope_theta = c.rotary_base,
                        .tie_word_embeddings = c.tied_head};
  const auto given = to_json(c), expressed = to_json(config_from_ouro(ouro));
  Problems problems;
  for (const auto& [key, value] : given.items())
    problems.check(std::ranges::find(kFree, key) != kFree.end() || value == expressed[key],
                   "model.", key, " is ", value, ", Ouro has ", expressed[key]);
  problems.throw_if_any("Ouro checkpoint");
  return ouro;
}

/// A tensor of a checkpoint, and the position of its elements in a looplab parameter.
struct OuroTensor {
  std::string name;
  Shape shape;
  std::string parameter;
  bool transposed = false;
  Index first_column = 0;  // of the parameter, if transposed

  /// Calls visit(i, j) for every element: i in the tensor is j in the parameter, which has
  /// `columns`.
  template <class Visit>
  void for_each_element(Index columns, Visit&& visit) const {
    for (Index row = 0; row < shape.rows(); ++row)
      for (Index col = 0; col < shape.cols(); ++col) {
        const Index i = row * shape.cols() + col;
        visit(i, transposed ? col * columns + first_column + row : i);
      }
  }
};

/// All tensors of a checkpoint.
[[nodiscard]] inline std::vector<OuroTensor> ouro_tensors(const OuroConfig& c) {
  std::vector<OuroTensor> all;
  const auto same = [&](std::string name, std::string parameter, Shape shape) {
    all.push_back({std::move(name), shape, std::move(parameter)});
  };
  const auto linear = [&](std::initializer_list<std::string> names, const std::string& parameter,
                          Index in, Index out) {
    Index column = 0;
    for (const std::string& name : names) {
      all.push_back({name + ".weight", {out, in}, parameter + ".weight", true, column});
      column += out;
    }
  };
  const Index D = c.hidden_size, F = c.intermediate_size, V = c.vocab_size;
  same("model.embed_tokens.weight", "embedding.weight", {V, D});
  for (Index i = 0; i < c.num_hidden_layers; ++i) {
    const std::string theirs = concat("model.layers.", i, '.'), ours = concat("block.", i, '.');
    const std::string attention = theirs + "self_attn.", mlp = theirs + "mlp.";
    same(theirs + "input_layernorm.weight", ours + "attention_norm.gain", {D});
    linear({attention + "q_proj", attention + "k_proj", attention + "v_proj"},
           ours + "attention.qkv", D, D);
    linear({attention + "o_proj"}, ours + "attention.output", D, D);
    same(theirs + "input_layernorm_2.weight", ours + "attention_post_norm.gain", {D});
    same(theirs + "post_attention_layernorm.weight", ours + "feed_forward_norm.gain", {D});
    linear({mlp + "gate_proj", mlp + "up_proj"}, ours + "feed_forward.gate_up", D, F);
    linear({mlp + "down_proj"}, ours + "feed_forward.down", F, D);
    same(theirs + "post_attention_layernorm_2.weight", ours + "feed_forward_post_norm.gain", {D});
  }
  same("model.norm.weight", "loop_norm.gain", {D});
  linear({"model.early_exit_gate"}, "exit_gate", D, 1);
  same("model.early_exit_gate.bias", "exit_gate.bias", {1});
  if (!c.tie_word_embeddings) linear({"lm_head"}, "head", D, V);
  return all;
}

/// Bias of the gate that is written for a model without one: sigmoid(-40) is 4e-18, so that the
/// model never exits before the last loop, and everything the published code computes with the gate
/// (exits, weighted logits, loss) equals that of the last loop.
inline constexpr float kClosedGateBias = -40;

/// Writes the model as a checkpoint in float32. Creates the folder if needed; replaces files of
/// these names, tensors first. A model without exit gate gets one that never opens.
/// \throws ConfigError naming what Ouro does not have, FileError
template <Real S>
void export_ouro(const LoopedTransformer<S>& model, const std::filesystem::path& folder) {
  const OuroConfig config = config_to_ouro(model.config());
  std::map<std::string, const Parameter<S>*> parameters;
  LoopedTransformer<S>::for_each_parameter(
      model, "", [&](const std::string& name, const Parameter<S>& p) { parameters[name] = &p; });
  const std::vector<OuroTensor> tensors = ouro_tensors(config);
  std::vector<Tensor<float>> values;
  SafetensorsWriter writer;
  writer.metadata("format", "pt");  // the only format that transformers reads
  for (const OuroTensor& tensor : tensors) {
    Tensor<float>& value = values.emplace_back(tensor.shape);
    if (const auto found = parameters.find(tensor.parameter); found != parameters.end()) {
      const Tensor<S>& ours = found->second->value;
      tensor.for_each_element(ours.cols(),
                              [&](Index i, Index j) { value[i] = static_cast<float>(ours[j]); });
    } else if (tensor.parameter == "exit_gate.bias") {
      value[0] = kClosedGateBias;
    }
    writer.add(tensor.name, value.view());
  }
  ensure_directory(folder);
  writer.write(folder / kSafetensorsName);
  write_ouro_config(folder / kOuroConfigName, config);
}

/// Reads a checkpoint in any floating-point type; the model has an exit gate. Checks that every
/// tensor exists and fits before it allocates the model.
/// \throws ConfigError naming the key, FileError or ShapeError naming the tensor
template <Real S = float>
[[nodiscard]] LoopedTransformer<S> import_ouro(const std::filesystem::path& folder) {
  const OuroConfig config = read_ouro_config(folder / kOuroConfigName);
  ShardedSafetensors file(folder);
  const std::vector<OuroTensor> tensors = ouro_tensors(config);
  for (const OuroTensor& tensor : tensors) file.require_floats(tensor.name, tensor.shape);
  for (const std::string& name : file.names())
    require<FileError>(std::ranges::find(tensors, name, &OuroTensor::name) != tensors.end(),
                       folder.string(), ": tensor ", name,
                       " is none of Ouro's with this config.json");
  LoopedTransformer<S> model(config_from_ouro(config), std::nullopt);
  const ParameterList<S> parameters(model);
  for (const OuroTensor& tensor : tensors) {
    Tensor<S> value(tensor.shape);
    file.read_floats(tensor.name, value.view());
    Tensor<S>& ours = parameters.at(tensor.parameter).value;
    tensor.for_each_element(ours.cols(), [&](Index i, Index j) { ours[j] = value[i]; });
  }
  parameters.prepare();
  return model;
}

}  // namespace looplab

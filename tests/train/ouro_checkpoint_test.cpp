// SPDX-License-Identifier: MIT
#include "looplab/train/ouro_checkpoint.hpp"

#include <cmath>
#include <functional>

#include "looplab/kernels/exit_gate.hpp"
#include "support/catch.hpp"
#include "support/model_variants.hpp"
#include "support/small_training.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::parameter_values;
using looplab_test::TemporaryDirectory;
using looplab_test::TinyModel;

namespace {

/// Two layers, three loops, width 8, with a gate.
LoopedTransformerConfig tiny_ouro() {
  LoopedTransformerConfig config = ouro(8, 2);
  config.vocab_size = 5;
  config.max_sequence_length = 8;
  config.d_feed_forward = 12;
  config.num_block_layers = 2;
  config.num_loops = 3;
  config.exit_gate = true;
  config.init_std = 0.4;
  return config;
}

/// What is in a folder's model.safetensors, to be changed and written back.
struct Tensors {
  std::map<std::string, Tensor<float>> values;

  explicit Tensors(const std::filesystem::path& folder) {
    SafetensorsFile file(folder / kSafetensorsName);
    for (const std::string& name : file.names()) values[name] = file.load<float>(name);
  }
  void write(const std::filesystem::path& folder) const {
    SafetensorsWriter writer;
    for (const auto& [name, value] : values) writer.add(name, value.view());
    writer.write(folder / kSafetensorsName);
  }
};

}  // namespace

TEST_CASE("an exported model comes back bit for bit", "[ouro]") {
  const TemporaryDirectory folder;
  for (const bool tied : {false, true}) {
    LoopedTransformerConfig config = tiny_ouro();
    config.tied_head = tied;
    config.rotary_base = 500;
    config.norm_epsilon = 1e-4;
    const TinyModel<float> tiny(config);
    export_ouro(tiny.model, folder.path());
    const auto back = import_ouro(folder.path());
    CHECK(parameter_values(back) == parameter_values(tiny.model));
    LoopedTransformerConfig expected = tiny.model.config(), given = back.config();
    given.init_std = expected.init_std;
    CHECK(to_json(given) == to_json(expected));
    Tape<float> tape;
    const auto logits = back.forward(Pass<float>{tape}, tiny.windows());
    CHECK(std::ranges::equal(logits.value().span(), tiny.logits()));
    CHECK(ShardedSafetensors(folder.path()).contains("lm_head.weight") != tied);
  }
}

TEST_CASE("tensors have the names, shapes and order of Ouro's code", "[ouro]") {
  const TemporaryDirectory folder;
  const TinyModel<double> tiny(tiny_ouro());
  export_ouro(tiny.model, folder / "made");
  const Tensors theirs(folder / "made");
  CHECK(theirs.values.size() == 1 + 2 * 11 + 1 + 2 + 1);
  CHECK(SafetensorsFile(folder / "made" / kSafetensorsName).metadata().at("format") == "pt");
  const auto ours = [&](const std::string& name, Index row, Index col) {
    return static_cast<float>(tiny.parameters.at(name).value(row, col));
  };
  const std::string layer = "model.layers.1.", block = "block.1.";
  const auto& v = theirs.values.at(layer + "self_attn.v_proj.weight");
  CHECK(v.shape() == Shape{8, 8});
  CHECK(v(3, 5) == ours(block + "attention.qkv.weight", 5, 16 + 3));
  const auto& up = theirs.values.at(layer + "mlp.up_proj.weight");
  CHECK(up.shape() == Shape{12, 8});
  CHECK(up(11, 2) == ours(block + "feed_forward.gate_up.weight", 2, 12 + 11));
  const auto& down = theirs.values.at(layer + "mlp.down_proj.weight");
  CHECK(down.shape() == Shape{8, 12});
  CHECK(down(1, 10) == ours(block + "feed_forward.down.weight", 10, 1));
  CHECK(theirs.values.at("lm_head.weight")(4, 6) == ours("head.weight", 6, 4));
  CHECK(theirs.values.at("model.embed_tokens.weight")(4, 6) == ours("embedding.weight", 4, 6));
  CHECK(theirs.values.at("model.early_exit_gate.weight").shape() == Shape{1, 8});
  CHECK(theirs.values.at("model.early_exit_gate.bias").shape() == Shape{1});
  auto wide = import_ouro<double>(folder / "made");
  const ParameterList<double> widened(wide);
  for (Index p = 0; p < widened.count(); ++p)
    CHECK(std::ranges::equal(widened[p].parameter->value, tiny.parameters[p].parameter->value, {},
                             {}, [](double x) { return double{static_cast<float>(x)}; }));
}

TEST_CASE("a model without exit gate is given one that never leaves early", "[ouro]") {
  const TemporaryDirectory folder;
  LoopedTransformerConfig config = tiny_ouro();
  config.exit_gate = false;
  const TinyModel<float> tiny(config);
  export_ouro(tiny.model, folder.path());
  const auto back = import_ouro(folder.path());
  CHECK(back.config().exit_gate);
  Tape<float> tape;
  const Pass<float> pass{tape};
  const auto state = back.hidden(pass, tiny.windows());
  CHECK(std::ranges::equal(back.head(pass, state).value().span(), tiny.logits()));
  for (const float z : back.gate(pass, state).value()) CHECK(1 - kernels::sigmoid(z) == 1.0f);
}

TEST_CASE("what Ouro does not have is refused by its key", "[ouro]") {
  using Change = std::function<void(LoopedTransformerConfig&)>;
  const std::pair<Change, std::string> rows[] = {
      {[](auto& c) { c.num_prelude_layers = 1; }, "model.num_prelude_layers is 1, Ouro has 0"},
      {[](auto& c) { c.num_coda_layers = 2; }, "model.num_coda_layers is 2, Ouro has 0"},
      {[](auto& c) { c.norm = NormKind::layer; }, "model.norm is \"layer\", Ouro has \"rms\""},
      {[](auto& c) { c.norm_placement = NormPlacement::pre; }, "model.norm_placement is \"pre\""},
      {[](auto& c) { c.loop_norm = LoopNorm::once; }, "model.loop_norm is \"once\""},
      {[](auto& c) { c.residual_scale = ResidualScale::inverse_loops; }, "model.residual_scale"},
      {[](auto& c) { c.feed_forward = FeedForwardKind::gelu; }, "model.feed_forward is \"gelu\""},
      {[](auto& c) { c.positions = Positions::learned; }, "model.positions is \"learned\""},
      {[](auto& c) { c.attention_mask = AttentionMask::full; }, "model.attention_mask is \"full\""},
      {[](auto& c) { c.input_injection = InputInjection::add; },
       "model.input_injection is \"add\""},
      {[](auto& c) { c.loop_embedding = LoopEmbedding::learned; }, "model.loop_embedding"},
      {[](auto& c) { c.biases = true; }, "model.biases is true, Ouro has false"},
  };
  const TemporaryDirectory folder;
  for (const auto& [change, message] : rows) {
    INFO(message);
    LoopedTransformerConfig config = tiny_ouro();
    change(config);
    const LoopedTransformer<float> model(config, std::nullopt);
    CHECK_THROWS_AS(export_ouro(model, folder.path()), ConfigError);
    CHECK_THROWS_WITH(export_ouro(model, folder.path()), contains(message));
  }
  CHECK(folder.count() == 0);
  LoopedTransformerConfig training = tiny_ouro();
  training.backprop_loops = 2;
  training.recompute = true;
  training.max_loops = 8;
  training.initialization = Initialization::zero_output;
  training.product_type = kernels::ComputeType::bfloat16;
  CHECK_NOTHROW(config_to_ouro(training));
}

TEST_CASE("a checkpoint that is not whole or does not fit is one sentence", "[ouro]") {
  using Change = std::function<void(std::map<std::string, Tensor<float>>&)>;
  const std::pair<Change, std::string> rows[] = {
      {[](auto& t) { t.erase("lm_head.weight"); }, "has no tensor lm_head.weight"},
      {[](auto& t) { t.erase("model.early_exit_gate.bias"); },
       "has no tensor model.early_exit_gate.bias"},
      {[](auto& t) { t["model.norm.weight"] = Tensor<float>({9}); },
       "tensor model.norm.weight is F32 [9], expected F32, BF16 or F16 [8]"},
      {[](auto& t) {
         t["model.layers.0.self_attn.k_proj.weight"] = Tensor<float>({4, 8});
       },
       "tensor model.layers.0.self_attn.k_proj.weight is F32 [4, 8], expected"},
      {[](auto& t) { t["model.layers.0.self_attn.q_proj.bias"] = Tensor<float>({8}); },
       "tensor model.layers.0.self_attn.q_proj.bias is none of Ouro's"},
      {[](auto& t) {
         t["model.layers.2.mlp.up_proj.weight"] = Tensor<float>({12, 8});
       },
       "tensor model.layers.2.mlp.up_proj.weight is none of Ouro's with this config.json"},
  };
  const TemporaryDirectory folder;
  const TinyModel<float> tiny(tiny_ouro());
  for (const auto& [change, message] : rows) {
    INFO(message);
    export_ouro(tiny.model, folder.path());
    Tensors tensors(folder.path());
    change(tensors.values);
    tensors.write(folder.path());
    CHECK_THROWS_AS(import_ouro(folder.path()), Error);
    CHECK_THROWS_WITH(import_ouro(folder.path()), contains(message));
  }
  export_ouro(tiny.model, folder.path());
  OuroConfig huge = config_to_ouro(tiny.model.config());
  huge.vocab_size = 1 << 24;  // more memory than there is: the tensors are looked at first
  huge.hidden_size = 1 << 16;
  write_ouro_config(folder / kOuroConfigName, huge);
  CHECK_THROWS_WITH(import_ouro(folder.path()),
                    contains("tensor model.embed_tokens.weight is F32"));
  SafetensorsWriter whole_numbers;
  const Tensor<std::int32_t> table({5, 8});
  whole_numbers.add("model.embed_tokens.weight", table.view());
  whole_numbers.write(folder / kSafetensorsName);
  write_ouro_config(folder / kOuroConfigName, config_to_ouro(tiny.model.config()));
  CHECK_THROWS_WITH(import_ouro(folder.path()),
                    contains("model.embed_tokens.weight is I32 [5, 8], expected F32, BF16 or F16"));
  CHECK_THROWS_WITH(import_ouro(folder / "none"), contains("none/config.json: cannot be read"));
}

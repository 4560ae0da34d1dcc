// SPDX-License-Identifier: MIT
#include "looplab/train/ouro_checkpoint.hpp"

#include <fstream>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::TemporaryDirectory;

namespace {

const std::filesystem::path kOuroGolden = std::filesystem::path(LOOPLAB_TEST_DATA_DIR) / "ouro";

LoopedTransformerConfig tiny_ouro() {
  LoopedTransformerConfig config = ouro(16, 2);
  config.vocab_size = 11;
  config.max_sequence_length = 12;
  config.num_block_layers = 2;
  config.num_loops = 3;
  config.exit_gate = true;
  return config;
}

/// A model none of whose numbers are as they start.
LoopedTransformer<float> random_model(const LoopedTransformerConfig& config) {
  LoopedTransformer<float> model(config, Seed{1});
  for (const auto& [name, parameter] : ParameterList<float>(model))
    fill_normal(parameter->value, Seed{2}, name, 0.3);
  return model;
}

/// Bytes of every tensor of a file, by name.
std::map<std::string, std::vector<float>> tensors_of(const std::filesystem::path& path) {
  SafetensorsFile file(path);
  std::map<std::string, std::vector<float>> all;
  for (const std::string& name : file.names()) {
    const Tensor<float> tensor = file.load<float>(name);
    all[name].assign(tensor.data(), tensor.data() + tensor.size());
  }
  return all;
}

/// Writes the file again without `drop`, with `add` as a tensor of one number if it is not empty.
void change_tensors(const std::filesystem::path& path, const std::string& drop,
                    const std::string& add) {
  SafetensorsFile file(path);
  SafetensorsWriter writer;
  std::vector<Tensor<float>> kept;
  std::vector<std::string> names;
  for (const std::string& name : file.names())
    if (name != drop) {
      names.push_back(name);
      kept.push_back(file.load<float>(name));
    }
  if (!add.empty()) {
    names.push_back(add);
    kept.emplace_back(Shape{1});
  }
  for (std::size_t i = 0; i < names.size(); ++i) writer.add(names[i], kept[i].view());
  writer.write(path);
}

}  // namespace

TEST_CASE("logits and exits are those of the published code", "[ouro]") {
  for (const char* name : {"random", "sharded", "trained"}) {
    CAPTURE(name);
    const auto folder = kOuroGolden / name;
    const OuroConfig theirs = read_ouro_config(folder / "config.json");
    LoopedTransformer<float> model(from_ouro(theirs), std::nullopt);
    load_ouro(folder, model);
    SafetensorsFile file(folder / "expected.safetensors");
    const Tensor<std::int32_t> given = file.load<std::int32_t>("tokens");
    const Tensor<float> logits = file.load<float>("logits"), exits = file.load<float>("exits");
    const Index B = given.shape()[0], T = given.shape()[1], V = theirs.vocab_size;
    const Index R = theirs.total_ut_steps;
    REQUIRE(logits.shape() == Shape{R, B, T, V});
    const std::vector<Token> tokens(given.data(), given.data() + given.size());
    Tape<float> tape;
    std::vector<double> stays(tokens.size(), 1);
    double worst = 0, largest = 0;
    model.hidden_per_loop({tape}, {B, T, tokens}, {}, [&](Index r, Variable<float> state) {
      const Variable<float> made = model.head({tape}, state), gate = model.gate({tape}, state);
      for (Index i = 0; i < B * T * V; ++i) {
        const float expected = logits.data()[r * B * T * V + i];
        worst = std::max(worst, std::abs(double{made.data()[i]} - double{expected}));
        largest = std::max(largest, std::abs(double{expected}));
      }
      for (Index n = 0; n < B * T; ++n) {
        double& stay = stays[static_cast<std::size_t>(n)];
        const double leave = r + 1 == R ? 1 : 1 / (1 + std::exp(-double{gate.data()[n]}));
        CHECK(stay * leave == Approx(exits.data()[n * R + r]).margin(1e-6));
        stay *= 1 - leave;
      }
    });
    CAPTURE(largest);
    CHECK(worst < 5e-5 * largest);  // measured: up to 1.4e-5, both in float32
  }
}

TEST_CASE("what looplab wrote for the published code is what it writes now", "[ouro]") {
  const TemporaryDirectory directory;
  const auto folder = kOuroGolden / "trained";
  LoopedTransformer<float> model(from_ouro(read_ouro_config(folder / "config.json")), std::nullopt);
  load_ouro(folder, model);
  save_ouro(model, directory / "again");
  CHECK(tensors_of(directory / "again" / "model.safetensors") ==
        tensors_of(folder / "model.safetensors"));
  CHECK(read_file(directory / "again" / "config.json") == read_file(folder / "config.json"));
}

TEST_CASE("a model goes out and in with every bit", "[ouro]") {
  for (const bool tied : {false, true}) {
    const TemporaryDirectory directory;
    LoopedTransformerConfig config = tiny_ouro();
    config.tied_head = tied;
    LoopedTransformer<float> model = random_model(config);
    save_ouro(model, directory.path());
    LoopedTransformer<float> read(from_ouro(read_ouro_config(directory / "config.json")),
                                  std::nullopt);
    load_ouro(directory.path(), read);
    const ParameterList<float> expected(model), made(read);
    REQUIRE(made.count() == expected.count());
    for (Index i = 0; i < made.count(); ++i) {
      CHECK(made[i].name == expected[i].name);
      CHECK(std::ranges::equal(made[i].parameter->value.view().span(),
                               expected[i].parameter->value.view().span()));
    }
  }
}

TEST_CASE("a model without a gate gets one of zeros", "[ouro]") {
  const TemporaryDirectory directory;
  LoopedTransformerConfig config = tiny_ouro();
  config.exit_gate = false;
  LoopedTransformer<float> model = random_model(config);
  save_ouro(model, directory.path());
  const auto tensors = tensors_of(directory / "model.safetensors");
  CHECK(tensors.at("model.early_exit_gate.weight") == std::vector<float>(16, 0.0f));
  CHECK(tensors.at("model.early_exit_gate.bias") == std::vector<float>(1, 0.0f));
}

TEST_CASE("a model of another kind is refused, with every key", "[ouro]") {
  const TemporaryDirectory directory;
  LoopedTransformerConfig config = gpt2_rope();
  config.vocab_size = 5;
  LoopedTransformer<float> model(config, Seed{1});
  CHECK_THROWS_WITH(save_ouro(model, directory / "none"),
                    contains("not of Ouro's kind") && contains("norm is layer, expected rms") &&
                        contains("feed_forward is gelu, expected swiglu") &&
                        contains("biases is true, expected false"));
  CHECK_FALSE(std::filesystem::exists(directory / "none"));
}

TEST_CASE("tensors that are missing, unknown or of another shape or type are named", "[ouro]") {
  const TemporaryDirectory directory;
  const auto path = directory / "model.safetensors";
  LoopedTransformer<float> model = random_model(tiny_ouro());
  save_ouro(model, directory.path());
  const auto said = [&](const std::string& drop, const std::string& add) {
    save_ouro(model, directory.path());
    change_tensors(path, drop, add);
    LoopedTransformer<float> read(tiny_ouro(), std::nullopt);
    try {
      load_ouro(directory.path(), read);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  CHECK_THAT(said("model.layers.1.self_attn.k_proj.weight", ""),
             contains("has no tensor model.layers.1.self_attn.k_proj.weight"));
  CHECK_THAT(said("model.norm.weight", "model.norm.weight"),
             contains("tensor model.norm.weight is F32 [1], expected F32 [16]"));
  CHECK_THAT(said("", "model.layers.2.input_layernorm.weight"),
             contains("tensor model.layers.2.input_layernorm.weight is not known"));
  CHECK(said("", "model.rotary_emb.inv_freq") == "nothing");
  SafetensorsWriter writer;
  const Tensor<double> wide({11, 16});
  writer.add("model.embed_tokens.weight", wide.view());
  writer.write(path);
  CHECK_THROWS_WITH(load_ouro(directory.path(), model),
                    contains("tensor model.embed_tokens.weight is F64 [11, 16], expected F32"));
}

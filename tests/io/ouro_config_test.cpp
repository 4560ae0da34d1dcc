// SPDX-License-Identifier: MIT
#include "looplab/io/ouro_config.hpp"

#include <fstream>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::TemporaryDirectory;

namespace {

constexpr OuroConfig kTiny{.vocab_size = 19,
                           .hidden_size = 16,
                           .intermediate_size = 32,
                           .num_hidden_layers = 2,
                           .num_attention_heads = 2,
                           .total_ut_steps = 3,
                           .max_position_embeddings = 40,
                           .rms_norm_eps = 1e-5,
                           .rope_theta = 40000,
                           .early_exit_threshold = 0.5,
                           .tie_word_embeddings = true};

}  // namespace

TEST_CASE("config.json comes back as it was written") {
  const TemporaryDirectory directory;
  write_ouro_config(directory / "config.json", kTiny);
  const OuroConfig read = read_ouro_config(directory / "config.json");
  CHECK(read.vocab_size == 19);
  CHECK(read.hidden_size == 16);
  CHECK(read.intermediate_size == 32);
  CHECK(read.num_hidden_layers == 2);
  CHECK(read.num_attention_heads == 2);
  CHECK(read.total_ut_steps == 3);
  CHECK(read.max_position_embeddings == 40);
  CHECK(read.rms_norm_eps == 1e-5);
  CHECK(read.rope_theta == 40000);
  CHECK(read.early_exit_threshold == 0.5);
  CHECK(read.tie_word_embeddings);
}

TEST_CASE("what looplab does not have is refused by key") {
  const TemporaryDirectory directory;
  const auto path = directory / "config.json";
  write_ouro_config(path, kTiny);
  const auto written = nlohmann::json::parse(read_file(path));
  const auto said = [&](const char* key, const nlohmann::json& value) {
    nlohmann::json changed = written;
    if (value.is_discarded())
      changed.erase(key);
    else
      changed[key] = value;
    std::ofstream(path) << changed;
    try {
      (void)read_ouro_config(path);
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  const nlohmann::json absent(nlohmann::json::value_t::discarded);
  CHECK_THAT(said("num_key_value_heads", 1), contains("num_key_value_heads is 1, which looplab "
                                                      "does not have, expected 2"));
  CHECK_THAT(said("head_dim", 16), contains("head_dim is 16"));
  CHECK_THAT(said("hidden_act", "gelu"), contains("hidden_act is \"gelu\""));
  CHECK_THAT(said("rope_scaling", {{"rope_type", "yarn"}}), contains("rope_scaling is"));
  CHECK_THAT(said("use_sliding_window", true), contains("use_sliding_window is true"));
  CHECK_THAT(said("model_type", "llama"), contains("model_type is \"llama\""));
  CHECK_THAT(said("hidden_size", absent), contains("has no hidden_size"));
  CHECK_THAT(said("hidden_size", 15), contains("hidden_size is 15, expected a multiple of the 2"));
  CHECK_THAT(said("num_hidden_layers", -1), contains("num_hidden_layers is -1, expected a whole"));
  CHECK_THAT(said("vocab_size", "many"), contains("vocab_size is \"many\""));
  CHECK_THAT(said("rope_theta", "big"), contains("rope_theta is \"big\""));
  CHECK(said("total_ut_steps", absent) == "nothing");  // 4, as in the published code
  CHECK(read_ouro_config(path).total_ut_steps == 4);
  CHECK(said("an_unknown_key", 1) == "nothing");
  std::ofstream(path) << "[1]";
  CHECK_THROWS_WITH(read_ouro_config(path), contains("is no JSON object"));
  CHECK_THROWS_AS(read_ouro_config(directory / "none.json"), FileError);
}

// SPDX-License-Identifier: MIT
#include "looplab/io/ouro_config.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::TemporaryDirectory;

namespace {

const OuroConfig kSmall{.vocab_size = 20,
                        .hidden_size = 16,
                        .intermediate_size = 48,
                        .num_hidden_layers = 2,
                        .num_attention_heads = 2,
                        .total_ut_steps = 3,
                        .max_position_embeddings = 32,
                        .rms_norm_eps = 1e-5,
                        .rope_theta = 1000,
                        .early_exit_threshold = 0.9,
                        .tie_word_embeddings = true};

/// kSmall's file with some keys changed; a discarded value removes its key.
nlohmann::ordered_json changed(const std::filesystem::path& path, const std::string& key,
                               const nlohmann::ordered_json& value) {
  write_ouro_config(path, kSmall);
  auto json = nlohmann::ordered_json::parse(read_file(path));
  if (value.is_discarded())
    json.erase(key);
  else
    json[key] = value;
  write_file_atomically(path, json.dump());
  return json;
}

}  // namespace

TEST_CASE("config.json of an Ouro checkpoint is written and read back") {
  const TemporaryDirectory folder;
  write_ouro_config(folder / "config.json", kSmall);
  CHECK(to_json(read_ouro_config(folder / "config.json")) == to_json(kSmall));
  const auto json = nlohmann::ordered_json::parse(read_file(folder / "config.json"));
  CHECK(json["model_type"] == "ouro");
  CHECK(json["architectures"] == nlohmann::ordered_json::array({"OuroForCausalLM"}));
  CHECK(json["num_key_value_heads"] == 2);
  CHECK(json["head_dim"] == 8);
  CHECK(json["layer_types"] == nlohmann::ordered_json({"full_attention", "full_attention"}));
  CHECK(json["rms_norm_eps"] == 1e-5);
}

TEST_CASE("keys that say nothing of the model, or what every model says, may be there or not") {
  const TemporaryDirectory folder;
  const auto path = folder / "config.json";
  const nlohmann::ordered_json absent(nlohmann::json::value_t::discarded);
  const std::pair<std::string, nlohmann::ordered_json> rows[] = {{"bos_token_id", 1},
                                                                 {"use_cache", true},
                                                                 {"sliding_window", 4096},
                                                                 {"num_key_value_heads", absent},
                                                                 {"head_dim", nullptr},
                                                                 {"layer_types", absent},
                                                                 {"rope_scaling", absent},
                                                                 {"early_exit_threshold", absent},
                                                                 {"transformers_version", "4.55.0"},
                                                                 {"partial_rotary_factor", 1}};
  for (const auto& [key, value] : rows) {
    INFO(key);
    changed(path, key, value);
    CHECK(read_ouro_config(path).total_ut_steps == 3);
  }
  CHECK(read_ouro_config(path).rope_theta == 1000);
}

TEST_CASE("a config.json that looplab cannot express is one sentence that names the key") {
  const TemporaryDirectory folder;
  const auto path = folder / "config.json";
  struct Row {
    std::string key, value, message;  // an empty value removes the key
  };
  const Row rows[] = {
      {"hidden_size", "", "hidden_size is missing"},
      {"rope_theta", "null", "rope_theta is missing"},
      {"model_type", "", "model_type is missing"},
      {"model_type", "\"llama\"", "model_type is \"llama\", expected \"ouro\""},
      {"num_key_value_heads", "1", "num_key_value_heads is 1, expected 2"},
      {"head_dim", "16", "head_dim is 16, expected 8"},
      {"hidden_act", "\"gelu\"", "hidden_act is \"gelu\", expected \"silu\""},
      {"rope_scaling", R"({"rope_type":"yarn"})", "rope_scaling is {\"rope_type\":\"yarn\"}"},
      {"partial_rotary_factor", "0.5", "partial_rotary_factor is 0.5, expected 1.0"},
      {"use_sliding_window", "true", "use_sliding_window is true, expected false"},
      {"layer_types", R"(["full_attention","sliding_attention"])",
       "expected 2 times \"full_attention\""},
      {"early_exit_step", "1", "early_exit_step is 1, expected null"},
      {"total_ut_steps", "4.5", "total_ut_steps is 4.5, expected a whole number"},
      {"total_ut_steps", "0", "total_ut_steps is 0, expected 1 ... 4096"},
      {"tie_word_embeddings", "1", "tie_word_embeddings is 1, expected true or false"},
      {"rms_norm_eps", "\"small\"", "rms_norm_eps is \"small\", expected a number"},
      {"num_attention_heads", "0", "num_attention_heads is 0, expected 1"},
      {"num_attention_heads", "3", "hidden_size is 16, expected a multiple of 2"},
  };
  for (const Row& row : rows) {
    INFO(row.message);
    changed(path, row.key, nlohmann::ordered_json::parse(row.value, nullptr, false));
    CHECK_THROWS_WITH(read_ouro_config(path), contains("config.json: ") && contains(row.message));
    CHECK_THROWS_AS(read_ouro_config(path), ConfigError);
  }
  auto bare = changed(path, "sliding_window", 4096);
  bare.erase("layer_types");
  bare.erase("use_sliding_window");
  write_file_atomically(path, bare.dump());
  CHECK_THROWS_WITH(read_ouro_config(path), contains("sliding_window is 4096, expected null"));
  for (const char* text : {"", "[]", "{", "3"}) {
    write_file_atomically(path, text);
    CHECK_THROWS_WITH(read_ouro_config(path), contains("config.json: is not a JSON object"));
    CHECK_THROWS_AS(read_ouro_config(path), FileError);
  }
  CHECK_THROWS_AS(read_ouro_config(folder / "none"), FileError);
  OuroConfig wrong = kSmall;
  wrong.rope_theta = 0;
  CHECK_THROWS_WITH(write_ouro_config(path, wrong), contains("rope_theta is 0, expected 1"));
}

// SPDX-License-Identifier: MIT
//
// config.json of an Ouro checkpoint, as the published modelling code reads it: what it says of the
// model's shape. What looplab's models do not have is refused, by key.
//
// Source: modeling_ouro.py and config.json of ByteDance's Ouro-1.4B. Tests:
// tests/io/ouro_config_test.cpp.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "looplab/core/tensor.hpp"
#include "looplab/io/atomic_file.hpp"

namespace looplab {

/// The defaults are those of the published code where a key may be left out.
struct OuroConfig {
  Index vocab_size = 0, hidden_size = 0, intermediate_size = 0;
  Index num_hidden_layers = 0, num_attention_heads = 0, total_ut_steps = 4;
  Index max_position_embeddings = 0;
  double rms_norm_eps = 1e-6, rope_theta = 10000, early_exit_threshold = 1;
  bool tie_word_embeddings = false;
};

namespace detail {

/// Reads keys of one object, and names what is wrong with them.
class OuroKeys {
 public:
  OuroKeys(const nlohmann::json& json, const std::filesystem::path& path)
      : json_(json), path_(path) {}

  void size(const char* key, Index& value, bool required = true) const {
    if (!required && !json_.contains(key)) return;
    require<ConfigError>(json_.contains(key), path_.string(), ": has no ", key);
    require<ConfigError>(
        json_[key].is_number_integer() && json_[key] >= 1 && json_[key] <= (Index{1} << 31),
        path_.string(), ": ", key, " is ", json_[key].dump(),
        ", expected a whole number of 1 or more");
    value = json_[key].get<Index>();
  }
  void number(const char* key, double& value) const {
    if (!json_.contains(key)) return;
    require<ConfigError>(json_[key].is_number() && json_[key] >= 0, path_.string(), ": ", key,
                         " is ", json_[key].dump(), ", expected a number of 0 or more");
    value = json_[key].get<double>();
  }
  /// The key is absent, null or `expected`.
  void only(const char* key, const nlohmann::json& expected) const {
    if (!json_.contains(key) || json_[key].is_null()) return;
    require<ConfigError>(json_[key] == expected, path_.string(), ": ", key, " is ",
                         json_[key].dump(), ", which looplab does not have, expected ",
                         expected.dump());
  }

 private:
  const nlohmann::json& json_;
  const std::filesystem::path& path_;
};

}  // namespace detail

/// \throws FileError if it cannot be read; ConfigError naming the key that is missing or not to be
/// had
[[nodiscard]] inline OuroConfig read_ouro_config(const std::filesystem::path& path) {
  const auto json = nlohmann::json::parse(read_file(path), nullptr, false);
  require<ConfigError>(json.is_object(), path.string(), ": is no JSON object");
  const detail::OuroKeys keys(json, path);
  OuroConfig c;
  keys.only("model_type", "ouro");
  keys.size("vocab_size", c.vocab_size);
  keys.size("hidden_size", c.hidden_size);
  keys.size("intermediate_size", c.intermediate_size);
  keys.size("num_hidden_layers", c.num_hidden_layers);
  keys.size("num_attention_heads", c.num_attention_heads);
  keys.size("max_position_embeddings", c.max_position_embeddings);
  keys.size("total_ut_steps", c.total_ut_steps, false);
  keys.number("rms_norm_eps", c.rms_norm_eps);
  keys.number("rope_theta", c.rope_theta);
  keys.number("early_exit_threshold", c.early_exit_threshold);
  c.tie_word_embeddings = json.value("tie_word_embeddings", nlohmann::json(false)) == true;
  require<ConfigError>(c.hidden_size % c.num_attention_heads == 0, path.string(),
                       ": hidden_size is ", c.hidden_size, ", expected a multiple of the ",
                       c.num_attention_heads, " heads");
  keys.only("num_key_value_heads", c.num_attention_heads);
  keys.only("head_dim", c.hidden_size / c.num_attention_heads);
  keys.only("hidden_act", "silu");
  keys.only("rope_scaling", nullptr);
  keys.only("use_sliding_window", false);
  keys.only("attention_bias", false);
  keys.only("mlp_bias", false);
  return c;
}

/// \throws FileError
inline void write_ouro_config(const std::filesystem::path& path, const OuroConfig& c) {
  using Json = nlohmann::ordered_json;
  const std::vector<std::string> layer_types(static_cast<std::size_t>(c.num_hidden_layers),
                                             "full_attention");
  const Json json{{"architectures", {"OuroForCausalLM"}},
                  // the published code, if its two files are put beside this one
                  {"auto_map",
                   {{"AutoConfig", "configuration_ouro.OuroConfig"},
                    {"AutoModelForCausalLM", "modeling_ouro.OuroForCausalLM"}}},
                  {"model_type", "ouro"},
                  {"attention_dropout", 0.0},
                  {"early_exit_threshold", c.early_exit_threshold},
                  {"head_dim", c.hidden_size / c.num_attention_heads},
                  {"hidden_act", "silu"},
                  {"hidden_size", c.hidden_size},
                  {"intermediate_size", c.intermediate_size},
                  {"layer_types", layer_types},
                  {"max_position_embeddings", c.max_position_embeddings},
                  {"num_attention_heads", c.num_attention_heads},
                  {"num_hidden_layers", c.num_hidden_layers},
                  {"num_key_value_heads", c.num_attention_heads},
                  {"rms_norm_eps", c.rms_norm_eps},
                  {"rope_scaling", nullptr},
                  {"rope_theta", c.rope_theta},
                  {"sliding_window", nullptr},
                  {"tie_word_embeddings", c.tie_word_embeddings},
                  {"torch_dtype", "float32"},
                  {"total_ut_steps", c.total_ut_steps},
                  {"use_cache", true},
                  {"use_sliding_window", false},
                  {"vocab_size", c.vocab_size}};
  write_file_atomically(path, json.dump(2) + "\n");
}

}  // namespace looplab

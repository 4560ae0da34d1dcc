// SPDX-License-Identifier: MIT
//
// config.json of an Ouro checkpoint: the keys that define what the model computes.
//
// Some keys have a single supported value, because looplab has neither grouped keys and values, nor
// sliding-window attention, nor scaled rotary angles; any other value is an error. Keys that do not
// affect the model (ids of special tokens, caches, dropout) are ignored.
// Source: arXiv:2510.25741, its published configuration and what its code reads of it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "looplab/io/atomic_file.hpp"
#include "looplab/io/config_json.hpp"

namespace looplab {

inline constexpr const char* kOuroConfigName = "config.json";

/// Field names are the keys of the file.
struct OuroConfig {
  Index vocab_size = 0;               // V
  Index hidden_size = 0;              // D
  Index intermediate_size = 0;        // F
  Index num_hidden_layers = 0;        // k
  Index num_attention_heads = 0;      // H
  Index total_ut_steps = 0;           // R
  Index max_position_embeddings = 0;  // longest window
  double rms_norm_eps = 0;
  double rope_theta = 0;
  double early_exit_threshold = 1;  // sum of exit probabilities at which the published code exits
  bool tie_word_embeddings = false;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"vocab_size", "number of tokens; ids are 0 ... vocab_size-1", 1, 1 << 24},
          self.vocab_size);
    visit(Field{"hidden_size", "width of the hidden state", 1, 1 << 16}, self.hidden_size);
    visit(Field{"intermediate_size", "hidden width of the SwiGLU network", 1, 1 << 18},
          self.intermediate_size);
    visit(Field{"num_hidden_layers", "distinct layers of the looped block", 1, 1024},
          self.num_hidden_layers);
    visit(Field{"num_attention_heads", "attention heads", 1, 1 << 12}, self.num_attention_heads);
    visit(Field{"total_ut_steps", "number of loops", 1, 4096}, self.total_ut_steps);
    visit(Field{"max_position_embeddings", "longest window", 1, 1 << 20},
          self.max_position_embeddings);
    visit(Field{"rms_norm_eps", "epsilon added to the mean square in RMS norms", 1e-12, 1},
          self.rms_norm_eps);
    visit(Field{"rope_theta", "base of the rotary wavelengths", 1, 1e9}, self.rope_theta);
    visit(Field{"early_exit_threshold", "1: after the last loop", 0, 1e9},
          self.early_exit_threshold);
    visit(Field{"tie_word_embeddings", "whether the output head is the embedding"},
          self.tie_word_embeddings);
  }

  /// \throws ConfigError "where: ..." naming every key that is out of range
  void validate(const std::string& where) const {
    Problems problems;
    check_ranges(*this, problems);
    problems.check(num_attention_heads < 1 || hidden_size % (2 * num_attention_heads) == 0,
                   "hidden_size is ", hidden_size,
                   ", expected a multiple of 2 num_attention_heads, ", 2 * num_attention_heads);
    problems.throw_if_any(where);
  }
};

namespace detail {

/// Keys whose value is fixed or follows from other keys in every model that looplab can express.
[[nodiscard]] inline nlohmann::ordered_json implied_ouro_keys(const OuroConfig& config) {
  const auto num_layers = static_cast<std::size_t>(config.num_hidden_layers);
  return {{"model_type", "ouro"},
          {"num_key_value_heads", config.num_attention_heads},
          {"head_dim", config.hidden_size / config.num_attention_heads},
          {"hidden_act", "silu"},
          {"rope_scaling", nullptr},
          {"partial_rotary_factor", 1.0},
          {"use_sliding_window", false},
          {"layer_types", std::vector<std::string>(num_layers, "full_attention")},
          {"early_exit_step", nullptr}};
}

}  // namespace detail

/// Reads a config.json. \throws FileError if it is missing or not a JSON object; ConfigError naming
/// every key that is missing, of the wrong type, out of range or not supported by looplab
[[nodiscard]] inline OuroConfig read_ouro_config(const std::filesystem::path& path) {
  using Json = nlohmann::ordered_json;
  const std::string where = path.string();
  const Json json = Json::parse(std::string_view(read_file(path)), nullptr, false);
  require<FileError>(json.is_object(), where, ": is not a JSON object");
  const auto given = [&](const std::string& key) { return json.value(key, Json()); };  // or null

  OuroConfig config;
  Problems missing, beyond;
  Json own = Json::object();
  const Json defaults = to_json(config);
  for (const auto& [key, value] : defaults.items()) {
    if (!given(key).is_null()) own[key] = given(key);
    missing.check(own.contains(key) || key == "early_exit_threshold", key, " is missing");
  }
  missing.check(!given("model_type").is_null(), "model_type is missing");
  missing.throw_if_any(where);
  from_json(own, config, where);
  config.validate(where);

  const Json implied = detail::implied_ouro_keys(config);
  for (const auto& [key, value] : implied.items())
    beyond.check(
        given(key).is_null() || given(key) == value, key, " is ", given(key).dump(), ", expected ",
        value.is_array() ? concat(value.size(), " times ", value[0].dump()) : value.dump());
  beyond.check(given("sliding_window").is_null() || !given("layer_types").is_null() ||
                   !given("use_sliding_window").is_null(),
               "sliding_window is ", given("sliding_window").dump(), ", expected null");
  beyond.throw_if_any(where);
  return config;
}

/// Replaces `path` by a config.json that the published code can load: float32, causal attention, no
/// special tokens. \throws ConfigError, FileError
inline void write_ouro_config(const std::filesystem::path& path, const OuroConfig& config) {
  config.validate(path.string());
  nlohmann::ordered_json json = {{"architectures", {"OuroForCausalLM"}},
                                 {"auto_map",
                                  {{"AutoConfig", "configuration_ouro.OuroConfig"},
                                   {"AutoModel", "modeling_ouro.OuroModel"},
                                   {"AutoModelForCausalLM", "modeling_ouro.OuroForCausalLM"}}},
                                 {"torch_dtype", "float32"},
                                 {"bos_token_id", nullptr},
                                 {"eos_token_id", nullptr},
                                 {"pad_token_id", nullptr}};
  json.update(detail::implied_ouro_keys(config));
  json.update(to_json(config));
  write_file_atomically(path, json.dump(2) + "\n");
}

}  // namespace looplab

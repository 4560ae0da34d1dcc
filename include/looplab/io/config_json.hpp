// SPDX-License-Identifier: MIT
//
// Described configurations (core/config.hpp) as JSON, in the order of their fields: for logs,
// checkpoints, and the hash that names a run's directory.
//
// bool, Index, double, std::string and std::vector<Index> become the corresponding JSON types; an
// enum becomes its name. Doubles are read back to the same bits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/core/fnv1a.hpp"

namespace looplab {

/// The configuration as an object with one key per field.
template <DescribedConfig Config>
[[nodiscard]] nlohmann::ordered_json to_json(const Config& config) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  Config::for_each_field(config, [&](const Field& field, const auto& value) {
    auto& entry = object[std::string(field.name)];
    if constexpr (NamedEnum<std::remove_cvref_t<decltype(value)>>)
      entry = to_text(value);
    else
      entry = value;
  });
  return object;
}

namespace config_json {

[[nodiscard]] inline bool is_index(const nlohmann::ordered_json& json) {
  return json.is_number_integer() &&
         (!json.is_number_unsigned() ||
          json.get<std::uint64_t>() <=
              static_cast<std::uint64_t>(std::numeric_limits<Index>::max()));
}

/// Reads a field's value; returns false and leaves `value` unchanged if it has another type.
template <class T>
[[nodiscard]] bool read_value(const nlohmann::ordered_json& json, T& value) {
  if constexpr (NamedEnum<T>) {
    return json.is_string() && from_text(json.get<std::string>(), value);
  } else {
    bool fits = false;
    if constexpr (std::is_same_v<T, bool>) fits = json.is_boolean();
    if constexpr (std::is_same_v<T, Index>) fits = is_index(json);
    if constexpr (std::is_same_v<T, double>) fits = json.is_number();
    if constexpr (std::is_same_v<T, std::string>) fits = json.is_string();
    if constexpr (std::is_same_v<T, std::vector<Index>>)
      fits = json.is_array() && std::all_of(json.begin(), json.end(), is_index);
    if (fits) value = json.get<T>();
    return fits;
  }
}

}  // namespace config_json

/// Reads the fields present in `json` into `config`; the others keep their value.
/// \throws ConfigError "where: ..." naming every unknown key and every value of the wrong type;
/// `config` is then unchanged. Ranges are checked by the config's `validate`, not here.
template <DescribedConfig Config>
void from_json(const nlohmann::ordered_json& json, Config& config,
               std::string_view where = "config") {
  require<ConfigError>(json.is_object(), where, ": is ", json.type_name(),
                       ", expected a JSON object");
  Config result = config;
  Problems problems;
  std::string known;
  Config::for_each_field(result, [&](const Field& field, auto& value) {
    known.append(known.empty() ? "" : ", ").append(field.name);
    const auto found = json.find(std::string(field.name));
    if (found == json.end()) return;
    const std::string expected = expected_text(value);
    problems.check(config_json::read_value(*found, value), field.name, " is ", found->dump(),
                   ", expected ", expected);
  });
  const nlohmann::ordered_json fields = to_json(config);
  for (const auto& [key, value] : json.items())
    problems.check(fields.contains(key), "unknown key ", key, ", expected one of ", known);
  problems.throw_if_any(std::string(where));
  config = std::move(result);
}

/// 16 hexadecimal digits that identify the content of a resolved configuration.
[[nodiscard]] inline std::string config_hash(const nlohmann::ordered_json& json) {
  return hex_text(fnv1a(json.dump()));
}

}  // namespace looplab

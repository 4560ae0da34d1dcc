// SPDX-License-Identifier: MIT
//
// Configurations that describe their own fields.
//
// A config struct lists its fields once, in a static `for_each_field(self, visit)`. Range checks,
// text forms, command-line options, INI files, logs and checkpoints are all made from that list, so
// a new field is one line:
//
//   struct DemoConfig {
//     Index num_steps = 100;
//     template <class Self, class Visit>
//     static void for_each_field(Self& self, Visit&& visit) {
//       visit(Field{"num_steps", "optimizer steps", 0, 1e9}, self.num_steps);
//     }
//   };
//
// Field types: bool, Index, double, std::optional<double> (none: an empty text), std::string,
// std::vector<Index>, and enums with `enum_names`.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "looplab/core/problems.hpp"
#include "looplab/core/tensor.hpp"
#include "looplab/core/text_list.hpp"

namespace looplab {

/// Name, one line of help, and the closed range of a configuration value.
struct Field {
  std::string_view name;
  std::string_view help;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

/// A struct with `for_each_field` (see the file comment).
template <class Config>
concept DescribedConfig = requires(Config& config) {
  Config::for_each_field(config, [](const Field&, auto&) {});
};

/// An enum for which `enum_names(E{})` returns an array of names, in the order of its values
/// 0, 1, ...
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires {
  enum_names(E{})[0];
};

/// The value as it is written in an INI file; `from_text` reads it back to the same bits.
template <class T>
[[nodiscard]] std::string to_text(const T& value) {
  if constexpr (std::same_as<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::same_as<T, std::string>) {
    return value;
  } else if constexpr (std::same_as<T, std::optional<double>>) {
    return value ? to_text(*value) : "";
  } else if constexpr (NamedEnum<T>) {
    return std::string(enum_names(value)[static_cast<std::size_t>(value)]);
  } else if constexpr (std::same_as<T, std::vector<Index>>) {
    std::string text;
    for (Index item : value) text += (text.empty() ? "" : ",") + to_text(item);
    return text;
  } else {
    char text[32];  // the shortest form that reads back to the same value
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
  }
}

/// Describes what `from_text` accepts for a field of type T; used in messages.
template <class T>
[[nodiscard]] std::string expected_text(const T& value) {
  if constexpr (std::same_as<T, bool>) {
    return "true or false";
  } else if constexpr (NamedEnum<T>) {
    std::string text;
    for (std::string_view name : enum_names(value))
      text.append(text.empty() ? "" : ", ").append(name);
    return "one of " + text;
  } else if constexpr (std::same_as<T, std::vector<Index>>) {
    return "whole numbers separated by commas";
  } else if constexpr (std::same_as<T, Index>) {
    return "a whole number";
  } else if constexpr (std::same_as<T, double> || std::same_as<T, std::optional<double>>) {
    return "a number";
  } else {
    return "text";
  }
}

/// Reads `text` into `value`. Returns false and leaves `value` unchanged if the text is not of the
/// field's type.
template <class T>
[[nodiscard]] bool from_text(std::string_view text, T& value) {
  if constexpr (std::same_as<T, bool>) {
    if (text != "true" && text != "false" && text != "1" && text != "0") return false;
    value = text == "true" || text == "1";
    return true;
  } else if constexpr (std::same_as<T, std::string>) {
    value = text;
    return true;
  } else if constexpr (std::same_as<T, std::optional<double>>) {
    double number = 0;
    if (!text.empty() && !from_text(text, number)) return false;
    value = text.empty() ? std::nullopt : std::optional(number);
    return true;
  } else if constexpr (NamedEnum<T>) {
    Index position = 0;
    for (std::string_view name : enum_names(value)) {
      if (name == text) {
        value = static_cast<T>(position);
        return true;
      }
      ++position;
    }
    return false;
  } else if constexpr (std::same_as<T, std::vector<Index>>) {
    std::vector<Index> items;
    if (!text.empty())
      for (std::string_view part : split(text, ','))
        if (!from_text(trimmed(part), items.emplace_back())) return false;
    value = std::move(items);
    return true;
  } else {
    T parsed{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (error != std::errc{} || end != text.data() + text.size()) return false;
    value = parsed;
    return true;
  }
}

/// Records a problem for every field that lies outside its range or is not finite.
template <DescribedConfig Config>
void check_ranges(const Config& config, Problems& problems) {
  Config::for_each_field(config, [&](const Field& field, const auto& value) {
    using T = std::remove_cvref_t<decltype(value)>;
    const auto check = [&](auto number) {
      const double x = static_cast<double>(number);
      problems.check(std::isfinite(x) && x >= field.low && x <= field.high, field.name, " is ",
                     to_text(number), ", expected ", field.low, " ... ", field.high);
    };
    if constexpr (std::same_as<T, double> || std::same_as<T, Index>) check(value);
    if constexpr (std::same_as<T, std::vector<Index>>)
      for (Index item : value) check(item);
    if constexpr (std::same_as<T, std::optional<double>>)
      if (value) check(*value);
  });
}

}  // namespace looplab

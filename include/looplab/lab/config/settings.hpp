// SPDX-License-Identifier: MIT
//
// Settings: keys and values as text, with their location. From INI files and command lines.
//
//   [model]                    ->  model.num_loops = "4"   quick.ini:2
//   num_loops = 4
//
//   --model.num_loops=4        ->  model.num_loops = "4"   command line
//
// Settings are not interpreted here; `lab/config/options.hpp` knows the keys.
#pragma once

#include <algorithm>
#include <boost/program_options.hpp>
#include <filesystem>
#include <functional>
#include <numeric>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/core/problems.hpp"
#include "looplab/io/atomic_file.hpp"

namespace looplab::lab {

/// One value as given; `where` is "file:line" or "command line".
struct Setting {
  std::string key, value, where;
};
/// In the order given; later settings override earlier ones.
using Settings = std::vector<Setting>;

/// "a, b, c".
[[nodiscard]] inline std::string joined(std::span<const std::string> names,
                                        std::string_view separator = ", ") {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : separator).append(name);
  return text;
}

/// Smallest number of letters to insert, delete or replace to turn `a` into `b` (Levenshtein).
[[nodiscard]] inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// The name closest to `given`, compared as a whole and without its section ("task.modulus"); "" if
/// there are none.
[[nodiscard]] inline std::string nearest(std::string_view given, std::span<const std::string> all) {
  const auto distance = [&](std::string_view name) {
    return std::min(edit_distance(given, name),
                    edit_distance(given, name.substr(name.rfind('.') + 1)));
  };
  const auto best = std::ranges::min_element(all, {}, distance);
  return best == all.end() ? "" : *best;
}

/// "unknown <what> <given>; did you mean <nearest>?", with all names if there are few.
[[nodiscard]] inline std::string unknown_name(std::string_view what, std::string_view given,
                                              std::span<const std::string> all) {
  std::string text = concat("unknown ", what, " ", given);
  if (all.empty()) return text + "; there is none";
  if (all.size() == 1) return text + ", expected " + all[0];
  text += "; did you mean " + nearest(given, all) + "?";
  return all.size() > 12 ? text : text + " (one of " + joined(all) + ")";
}

/// \throws ConfigError "where: unknown what given; did you mean ..." unless `given` is in `all`.
inline void require_known(std::string_view where, std::string_view what, const std::string& given,
                          std::span<const std::string> all) {
  if (std::ranges::find(all, given) == all.end())
    throw ConfigError(concat(where, ": ", unknown_name(what, given, all)));
}

/// The element of `all` whose name, as `name_of` gives it, is `given`. `others` are names that are
/// valid elsewhere. \throws ConfigError as require_known
template <class Range, class NameOf>
[[nodiscard]] auto& find_named(std::string_view where, std::string_view what,
                               const std::string& given, Range& all, NameOf name_of,
                               std::vector<std::string> others = {}) {
  for (auto& element : all) {
    others.emplace_back(std::invoke(name_of, element));
    if (others.back() == given) return element;
  }
  throw ConfigError(concat(where, ": ", unknown_name(what, given, others)));
}

/// Records every key that occurs twice in settings of one source.
inline void check_duplicates(const Settings& settings, Problems& problems) {
  for (std::size_t i = 0; i < settings.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (settings[i].key == settings[j].key)
        problems.add(concat(settings[i].where, ": key ", settings[i].key, " was given before (",
                            settings[j].where, ")"));
}

/// Line numbers of the lines "key = value" of an INI text, in order.
[[nodiscard]] inline std::vector<std::size_t> setting_lines(const std::string& text) {
  std::vector<std::size_t> lines;
  std::istringstream stream(text);
  std::size_t number = 1;
  for (std::string line; std::getline(stream, line); ++number) {
    line.resize(std::min(line.find('#'), line.size()));
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first != std::string::npos && line[first] != '[' && line.find('=') != std::string::npos)
      lines.push_back(number);
  }
  return lines;
}

/// The text with lines that begin with ';' turned into comments as Boost supports them, with '#'.
[[nodiscard]] inline std::string with_one_comment_sign(std::string text) {
  for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1) {
    const std::size_t first = text.find_first_not_of(" \t", begin);
    if (first != std::string::npos && text[first] == ';') text[first] = '#';
    if (text.find('\n', begin) == std::string::npos) break;
  }
  return text;
}

/// All settings of an INI text; comments begin with '#', or with ';' on a line of their own.
/// \throws ConfigError on a line that is not a setting and on duplicate keys.
[[nodiscard]] inline Settings parse_ini(const std::string& given, const std::string& name) {
  namespace po = boost::program_options;
  const std::string text = with_one_comment_sign(given);
  std::istringstream stream(text);
  Settings settings;
  try {
    const po::options_description nothing;
    const std::vector<std::size_t> lines = setting_lines(text);
    for (const po::option& option : po::parse_config_file(stream, nothing, true).options) {
      const std::size_t i = settings.size();
      settings.push_back({option.string_key, option.value.at(0),
                          i < lines.size() ? concat(name, ':', lines[i]) : name});
    }
  } catch (const po::error& error) {
    throw ConfigError(concat(name, ": ", error.what()));
  }
  Problems problems;
  check_duplicates(settings, problems);
  problems.throw_if_any();
  return settings;
}

/// All settings of an INI file. \throws FileError, ConfigError.
[[nodiscard]] inline Settings read_ini(const std::filesystem::path& path) {
  return parse_ini(read_file(path), path.filename().string());
}

/// Settings whose key starts with `prefix`, without the prefix.
[[nodiscard]] inline Settings settings_below(const Settings& settings, std::string_view prefix) {
  Settings below;
  for (const Setting& setting : settings)
    if (setting.key.starts_with(prefix))
      below.push_back({setting.key.substr(prefix.size()), setting.value, setting.where});
  return below;
}

/// The middle words of keys "first.<name>.rest", in order of appearance: [cell.1x4] -> "1x4".
[[nodiscard]] inline std::vector<std::string> section_names(const Settings& settings,
                                                            std::string_view first) {
  std::vector<std::string> names;
  const std::string prefix = concat(first, '.');
  for (const Setting& setting : settings_below(settings, prefix)) {
    const std::string name = setting.key.substr(0, setting.key.find('.'));
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

/// The last value given for `key`, or `otherwise`.
[[nodiscard]] inline std::string last_value(const Settings& settings, std::string_view key,
                                            std::string otherwise = "") {
  for (const Setting& setting : settings)
    if (setting.key == key) otherwise = setting.value;
  return otherwise;
}

}  // namespace looplab::lab

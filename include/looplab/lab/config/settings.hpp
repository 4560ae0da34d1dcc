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
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/core/problems.hpp"
#include "looplab/io/atomic_file.hpp"
#include "looplab/lab/config/known_names.hpp"

namespace looplab::lab {

/// One value as given; `where` is "file:line" or "command line".
struct Setting {
  std::string key, value, where;
};
/// In the order given; later settings override earlier ones.
using Settings = std::vector<Setting>;

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

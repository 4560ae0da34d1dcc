// SPDX-License-Identifier: MIT
//
// Options: described structs (core/config.hpp) <-> INI file <-> command line.
//
//   struct field                     INI file              command line
//   LoopedTransformerConfig          [model]
//     ::num_loops                    num_loops = 4         --model.num_loops=4
//
// Precedence: defaults in code, then file, then command line. Unknown keys, duplicate keys and
// values of another type are errors; one message names them all, where they stand, and the nearest
// valid key. Ranges are checked by the struct's own `validate`.
#pragma once

#include <boost/program_options.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/lab/config/settings.hpp"

namespace looplab::lab {

/// The fields of several structs under prefixes. Refers to the structs, which have to outlive it.
class OptionSet {
 public:
  /// Adds all fields of `config` as keys "prefix.field"; with an empty prefix as "field".
  template <DescribedConfig Config>
  OptionSet& add(const std::string& prefix, Config& config) {
    Config::for_each_field(config,
                           [&](const Field& field, auto& value) { add(prefix, field, value); });
    return *this;
  }
  /// Adds one value.
  template <class T>
  OptionSet& add(const std::string& prefix, const Field& field, T& value) {
    const std::string key =
        prefix.empty() ? std::string(field.name) : concat(prefix, '.', field.name);
    keys_.push_back(key);
    entries_.push_back({key, prefix, std::string(field.name), std::string(field.help),
                        expected_text(value), std::same_as<T, bool>,
                        [&value] { return to_text(value); },
                        [&value](const std::string& text) { return from_text(text, value); }});
    return *this;
  }

  [[nodiscard]] const std::vector<std::string>& keys() const { return keys_; }
  /// Whether `key` is of type bool, so that "--key" alone means true.
  [[nodiscard]] bool is_flag(std::string_view key) const {
    const auto entry = std::ranges::find(entries_, key, &Entry::key);
    return entry != entries_.end() && entry->is_flag;
  }

  /// Sets what `settings` say, in their order, and notes unknown keys and values of another type.
  void apply(const Settings& settings, ProblemList& problems) const {
    for (const Setting& setting : settings) {
      const auto entry = std::ranges::find(entries_, setting.key, &Entry::key);
      if (entry == entries_.end())
        problems.add(concat(setting.where, ": ", unknown_name("key", setting.key, keys_)));
      else if (!entry->set(setting.value))
        problems.add(concat(setting.where, ": ", setting.key, " is \"", setting.value,
                            "\", expected ", entry->expected));
    }
  }
  /// Same. \throws ConfigError naming every problem.
  void apply(const Settings& settings) const {
    ProblemList problems;
    apply(settings, problems);
    problems.throw_if_any();
  }

  /// All values as an INI text that reads back to the same values.
  [[nodiscard]] std::string ini() const {
    std::string text, prefix;
    for (const Entry& entry : entries_) {
      if (entry.prefix != prefix) {
        prefix = entry.prefix;
        text += concat(text.empty() ? "" : "\n", '[', prefix, "]\n");
      }
      text += concat(entry.name, " = ", entry.get(), '\n');
    }
    return text;
  }

  /// What Boost parses command lines with and prints as help, with the present values as defaults.
  [[nodiscard]] boost::program_options::options_description description(
      const std::string& caption = "Options") const {
    namespace po = boost::program_options;
    po::options_description all(caption, 100);
    for (const Entry& entry : entries_) {
      const std::string now = entry.get();
      const bool say = !now.empty() && !(entry.is_flag && now == "false");
      all.add_options()(
          entry.key.c_str(),
          po::value<std::string>()->value_name(entry.is_flag ? "true|false" : "value"),
          (entry.help + (say ? " (" + now + ")" : "")).c_str());
    }
    return all;
  }
  /// Help text made from the fields.
  [[nodiscard]] std::string help(const std::string& caption) const {
    return concat(description(caption));
  }

 private:
  struct Entry {
    std::string key, prefix, name, help, expected;
    bool is_flag;
    std::function<std::string()> get;
    std::function<bool(const std::string&)> set;
  };
  std::vector<Entry> entries_;
  std::vector<std::string> keys_;
};

/// Reads command-line arguments "--key=value", "--key value", "--flag"; a bare word goes to the key
/// `positional`, if there is one. \throws ConfigError naming every problem.
[[nodiscard]] inline Settings parse_command_line(std::vector<std::string> arguments,
                                                 const OptionSet& options,
                                                 const std::string& positional = "") {
  namespace po = boost::program_options;
  ProblemList problems;
  for (std::string& argument : arguments) {
    if (!argument.starts_with("--") || argument.size() == 2) continue;
    const std::string key = argument.substr(2, argument.find('=') - 2);
    if (std::ranges::find(options.keys(), key) == options.keys().end())
      problems.add("command line: " + unknown_name("option", key, options.keys()));
    else if (options.is_flag(key) && argument.find('=') == std::string::npos)
      argument += "=true";
  }
  problems.throw_if_any();
  Settings settings;
  try {
    const po::options_description description = options.description();
    po::positional_options_description words;
    if (!positional.empty()) words.add(positional.c_str(), 1);
    const auto parsed =
        po::command_line_parser(arguments)
            .options(description)
            .positional(words)
            .style(po::command_line_style::default_style & ~po::command_line_style::allow_guessing)
            .run();
    for (const po::option& option : parsed.options)
      settings.push_back({option.string_key, option.value.at(0), "command line"});
  } catch (const po::too_many_positional_options_error&) {
    throw ConfigError(positional.empty()
                          ? "command line: every argument has to start with --"
                          : concat("command line: one ", positional,
                                   " is expected, all other arguments start with --"));
  } catch (const po::error& error) {
    throw ConfigError(concat("command line: ", error.what()));
  }
  check_duplicates(settings, problems);
  problems.throw_if_any();
  return settings;
}

}  // namespace looplab::lab

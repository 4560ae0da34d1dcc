// SPDX-License-Identifier: MIT
//
// Options: described structs (core/config.hpp) <-> INI file <-> command line.
//
//   struct field                     INI file              command line
//   LoopedTransformerConfig          [model]
//     ::num_loops                    num_loops = 4         --model.num_loops=4
//
// Precedence: defaults in code, then file, then command line. Unknown keys, duplicate keys and
// values of the wrong type are errors; one message names all of them, their location and the
// nearest valid key. Ranges are checked by the struct's own `validate`.
#pragma once

#include <boost/program_options.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/lab/config/settings.hpp"

namespace looplab::lab {

/// The fields of several structs under prefixes. Refers to the structs, which must outlive it.
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

  /// The present value of `key` as text, if there is such a key.
  [[nodiscard]] std::optional<std::string> value(std::string_view key) const {
    const auto entry = std::ranges::find(entries_, key, &Entry::key);
    return entry == entries_.end() ? std::nullopt : std::optional(entry->get());
  }

  /// Applies `settings` in their order; records unknown keys and values of the wrong type.
  void apply(const Settings& settings, Problems& problems) const {
    for (const Setting& setting : settings) {
      const auto entry = std::ranges::find(entries_, setting.key, &Entry::key);
      if (entry == entries_.end())
        problems.add(concat(setting.where, ": ", unknown_name("key", setting.key, keys_)));
      else if (!entry->set(setting.value))
        problems.add(concat(setting.where, ": ", setting.key, " is \"", setting.value,
                            "\", expected ", entry->expected));
    }
  }
  /// The same. \throws ConfigError naming every problem.
  void apply(const Settings& settings) const {
    Problems problems;
    apply(settings, problems);
    problems.throw_if_any();
  }

  /// All values as an INI text, from which they are read back exactly.
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

  /// Description for Boost's command-line parser and help, with the current values as defaults.
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
  /// Help text with all fields.
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
/// `positional`, if there is one. Records every problem and returns the settings without one.
[[nodiscard]] inline Settings parse_command_line(const std::vector<std::string>& arguments,
                                                 const OptionSet& options,
                                                 const std::string& positional,
                                                 Problems& problems) {
  Settings settings;
  const auto set = [&](const std::string& key, const std::string& value) {
    settings.push_back({key, value, "command line"});
  };
  Index num_words = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!argument.starts_with("--") || argument.size() == 2) {
      if (positional.empty() || argument.starts_with('-'))
        problems.add("command line: " + argument + ": every argument has to start with --");
      else if (++num_words == 1)
        set(positional, argument);
      else
        problems.add(concat("command line: one ", positional, " is expected, besides ", argument,
                            " there is one; all other arguments start with --"));
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string key = argument.substr(2, equals - 2);
    const bool is_known = std::ranges::find(options.keys(), key) != options.keys().end();
    const bool word_follows = i + 1 < arguments.size() && !arguments[i + 1].starts_with("--");
    if (!is_known) {
      problems.add("command line: " + unknown_name("option", key, options.keys()));
      if (equals == std::string::npos && word_follows) ++i;  // most likely its value
    } else if (equals != std::string::npos) {
      set(key, argument.substr(equals + 1));
    } else if (options.is_flag(key)) {
      set(key, "true");
    } else if (word_follows) {
      set(key, arguments[++i]);
    } else {
      problems.add(concat("command line: option ", key, " has no value"));
    }
  }
  check_duplicates(settings, problems);
  return settings;
}

/// Same. \throws ConfigError naming every problem
[[nodiscard]] inline Settings parse_command_line(const std::vector<std::string>& arguments,
                                                 const OptionSet& options,
                                                 const std::string& positional = "") {
  Problems problems;
  Settings settings = parse_command_line(arguments, options, positional, problems);
  problems.throw_if_any();
  return settings;
}

/// Sets the structs of `options` from the arguments and checks the ranges of `config`.
/// \throws ConfigError naming every problem
template <DescribedConfig Config>
void read_command_line(const std::vector<std::string>& arguments, const OptionSet& options,
                       const Config& config, const std::string& positional) {
  Problems problems;
  options.apply(parse_command_line(arguments, options, positional, problems), problems);
  problems.add_within("command line", [&](Problems& ranges) { check_ranges(config, ranges); });
  problems.throw_if_any();
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// The one file of a claim, experiments/<claim>/claim.ini, as settings at a preset.
//
//   include = ../shared.ini      read first; several are separated by commas, paths are relative to
//                                the including file; what the file itself sets replaces it
//   seeds = 3                    runs of each cell
//   [claim]                      title, paper, source, metric, family, ...: ClaimText
//   [task] [model] [train] [evaluation]    common to all cells
//   [grid]                       cells by product, see lab/claims/grid.hpp
//   [cell.NAME]                  one cell: label = ..., model.num_loops = 4, train.num_steps = 900
//   [cell.*_long]                the same for every cell whose name matches; a name wins over a pattern
//   [label]                      what reports call cells: 1x4 = loop: {shape}; names or patterns
//   [endpoint.NAME] [exchange.NAME]    what is expected, see lab/claims/expectation.hpp; patterns as
//                                well
//   [figure.NAME] [published]    what is drawn, see lab/claims/figure_spec.hpp
//   [tuning]                     how learning rates are chosen, see lab/claims/tuning.hpp
//   cells = 1x1, 1x4             which of the cells, endpoints and exchange rates of the file there
//   endpoints = ...              are: names or patterns, in this order; without the key, all
//   exchanges = none
//   [preset.quick]               what differs at this preset: seeds = 5, train.num_steps = 1200, ...
//   [preset.quick.cell.1x4]      the same for one section
//   [preset.pilot]
//   from = standard              what differs from that preset, whose learning rates it has, too
//
// The presets of a claim are those that it names. `smoke` follows from `quick`, or else from
// `standard`, by a rule, see
// lab/claims/smoke.hpp. What a program writes lies under experiments/<claim>/results/<preset>/.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "looplab/core/text_list.hpp"
#include "looplab/lab/claims/claim.hpp"
#include "looplab/lab/config/settings.hpp"

namespace looplab::lab {

/// The preset that follows by a rule from the first of `kSmokeSources` that a claim has.
inline constexpr const char* kSmoke = "smoke";
inline constexpr std::array<const char*, 2> kSmokeSources{"quick", "standard"};

/// The key of a preset that names the one it differs from.
inline constexpr const char* kFrom = "from";

/// Where a program writes what belongs to a claim at a preset: rows.jsonl, tuning.jsonl, rates.ini,
/// verdict.md, figures/.
[[nodiscard]] inline std::filesystem::path results_folder(const std::filesystem::path& claim,
                                                          const std::string& preset) {
  return claim / "results" / preset;
}

/// A claim file with everything it includes: the settings of all presets, and what each adds.
struct ClaimFile {
  Settings common;
  std::map<std::string, Settings> presets;  // without the prefix "preset.NAME."

  /// The preset that smoke is made from, or nullptr.
  [[nodiscard]] const char* smoke_source() const {
    for (const char* source : kSmokeSources)
      if (presets.contains(source)) return source;
    return nullptr;
  }
  /// Names of the presets, sorted.
  [[nodiscard]] std::vector<std::string> preset_names() const {
    std::vector<std::string> names;
    for (const auto& [name, settings] : presets) names.push_back(name);
    if (smoke_source() != nullptr) names.push_back(kSmoke);
    std::ranges::sort(names);
    return names;
  }
  /// The preset that another is made from, whose learning rates it has; else itself.
  [[nodiscard]] std::string source_of(const std::string& preset) const {
    if (preset == kSmoke) return smoke_source();
    const std::string from = last_value(presets.at(preset), kFrom);
    return from.empty() ? preset : from;
  }
  /// The settings at a preset; later ones win. \pre the preset is one of `preset_names()`
  [[nodiscard]] Settings at(const std::string& preset) const {
    Settings settings = common;
    const auto append = [&](const std::string& name) {
      for (const Setting& setting : presets.at(name))
        if (setting.key != kFrom) settings.push_back(setting);
    };
    append(source_of(preset));
    if (preset != kSmoke && source_of(preset) != preset) append(preset);
    return settings;
  }
};

/// Whether a section's name stands for all names that match it.
[[nodiscard]] inline bool is_pattern(std::string_view name) {
  return name.find_first_of("*?") != std::string_view::npos;
}

/// The settings of a file after those of the files that it includes. `open` are the files that are
/// being read, the outermost first. \throws FileError, ConfigError
[[nodiscard]] inline Settings read_with_includes(const std::filesystem::path& path,
                                                 std::vector<std::filesystem::path> open = {}) {
  open.push_back(std::filesystem::weakly_canonical(path));
  Settings all, own;
  for (Setting& setting : read_ini(path)) {
    if (setting.key != "include") {
      own.push_back(std::move(setting));
      continue;
    }
    for (const std::string& name : listed(setting.value)) {
      const auto included = std::filesystem::weakly_canonical(path.parent_path() / name);
      std::string circle;
      for (auto file = std::ranges::find(open, included); file != open.end(); ++file)
        circle += file->filename().string() + " -> ";
      require<ConfigError>(circle.empty(), setting.where, ": include leads in a circle: ", circle,
                           included.filename().string());
      require<ConfigError>(std::filesystem::exists(included), setting.where, ": include is ", name,
                           ", expected a file relative to ", path.parent_path().string());
      for (Setting& other : read_with_includes(included, open)) all.push_back(std::move(other));
    }
  }
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

/// Notes sections [preset.NAME...] without settings, which a list of settings cannot show.
inline void check_empty_presets(const std::filesystem::path& path, const Settings& settings,
                                Problems& problems) {
  std::istringstream lines(read_file(path));
  Index number = 1;
  for (std::string line; std::getline(lines, line); ++number) {
    if (!line.starts_with("[preset.")) continue;
    const std::string section = line.substr(1, line.find(']') - 1) + '.';
    if (std::ranges::none_of(
            settings, [&](const Setting& setting) { return setting.key.starts_with(section); }))
      problems.add(concat(path.filename().string(), ':', number, ": [",
                          section.substr(0, section.size() - 1),
                          "] changes nothing, expected the settings that differ"));
  }
}

/// Notes a setting whose key belongs to no section of claim files.
inline void check_section(const Setting& setting, bool in_preset, Problems& problems) {
  static const std::vector<std::string> kPlain{"include",   "seeds", "first_seed", "looked_at",
                                               "data_seed", "cells", "endpoints",  "exchanges"};
  static const std::vector<std::string> kSections{
      "claim", "task",     "model",    "train",  "evaluation", "objective", "grid",  "cell",
      "label", "endpoint", "exchange", "figure", "published",  "tuning",    "preset"};
  const std::string first = setting.key.substr(0, setting.key.find('.'));
  const bool plain = first == setting.key;
  const std::vector<std::string>& known = plain ? kPlain : kSections;
  if (in_preset && setting.key == kFrom) return;
  if (std::ranges::find(known, first) == known.end())
    problems.add(concat(setting.where, ": ",
                        unknown_name(plain       ? "key"
                                     : in_preset ? "section of a preset"
                                                 : "section",
                                     first, known)));
  else if (in_preset && first == "preset")
    problems.add(concat(setting.where, ": a preset has presets, expected one name after preset."));
}

/// Notes a preset whose settings are all those that the claim has without it.
inline void check_changes(const std::string& preset, const Settings& settings,
                          const Settings& common, Problems& problems) {
  const auto is_same = [&](const Setting& setting) {
    return std::ranges::any_of(common,
                               [&](const Setting& other) { return other.key == setting.key; }) &&
           last_value(common, setting.key) == last_value(settings, setting.key);
  };
  if (std::ranges::all_of(settings, is_same))
    problems.add(concat(settings.at(0).where, ": [preset.", preset,
                        "] changes nothing, expected the settings that differ"));
}

/// Reads claim.ini of a claim's folder. \throws FileError, ConfigError naming every problem
[[nodiscard]] inline ClaimFile read_claim_file(const std::filesystem::path& claim) {
  const std::filesystem::path path = claim / "claim.ini";
  require<FileError>(std::filesystem::exists(path), claim.string(),
                     ": is no claim, expected a folder with claim.ini");
  const Settings settings = read_with_includes(path);
  ClaimFile file;
  Problems problems;
  check_empty_presets(path, settings, problems);
  for (const Setting& setting : settings) {
    check_section(setting, false, problems);
    if (!setting.key.starts_with("preset.")) {
      file.common.push_back(setting);
      continue;
    }
    const std::size_t begin = setting.key.find('.') + 1, end = setting.key.find('.', begin);
    if (end == std::string::npos) {
      problems.add(concat(setting.where, ": ", setting.key.substr(begin),
                          " stands in [preset], expected [preset.NAME]"));
      continue;
    }
    Settings& preset = file.presets[setting.key.substr(begin, end - begin)];
    preset.push_back({setting.key.substr(end + 1), setting.value, setting.where});
    check_section(preset.back(), true, problems);
  }
  for (const auto& [name, own] : file.presets) check_changes(name, own, file.common, problems);
  for (const auto& [name, own] : file.presets)
    for (const Setting& setting : own)
      if (setting.key == kFrom)
        problems.check(file.presets.contains(setting.value) && setting.value != name &&
                           last_value(file.presets.at(setting.value), kFrom).empty(),
                       setting.where, ": preset ", name, " is made from ", setting.value,
                       ", expected another preset of this claim that is made from none");
  if (file.presets.contains(kSmoke))
    problems.add(concat(file.presets[kSmoke].at(0).where, ": preset smoke is made from ",
                        kSmokeSources[0], " or ", kSmokeSources[1],
                        " by a rule and cannot be set"));
  problems.throw_if_any();
  return file;
}

/// Names of the sections [first.NAME] that `selection` lists, in its order; of all, without one.
/// Notes words of the selection, other than "none", that no section matches.
[[nodiscard]] inline std::vector<std::string> selected_names(const Settings& settings,
                                                             std::string_view first,
                                                             const std::string& selection,
                                                             Problems& problems) {
  std::vector<std::string> all = section_names(settings, first), chosen;
  std::erase_if(all, [](const std::string& name) { return is_pattern(name); });
  if (selection == "none") return {};
  for (const std::string& wanted : listed(selection.empty() ? "*" : selection)) {
    bool found = selection.empty();
    for (const std::string& name : all)
      if (matches(wanted, name)) {
        found = true;
        if (std::ranges::find(chosen, name) == chosen.end()) chosen.push_back(name);
      }
    if (!found) problems.add(concat(first, "s: ", unknown_name(first, wanted, all)));
  }
  return chosen;
}

/// The settings of [first.NAME], after those of the patterns that match the name.
[[nodiscard]] inline Settings settings_of(const Settings& settings, const std::string& first,
                                          const std::string& name) {
  Settings own;
  for (const std::string& section : section_names(settings, first))
    if (is_pattern(section) && matches(section, name))
      for (Setting& setting : settings_below(settings, concat(first, '.', section, '.')))
        own.push_back(std::move(setting));
  for (Setting& setting : settings_below(settings, concat(first, '.', name, '.')))
    own.push_back(std::move(setting));
  return own;
}

}  // namespace looplab::lab

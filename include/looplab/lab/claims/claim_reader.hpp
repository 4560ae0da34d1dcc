// SPDX-License-Identifier: MIT
//
// From claim files to claims: a claim at a preset, resolved and checked.
//
// Learning rates that `looplab tune` chose (results/<preset>/rates.ini) replace those of the claim
// file. Nothing that is expected may be changed after the runs have been seen.
#pragma once

#include <algorithm>
#include <concepts>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/lab/claims/claim_check.hpp"
#include "looplab/lab/claims/claim_file.hpp"
#include "looplab/lab/claims/grid.hpp"
#include "looplab/lab/claims/seeds.hpp"
#include "looplab/lab/claims/smoke.hpp"
#include "looplab/lab/config/resolve_run.hpp"

namespace looplab::lab {

/// The folder of a claim, given by its path or by its name below experiments/.
/// \throws FileError if it has no claim.ini
[[nodiscard]] inline std::filesystem::path claim_folder(const std::string& given) {
  for (const std::filesystem::path& folder :
       {std::filesystem::path(), std::filesystem::path("experiments")}) {
    std::filesystem::path claim = std::filesystem::absolute(folder / given).lexically_normal();
    if (!claim.has_filename()) claim = claim.parent_path();
    if (std::filesystem::exists(claim / "claim.ini")) return claim;
  }
  throw FileError(given + ": is no claim, expected a folder with claim.ini");
}

/// Names of the claim folders below `claims`, sorted. \throws FileError if there is no such folder.
[[nodiscard]] inline std::vector<std::string> claim_names(const std::filesystem::path& claims) {
  require<FileError>(std::filesystem::is_directory(claims), claims.string(),
                     ": is no folder, expected one with a folder for each claim (--claims; its "
                     "default, experiments, is in the top folder of the source)");
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(claims))
    if (std::filesystem::exists(entry.path() / "claim.ini"))
      names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

/// Names of the presets of a claim, sorted. \throws FileError, ConfigError
[[nodiscard]] inline std::vector<std::string> preset_names(const std::filesystem::path& claim) {
  return read_claim_file(claim).preset_names();
}

/// "a", "b" of "a - b"; nothing of another text.
[[nodiscard]] inline std::optional<std::pair<std::string, std::string>> difference_names(
    const std::string& text) {
  const std::size_t minus = text.find(" - ");
  if (minus == std::string::npos) return std::nullopt;
  std::pair names{text.substr(0, minus), text.substr(minus + 3)};
  const bool whole = names.second.find_first_of(" ()") == std::string::npos &&
                     names.first.find_first_of(" ()") == std::string::npos;
  return whole ? std::optional(names) : std::nullopt;
}

/// The settings of an endpoint with cell and baseline in place of `compare`, "1x4 - 1x1".
[[nodiscard]] inline Settings without_compare(const Settings& settings, Problems& problems) {
  Settings plain;
  for (const Setting& setting : settings) {
    if (setting.key != "compare") {
      plain.push_back(setting);
      continue;
    }
    const auto names = difference_names(setting.value);
    problems.check(names.has_value(), setting.where, ": compare is \"", setting.value,
                   "\", expected CELL - BASELINE");
    if (!names) continue;
    plain.push_back({"cell", names->first, setting.where});
    plain.push_back({"baseline", names->second, setting.where});
  }
  return plain;
}

/// The structs of sections [first.NAME] that `selection` lists.
template <class Part>
[[nodiscard]] std::vector<Part> named_sections(const Settings& settings, const std::string& first,
                                               const std::string& selection, Problems& problems) {
  std::vector<Part> parts;
  for (const std::string& name : selected_names(settings, first, selection, problems)) {
    Part part;
    Settings own = settings_of(settings, first, name);
    if constexpr (std::same_as<Part, Endpoint>) own = without_compare(own, problems);
    OptionSet().add("", part).apply(own, problems);
    problems.add_within(concat(first, ' ', name),
                        [&](Problems& ranges) { check_ranges(part, ranges); });
    part.name = name;
    parts.push_back(std::move(part));
  }
  return parts;
}

/// The settings of rates.ini, none without that file: a learning rate for some of `cells`, those of
/// all presets. Anything else in it is a problem.
[[nodiscard]] inline Settings read_rates(const std::filesystem::path& path,
                                         const std::vector<std::string>& cells,
                                         Problems& problems) {
  if (!std::filesystem::exists(path)) return {};
  const Settings rates = read_ini(path);
  std::vector<std::string> keys;
  for (const std::string& cell : cells)
    keys.push_back(concat("cell.", cell, ".train.learning_rate"));
  for (const Setting& rate : rates)
    if (std::ranges::find(keys, rate.key) == keys.end())
      problems.add(concat(rate.where, ": ", unknown_name("key", rate.key, keys)));
  return rates;
}

/// The cells of `names`, each the common settings, then its own, then `overrides`.
[[nodiscard]] inline std::vector<Cell> read_cells(const Settings& settings,
                                                  const std::vector<std::string>& names,
                                                  const Settings& overrides, Problems& problems) {
  Settings common;
  for (const Setting& setting : settings)
    for (const char* section : {"task.", "model.", "train.", "evaluation.", "objective."})
      if (setting.key.starts_with(section)) common.push_back(setting);
  std::vector<Cell> cells;
  for (const std::string& name : names) {
    Cell cell{.name = name, .label = "{shape}", .config = {}};
    for (const Setting& label : settings_below(settings, "label."))
      if (matches(label.key, name)) cell.label = label.value;
    Settings own = common;
    for (Setting& setting : settings_of(settings, "cell", name))
      if (setting.key == "label")
        cell.label = setting.value;
      else if (setting.key == "seeds")
        read_count(setting, cell.max_seeds, kMaxSeeds, problems);
      else
        own.push_back(std::move(setting));
    own.insert(own.end(), overrides.begin(), overrides.end());
    problems.collect([&] {
      cell.config = resolve_run(own);
      cell.label = filled_label(cell.label, cell.config);
    });
    cells.push_back(std::move(cell));
  }
  return cells;
}

/// Names of the cells of all presets of a claim: figures are the same for all presets.
[[nodiscard]] inline std::vector<std::string> all_cell_names(const ClaimFile& file) {
  std::vector<std::string> names;
  Problems ignored;  // found again where the preset is loaded
  for (const auto& [preset, own] : file.presets)
    for (const std::string& name :
         selected_names(expand_grid(file.at(preset), ignored), "cell", "", ignored))
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  return names;
}

/// Notes sections [cell.PATTERN] and labels that no cell of any preset matches.
inline void check_cell_patterns(const Settings& settings, const std::vector<std::string>& cells,
                                Problems& problems) {
  const auto check = [&](const std::string& what, const std::string& pattern,
                         const std::string& where) {
    if (std::ranges::none_of(cells, [&](const auto& cell) { return matches(pattern, cell); }))
      problems.add(concat(where, ": ", what, pattern, " matches no cell of any preset"));
  };
  for (const Setting& label : settings_below(settings, "label."))
    check("label ", label.key, label.where);
  for (const std::string& section : section_names(settings, "cell"))
    if (is_pattern(section))
      check("cell.", section, settings_below(settings, concat("cell.", section, '.'))[0].where);
}

/// The paper's values.
[[nodiscard]] inline std::vector<PublishedValue> read_published(const Settings& settings,
                                                                Problems& problems) {
  std::vector<PublishedValue> published;
  for (const Setting& setting : settings_below(settings, "published.")) {
    double value = 0;
    if (from_text(setting.value, value) && std::isfinite(value))
      published.push_back({setting.key, value});
    else
      problems.add(concat(setting.where, ": published value ", setting.key, " is \"", setting.value,
                          "\", expected a number"));
  }
  return published;
}

/// Whose learning rates a claim is read with: the claim file's, or those that were tuned.
enum class Rates { preset, tuned };

/// Reads a claim at a preset; `overrides` (such as "train.num_steps") go over every cell.
/// \throws FileError, ConfigError naming every problem, with file and line where there is one.
[[nodiscard]] inline Claim load_claim(const std::filesystem::path& folder,
                                      const std::string& preset, const Settings& overrides = {},
                                      Rates rates = Rates::tuned) {
  const ClaimFile file = read_claim_file(folder);
  Claim claim;
  claim.name = folder.filename().string();
  claim.preset = preset;
  require_known(claim.name, "preset", preset, file.preset_names());
  Problems problems;
  Settings settings = expand_grid(file.at(preset), problems);
  const auto chosen = [&](const char* key) { return last_value(settings, key); };
  const auto cells = selected_names(settings, "cell", chosen("cells"), problems);
  if (rates == Rates::tuned) {
    const auto path = results_folder(folder, file.source_of(preset)) / "rates.ini";
    for (Setting& rate : read_rates(path, all_cell_names(file), problems))
      settings.push_back(std::move(rate));
  }
  OptionSet().add("", claim.text).apply(settings_below(settings, "claim."), problems);
  claim.seeds = read_seeds(settings, problems);
  claim.cells = read_cells(settings, cells, overrides, problems);
  check_data_seeds(claim, problems);
  if (claim.cells.empty())
    problems.add(concat("preset ", preset, " has no cells, expected [grid] or [cell.NAME]"));
  claim.figures = named_sections<FigureSpec>(settings, "figure", "", problems);
  claim.published = read_published(settings, problems);
  problems.throw_if_any();

  claim.endpoints = named_sections<Endpoint>(settings, "endpoint", chosen("endpoints"), problems);
  claim.exchanges = named_sections<Exchange>(settings, "exchange", chosen("exchanges"), problems);
  for (Endpoint& endpoint : claim.endpoints)
    if (endpoint.metric.empty()) endpoint.metric = claim.text.metric;
  for (Exchange& exchange : claim.exchanges)
    if (exchange.metric.empty()) exchange.metric = claim.text.metric;
  const std::vector<std::string> all_cells = all_cell_names(file);
  check_cell_patterns(settings, all_cells, problems);
  check_expectations(claim, problems);
  check_figures(claim, all_cells, problems);
  problems.throw_if_any();
  if (preset == kSmoke)
    make_smoke(claim, file.source_of(kSmoke) == kSmokeSources[0] ? kSmokeSeeds : 1);
  return claim;
}

}  // namespace looplab::lab

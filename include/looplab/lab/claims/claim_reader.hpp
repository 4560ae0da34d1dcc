// SPDX-License-Identifier: MIT
//
// A claim as files: what is run, what is expected, and why.
//
//   experiments/<claim>/
//     claim.ini              [claim] title, paper, source, metric, metric_label, deviations,
//                            summary; [figure.NAME] and [published], see lab/claims/figure_spec.hpp
//     <preset>.ini           seeds = 3; [task] [model] [train] [evaluation] common to all cells;
//                            [cell.NAME] label = ..., model.num_loops = 4, train.num_steps = 900
//                            ...; [claim] what this preset words otherwise, such as its metric
//     expected.ini           [endpoint.NAME] and [gap.NAME], see lab/claims/expectation.hpp
//     expected.<preset>.ini  instead of expected.ini for that preset, if it exists
//     rates.<preset>.ini     learning rates that `looplab tune` chose (tuning.ini), if it exists:
//                            they replace those of the preset
//
// A cell is one configuration; it needs at least one key. It is run with seeds 1 ... `seeds`.
// Nothing in expected.ini may be changed after the runs have been seen.
#pragma once

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/lab/claims/claim_check.hpp"

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

/// Names of the presets of a claim, sorted.
[[nodiscard]] inline std::vector<std::string> preset_names(const std::filesystem::path& claim) {
  std::vector<std::string> names;
  constexpr std::array<std::string_view, 4> kOthers{"claim", "expected", "tuning", "rates"};
  for (const auto& entry : std::filesystem::directory_iterator(claim)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() == ".ini" &&
        std::ranges::find(kOthers, name.substr(0, name.find('.'))) == kOthers.end())
      names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

/// The structs of sections [first.NAME].
template <class Part>
[[nodiscard]] std::vector<Part> named_sections(const Settings& settings, const std::string& first,
                                               ProblemList& problems) {
  std::vector<Part> parts;
  for (const std::string& name : section_names(settings, first)) {
    Part part;
    OptionSet().add("", part).apply(settings_below(settings, concat(first, '.', name, '.')),
                                    problems);
    problems.collect([&] {
      Problems ranges;
      check_ranges(part, ranges);
      ranges.throw_if_any(concat(first, ' ', name));
    });
    part.name = name;
    parts.push_back(std::move(part));
  }
  return parts;
}

/// Notes settings in sections other than `sections` (plain keys are sections of their own).
inline void check_sections(const Settings& settings, const std::vector<std::string>& sections,
                           ProblemList& problems) {
  for (const Setting& setting : settings) {
    const std::string section = setting.key.substr(0, setting.key.find('.'));
    if (std::ranges::find(sections, section) == sections.end())
      problems.add(concat(setting.where, ": ", unknown_name("key", section, sections)));
  }
}

/// The settings of rates.<preset>.ini, none without that file: a learning rate for cells of the
/// preset. Anything else in it is a problem.
[[nodiscard]] inline Settings read_rates(const std::filesystem::path& claim,
                                         const std::string& preset_name, const Settings& preset,
                                         ProblemList& problems) {
  const std::filesystem::path path = claim / concat("rates.", preset_name, ".ini");
  if (!std::filesystem::exists(path)) return {};
  const Settings rates = read_ini(path);
  std::vector<std::string> keys;
  for (const std::string& cell : section_names(preset, "cell"))
    keys.push_back(concat("cell.", cell, ".train.learning_rate"));
  for (const Setting& rate : rates)
    if (std::ranges::find(keys, rate.key) == keys.end())
      problems.add(concat(rate.where, ": ", unknown_name("key", rate.key, keys)));
  return rates;
}

/// The cells of a preset, each the common settings, then its own, then `overrides`.
[[nodiscard]] inline std::vector<Cell> read_cells(const Settings& preset, const Settings& overrides,
                                                  ProblemList& problems) {
  std::vector<Cell> cells;
  for (const std::string& name : section_names(preset, "cell")) {
    Cell cell{name, "", {}};
    Settings settings;
    for (const Setting& setting : preset)
      if (!setting.key.starts_with("cell.") && setting.key != "seeds") settings.push_back(setting);
    for (const Setting& setting : settings_below(preset, concat("cell.", name, '.')))
      if (setting.key == "label")
        cell.label = setting.value;
      else
        settings.push_back(setting);
    settings.insert(settings.end(), overrides.begin(), overrides.end());
    problems.collect([&] { cell.config = resolve_run(settings); });
    cells.push_back(std::move(cell));
  }
  return cells;
}

/// Names of the cells of all presets of a claim: figures are the same for all presets.
[[nodiscard]] inline std::vector<std::string> all_cell_names(const std::filesystem::path& claim) {
  std::vector<std::string> names;
  for (const std::string& preset : preset_names(claim))
    for (const std::string& name : section_names(read_ini(claim / (preset + ".ini")), "cell"))
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  return names;
}

/// Reads claim.ini: words, figures, the paper's values.
inline void read_claim(const std::filesystem::path& claim, Claim& experiment,
                       ProblemList& problems) {
  const Settings settings = read_ini(claim / "claim.ini");
  check_sections(settings, {"claim", "figure", "published"}, problems);
  OptionSet().add("", experiment.text).apply(settings_below(settings, "claim."), problems);
  experiment.figures = named_sections<FigureSpec>(settings, "figure", problems);
  for (const Setting& setting : settings_below(settings, "published.")) {
    double value = 0;
    if (from_text(setting.value, value) && std::isfinite(value))
      experiment.published.push_back({setting.key, value});
    else
      problems.add(concat(setting.where, ": published value ", setting.key, " is \"", setting.value,
                          "\", expected a number"));
  }
}

/// Whose learning rates a claim is read with: the preset's own, or those that were tuned for it.
enum class Rates { preset, tuned };

/// Reads a claim at a preset; `overrides` (such as "train.num_steps") go over every cell.
/// \throws FileError, ConfigError naming every problem, with file and line where there is one.
[[nodiscard]] inline Claim load_claim(const std::filesystem::path& claim,
                                                const std::string& preset,
                                                const Settings& overrides = {},
                                                Rates rates = Rates::tuned) {
  require<FileError>(std::filesystem::exists(claim / "claim.ini"), claim.string(),
                     ": is no claim, expected a folder with claim.ini");
  require_known(claim.filename().string(), "preset", preset, preset_names(claim));
  Claim experiment;
  experiment.name = claim.filename().string();
  experiment.preset = preset;
  ProblemList problems;
  read_claim(claim, experiment, problems);

  Settings settings = read_ini(claim / (preset + ".ini"));
  if (rates == Rates::tuned)
    std::ranges::copy(read_rates(claim, preset, settings, problems), std::back_inserter(settings));
  check_sections(settings, {"seeds", "claim", "task", "model", "train", "evaluation", "cell"},
                 problems);
  OptionSet().add("", experiment.text).apply(settings_below(settings, "claim."), problems);
  std::erase_if(settings, [](const Setting& setting) { return setting.key.starts_with("claim."); });
  if (!from_text(last_value(settings, "seeds", "3"), experiment.seeds) || experiment.seeds < 1 ||
      experiment.seeds > 1000)
    problems.add(preset + ".ini: seeds is " + last_value(settings, "seeds") +
                 ", expected a whole number in 1 ... 1000");
  experiment.cells = read_cells(settings, overrides, problems);
  if (experiment.cells.empty()) problems.add(preset + ".ini: has no section [cell.NAME]");
  problems.throw_if_any();

  std::filesystem::path expected = claim / ("expected." + preset + ".ini");
  if (!std::filesystem::exists(expected)) expected = claim / "expected.ini";
  const Settings expectations = read_ini(expected);
  check_sections(expectations, {"endpoint", "gap"}, problems);
  experiment.endpoints = named_sections<Endpoint>(expectations, "endpoint", problems);
  experiment.gaps = named_sections<Gap>(expectations, "gap", problems);
  check_expectations(experiment, problems);
  check_figures(experiment, all_cell_names(claim), problems);
  problems.throw_if_any();
  return experiment;
}

}  // namespace looplab::lab

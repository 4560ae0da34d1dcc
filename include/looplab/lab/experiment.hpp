// SPDX-License-Identifier: MIT
//
// A claim as files: what is run, what is expected, and why.
//
//   experiments/<claim>/
//     claim.ini              [claim] title, paper, source, metric, metric_label, deviations
//     <preset>.ini           seeds = 3; [task] [model] [train] [evaluation] common to all cells;
//                            [cell.NAME] label = ..., model.num_loops = 4, train.num_steps = 900
//                            ...
//     expected.ini           [endpoint.NAME] and [gap.NAME], see lab/expectation.hpp
//     expected.<preset>.ini  instead of expected.ini for that preset, if it exists
//     rates.<preset>.ini     learning rates that `looplab tune` chose (tuning.ini), if it exists:
//                            they replace those of the preset
//
// A cell is one configuration; it needs at least one key. It is run with seeds 1 ... `seeds`.
// Nothing in expected.ini may be changed after the runs have been seen.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/lab/expectation.hpp"
#include "looplab/lab/run_config.hpp"

namespace looplab {

/// What the claim says and where it comes from.
struct ClaimText {
  std::string title, paper, source, metric, metric_label, deviations;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"title", "the claim in one sentence"}, self.title);
    visit(Field{"paper", "what the paper says or measures"}, self.paper);
    visit(Field{"source", "paper and section"}, self.source);
    visit(Field{"metric", "the metric drawn in the figure"}, self.metric);
    visit(Field{"metric_label", "label of that axis, with its unit"}, self.metric_label);
    visit(Field{"deviations", "how this differs from the paper"}, self.deviations);
  }
};

/// One configuration of a claim.
struct Cell {
  std::string name, label;
  RunConfig config;
};

/// A claim at a preset, resolved and checked.
struct Experiment {
  std::string name, preset;
  ClaimText text;
  Index seeds = 3;
  std::vector<Cell> cells;
  std::vector<Endpoint> endpoints;
  std::vector<Gap> gaps;
};

/// The cell of a name, or nullptr.
[[nodiscard]] inline const Cell* find_cell(const Experiment& experiment, std::string_view name) {
  const auto found = std::ranges::find(experiment.cells, name, &Cell::name);
  return found == experiment.cells.end() ? nullptr : &*found;
}

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
                     ": is no folder, expected one with a folder for each claim");
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

/// Notes a control that is not its arm trained at least twice as long.
inline void check_control(const Experiment& experiment, const std::string& where,
                          const std::string& arm, const std::string& control,
                          ProblemList& problems) {
  const Cell* a = find_cell(experiment, arm);
  const Cell* c = find_cell(experiment, control);
  if (a == nullptr || c == nullptr) return;  // said elsewhere
  const auto json_a = to_json(a->config), json_c = to_json(c->config);
  if (json_a["task"] != json_c["task"] || json_a["model"] != json_c["model"])
    problems.add(concat(where, ": ", control, " has another task or model than ", arm));
  const auto shown = [](const TrainerConfig& train) { return train.num_steps * train.batch_size; };
  if (shown(c->config.train) < 2 * shown(a->config.train))
    problems.add(concat(where, ": ", control, " is trained on ", shown(c->config.train),
                        " windows, expected twice the ", shown(a->config.train), " of ", arm,
                        " or more"));
}

/// Notes what is wrong with one endpoint besides its names.
inline void check_endpoint(const Experiment& experiment, const Endpoint& endpoint,
                           ProblemList& problems) {
  const std::string where = "endpoint " + endpoint.name;
  const bool null = endpoint.kind == EndpointKind::null, first = !endpoint.control_cell.empty(),
             second = !endpoint.control_baseline.empty();
  if (null && !(endpoint.margin > 0))
    problems.add(where + ": margin is 0, a null needs one above 0");
  if (first != second)
    problems.add(where + ": control_cell and control_baseline have to be given together");
  if (!null && (first || second))
    problems.add(where + ": is a difference, expected control cells for a null only");
  if (endpoint.budget_cell.empty() != (endpoint.learned_above == 0))
    problems.add(where + ": budget_cell and learned_above have to be given together");
  if (!first || !second) return;
  check_control(experiment, where, endpoint.cell, endpoint.control_cell, problems);
  check_control(experiment, where, endpoint.baseline, endpoint.control_baseline, problems);
}

/// Notes endpoints and gaps that speak of cells or metrics that do not exist.
inline void check_expectations(const Experiment& experiment, ProblemList& problems) {
  std::vector<std::string> cells;
  for (const Cell& cell : experiment.cells) cells.push_back(cell.name);
  const std::vector<std::string> metrics =
      make_task(experiment.cells.at(0).config.task).metric_names();
  const auto known = [&](const std::string& where, std::string_view what, const std::string& name,
                         const std::vector<std::string>& all) {
    problems.collect([&] { require_known(where, what, name, all); });
  };
  known("claim.ini", "metric", experiment.text.metric, metrics);
  for (const Endpoint& endpoint : experiment.endpoints) {
    const std::string where = "endpoint " + endpoint.name;
    known(where, "metric", endpoint.metric, metrics);
    known(where, "cell", endpoint.cell, cells);
    known(where, "cell", endpoint.baseline, cells);
    for (const std::string& cell :
         {endpoint.budget_cell, endpoint.control_cell, endpoint.control_baseline})
      if (!cell.empty()) known(where, "cell", cell, cells);
    check_endpoint(experiment, endpoint, problems);
  }
  for (const Gap& gap : experiment.gaps) {
    const std::string where = "gap " + gap.name;
    known(where, "metric", gap.metric, metrics);
    for (const std::string& cell : {gap.loop, gap.iso_parameter, gap.iso_flop})
      known(where, "cell", cell, cells);
    if (gap.min_demand > 0) known(where, "metric", "demand", metrics);
  }
}

/// Whose learning rates a claim is read with: the preset's own, or those that were tuned for it.
enum class Rates { preset, tuned };

/// Reads a claim at a preset; `overrides` (such as "train.num_steps") go over every cell.
/// \throws FileError, ConfigError naming every problem, with file and line where there is one.
[[nodiscard]] inline Experiment load_experiment(const std::filesystem::path& claim,
                                                const std::string& preset,
                                                const Settings& overrides = {},
                                                Rates rates = Rates::tuned) {
  require<FileError>(std::filesystem::exists(claim / "claim.ini"), claim.string(),
                     ": is no claim, expected a folder with claim.ini");
  require_known(claim.filename().string(), "preset", preset, preset_names(claim));
  Experiment experiment;
  experiment.name = claim.filename().string();
  experiment.preset = preset;
  ProblemList problems;
  OptionSet().add("claim", experiment.text).apply(read_ini(claim / "claim.ini"), problems);

  Settings settings = read_ini(claim / (preset + ".ini"));
  if (rates == Rates::tuned)
    std::ranges::copy(read_rates(claim, preset, settings, problems), std::back_inserter(settings));
  check_sections(settings, {"seeds", "task", "model", "train", "evaluation", "cell"}, problems);
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
  problems.throw_if_any();
  return experiment;
}

}  // namespace looplab

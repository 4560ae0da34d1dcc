// SPDX-License-Identifier: MIT
//
// Cells by product: the section [grid] of a claim file.
//
//   [grid]
//   cell.{k}x{R} = k: 1 2 4; R: 1 4              1x1, 1x4, 2x1, 2x4, 4x1, 4x4
//   cell.{k}x{R} = kxR: 1x1 1x4 4x1              these three
//   cell.{k}x{R}_n{people} = kxR: 1x1 1x4; people = task.num_people: 20 40
//   cell.{k}x{R}{case} = case: _a _b; kxR: 1x1   1x1_a, 1x1_b; what they mean: [cell.*_a], [cell.*_b]
//   cell.4x4_wide = kxR: 4x4; model.d_model: 64
//
// An axis has a name and values. `k`, `R` and `D` are model.num_block_layers, model.num_loops and
// model.d_model; `kxR` is k and R at once; a key such as task.max_hops is called max_hops, or as the
// word before "=" says; any other word has no key: it is a part of cells' names. The first axis
// varies slowest.
#pragma once

#include <array>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/core/text_list.hpp"
#include "looplab/lab/claims/claim_file.hpp"
#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/lab/config/run_config.hpp"
#include "looplab/lab/config/run_options.hpp"

namespace looplab::lab {

/// The letters of axes that stand for a key.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kGridLetters{
    {{"k", "model.num_block_layers"}, {"R", "model.num_loops"}, {"D", "model.d_model"}}};

/// One axis of a product; `key` is empty where the values are parts of names only.
struct GridAxis {
  std::string name, key;
  std::vector<std::string> values;
};

/// Reads "k: 1 2 4". \throws ConfigError unless it has a name and values
[[nodiscard]] inline GridAxis parse_axis(const std::string& text, const std::string& where) {
  const std::size_t colon = text.find(':');
  require<ConfigError>(colon != std::string::npos, where, ": grid has the axis \"", text,
                       "\", expected NAME: VALUE VALUE ...");
  GridAxis axis;
  axis.name = trimmed(std::string_view(text).substr(0, colon));
  if (const std::size_t equals = axis.name.find('='); equals != std::string::npos) {
    axis.key = trimmed(std::string_view(axis.name).substr(equals + 1));
    axis.name = std::string(trimmed(std::string_view(axis.name).substr(0, equals)));
  } else if (const std::size_t dot = axis.name.find('.'); dot != std::string::npos) {
    axis.key = axis.name;
    axis.name.erase(0, dot + 1);
  }
  for (const auto& [letter, key] : kGridLetters)
    if (axis.name == letter) axis.key = key;
  std::istringstream words(text.substr(colon + 1));
  for (std::string word; words >> word;) axis.values.push_back(word);
  require<ConfigError>(!axis.name.empty() && !axis.values.empty(), where, ": grid has the axis \"",
                       text, "\", expected NAME: VALUE VALUE ...");
  return axis;
}

/// One cell of a product while it is made.
struct GridCell {
  std::string name;
  Settings settings;
};

/// Puts a value of an axis into a cell: into its name, and, if the axis has a key, its settings.
inline void put(GridCell& cell, const std::string& axis, const std::string& key,
                const std::string& value, const std::string& where) {
  const std::string placeholder = concat('{', axis, '}');
  if (const std::size_t at = cell.name.find(placeholder); at != std::string::npos)
    cell.name.replace(at, placeholder.size(), value);
  if (!key.empty()) cell.settings.push_back({key, value, where});
}

/// The cells of one line of [grid].
[[nodiscard]] inline std::vector<GridCell> grid_cells(const Setting& line) {
  std::vector<GridCell> cells{{line.key.substr(std::string_view("cell.").size()), {}}};
  for (const std::string& text : listed(line.value, ';')) {
    const GridAxis axis = parse_axis(text, line.where);
    std::vector<GridCell> product;
    for (const GridCell& cell : cells)
      for (const std::string& value : axis.values) {
        GridCell& next = product.emplace_back(cell);
        if (axis.name != "kxR") {
          put(next, axis.name, axis.key, value, line.where);
          continue;
        }
        const std::size_t times = std::min(value.find('x'), value.size());
        put(next, "k", std::string(kGridLetters[0].second), value.substr(0, times), line.where);
        put(next, "R", std::string(kGridLetters[1].second),
            value.substr(std::min(times + 1, value.size())), line.where);
      }
    cells = std::move(product);
  }
  return cells;
}

/// The keys that a run of the task that `settings` name can have.
[[nodiscard]] inline std::vector<std::string> run_keys(const Settings& settings) {
  RunConfig config = default_run(settings);
  std::string kind = task_kind(config.task);
  return run_options(config, kind).keys();
}

/// The settings with [grid] replaced by the cells it stands for, before all other cells. Notes lines
/// that are none, keys that no run has, and two cells of one name.
[[nodiscard]] inline Settings expand_grid(const Settings& settings, Problems& problems) {
  Settings expanded, lines;
  for (const Setting& setting : settings_below(settings, "grid.")) {
    const auto same = std::ranges::find(lines, setting.key, &Setting::key);
    if (same == lines.end())
      lines.push_back(setting);
    else
      *same = setting;
  }
  std::map<std::string, std::string> seen;  // cell, and where
  const std::vector<std::string> keys =
      lines.empty() ? std::vector<std::string>() : run_keys(settings);
  for (const Setting& line : lines)
    problems.collect([&] {
      require<ConfigError>(line.key.starts_with("cell."), line.where, ": grid has the key ",
                           line.key, ", expected cell.NAME with {placeholders} for the axes");
      for (const GridCell& cell : grid_cells(line)) {
        require<ConfigError>(cell.name.find_first_of("{}") == std::string::npos, line.where,
                             ": grid has the cell ", cell.name, ", whose placeholder has no axis");
        const auto [other, is_new] = seen.try_emplace(cell.name, line.where);
        require<ConfigError>(is_new, line.where, ": grid has the cell ", cell.name,
                             " twice (", other->second, ")");
        for (const Setting& setting : cell.settings) {
          require_known(line.where + ": grid", "key", setting.key, keys);
          expanded.push_back(
              {concat("cell.", cell.name, '.', setting.key), setting.value, setting.where});
        }
      }
    });
  for (const Setting& setting : settings)
    if (!setting.key.starts_with("grid.")) expanded.push_back(setting);
  return expanded;
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// The learning rate of every cell of a claim, from the optima of the cells that tried the grid.
//
//   sharing      tuned cells that differ in the number of loops alone share one rate, the geometric
//                mean of their optima, unless these are more than one grid step apart; then each
//                keeps its own
//   inheritance  another cell takes the rate of the tuned cell whose name begins its own; if there is
//                none, that of the tuned cell with loops of the same kind (one, or more than one)
//                whose name has the longest beginning in common with its own
//
// rates.ini shows, for each cell, the metric that its fit predicts at the shared rate and at its own.
#pragma once

#include <algorithm>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/lab/claims/claim.hpp"
#include "looplab/lab/claims/rate_optimum.hpp"
#include "looplab/lab/config/run_identity.hpp"
#include "looplab/lab/report/text_table.hpp"

namespace looplab::lab {

/// Text that is equal for configurations that differ in the number of loops alone: all values as
/// JSON, without that number, what follows from it, the learning rate, the evaluation, and
/// loop_norm, which is left unset where R = 1.
[[nodiscard]] inline std::string arm_without_loops(const RunConfig& config) {
  nlohmann::ordered_json json = to_json(config);
  json.erase("evaluation");
  nlohmann::ordered_json& model = json["model"];
  if (config.model.max_loops == config.model.num_loops) model.erase("max_loops");  // 0, resolved
  model.erase("num_loops");
  model.erase("loop_norm");
  json["train"].erase("num_loops");
  json["train"].erase("learning_rate");
  return json.dump();
}

/// A cell that will try the grid, without values.
[[nodiscard]] inline TunedCell untried(const Cell& cell) {
  return {cell.name, cell.config.loops.trained, arm_without_loops(cell.config), {}};
}

/// The rate of a cell that tried the grid. Both rates have 2 significant digits.
struct ChosenRate {
  RateOptimum optimum;
  double own = 0;                // the optimum
  std::optional<double> shared;  // the geometric mean of the optima of cells that differ in R alone
  bool keeps_own = true;

  [[nodiscard]] double rate() const { return keeps_own ? own : shared.value(); }
};

/// Tuned cells that differ in the number of loops alone; positions.
struct Arms {
  std::vector<std::size_t> cells;
  double apart = 1;  // the ratio of their highest optimum to their lowest
  double mean = 0;   // geometric, of their optima
};

/// The groups of cells that differ in the number of loops alone, in order.
[[nodiscard]] inline std::vector<Arms> arms_of(const std::vector<TunedCell>& cells,
                                               const std::vector<RateOptimum>& optima) {
  std::vector<Arms> groups;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const auto same = [&](const Arms& group) { return cells[group.cells[0]].arm == cells[c].arm; };
    const auto found = std::ranges::find_if(groups, same);
    (found == groups.end() ? groups.emplace_back() : *found).cells.push_back(c);
  }
  std::erase_if(groups, [&](const Arms& group) {
    return std::ranges::all_of(
        group.cells, [&](std::size_t c) { return cells[c].loops == cells[group.cells[0]].loops; });
  });
  for (Arms& group : groups) {
    std::vector<double> logs;
    for (std::size_t c : group.cells) logs.push_back(std::log(optima[c].rate));
    const auto [lowest, highest] = std::ranges::minmax(logs);
    group.apart = std::exp(highest - lowest);
    group.mean = std::exp(stats::mean(logs));
  }
  return groups;
}

/// Whether optima so far apart are more than one grid step apart; rounding does not count.
[[nodiscard]] inline bool beyond_step(double apart, double step) {
  return apart > step * (1 + 1e-9);
}

/// The rates of tuned cells, in their order. `step`: the ratio of neighbouring rates of the grid.
[[nodiscard]] inline std::vector<ChosenRate> choose_rates(const std::vector<TunedCell>& cells,
                                                          const std::vector<RateOptimum>& optima,
                                                          double step) {
  std::vector<ChosenRate> chosen;
  for (const RateOptimum& optimum : optima)
    chosen.push_back({optimum, rounded(optimum.rate, 2), {}, true});
  for (const Arms& group : arms_of(cells, optima))
    for (std::size_t c : group.cells) {
      chosen[c].shared = rounded(group.mean, 2);
      chosen[c].keeps_own = beyond_step(group.apart, step);
    }
  return chosen;
}

/// Whether `beginning` begins the name of a variant: 2x1 that of 2x1_long, but not that of 2x16.
[[nodiscard]] inline bool begins_name(std::string_view beginning, std::string_view name) {
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  if (!name.starts_with(beginning)) return false;
  return beginning.empty() || beginning.size() == name.size() || !digit(beginning.back()) ||
         !digit(name[beginning.size()]);
}

/// The position of the tuned cell that another takes its rate from, as in the file comment; of
/// equally good ones the first. Empty if there is none.
[[nodiscard]] inline std::optional<std::size_t> rate_giver(const std::vector<TunedCell>& cells,
                                                           std::string_view name, Index loops) {
  const auto in_common = [&](std::string_view other) {
    return std::ranges::mismatch(name, other).in1 - name.begin();
  };
  std::optional<std::size_t> beginning, alike;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const std::string& other = cells[c].name;
    if (begins_name(other, name) && (!beginning || other.size() > cells[*beginning].name.size()))
      beginning = c;
    if ((cells[c].loops == 1) == (loops == 1) &&
        (!alike || in_common(other) > in_common(cells[*alike].name)))
      alike = c;
  }
  return beginning ? beginning : alike;
}

/// What each cell's fit predicts at its own optimum and at the shared rate.
[[nodiscard]] inline Table choice_table(const std::vector<TunedCell>& cells,
                                        const std::vector<ChosenRate>& chosen) {
  Table table({"cell", "optimum", "fit there", "shared rate", "fit at it"});
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const ChosenRate& choice = chosen[c];
    const auto predicted = [&](double rate) {
      return choice.optimum.rule == RateRule::parabola
                 ? significant(choice.optimum.fit.at(std::log(rate)), 4)
                 : std::string("no fit");
    };
    table.add({cells[c].name, to_text(choice.own), predicted(choice.own),
               choice.shared ? to_text(*choice.shared) : "",
               choice.shared ? predicted(*choice.shared) : ""});
  }
  return table.without_empty();
}

/// Sentences, one a line, on cells without a fit and on the cells that share a rate or could.
[[nodiscard]] inline std::string choice_notes(const std::vector<TunedCell>& cells,
                                              const std::vector<RateOptimum>& optima, Goal goal,
                                              double step) {
  std::string text;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (optima[c].rule == RateRule::parabola) continue;
    const std::string why =
        optima[c].rule == RateRule::few_rates
            ? "has runs that did not diverge at fewer than 3 rates"
            : concat("has a parabola without a ", goal == Goal::highest ? "maximum" : "minimum");
    text +=
        concat("Cell ", cells[c].name, ' ', why, ": its optimum is the rate of the best mean.\n");
  }
  for (const Arms& group : arms_of(cells, optima)) {
    std::vector<std::string> names;
    for (std::size_t c : group.cells) names.push_back(cells[c].name);
    const bool beyond = beyond_step(group.apart, step);
    text += concat(joined(names),
                   " differ in the number of loops alone.\nTheir optima are a factor of ",
                   significant(group.apart, 3), " apart, ", beyond ? "more than" : "at most",
                   " one grid step (", significant(step, 3),
                   "): ", beyond ? "each keeps its own.\n" : "they share the geometric mean.\n");
  }
  return text;
}

/// The text of rates.ini for `all` cells of a claim. `notes`: lines that say how the rates were
/// found. \pre each cell has a `rate_giver`
[[nodiscard]] inline std::string rates_ini(const std::string& notes, const std::vector<Cell>& all,
                                           const std::vector<TunedCell>& tuned,
                                           const std::vector<ChosenRate>& chosen) {
  std::string text = "# Written by `looplab tune`: not to be edited.\n";
  std::istringstream lines(notes);
  for (std::string line; std::getline(lines, line);)
    text += line.empty() ? "#\n" : "# " + line + "\n";
  for (const Cell& cell : all) {
    const std::size_t giver = rate_giver(tuned, cell.name, cell.config.loops.trained).value();
    text +=
        concat("\n[cell.", cell.name, "]\ntrain.learning_rate = ", to_text(chosen[giver].rate()),
               tuned[giver].name == cell.name ? "\n" : concat("  # of ", tuned[giver].name, "\n"));
  }
  return text;
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// Checks of a claim before anything is run: expectations and figures must refer to existing cells
// and metrics, and controls must be cells trained longer.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/text_list.hpp"
#include "looplab/lab/claims/cell_quantity.hpp"
#include "looplab/lab/claims/claim.hpp"
#include "looplab/lab/config/run_identity.hpp"
#include "looplab/lab/metrics/run_metrics.hpp"

namespace looplab::lab {

/// Records a control that is not its cell trained at least twice as long.
inline void check_control(const Claim& claim, const std::string& where, const std::string& arm,
                          const std::string& control, Problems& problems) {
  const Cell* a = find_cell(claim, arm);
  const Cell* c = find_cell(claim, control);
  if (a == nullptr || c == nullptr) return;  // reported elsewhere
  const auto json_a = to_json(a->config), json_c = to_json(c->config);
  if (json_a["task"] != json_c["task"] || json_a["model"] != json_c["model"])
    problems.add(concat(where, ": ", control, " has another task or model than ", arm));
  const auto shown = [](const TrainerConfig& train) { return train.num_steps * train.batch_size; };
  if (shown(c->config.train) < 2 * shown(a->config.train))
    problems.add(concat(where, ": ", control, " is trained on ", shown(c->config.train),
                        " windows, expected twice the ", shown(a->config.train), " of ", arm,
                        " or more"));
}

/// Records the problems of one endpoint besides unknown names.
inline void check_endpoint(const Claim& claim, const Endpoint& endpoint, Problems& problems) {
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
  check_control(claim, where, endpoint.cell, endpoint.control_cell, problems);
  check_control(claim, where, endpoint.baseline, endpoint.control_baseline, problems);
}

/// All metrics that some cell has. What a task and `test_loops` give is the same in all.
[[nodiscard]] inline std::vector<MetricKey> claim_metric_keys(const Claim& claim) {
  std::vector<MetricKey> keys;
  for (const Cell& cell : claim.cells)
    if (keys.empty() || has_further_metrics(cell.config))
      for (const MetricKey& key : run_metric_keys(cell.config))
        if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  return keys;
}

/// \throws ConfigError "where: unknown metric ...; did you mean ..." unless `key` is in `all`.
inline void require_known_metric(std::string_view where, const MetricKey& key,
                                 const std::vector<MetricKey>& all) {
  if (std::ranges::find(all, key) != all.end()) return;
  std::vector<std::string> names;
  for (const MetricKey& known : all) names.push_back(to_text(known));
  throw ConfigError(concat(where, ": ", unknown_name("metric", to_text(key), names)));
}

/// Records endpoints and gaps that refer to cells or metrics that do not exist.
inline void check_expectations(const Claim& claim, Problems& problems) {
  std::vector<std::string> cells;
  for (const Cell& cell : claim.cells) cells.push_back(cell.name);
  const std::vector<MetricKey> metrics = claim_metric_keys(claim);
  const auto known_cell = [&](const std::string& where, const std::string& name) {
    problems.collect([&] { require_known(where, "cell", name, cells); });
  };
  const auto known_metric = [&](const std::string& where, const MetricKey& key) {
    problems.collect([&] { require_known_metric(where, key, metrics); });
  };
  known_metric("claim.ini", claim.text.metric);
  for (const Endpoint& endpoint : claim.endpoints) {
    const std::string where = "endpoint " + endpoint.name;
    known_metric(where, endpoint.metric);
    known_metric(where, endpoint.metric_of_baseline());
    known_cell(where, endpoint.cell);
    known_cell(where, endpoint.baseline);
    for (const std::string& cell :
         {endpoint.budget_cell, endpoint.control_cell, endpoint.control_baseline})
      if (!cell.empty()) known_cell(where, cell);
    check_endpoint(claim, endpoint, problems);
  }
  for (const Gap& gap : claim.gaps) {
    const std::string where = "gap " + gap.name;
    known_metric(where, gap.metric);
    for (const std::string& cell : {gap.loop, gap.iso_parameter, gap.iso_flop})
      known_cell(where, cell);
    if (gap.min_demand > 0) known_metric(where, quantity::demand);
  }
}

/// Records figures that refer to metrics or quantities that do not exist, or to none of `cells`,
/// the cells of all presets.
inline void check_figures(const Claim& claim, const std::vector<std::string>& cells,
                          Problems& problems) {
  if (claim.figures.empty()) return;
  const std::vector<MetricKey> metrics = claim_metric_keys(claim);
  for (const FigureSpec& figure : claim.figures) {
    const std::string where = "figure " + figure.name;
    const auto collect = [&](auto&& check) { problems.collect(check); };
    for (const MetricKey& metric : figure.metrics)
      collect([&] { require_known_metric(where, metric, metrics); });
    if (figure.kind != FigureKind::metrics && figure.metrics.size() > 1)
      problems.add(concat(where, ": metric is \"", to_text(figure.metrics),
                          "\", expected one; several are for kind = metrics"));
    for (const std::string& pattern : listed(figure.cells))
      if (std::ranges::none_of(cells,
                               [&](const std::string& cell) { return matches(pattern, cell); }))
        problems.add(concat(where, ": ", unknown_name("cell", pattern, cells)));
    collect([&] { (void)listed_numbers(figure.slopes, where + ": slopes"); });
    collect([&] { (void)listed_numbers(figure.level, where + ": level"); });
    const std::vector<std::string> growing(kGrowingQuantities.begin(), kGrowingQuantities.end()),
        computed(kCellQuantities.begin(), kCellQuantities.end());
    if (figure.kind == FigureKind::curve && !figure.x.empty())
      collect([&] { require_known(where, "x", figure.x, growing); });
    const bool needs_x = figure.kind == FigureKind::sweep || figure.kind == FigureKind::scatter;
    const RunConfig& first = claim.cells.at(0).config;
    if (needs_x && !cell_quantity(first, figure.x))
      problems.add(concat(where, ": x is \"", figure.x, "\", expected a key of the cells with a ",
                          "number, such as task.num_people, or one of ", joined(computed)));
    for (const std::string& key : listed(figure.series))
      if (!config_value(first, key))
        problems.add(concat(where, ": series has \"", key, "\", expected keys of the cells, such ",
                            "as model.num_loops"));
  }
}

}  // namespace looplab::lab

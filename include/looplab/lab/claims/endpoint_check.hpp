// SPDX-License-Identifier: MIT
//
// Checks of a claim's endpoints and exchange rates before anything is run: they must have what their
// kind needs and nothing else, and refer to cells and metrics that exist and belong together.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/lab/claims/claim.hpp"
#include "looplab/lab/claims/figure_spec.hpp"
#include "looplab/lab/config/run_identity.hpp"
#include "looplab/lab/metrics/run_metrics.hpp"

namespace looplab::lab {

/// What the checks refer to: the names of all cells and metrics of a claim.
struct KnownNames {
  std::vector<std::string> cells;
  std::vector<MetricKey> metrics;
};

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

/// Checks one endpoint, or one exchange rate, of a claim.
class ExpectationCheck {
 public:
  ExpectationCheck(const Claim& claim, const KnownNames& known, std::string where,
                   Problems& problems)
      : claim_(claim), known_(known), where_(std::move(where)), problems_(problems) {}

  void check(const Endpoint& endpoint) {
    check_keys(endpoint);
    for (const std::string& cell : listed(endpoint.budget_cells)) know_cell(cell);
    need(endpoint.budget_cells.empty() == !endpoint.learned_above,
         "budget_cells and learned_above have to be given together");
    if (endpoint.kind == EndpointKind::exchange_rate) {
      know_metric(endpoint.metric);
      check_ladder(endpoint.cell, endpoint.ladder);
      return;
    }
    if (endpoint.kind == EndpointKind::trend)
      check_x(endpoint);
    else
      know_metric(endpoint.metric), know_metric(endpoint.metric_of_baseline());
    check_pairs(endpoint);
  }
  void check(const Exchange& exchange) {
    know_metric(exchange.metric);
    check_ladder(exchange.cell, exchange.ladder);
  }

 private:
  template <class... Parts>
  void need(bool holds, const Parts&... parts) {
    problems_.check(holds, where_, ": ", parts...);
  }
  void know_cell(const std::string& name) {
    problems_.collect([&] { require_known(where_, "cell", name, known_.cells); });
  }
  void know_metric(const MetricKey& key) {
    problems_.collect([&] { require_known_metric(where_, key, known_.metrics); });
  }

  /// The keys that a kind needs, and those of other kinds.
  void check_keys(const Endpoint& endpoint) {
    using enum EndpointKind;
    const EndpointKind kind = endpoint.kind;
    const bool bounded = kind == one_sided || kind == exchange_rate,
               sized = kind == difference || kind == proportion || kind == trend;
    const auto only = [&](bool given, bool wanted, std::string_view key, std::string_view of) {
      need(!given || wanted, key, " is given, but kind is ", to_text(kind), ", expected for ", of,
           " only");
    };
    only(endpoint.size > 0, sized, "size", "difference, proportion and trend");
    only(endpoint.margin > 0, kind == null, "margin", "null");
    only(endpoint.threshold.has_value(), kind == proportion, "threshold", "proportion");
    only(endpoint.bound.has_value(), bounded, "bound", "one_sided and exchange_rate");
    only(!endpoint.x.empty(), kind == trend, "x", "trend");
    only(!endpoint.ladder.empty(), kind == exchange_rate, "ladder", "exchange_rate");
    only(!endpoint.blocks.empty(), endpoint.is_of_differences(), "blocks",
         "difference, null and one_sided");
    only(!endpoint.controls.empty(), endpoint.is_of_differences(), "controls",
         "difference, null and one_sided");
    need(kind != null || endpoint.margin > 0, "margin is 0, a null needs one above 0");
    need(kind != proportion || endpoint.threshold, "kind is proportion, but ", endpoint.metric,
         " is continuous, expected the threshold from which a run counts, such as threshold = 0.9");
    need(!bounded || endpoint.bound, "kind is ", to_text(kind),
         ", expected a bound, such as bound = 0.1");
  }

  void check_x(const Endpoint& endpoint) {
    need(to_text(endpoint.metric).find(kXWord) != std::string::npos, "metric is \"",
         endpoint.metric, "\", expected one with the word {x}, such as \"loops q=0.5 k={x}\"");
    problems_.collect([&] {
      const std::vector<double> x = listed_numbers(endpoint.x, where_ + ": x");
      need(x.size() >= 2 && std::ranges::is_sorted(x, std::less_equal<>{}), "x is \"", endpoint.x,
           "\", expected 2 or more ascending numbers");
    });
    for (const std::string& x : listed(endpoint.x)) know_metric(metric_at(endpoint.metric, x));
  }

  void check_pairs(const Endpoint& endpoint) {
    const auto pairs = cell_pairs(endpoint);
    const bool named = endpoint.cell.find(kBlockWord) != std::string::npos &&
                       endpoint.baseline.find(kBlockWord) != std::string::npos;
    need(endpoint.blocks.empty() || (named && pairs.size() >= 2), "blocks is \"", endpoint.blocks,
         "\", expected 2 or more, and cell and baseline with the word {block}");
    for (const CellPair& pair : pairs) {
      know_cell(pair.cell);
      if (!pair.baseline.empty() || endpoint.kind != EndpointKind::trend) know_cell(pair.baseline);
      if (!endpoint.blocks.empty()) check_block(pair, pairs.front());
      for (const std::string& ending : listed(endpoint.controls)) {
        check_control(pair.cell, pair.cell + ending);
        check_control(pair.baseline, pair.baseline + ending);
      }
    }
  }

  /// The cells of a pooled endpoint: width and task agree within a block, k x R across blocks.
  void check_block(const CellPair& pair, const CellPair& first) {
    const Cell *cell = find_cell(claim_, pair.cell), *baseline = find_cell(claim_, pair.baseline);
    if (cell == nullptr || baseline == nullptr) return;  // noted by know_cell
    const auto &a = cell->config, &b = baseline->config;
    need(to_json(a)["task"] == to_json(b)["task"] && a.model.d_model == b.model.d_model,
         "in block ", pair.block, " the cells ", pair.cell, " and ", pair.baseline,
         " differ in task or width, so that they cannot be pooled");
    for (const auto& [own, other] : {std::pair{cell, find_cell(claim_, first.cell)},
                                     std::pair{baseline, find_cell(claim_, first.baseline)}})
      if (other != nullptr)
        need(own->config.loops.trained == other->config.loops.trained &&
                 own->config.model.num_block_layers == other->config.model.num_block_layers,
             "the cells ", own->name, " and ", other->name,
             " differ in layers or loops, so that they cannot be pooled");
  }

  /// A control is its cell trained for longer.
  void check_control(const std::string& arm, const std::string& control) {
    know_cell(control);
    const Cell *a = find_cell(claim_, arm), *c = find_cell(claim_, control);
    if (a == nullptr || c == nullptr) return;  // noted by know_cell
    const auto json_a = to_json(a->config), json_c = to_json(c->config);
    need(json_a["task"] == json_c["task"] && json_a["model"] == json_c["model"], control,
         " has another task or model than ", arm);
    const auto shown = [](const TrainSettings& train) {
      return train.all_steps() * train.batch_size;
    };
    need(shown(c->config.train) > shown(a->config.train), control, " is trained on ",
         shown(c->config.train), " windows, expected more than the ", shown(a->config.train),
         " of ", arm);
  }

  /// Unlooped cells of ascending depth and, to place on them, a looped one of the same width.
  void check_ladder(const std::string& name, const std::string& ladder) {
    const std::vector<std::string> rungs = listed(ladder);
    need(rungs.size() >= 2, "ladder is \"", ladder, "\", expected 2 or more cells of ascending ",
         "depth, each applied once");
    know_cell(name);
    const Cell* looped = find_cell(claim_, name);
    need(looped == nullptr || looped->config.loops.trained >= 2, "cell ", name,
         " is applied once, expected a looped one");
    Index depth = 0;
    for (const std::string& rung : rungs) {
      know_cell(rung);
      const Cell* cell = find_cell(claim_, rung);
      if (cell == nullptr) continue;
      const LoopedTransformerConfig& model = cell->config.model;
      need(cell->config.loops.trained == 1 && model.num_block_layers > depth, "ladder has ", rung,
           " of ", model.num_block_layers, " layers and ", cell->config.loops.trained,
           " loops, expected cells of ascending depth, each applied once");
      need(looped == nullptr || looped->config.model.d_model == model.d_model, "ladder has ", rung,
           " of another width than ", name);
      depth = model.num_block_layers;
    }
  }

  const Claim& claim_;
  const KnownNames& known_;
  std::string where_;
  Problems& problems_;
};

/// Records endpoints and exchange rates that are incomplete or refer to what does not exist.
inline void check_expectations(const Claim& claim, Problems& problems) {
  KnownNames known{{}, claim_metric_keys(claim)};
  for (const Cell& cell : claim.cells) known.cells.push_back(cell.name);
  problems.collect([&] { require_known_metric("claim.ini", claim.text.metric, known.metrics); });
  for (const Endpoint& endpoint : claim.endpoints)
    ExpectationCheck(claim, known, "endpoint " + endpoint.name, problems).check(endpoint);
  for (const Exchange& exchange : claim.exchanges)
    ExpectationCheck(claim, known, "exchange " + exchange.name, problems).check(exchange);
}

}  // namespace looplab::lab

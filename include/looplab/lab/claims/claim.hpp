// SPDX-License-Identifier: MIT
//
// A claim at a preset, resolved: its text, its cells, the expectations and the figures.
// `lab/claims/claim_reader.hpp` reads it from files.
#pragma once

#include <fnmatch.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/text_list.hpp"
#include "looplab/lab/claims/expectation.hpp"
#include "looplab/lab/claims/figure_spec.hpp"
#include "looplab/lab/config/run_config.hpp"
#include "looplab/stats/interval.hpp"

namespace looplab::lab {

/// The claim in words, and its source.
struct ClaimText {
  std::string title, paper, source, metric_label, deviations, version_one;
  MetricKey metric;
  double alpha = 0.01;
  bool summary = false;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"title", "the claim in one sentence"}, self.title);
    visit(Field{"paper", "what the paper says or measures"}, self.paper);
    visit(Field{"source", "paper and section"}, self.source);
    visit(Field{"metric", "the metric drawn in the figure"}, self.metric);
    visit(Field{"metric_label", "label of the metric's axis, with its unit"}, self.metric_label);
    visit(Field{"deviations", "differences from the paper's setup"}, self.deviations);
    visit(Field{"version_one", "verdict of the first design, which stays visible"},
          self.version_one);
    visit(Field{"alpha", "two-sided error rate of each primary endpoint but nulls and bounds", 1e-6,
                0.5},
          self.alpha);
    visit(Field{"summary", "whether preset quick runs the claim by default"}, self.summary);
  }
};

/// One configuration of a claim.
struct Cell {
  std::string name, label;
  RunConfig config;
  Index max_seeds = 1000;  // the first of the claim's seeds, where it has fewer than the claim
};

/// The seeds of the cells' runs: `count` of them from `first` on.
struct Seeds {
  Index count = 3, first = 1;
  bool draw_data = false;  // whether a seed also draws the data: it is the task's data_seed
  Index first_looked_at = 0, last_looked_at = -1;  // these confirm nothing

  [[nodiscard]] Index last() const { return first + count - 1; }
  [[nodiscard]] bool have_looked_at() const {
    return first <= last_looked_at && first_looked_at <= last();
  }
  [[nodiscard]] bool contain(Index seed) const { return first <= seed && seed <= last(); }
};

/// A claim at a preset, resolved and checked.
struct Claim {
  std::string name, preset;
  ClaimText text;
  Seeds seeds = {};
  std::vector<Cell> cells;
  std::vector<Endpoint> endpoints;
  std::vector<Exchange> exchanges;
  std::vector<FigureSpec> figures;
  std::vector<PublishedValue> published;
};

/// The cell of a name, or nullptr.
[[nodiscard]] inline const Cell* find_cell(const Claim& claim, std::string_view name) {
  const auto found = std::ranges::find(claim.cells, name, &Cell::name);
  return found == claim.cells.end() ? nullptr : &*found;
}

/// Number of runs of a cell.
[[nodiscard]] inline Index num_seeds(const Claim& claim, const Cell& cell) {
  return std::min(claim.seeds.count, cell.max_seeds);
}

/// Number of runs of all cells.
[[nodiscard]] inline Index num_runs(const Claim& claim) {
  Index runs = 0;
  for (const Cell& cell : claim.cells) runs += num_seeds(claim, cell);
  return runs;
}

/// The confidence of the interval that decides an endpoint: 95 % for a null and a bound, each side
/// at .025, and for endpoints that are only reported; 1 - alpha for the other primary ones.
[[nodiscard]] inline double confidence_of(const Claim& claim, const Endpoint& endpoint) {
  const bool one_sided = endpoint.kind == EndpointKind::null ||
                         endpoint.kind == EndpointKind::one_sided ||
                         endpoint.kind == EndpointKind::exchange_rate;
  return one_sided || !endpoint.primary ? stats::kConfidence : 1 - claim.text.alpha;
}

/// Whether a name matches a pattern such as "2x*".
[[nodiscard]] inline bool matches(const std::string& pattern, const std::string& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

/// Whether a name matches one of the patterns of a list such as "2x*,4x1", or the list is empty.
[[nodiscard]] inline bool matches_any(const std::string& list, const std::string& name) {
  const std::vector<std::string> patterns = listed(list);
  return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
           return matches(pattern, name);
         });
}

}  // namespace looplab::lab

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

namespace looplab::lab {

/// The claim in words, and its source.
struct ClaimText {
  std::string title, paper, source, metric_label, deviations, family;
  MetricKey metric;
  bool summary = false;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"title", "the claim in one sentence"}, self.title);
    visit(Field{"paper", "what the paper says or measures"}, self.paper);
    visit(Field{"source", "paper and section"}, self.source);
    visit(Field{"metric", "the metric drawn in the figure"}, self.metric);
    visit(Field{"metric_label", "label of the metric's axis, with its unit"}, self.metric_label);
    visit(Field{"deviations", "differences from the paper's setup"}, self.deviations);
    visit(Field{"family", "name of the claims that are corrected together; empty: this one alone"},
          self.family);
    visit(
        Field{
            "summary",
            "whether the claim belongs to the gap-closed set, which preset quick runs by default"},
        self.summary);
  }
};

/// One configuration of a claim.
struct Cell {
  std::string name, label;
  RunConfig config;
};

/// The seeds of each cell's runs: `count` of them from `first` on.
struct Seeds {
  Index count = 3, first = 1;
  bool draw_data = false;  // whether a seed also draws the data: it is the task's data_seed

  [[nodiscard]] Index last() const { return first + count - 1; }
  [[nodiscard]] bool contain(Index seed) const { return first <= seed && seed <= last(); }
};

/// A claim at a preset, resolved and checked.
struct Claim {
  std::string name, preset;
  ClaimText text;
  Seeds seeds = {};
  std::vector<Cell> cells;
  std::vector<Endpoint> endpoints;
  std::vector<Gap> gaps;
  std::vector<FigureSpec> figures;
  std::vector<PublishedValue> published;
};

/// The cell of a name, or nullptr.
[[nodiscard]] inline const Cell* find_cell(const Claim& claim, std::string_view name) {
  const auto found = std::ranges::find(claim.cells, name, &Cell::name);
  return found == claim.cells.end() ? nullptr : &*found;
}

/// Whose primary endpoints are corrected with this claim's: its family, or the claim alone.
[[nodiscard]] inline const std::string& family_of(const Claim& claim) {
  return claim.text.family.empty() ? claim.name : claim.text.family;
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

// SPDX-License-Identifier: MIT
//
// What is expected of a claim's cells, stated before they are run.
//
//   [endpoint.NAME]          one statement about cell - baseline
//   compare = 1x4 - 1x1      cell and baseline
//   metric = accuracy        the claim's, if not given; baseline_metric = ... if the sides differ
//   primary = true           the claim stands or falls with it, see lab/verdicts/gatekeeping.hpp
//   size = 0.1               and what the kind needs:
//
//   kind            statement                                                 keys
//   difference      cell - baseline is above 0 and at least size              size
//   null            cell - baseline is within +-margin (two one-sided tests)  margin
//   one_sided       cell - baseline is below (or above) bound                 side, bound
//   proportion      a run reaches threshold more often in cell than in        threshold, size
//                   baseline (Fisher's exact test)
//   trend           the slope of the metric on x is above 0 and at least      x, size
//                   size; the metric has the word {x}, a baseline is optional
//   exchange_rate   phi of cell is below (or above) bound, see below          ladder, side, bound
//
//   blocks = 16, 32          kinds with a difference: the equal-weight mean over blocks; compare then
//                            has the word {block}: {block}_2x4 - {block}_2x1
//   budget_cells = 1x2, 4x1  unless the metric of one of these reaches learned_above, the verdict is
//   learned_above = 0.5      "beyond this budget"
//   controls = _double       reported: the change of the difference from the cells to those with
//                            this ending, 16_2x4_double - 16_2x1_double
//   assumed = 0.05           the true value that the power is planned for, see
//                            lab/verdicts/planned_power.hpp
//   power = 0.95 with ...    the probability of the verdict, by `looplab power`, before the runs
//
//   [exchange.NAME]          how many layers of their own the loops of a cell are worth, in its metric
//   cell = 1x4               and in nats of the answers (stats/exchange_rate.hpp)
//   ladder = 1x1, 2x1, 4x1   cells of ascending depth, each applied once
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/core/text_list.hpp"
#include "looplab/lab/metrics/metric_key.hpp"

namespace looplab::lab {

/// The kind of statement; see the file comment.
enum class EndpointKind { difference, null, one_sided, proportion, trend, exchange_rate };
[[nodiscard]] constexpr auto enum_names(EndpointKind) {
  return std::array<std::string_view, 6>{"difference", "null",  "one_sided",
                                         "proportion", "trend", "exchange_rate"};
}

/// On which side of a bound a quantity is expected.
enum class Side { below, above };
[[nodiscard]] constexpr auto enum_names(Side) {
  return std::array<std::string_view, 2>{"below", "above"};
}

/// The words that stand for each block of `blocks`, in names of cells, and each value of `x`, in a
/// metric.
inline constexpr std::string_view kBlockWord = "{block}", kXWord = "{x}";

/// One statement about cell - baseline, differences paired by seed.
struct Endpoint {
  std::string name;
  EndpointKind kind = EndpointKind::difference;
  MetricKey metric, baseline_metric;
  std::string cell, baseline, blocks, x, ladder;
  double size = 0, margin = 0;
  std::optional<double> threshold, bound, assumed;
  Side side = Side::below;
  bool primary = false;
  std::string budget_cells;
  std::optional<double> learned_above;
  std::string controls, power, paper, expected, reason;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"kind", "difference, null, one_sided, proportion, trend or exchange_rate"},
          self.kind);
    visit(Field{"metric", "what is compared, such as accuracy; empty: the claim's"}, self.metric);
    visit(Field{"cell", "the cell the statement is about"}, self.cell);
    visit(Field{"baseline", "the cell it is compared with"}, self.baseline);
    visit(Field{"baseline_metric", "metric of the baseline; empty: the same"},
          self.baseline_metric);
    visit(Field{"blocks", "values of {block} in cell and baseline, whose mean is judged"},
          self.blocks);
    visit(Field{"size", "kinds difference, proportion, trend: minimum of the mean", 0, 1e12},
          self.size);
    visit(Field{"margin", "kind null: maximum difference that counts as zero", 0, 1e12},
          self.margin);
    visit(Field{"threshold", "kind proportion: value of the metric from which a run counts", -1e12,
                1e12},
          self.threshold);
    visit(Field{"side", "kinds one_sided, exchange_rate: below or above the bound"}, self.side);
    visit(Field{"bound", "kinds one_sided, exchange_rate: the bound", -1e12, 1e12}, self.bound);
    visit(Field{"x", "kind trend: values of {x} in the metric, ascending"}, self.x);
    visit(Field{"ladder", "kind exchange_rate: unlooped cells of ascending depth"}, self.ladder);
    visit(Field{"primary", "whether the endpoint decides the claim"}, self.primary);
    visit(Field{"budget_cells",
                "cells of which one has to learn; otherwise the verdict is beyond this budget"},
          self.budget_cells);
    visit(Field{"learned_above", "minimum mean of the metric in one of budget_cells", -1e12, 1e12},
          self.learned_above);
    visit(Field{"controls", "endings of the control cells, whose difference is reported"},
          self.controls);
    visit(Field{"assumed", "true value for which the power is planned; empty: the pilot's", -1e12,
                1e12},
          self.assumed);
    visit(Field{"power", "the probability of the verdict, computed before the runs, in words"},
          self.power);
    visit(Field{"paper", "the paper's result for this endpoint; empty: the claim's"}, self.paper);
    visit(Field{"expected", "expectation at this scale, in words"}, self.expected);
    visit(Field{"reason", "reason for the expectation"}, self.reason);
  }
  [[nodiscard]] const MetricKey& metric_of_baseline() const {
    return baseline_metric.empty() ? metric : baseline_metric;
  }
  /// Whether the statement is about differences of one number a seed.
  [[nodiscard]] bool is_of_differences() const {
    return kind == EndpointKind::difference || kind == EndpointKind::null ||
           kind == EndpointKind::one_sided;
  }
};

/// The text with every `word` replaced.
[[nodiscard]] inline std::string with_word(std::string text, std::string_view word,
                                           const std::string& value) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + value.size()))
    text.replace(at, word.size(), value);
  return text;
}

/// A cell and its baseline; an endpoint without blocks has one pair.
struct CellPair {
  std::string block, cell, baseline;
};

/// The pairs of an endpoint, one a block.
[[nodiscard]] inline std::vector<CellPair> cell_pairs(const Endpoint& endpoint) {
  if (endpoint.blocks.empty()) return {{"", endpoint.cell, endpoint.baseline}};
  std::vector<CellPair> pairs;
  for (const std::string& block : listed(endpoint.blocks))
    pairs.push_back({block, with_word(endpoint.cell, kBlockWord, block),
                     with_word(endpoint.baseline, kBlockWord, block)});
  return pairs;
}

/// The cells that an endpoint is judged by: those of its ladder, then each pair's.
[[nodiscard]] inline std::vector<std::string> cells_of(const Endpoint& endpoint) {
  std::vector<std::string> names = listed(endpoint.ladder);
  for (const CellPair& pair : cell_pairs(endpoint))
    for (const std::string& name : {pair.cell, pair.baseline})
      if (!name.empty()) names.push_back(name);
  return names;
}

/// The metric of a trend at one value of x.
[[nodiscard]] inline MetricKey metric_at(const MetricKey& metric, const std::string& x) {
  return with_word(to_text(metric), kXWord, x);
}

/// The exchange rate of a cell's loops for layers; see the file comment.
struct Exchange {
  std::string name;
  MetricKey metric;
  std::string cell, ladder, label, short_label, paper;
  bool in_summary = true;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"metric", "in which the cell is placed on the ladder; empty: the claim's"},
          self.metric);
    visit(Field{"cell", "the looped cell, k x R"}, self.cell);
    visit(Field{"ladder", "unlooped cells of ascending depth, separated by commas"}, self.ladder);
    visit(Field{"label", "name in the figure, as \"case: which\""}, self.label);
    visit(Field{"short_label",
                "the task, as \"on k hops\" in \"worth 2.1 layers on k hops\"; empty: not told"},
          self.short_label);
    visit(Field{"paper", "the paper's values, for the table over all claims"}, self.paper);
    visit(Field{"in_summary", "whether figure and table over all claims show it"}, self.in_summary);
  }
  /// Its name in tables and figures.
  [[nodiscard]] const std::string& title() const { return label.empty() ? name : label; }
  /// The same on the scale that all tasks share, mean negative log likelihood of the answers.
  [[nodiscard]] MetricKey nats() const { return metric.of(quantity::answer_nats); }
};

}  // namespace looplab::lab

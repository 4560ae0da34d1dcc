// SPDX-License-Identifier: MIT
//
// What is expected of a claim's cells, stated before they are run.
//
//   [endpoint.NAME]   one statement about cell - baseline, as a difference or as a null
//   kind = null
//   metric = bits_per_parameter
//   cell = 12_2x4
//   baseline = 12_2x1
//   margin = 0.1
//   primary = true
//   control_cell = 12_2x4_double       the same arms, trained twice as long: a null counts only
//   control_baseline = 12_2x1_double   where that moves both by less than 5 %
//   budget_cell = 12_8x1               unless the metric of budget_cell reaches learned_above, the
//   learned_above = 0.5                verdict is "beyond this budget"
//   baseline_metric = accuracy loops=8   if the metrics of the two sides differ, in addition to or
//                                        instead of the cells
//
//   [gap.NAME]        the gap closed by looping, in its metric and in nats of the answers
//   metric = bits
//   loop = 12_2x4
//   iso_parameter = 12_2x1
//   iso_flop = 12_8x1
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "looplab/core/config.hpp"
#include "looplab/lab/metrics/metric_key.hpp"

namespace looplab::lab {

/// difference: cell - baseline is above 0 and at least `size`; null: it is 0 give or take `margin`.
enum class EndpointKind { difference, null };
[[nodiscard]] constexpr auto enum_names(EndpointKind) {
  return std::array<std::string_view, 2>{"difference", "null"};
}

/// One statement about cell - baseline, differences paired by seed.
struct Endpoint {
  std::string name;
  EndpointKind kind = EndpointKind::difference;
  MetricKey metric, baseline_metric;
  std::string cell, baseline;
  double size = 0, margin = 0;
  bool primary = false;
  std::string budget_cell;
  double learned_above = 0;
  std::string control_cell, control_baseline;
  std::string paper, expected, reason;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"kind", "difference or null"}, self.kind);
    visit(Field{"metric", "what is compared, such as accuracy; empty: the claim's"}, self.metric);
    visit(Field{"cell", "the cell the statement is about"}, self.cell);
    visit(Field{"baseline", "the cell it is compared with"}, self.baseline);
    visit(Field{"baseline_metric", "metric of the baseline; empty: the same"},
          self.baseline_metric);
    visit(Field{"size", "kind difference: minimum mean difference", 0, 1e12}, self.size);
    visit(Field{"margin", "kind null: maximum difference that counts as zero", 0, 1e12},
          self.margin);
    visit(Field{"primary", "whether the endpoint decides the claim"}, self.primary);
    visit(
        Field{"budget_cell", "cell that has to learn; otherwise the verdict is beyond this budget"},
        self.budget_cell);
    visit(Field{"learned_above", "minimum mean of the metric in budget_cell", -1e12, 1e12},
          self.learned_above);
    visit(Field{"control_cell", "kind null: the cell trained twice as long"}, self.control_cell);
    visit(Field{"control_baseline", "kind null: the baseline trained twice as long"},
          self.control_baseline);
    visit(Field{"paper", "the paper's result for this endpoint; empty: the claim's"}, self.paper);
    visit(Field{"expected", "expectation at this scale, in words"}, self.expected);
    visit(Field{"reason", "reason for the expectation"}, self.reason);
  }
  [[nodiscard]] const MetricKey& metric_of_baseline() const {
    return baseline_metric.empty() ? metric : baseline_metric;
  }
};

/// (loop - iso_parameter) / (iso_flop - iso_parameter) of a metric, undefined if a cell is at its
/// ceiling.
struct Gap {
  std::string name;
  MetricKey metric;
  std::string loop, iso_parameter, iso_flop, label;
  double ceiling = 0, min_demand = 0;
  bool in_summary = true;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"metric", "what is compared; empty: the claim's"}, self.metric);
    visit(Field{"loop", "the looped cell, k x R"}, self.loop);
    visit(Field{"iso_parameter", "the cell with the same parameters, k x 1"}, self.iso_parameter);
    visit(Field{"iso_flop", "the cell with the same FLOP, kR x 1"}, self.iso_flop);
    visit(Field{"label", "name in the figure, as \"case: which\""}, self.label);
    visit(
        Field{"ceiling", "the gap is undefined if iso_flop reaches this value; 0: never", 0, 1e12},
        self.ceiling);
    visit(Field{"min_demand",
                "the gap is undefined below this number of bits to know per parameter of the "
                "largest cell; 0: never",
                0, 1e6},
          self.min_demand);
    visit(Field{"in_summary", "whether the figure over all claims shows the gap"}, self.in_summary);
  }
  /// Its name in tables and figures.
  [[nodiscard]] const std::string& title() const { return label.empty() ? name : label; }
  /// The same on the scale that all tasks share, mean negative log likelihood of the answers.
  [[nodiscard]] MetricKey nats() const { return metric.of(quantity::answer_nats); }
};

}  // namespace looplab::lab

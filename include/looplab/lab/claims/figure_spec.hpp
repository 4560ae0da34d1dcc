// SPDX-License-Identifier: MIT
//
// Figures of a claim, defined in claim.ini, in addition to those that every claim has: the metric
// of every cell, by slice, by loops at test time ([evaluation] test_loops) and during training
// ([evaluation] curve_points).
//
//   [figure.NAME]
//   kind = sweep              heatmap   metric by test-time loops x slice, instead of the standard
//                             curve     metric during training, instead of the standard one
//                             sweep     metric against a quantity of the cells, joined by lines
//                             scatter   the same, both axes logarithmic, without lines
//                             metrics   several metrics side by side, a line for each cell
//   title = ...
//   caption = ...
//   metric = accuracy k=4     default: the claim's; kind metrics: several, separated by commas
//   metric_label = accuracy   label of its axis, with its unit
//   cells = 2x1,2x4           default: all
//   x = task.num_people       sweep, scatter: any numeric key of the cells, or parameters,
//                             parameters_without_embeddings, effective_parameters, training_flop,
//                             steps, exposures; curve: the last three, growing with the step
//   x_label = people          default: x
//   series = model.num_loops  cells with equal values of these keys form a line; default: k x R
//   log = x                   none, x, y, xy
//   slopes = 2,1              draws a line y = c x for each number c
//   slope_unit = bit per parameter    unit in their labels
//   trained_up_to = k=8       heatmap: the last slice that training had, below a dashed line
//   level = 0.9               draws a line; the caption states the x needed to reach it
//
//   [published]               the paper's values of the claim's metric, in its unit: drawn beside
//   1x4 = 0.98                the cell of that name, or separately
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/core/text_list.hpp"
#include "looplab/lab/metrics/metric_key.hpp"

namespace looplab::lab {

/// Content of a figure; see the file comment.
enum class FigureKind { heatmap, curve, sweep, scatter, metrics };
[[nodiscard]] constexpr auto enum_names(FigureKind) {
  return std::array<std::string_view, 5>{"heatmap", "curve", "sweep", "scatter", "metrics"};
}

/// Which axes are logarithmic; standard: both of a scatter, else none.
enum class LogAxes { standard, none, x, y, xy };
[[nodiscard]] constexpr auto enum_names(LogAxes) {
  return std::array<std::string_view, 5>{"standard", "none", "x", "y", "xy"};
}

/// One section [figure.NAME].
struct FigureSpec {
  std::string name;
  FigureKind kind = FigureKind::sweep;
  std::vector<MetricKey> metrics;  // none: the claim's; several: of the kind `metrics` only
  std::string title, caption, metric_label, cells, x, x_label, series;
  LogAxes log = LogAxes::standard;
  std::string slopes, slope_unit, trained_up_to;
  std::string level;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"kind", "heatmap, curve, sweep, scatter or metrics"}, self.kind);
    visit(Field{"title", "title of the figure"}, self.title);
    visit(Field{"caption", "text below the figure"}, self.caption);
    visit(Field{"metric", "what is drawn; empty: the claim's"}, self.metrics);
    visit(Field{"metric_label", "label of its axis, with its unit"}, self.metric_label);
    visit(Field{"cells", "cells to draw, separated by commas; empty: all"}, self.cells);
    visit(Field{"x", "kinds sweep, scatter, curve: quantity along the x axis"}, self.x);
    visit(Field{"x_label", "label of the x axis, with its unit"}, self.x_label);
    visit(Field{"series", "kinds sweep, scatter: keys whose values distinguish lines"},
          self.series);
    visit(Field{"log", "which axes are logarithmic"}, self.log);
    visit(Field{"slopes", "slopes c of lines y = c x, separated by commas"}, self.slopes);
    visit(Field{"slope_unit", "unit in the labels of these lines"}, self.slope_unit);
    visit(Field{"trained_up_to", "kind heatmap: the last slice that training had; empty: no line"},
          self.trained_up_to);
    visit(Field{"level", "level to reach, drawn as a line; empty: none"}, self.level);
  }
};

/// A value of the claim's metric in the paper.
struct PublishedValue {
  std::string name;
  double value = 0;
};

/// The numbers in a list separated by commas. \throws ConfigError naming what is none.
[[nodiscard]] inline std::vector<double> listed_numbers(const std::string& list,
                                                        const std::string& where) {
  std::vector<double> numbers;
  for (const std::string& text : listed(list)) {
    double number = 0;
    require<ConfigError>(from_text(text, number) && std::isfinite(number), where, " has \"", text,
                         "\", expected numbers separated by commas");
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace looplab::lab

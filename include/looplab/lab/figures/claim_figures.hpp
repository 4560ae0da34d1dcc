// SPDX-License-Identifier: MIT
//
// The figures of a claim, from its results: its metric by cell, by slice, by loops at test time and
// during training, and those defined in claim.ini (lab/claims/figure_spec.hpp).
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "looplab/core/text_list.hpp"
#include "looplab/lab/claims/cell_quantity.hpp"
#include "looplab/lab/claims/claim.hpp"
#include "looplab/lab/figures/cell_plot.hpp"
#include "looplab/lab/figures/heat_map.hpp"
#include "looplab/lab/figures/line_plot.hpp"
#include "looplab/lab/registry/task_registry.hpp"
#include "looplab/lab/results/claim_results.hpp"

namespace looplab::lab {

/// Makes the plots of one claim, and plans its figures. Refers to both arguments, which must outlive
/// it. Without results for it, a plot has nothing to show: its script is empty.
class ClaimFigures {
 public:
  ClaimFigures(const Claim& claim, const std::vector<RunResult>& results)
      : claim_(claim), results_(claim.name, results), slice_names_(slice_names(claim)) {}

  /// All figures with results; the first is the claim's main figure.
  [[nodiscard]] std::vector<FigurePlan> plans() const {
    std::vector<FigurePlan> all{cells_figure(), slices_figure()};
    for (const FigureSpec& spec : claim_.figures) all.push_back(figure(spec));
    const auto add_standard = [&](FigureKind kind, const char* name) {
      if (std::ranges::find(claim_.figures, kind, &FigureSpec::kind) != claim_.figures.end())
        return;
      FigureSpec standard;
      standard.name = name;
      standard.kind = kind;
      all.push_back(figure(standard));
    };
    add_standard(FigureKind::heatmap, "test_loops");
    add_standard(FigureKind::curve, "curve");
    std::erase_if(all, [](const FigurePlan& plan) { return plan.script.empty(); });
    return all;
  }

  /// One figure of claim.ini.
  [[nodiscard]] FigurePlan figure(const FigureSpec& spec) const {
    FigurePlan plan = standard_figure(spec);
    if (!spec.title.empty()) plan.title = spec.title;
    if (!spec.caption.empty()) plan.caption = spec.caption + ' ' + plan.caption;
    return plan;
  }

  /// The claim's metric of every cell, and the paper's values: beside the cell of the same name, or
  /// as columns of their own.
  [[nodiscard]] CellPlot cell_plot() const {
    const MetricKey& metric = claim_.text.metric;
    CellPlot plot{{}, label_of({})};
    for (const Cell& cell : claim_.cells)
      plot.cells.push_back({cell.name,
                            results_.values(cell.name, metric),
                            {},
                            results_.floor_of(cell.name, metric)});
    for (const PublishedValue& paper : claim_.published) {
      const auto cell = std::ranges::find(plot.cells, paper.name, &CellValues::name);
      if (cell != plot.cells.end())
        cell->published = paper.value;
      else
        plot.cells.push_back({"paper: " + paper.name, {}, paper.value});
    }
    return plot;
  }

  /// A metric by the slices of the task; empty with fewer than two of them.
  [[nodiscard]] LinePlot slice_plot() const {
    const MetricKey metric = sliced_metric({});
    const std::vector<std::string> names = slices_of(metric, false);
    if (names.size() < 2) return {};
    std::vector<MetricKey> metrics;
    for (const std::string& name : names) metrics.push_back(metric.of_slice(name));
    return side_by_side(metrics, names, {}, to_text(metric));
  }

  /// The metrics of the spec along the axis, labelled without their quantity if they share it.
  [[nodiscard]] LinePlot metrics_plot(const FigureSpec& spec) const {
    const std::vector<MetricKey> metrics = metrics_of(spec);
    const bool shared = std::ranges::all_of(metrics, [&](const MetricKey& metric) {
      return metric.quantity == metrics[0].quantity && !metric.condition().empty();
    });
    std::vector<std::string> names;
    for (const MetricKey& metric : metrics)
      names.push_back(shared ? metric.condition() : to_text(metric));
    return side_by_side(metrics, names, spec, label_of(spec));
  }

  /// A metric by slice and loops at test time; empty without two different numbers of loops.
  [[nodiscard]] HeatMap heat_map(const FigureSpec& spec) const {
    HeatMap map;
    const MetricKey metric = sliced_metric(spec, true);
    map.rows = slices_of(metric, true);
    std::vector<MetricKey> metrics;
    for (const std::string& slice : map.rows) metrics.push_back(metric.of_slice(slice));
    if (metrics.empty() && results_.has(metric, true)) {
      map.rows.push_back("all");
      metrics.push_back(metric);
    }
    map.columns = results_.test_loops();
    if (metrics.empty() || map.columns.size() < 2) return {};
    map.floors = floors_of(metrics);
    map.limit = spec.trained_up_to;
    for (const Cell& cell : claim_.cells) {
      const bool judged =
          std::ranges::any_of(results_.runs_of(cell.name),
                              [](const RunResult* run) { return run->test_loops.size() > 1; });
      const bool shown =
          spec.cells.empty() ? cell.config.loops.trained > 1 : matches_any(spec.cells, cell.name);
      if (!shown || !judged) continue;
      HeatMapPanel panel{
          cell.name + (cell.label.empty() ? "" : ": " + cell.label), cell.config.loops.trained, {}};
      for (const MetricKey& key : metrics) {
        auto& row = panel.values.emplace_back();
        for (Index loops : map.columns) row.push_back(results_.mean_at(cell.name, loops, key));
      }
      map.panels.push_back(std::move(panel));
    }
    // The claim's own label may describe all slices together.
    map.label = spec.metric_label.empty() ? to_text(metric) : spec.metric_label;
    if (map.floors.empty()) map.fit_colours();  // with floors: accuracies, from 0 to 1
    return map;
  }

  /// A metric during training, a line for each cell.
  [[nodiscard]] LinePlot curve_plot(const FigureSpec& spec) const {
    const std::string x = spec.x.empty() ? "steps" : spec.x;
    LinePlot plot = axes(spec, x == "steps" ? "training step" : x);
    for (const Cell& cell : cells_of(spec)) {
      const std::optional<double> whole = cell_quantity(cell.config, x);
      const auto steps = static_cast<double>(std::max<Index>(1, cell.config.train.total_steps()));
      if (whole)
        plot.series.push_back(training_curve(results_, cell.name, metric_of(spec), *whole / steps));
    }
    add_floor(plot, metric_of(spec));
    return plot;
  }

  /// A metric against a quantity of the cells, a line for each k x R or each value of other keys.
  [[nodiscard]] LinePlot sweep_plot(const FigureSpec& spec) const {
    const MetricKey metric = metric_of(spec);
    LinePlot plot = axes(spec, spec.x);
    plot.connected = spec.kind == FigureKind::sweep;
    for (const Cell& cell : claim_.cells) {
      const std::optional<double> x = cell_quantity(cell.config, spec.x);
      if (!matches_any(spec.cells, cell.name) || !x) continue;
      const std::string name = series_name(spec, cell.config);
      auto line = std::ranges::find(plot.series, name, &SeedCurves::name);
      // A line has one cell at each x; further cells get a line of their own.
      if (line == plot.series.end())
        line = plot.series.emplace(line, name);
      else if (plot.connected && line->has(*x))
        line = plot.series.emplace(plot.series.end(), cell.name);
      line->add(*x, results_.seed_values(cell.name, metric));
      if (const auto floor = results_.floor_of(cell.name, metric))
        plot.floor.emplace_back(*x, *floor);
    }
    std::ranges::sort(plot.floor);
    const auto differ = [](const auto& a, const auto& b) {
      return a.first == b.first && !ClaimResults::same_floor(a.second, b.second);
    };
    // Tasks with equal x but different floors: no floor is drawn.
    if (std::ranges::adjacent_find(plot.floor, differ) != plot.floor.end()) plot.floor.clear();
    if (plot.floor.empty()) add_floor(plot, metric);
    return plot;
  }

 private:
  // --- the words of a figure --------------------------------------------------------------------

  [[nodiscard]] FigurePlan cells_figure() const {
    const MetricKey& metric = claim_.text.metric;
    const CellPlot plot = cell_plot();
    const bool has_floor = std::ranges::any_of(
        plot.cells, [](const CellValues& cell) { return cell.floor.has_value(); });
    return {
        "cells", concat(metric, " by cell"),
        concat(metric, " of every cell: each seed as a ring, their mean with its 95 % interval.",
               has_floor ? " Dashed: the exact floor, what the best guess without the ability "
                           "in question reaches."
                         : "",
               claim_.published.empty() ? "" : " Diamonds: what the paper has, at its sizes."),
        plot};
  }

  [[nodiscard]] FigurePlan slices_figure() const {
    const MetricKey metric = sliced_metric({});
    return {"slices", concat(metric, " by slice"),
            concat(metric,
                   " for each kind of question, mean over seeds with 95 % intervals. Dashed: the "
                   "exact floor of each.",
                   left_out_text({})),
            slice_plot()};
  }

  [[nodiscard]] FigurePlan standard_figure(const FigureSpec& spec) const {
    const MetricKey metric = metric_of(spec);
    switch (spec.kind) {
      case FigureKind::heatmap: {
        const HeatMap map = heat_map(spec);
        const MetricKey shown = sliced_metric(spec, true);
        return {spec.name, concat(shown, " by loops at test time"),
                concat(shown,
                       " for each kind of question (rows) and number of loops at test time "
                       "(columns), mean over seeds. Framed: the loops the model was trained with.",
                       map.limit.empty() ? "" : " Above the dashed line: never trained.",
                       map.floors.empty() ? "" : " Left: the exact floor."),
                map};
      }
      case FigureKind::metrics:
        return {spec.name, spec.name, "Mean over seeds with 95 % intervals." + left_out_text(spec),
                metrics_plot(spec)};
      case FigureKind::curve: {
        const LinePlot plot = curve_plot(spec);
        return {spec.name, concat(metric, " during training"),
                concat("Mean over seeds, the band is its 95 % interval.", left_out_text(spec),
                       needed_text(plot)),
                plot};
      }
      default: {
        const LinePlot plot = sweep_plot(spec);
        const std::string of = spec.series.empty() ? "k x R" : spec.series;
        return {spec.name, concat(metric, " against ", plot.x_label),
                concat("Mean over seeds with its 95 % interval; ",
                       plot.connected ? concat("a line joins cells of one ", of, '.')
                                      : concat("a mark for each ", of,
                                               ", those of one size set a little apart."),
                       needed_text(plot)),
                plot};
      }
    }
  }

  /// " steps needed to reach 0.9: 1x4 930 [900, 960]; ..."; "" without a level.
  [[nodiscard]] static std::string needed_text(const LinePlot& plot) {
    std::vector<std::string> needed;
    for (const SeedCurves& line : plot.series)
      if (plot.level && !line.empty()) needed.push_back(line.needed_text(*plot.level));
    return needed.empty() ? ""
                          : concat(' ', plot.x_label, " needed to reach ", to_text(*plot.level),
                                   ": ", joined(needed, "; "), '.');
  }

  /// The label of a metric's axis: the given one, the claim's for its own metric, else the name.
  [[nodiscard]] std::string label_of(const FigureSpec& spec) const {
    const ClaimText& words = claim_.text;
    if (!spec.metric_label.empty()) return spec.metric_label;
    const bool is_own = metrics_of(spec) == std::vector{words.metric};
    return is_own && !words.metric_label.empty() ? words.metric_label : to_text(metrics_of(spec));
  }

  /// "num_loops 4, num_people 256" from the keys of the spec; without keys k x R.
  [[nodiscard]] static std::string series_name(const FigureSpec& spec, const RunConfig& config) {
    std::vector<std::string> names;
    for (const std::string& key : listed(spec.series))
      names.push_back(
          concat(key.substr(key.find('.') + 1), ' ', config_value(config, key).value_or("-")));
    return names.empty() ? shape_text(config) : joined(names);
  }

  // --- what is shown ----------------------------------------------------------------------------

  [[nodiscard]] std::vector<MetricKey> metrics_of(const FigureSpec& spec) const {
    return spec.metrics.empty() ? std::vector{claim_.text.metric} : spec.metrics;
  }
  [[nodiscard]] MetricKey metric_of(const FigureSpec& spec) const { return metrics_of(spec)[0]; }

  /// Names of the task's slices, over all cells.
  [[nodiscard]] static std::vector<std::string> slice_names(const Claim& claim) {
    std::vector<std::string> names;
    for (const Cell& cell : claim.cells) {
      const AnyTask task = make_task(cell.config.task);
      for (Index slice = 0; slice < task.num_slices(); ++slice)
        if (const std::string name = task.slice_name(slice);
            std::ranges::find(names, name) == names.end())
          names.push_back(name);
    }
    return names;
  }
  /// The slices that a metric has, at loops at test time or at the end of training.
  [[nodiscard]] std::vector<std::string> slices_of(const MetricKey& metric, bool at_loops) const {
    std::vector<std::string> names;
    if (metric.slice || metric.loops) return names;
    for (const std::string& name : slice_names_)
      if (results_.has(metric.of_slice(name), at_loops)) names.push_back(name);
    return names;
  }
  /// The metric whose slices are shown: the metric itself if it has slices; "loops q=0.5" for
  /// "extra_loops q=0.5"; "accuracy" for "accuracy k=3", and for a metric without slices.
  [[nodiscard]] MetricKey sliced_metric(const FigureSpec& spec, bool at_loops = false) const {
    const MetricKey metric = metric_of(spec);
    const bool is_extra = metric.quantity == quantity::extra_loops;
    for (const MetricKey& candidate : {metric, is_extra ? metric.of(quantity::loops) : metric,
                                       MetricKey(metric.quantity), MetricKey(quantity::accuracy)})
      if (slices_of(candidate, at_loops).size() > 1) return candidate;
    return metric;
  }

  static constexpr Index kMostLines = 8;  // per figure, unless claim.ini names the cells
  /// The number of cells left out of a figure for which claim.ini names none.
  [[nodiscard]] Index left_out(const FigureSpec& spec) const {
    return spec.cells.empty() ? std::max<Index>(0, std::ssize(claim_.cells) - kMostLines) : 0;
  }
  [[nodiscard]] std::string left_out_text(const FigureSpec& spec) const {
    return left_out(spec) == 0
               ? ""
               : concat(" The first ", kMostLines, " of ", claim_.cells.size(), " cells.");
  }
  /// The cells of a figure of lines: those that claim.ini names, otherwise the first.
  [[nodiscard]] std::vector<Cell> cells_of(const FigureSpec& spec) const {
    std::vector<Cell> cells(claim_.cells.begin(), claim_.cells.end() - left_out(spec));
    std::erase_if(cells, [&](const Cell& cell) { return !matches_any(spec.cells, cell.name); });
    return cells;
  }

  /// The floor of each metric; empty unless all have one.
  [[nodiscard]] std::vector<double> floors_of(const std::vector<MetricKey>& metrics) const {
    std::vector<double> floors;
    for (const MetricKey& metric : metrics)
      if (const auto floor = results_.shared_floor(metric)) floors.push_back(*floor);
    return floors.size() == metrics.size() ? floors : std::vector<double>{};
  }

  [[nodiscard]] LinePlot side_by_side(const std::vector<MetricKey>& metrics,
                                      const std::vector<std::string>& names, const FigureSpec& spec,
                                      const std::string& label) const {
    LinePlot plot;
    plot.names = names;
    plot.y_label = label;
    for (double floor : floors_of(metrics))
      plot.floor.emplace_back(static_cast<double>(plot.floor.size()), floor);
    for (const Cell& cell : cells_of(spec)) {
      SeedCurves& line = plot.series.emplace_back(cell.name);
      for (std::size_t i = 0; i < metrics.size(); ++i)
        line.add(static_cast<double>(i), results_.seed_values(cell.name, metrics[i]));
    }
    return plot;
  }

  [[nodiscard]] LinePlot axes(const FigureSpec& spec, const std::string& label) const {
    LinePlot plot;
    plot.x_label = spec.x_label.empty() ? label : spec.x_label;
    plot.y_label = label_of(spec);
    const bool both = spec.log == LogAxes::xy ||
                      (spec.log == LogAxes::standard && spec.kind == FigureKind::scatter);
    plot.log_x = both || spec.log == LogAxes::x;
    plot.log_y = both || spec.log == LogAxes::y;
    plot.slopes = listed_numbers(spec.slopes, "slopes");
    plot.slope_unit = spec.slope_unit;
    const std::vector<double> levels = listed_numbers(spec.level, "level");
    if (!levels.empty()) plot.level = levels[0];
    return plot;
  }

  /// The floor that all cells share, over all x.
  void add_floor(LinePlot& plot, const MetricKey& metric) const {
    const std::optional<double> floor = results_.shared_floor(metric);
    const std::set<double> xs = plot.xs();
    if (floor && !xs.empty()) plot.floor = {{*xs.begin(), *floor}, {*xs.rbegin(), *floor}};
  }

  const Claim& claim_;
  ClaimResults results_;
  std::vector<std::string> slice_names_;
};

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// The figures of a claim, from its results: its metric by cell, by slice, by loops at test time and
// during training, and those defined in claim.ini (lab/claims/figure_spec.hpp).
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "looplab/core/text_list.hpp"
#include "looplab/lab/claims/cell_quantity.hpp"
#include "looplab/lab/claims/claim.hpp"
#include "looplab/lab/figures/cell_plot.hpp"
#include "looplab/lab/figures/heat_map.hpp"
#include "looplab/lab/figures/line_plot.hpp"
#include "looplab/lab/figures/seed_curves.hpp"
#include "looplab/lab/figures/slice_plot.hpp"
#include "looplab/lab/registry/task_registry.hpp"
#include "looplab/lab/results/claim_results.hpp"

namespace looplab::lab {

/// Makes the figures of one claim. Refers to both arguments, which must outlive it.
class ClaimFigures {
 public:
  ClaimFigures(const Claim& experiment, const std::vector<RunResult>& results)
      : experiment_(experiment),
        results_(experiment.name, results),
        slice_names_(slice_names(experiment)) {}

  /// All figures with results; the first is the claim's main figure.
  [[nodiscard]] std::vector<FigurePlan> plans() const {
    std::vector<FigurePlan> all{cells_figure(), slices_figure()};
    const auto asked = [&](FigureKind kind) {
      return std::ranges::any_of(experiment_.figures,
                                 [&](const FigureSpec& spec) { return spec.kind == kind; });
    };
    for (const FigureSpec& spec : experiment_.figures) all.push_back(figure(spec));
    FigureSpec standard;
    standard.name = "test_loops";
    standard.kind = FigureKind::heatmap;
    if (!asked(FigureKind::heatmap)) all.push_back(figure(standard));
    standard.name = "curve";
    standard.kind = FigureKind::curve;
    if (!asked(FigureKind::curve)) all.push_back(figure(standard));
    std::erase_if(all, [](const FigurePlan& plan) { return plan.script.empty(); });
    return all;
  }

  /// One figure of claim.ini; its script is empty without results.
  [[nodiscard]] FigurePlan figure(const FigureSpec& spec) const {
    FigurePlan plan = spec.kind == FigureKind::heatmap   ? heat_map_figure(spec)
                      : spec.kind == FigureKind::curve   ? curve_figure(spec)
                      : spec.kind == FigureKind::metrics ? metrics_figure(spec)
                                                         : sweep_figure(spec);
    plan.stem = spec.name;
    if (!spec.title.empty()) plan.title = spec.title;
    if (!spec.caption.empty())
      plan.caption = spec.caption + (plan.caption.empty() ? "" : " " + plan.caption);
    return plan;
  }

 private:
  using Level = std::optional<double>;

  [[nodiscard]] std::vector<MetricKey> metrics_of(const FigureSpec& spec) const {
    return spec.metrics.empty() ? std::vector{experiment_.text.metric} : spec.metrics;
  }
  [[nodiscard]] MetricKey metric_of(const FigureSpec& spec) const { return metrics_of(spec)[0]; }
  /// The label of a metric's axis: the given one, the claim's for its own metric, else the name.
  [[nodiscard]] std::string label_of(const FigureSpec& spec) const {
    const ClaimText& words = experiment_.text;
    if (!spec.metric_label.empty()) return spec.metric_label;
    const bool is_own = metrics_of(spec) == std::vector{words.metric};
    return is_own && !words.metric_label.empty() ? words.metric_label : to_text(metrics_of(spec));
  }
  [[nodiscard]] static Level level_of(const FigureSpec& spec) {
    const auto numbers = listed_numbers(spec.level, "level");
    return numbers.empty() ? Level() : Level(numbers[0]);
  }

  /// Names of the task's slices, over all cells.
  [[nodiscard]] static std::vector<std::string> slice_names(const Claim& experiment) {
    std::vector<std::string> names;
    for (const Cell& cell : experiment.cells) {
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
  [[nodiscard]] FigurePlan cells_figure() const {
    const FigureSpec standard;
    const MetricKey& metric = experiment_.text.metric;
    std::vector<CellValues> cells;
    for (const Cell& cell : experiment_.cells)
      cells.push_back({cell.name,
                       results_.values(cell.name, metric),
                       {},
                       results_.floor_of(cell.name, metric)});
    for (const PublishedValue& paper : experiment_.published) {
      const auto cell = std::ranges::find(cells, paper.name, &CellValues::name);
      if (cell != cells.end())
        cell->published = paper.value;
      else
        cells.push_back({"paper: " + paper.name, {}, paper.value});
    }
    FigurePlan plan{"cells", concat(metric, " by cell"), {}, "", ""};
    plan.size = cells_size(cells);
    plan.script = cells_script(cells, label_of(standard));
    plan.caption =
        concat(metric, " of every cell: each seed as a ring, their mean with its 95 % interval.",
               std::ranges::any_of(cells, [](const CellValues& c) { return c.floor.has_value(); })
                   ? " Dashed: the exact floor, what the best guess without the ability "
                     "in question reaches."
                   : "",
               experiment_.published.empty() ? "" : " Diamonds: what the paper has, at its sizes.");
    return plan;
  }

  static constexpr Index kMostLines = 8;  // per figure, unless claim.ini names the cells
  /// The cells of a figure of lines: those that claim.ini names, otherwise the first.
  [[nodiscard]] std::vector<Cell> cells_of(const FigureSpec& spec) const {
    const auto& all = experiment_.cells;
    if (spec.cells.empty()) return {all.begin(), all.begin() + std::ssize(all) - left_out(spec)};
    std::vector<Cell> cells;
    for (const Cell& cell : all)
      if (matches_any(spec.cells, cell.name)) cells.push_back(cell);
    return cells;
  }
  /// The number of cells left out of a figure for which claim.ini names none.
  [[nodiscard]] Index left_out(const FigureSpec& spec) const {
    return spec.cells.empty() ? std::max<Index>(0, std::ssize(experiment_.cells) - kMostLines) : 0;
  }
  [[nodiscard]] std::string left_out_text(const FigureSpec& spec) const {
    return left_out(spec) == 0
               ? ""
               : concat(" The first ", kMostLines, " of ", experiment_.cells.size(), " cells.");
  }

  [[nodiscard]] FigurePlan slices_figure() const {
    const FigureSpec standard;
    const MetricKey metric = sliced_metric(standard);
    const std::vector<std::string> names = slices_of(metric, false);
    if (names.size() < 2) return {};
    std::vector<MetricKey> metrics;
    for (const std::string& name : names) metrics.push_back(metric.of_slice(name));
    return {"slices",
            concat(metric, " by slice"),
            {},
            side_by_side(metrics, names, cells_of(standard), to_text(metric)),
            concat(metric,
                   " for each kind of question, mean over seeds with 95 % intervals. Dashed: the "
                   "exact floor of each.",
                   left_out_text(standard))};
  }

  /// Metrics along the axis, labelled without their quantity if they share it.
  [[nodiscard]] FigurePlan metrics_figure(const FigureSpec& spec) const {
    const std::vector<MetricKey> metrics = metrics_of(spec);
    const bool shared = std::ranges::all_of(metrics, [&](const MetricKey& metric) {
      return metric.quantity == metrics[0].quantity && !metric.place().empty();
    });
    std::vector<std::string> names;
    for (const MetricKey& metric : metrics)
      names.push_back(shared ? metric.place() : to_text(metric));
    return {"",
            spec.name,
            {},
            side_by_side(metrics, names, cells_of(spec), label_of(spec)),
            "Mean over seeds with 95 % intervals." + left_out_text(spec)};
  }

  [[nodiscard]] std::string side_by_side(const std::vector<MetricKey>& metrics,
                                         const std::vector<std::string>& names,
                                         const std::vector<Cell>& cells,
                                         const std::string& label) const {
    std::vector<double> floors;
    for (const MetricKey& metric : metrics)
      if (const auto floor = results_.shared_floor(metric)) floors.push_back(*floor);
    if (floors.size() != metrics.size()) floors.clear();
    std::vector<SliceLine> lines;
    for (const Cell& cell : cells) {
      SliceLine line{cell.name, {}};
      for (const MetricKey& metric : metrics) {
        const auto all = results_.values(cell.name, metric);
        line.values.push_back(all.empty() ? stats::Interval{} : stats::mean_interval(all));
      }
      lines.push_back(std::move(line));
    }
    return slices_script(names, lines, floors, label);
  }

  [[nodiscard]] FigurePlan heat_map_figure(const FigureSpec& spec) const {
    HeatMap map;
    const MetricKey metric = sliced_metric(spec, true);
    std::vector<MetricKey> metrics;
    for (const std::string& slice : slices_of(metric, true)) {
      map.rows.push_back(slice);
      metrics.push_back(metric.of_slice(slice));
    }
    if (map.rows.empty()) {
      if (!results_.has(metric, true)) return {};
      map.rows.push_back("all");
      metrics.push_back(metric);
    }
    map.columns = results_.test_loops();
    if (map.columns.size() < 2) return {};
    for (const MetricKey& key : metrics)
      if (const auto floor = results_.shared_floor(key)) map.floors.push_back(*floor);
    if (map.floors.size() != map.rows.size()) map.floors.clear();
    for (const Cell& cell : experiment_.cells) {
      const auto runs = results_.runs_of(cell.name);
      const bool judged = std::ranges::any_of(
          runs, [](const RunResult* run) { return run->test_loops.size() > 1; });
      const bool shown =
          spec.cells.empty() ? cell.config.loops.trained > 1 : matches_any(spec.cells, cell.name);
      if (!shown || !judged) continue;
      HeatMapPanel panel{cell.name + (cell.label.empty() ? "" : ": " + cell.label), 0, {}};
      panel.trained_loops = cell.config.loops.trained;
      for (const MetricKey& key : metrics) {
        auto& row = panel.values.emplace_back();
        for (Index loops : map.columns) row.push_back(results_.mean_at(cell.name, loops, key));
      }
      map.panels.push_back(std::move(panel));
    }
    // The claim's own label may describe all slices together.
    map.label = spec.metric_label.empty() ? to_text(metric) : spec.metric_label;
    fit_colours(map);
    return {"", concat(metric, " by loops at test time"), heat_map_size(map), heat_map_script(map),
            concat(metric,
                   " for each kind of question (rows) and number of loops at test time "
                   "(columns), mean over seeds. Framed: the loops the model was trained "
                   "with.",
                   map.floors.empty() ? "" : " Left: the exact floor.")};
  }

  /// Colour range: 0 to 1 for accuracies, otherwise from the smallest to the largest value.
  static void fit_colours(HeatMap& map) {
    if (!map.floors.empty()) return;
    double low = INFINITY, high = -INFINITY;
    for (const HeatMapPanel& panel : map.panels)
      for (const auto& row : panel.values)
        for (double value : row) {
          if (!std::isfinite(value)) continue;
          low = std::min(low, value);
          high = std::max(high, value);
        }
    if (low < high) {
      map.low = low;
      map.high = high;
    }
  }

  [[nodiscard]] FigurePlan curve_figure(const FigureSpec& spec) const {
    const MetricKey metric = metric_of(spec);
    const std::string x = spec.x.empty() ? "steps" : spec.x;
    LinePlot plot = axes(spec, x == "steps" ? "training step" : x);
    std::vector<SeedCurves> lines;
    for (const Cell& cell : cells_of(spec)) {
      const std::optional<double> whole = cell_quantity(cell.config, x);
      if (!whole) continue;
      const double scale =
          *whole / static_cast<double>(std::max<Index>(1, cell.config.train.num_steps));
      SeedCurves& line = lines.emplace_back(cell.name);
      for (const auto& [step, seeds] : results_.curve(cell.name, metric))
        line.add(scale * static_cast<double>(step), seeds);
    }
    return finished(std::move(plot), lines, metric, concat(metric, " during training"),
                    "Mean over seeds, the band is its 95 % interval." + left_out_text(spec));
  }

  /// "num_loops 4, num_people 256" from the keys of the spec; without keys k x R.
  [[nodiscard]] static std::string series_name(const FigureSpec& spec, const RunConfig& config) {
    std::string name;
    for (const std::string& key : listed(spec.series))
      name += concat(name.empty() ? "" : ", ", key.substr(key.find('.') + 1), ' ',
                     config_value(config, key).value_or("-"));
    return name.empty() ? shape_text(config) : name;
  }

  [[nodiscard]] FigurePlan sweep_figure(const FigureSpec& spec) const {
    const MetricKey metric = metric_of(spec);
    LinePlot plot = axes(spec, spec.x);
    plot.connected = spec.kind == FigureKind::sweep;
    std::vector<SeedCurves> lines;
    for (const Cell& cell : experiment_.cells) {
      const std::optional<double> x = cell_quantity(cell.config, spec.x);
      if (!matches_any(spec.cells, cell.name) || !x) continue;
      const std::string name = series_name(spec, cell.config);
      auto line = std::ranges::find(lines, name, &SeedCurves::name);
      if (line == lines.end()) line = lines.emplace(lines.end(), name);
      // A line has one cell at each x; further cells get a line of their own.
      if (plot.connected && line->has(*x)) line = lines.emplace(lines.end(), cell.name);
      line->add(*x, results_.seed_values(cell.name, metric));
      if (const auto floor = results_.floor_of(cell.name, metric))
        plot.floor.emplace_back(*x, *floor);
    }
    std::ranges::sort(plot.floor);
    // Tasks with equal x but different floors: no floor is drawn.
    for (std::size_t i = 1; i < plot.floor.size(); ++i)
      if (plot.floor[i].first == plot.floor[i - 1].first &&
          !ClaimResults::same_floor(plot.floor[i].second, plot.floor[i - 1].second)) {
        plot.floor.clear();
        break;
      }
    return finished(std::move(plot), lines, metric, concat(metric, " against ", plot.x_label),
                    sweep_caption(spec));
  }

  [[nodiscard]] static std::string sweep_caption(const FigureSpec& spec) {
    const std::string of = spec.series.empty() ? "k x R" : spec.series;
    return "Mean over seeds with its 95 % interval; " +
           (spec.kind == FigureKind::sweep
                ? concat("a line joins cells of one ", of, '.')
                : concat("a mark for each ", of, ", those of one size set a little apart."));
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
    plot.level = level_of(spec);
    return plot;
  }

  void add_floor(LinePlot& plot, const MetricKey& metric) const {
    const auto floor = results_.shared_floor(metric);
    double left = INFINITY, right = -INFINITY;
    for (const PlotSeries& series : plot.series)
      for (const auto& [x, y] : series.points) {
        left = std::min(left, x);
        right = std::max(right, x);
      }
    if (floor && left <= right) plot.floor = {{left, *floor}, {right, *floor}};
  }

  [[nodiscard]] FigurePlan finished(LinePlot plot, const std::vector<SeedCurves>& lines,
                                    const MetricKey& metric, const std::string& title,
                                    std::string caption) const {
    std::string needed;
    for (const SeedCurves& line : lines) {
      plot.series.push_back(line.series());
      const std::string text = plot.level ? line.needed_text(*plot.level) : "";
      needed += (needed.empty() || text.empty() ? "" : "; ") + text;
    }
    if (plot.floor.empty()) add_floor(plot, metric);
    if (!needed.empty())
      caption +=
          concat(' ', plot.x_label, " needed to reach ", to_text(*plot.level), ": ", needed, '.');
    return {"", title, {}, line_script(plot), std::move(caption)};
  }

  const Claim& experiment_;
  ClaimResults results_;
  std::vector<std::string> slice_names_;
};

}  // namespace looplab::lab

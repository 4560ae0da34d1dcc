// SPDX-License-Identifier: MIT
//
// `trace RUN`: what a trained model does inside its loops, as tables, files and figures.
//
// Files in the run's folder: trace.jsonl, a line for each (loop, layer, sub-layer) and each loop;
// trace.attention.<window>.npy, weights [R L, H, T, T]; and the figures trace.<what>.svg.
#pragma once

#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "looplab/analysis/loop_trace.hpp"
#include "looplab/io/json_lines.hpp"
#include "looplab/io/npy.hpp"
#include "looplab/lab/console.hpp"
#include "looplab/lab/line_plot.hpp"
#include "looplab/lab/trained_run.hpp"

namespace looplab {

/// Flags of `trace`.
struct TraceRunOptions {
  std::string run;
  Index loops = 0, maps = 1;
  bool lens = false;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"run", "folder with config.ini and checkpoint.safetensors"}, self.run);
    visit(Field{"loops", "0: the run's", 0, 4096}, self.loops);
    visit(Field{"lens", "what the head would say of every state, not of a loop's end alone"},
          self.lens);
    visit(Field{"maps", "windows whose attention is kept", 0, 1000}, self.maps);
  }
};

namespace trace_figures {

using Points = std::vector<std::pair<double, Interval>>;

[[nodiscard]] inline std::pair<double, Interval> point(double x, double y) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  return {x, {1, y, kNone, kNone}};
}

[[nodiscard]] inline FigurePlan by_loop(const std::string& what, const std::string& y_label,
                                        const std::vector<PlotSeries>& series) {
  LinePlot plot;
  plot.x_label = "loop";
  plot.y_label = y_label;
  plot.series = series;
  return {"trace." + what, y_label + " by loop", {}, line_script(plot), ""};
}

/// A line for each (layer, sub-layer), of what `value` says of its places.
[[nodiscard]] inline std::vector<PlotSeries> of_places(
    const std::vector<PlaceTrace>& places, const std::function<double(const PlaceTrace&)>& value) {
  std::vector<PlotSeries> series;
  for (const PlaceTrace& place : places) {
    const std::string name = concat("layer ", place.layer + 1, ", ", to_text(place.sub_layer));
    auto own = std::ranges::find(series, name, &PlotSeries::name);
    if (own == series.end()) own = series.insert(series.end(), {name, {}});
    if (std::isfinite(value(place)))
      own->points.push_back(point(static_cast<double>(place.loop + 1), value(place)));
  }
  return series;
}

/// A line of what `value` says of each loop.
[[nodiscard]] inline std::vector<PlotSeries> of_loops(
    const std::vector<LoopReadOut>& loops, const std::string& name,
    const std::function<double(const LoopReadOut&)>& value) {
  PlotSeries series{name, {}};
  for (std::size_t r = 0; r < loops.size(); ++r)
    series.points.push_back(point(static_cast<double>(r + 1), value(loops[r])));
  return {series};
}

/// Attention weights of one window: a panel for each (loop, layer) and head, queries downwards.
[[nodiscard]] inline FigurePlan attention(const Tensor<float>& map, Index num_layers) {
  const Index rows = map.shape()[0], heads = map.shape()[1], T = map.shape()[2];
  std::string script = concat(
      "set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 "
      "'#fde725')\nset cbrange [0:1]\nunset colorbox\nunset key\nunset grid\nset tics scale 0\n"
      "unset xtics\nunset ytics\nset multiplot layout ",
      rows, ',', heads, '\n');
  for (Index row = 0; row < rows; ++row)
    for (Index head = 0; head < heads; ++head) {
      script += "$map << EOD\n";
      for (Index t = 0; t < T; ++t) {
        for (Index j = 0; j < T; ++j)
          script += concat(map.data()[((row * heads + head) * T + t) * T + j], ' ');
        script += '\n';
      }
      script +=
          concat("EOD\nset title 'loop ", row / num_layers + 1, ", layer ", row % num_layers + 1,
                 ", head ", head + 1, "' font ',11'\nset xrange [-0.5:", T, "-0.5]\nset yrange [",
                 T, "-0.5:-0.5]\nplot $map matrix with image\n");
    }
  return {"trace.attention",
          "Attention weights",
          {static_cast<int>(40 + 220 * heads), static_cast<int>(40 + 220 * rows)},
          script + "unset multiplot\n",
          ""};
}

}  // namespace trace_figures

[[nodiscard]] inline nlohmann::ordered_json place_record(const PlaceTrace& place) {
  nlohmann::ordered_json record{{"loop", place.loop + 1},
                                {"layer", place.layer + 1},
                                {"sub_layer", to_text(place.sub_layer)},
                                {"norm", place.norm()}};
  if (place.loop > 0) record["cosine"] = place.cosine();
  if (place.lens.count > 0) {
    record["lens_accuracy"] = place.lens.accuracy();
    record["lens_nats"] = place.lens.loss();
  }
  return record;
}

/// `trace RUN`.
[[nodiscard]] inline int trace(const std::vector<std::string>& arguments, const Console& console) {
  TraceRunOptions options;
  read_options(arguments, options, "run");
  const TrainedRun run("trace", options.run);
  EvaluationConfig evaluation = run.evaluation();
  if (options.loops > 0) evaluation.num_loops = options.loops;
  LoopTracer<float> tracer(
      run.model, {.num_loops = evaluation.num_loops, .lens = options.lens, .maps = options.maps});
  const Index windows = num_evaluation_windows(run.task, evaluation);
  const Index per_chunk = windows_per_chunk(evaluation.chunk_tokens, run.task.sequence_length());
  Batch batch;
  for (Index first = 0; first < windows; first += per_chunk) {
    sample_batch(run.task, evaluation.seed, evaluation.split, first,
                 std::min(per_chunk, windows - first), batch);
    if (evaluation.loss_on == LossOn::answers)
      for (std::size_t i = 0; i < batch.targets.size(); ++i)
        if (batch.slices[i] == kNoSlice) batch.targets[i] = kIgnoreIndex;
    tracer.add({batch.num_sequences, batch.sequence_length, batch.tokens, batch.documents},
               batch.targets);
  }
  const LoopTrace<float>& seen = tracer.trace();

  console.out << windows << ' ' << to_text(evaluation.split) << " windows\n"
              << "loop  layer  sub-layer        norm  cosine\n";
  std::string records;
  char line[128];
  for (const PlaceTrace& place : seen.places) {
    std::snprintf(line, sizeof line, "%4ld  %5ld  %-12s  %7.3f", static_cast<long>(place.loop + 1),
                  static_cast<long>(place.layer + 1), to_text(place.sub_layer).c_str(),
                  place.norm());
    console.out << line;
    std::snprintf(line, sizeof line, "  %6.3f", place.cosine());
    console.out << (place.loop > 0 ? line : "       -") << "\n";
    records += json_line(place_record(place));
  }
  const bool has_gate = run.config.model.exit_gate;
  console.out << "loop   nats  accuracy" << (has_gate ? "  exits" : "") << "\n";
  for (std::size_t r = 0; r < seen.loops.size(); ++r) {
    const LoopReadOut& out = seen.loops[r];
    std::snprintf(line, sizeof line, "%4zu  %5.3f  %8.4f", r + 1, out.read_out.loss(),
                  out.read_out.accuracy());
    console.out << line;
    nlohmann::ordered_json record{
        {"loop", r + 1}, {"nats", out.read_out.loss()}, {"accuracy", out.read_out.accuracy()}};
    if (has_gate) {
      std::snprintf(line, sizeof line, "  %5.3f", out.exit_probability());
      console.out << line;
      record["exit_probability"] = out.exit_probability();
    }
    console.out << "\n";
    records += json_line(record);
  }
  write_file_atomically(run.folder / "trace.jsonl", records);
  for (std::size_t w = 0; w < seen.maps.size(); ++w)
    write_npy(run.folder / concat("trace.attention.", w, ".npy"), seen.maps[w].view());

  namespace figures = trace_figures;
  std::vector<FigurePlan> plans{
      figures::by_loop("norms", "length of the state",
                       figures::of_places(seen.places, &PlaceTrace::norm)),
      figures::by_loop("loss", "nats per scored token",
                       figures::of_loops(seen.loops, "after the loop",
                                         [](const auto& out) { return out.read_out.loss(); }))};
  if (evaluation.num_loops > 1)
    plans.push_back(figures::by_loop("cosines", "cosine with the loop before",
                                     figures::of_places(seen.places, &PlaceTrace::cosine)));
  if (options.lens)
    plans.push_back(figures::by_loop(
        "lens", "accuracy of the lens",
        figures::of_places(seen.places, [](const auto& p) { return p.lens.accuracy(); })));
  if (has_gate)
    plans.push_back(
        figures::by_loop("exits", "probability to leave after the loop",
                         figures::of_loops(seen.loops, "gate", &LoopReadOut::exit_probability)));
  if (!seen.maps.empty())
    plans.push_back(figures::attention(seen.maps[0], run.config.model.num_block_layers));
  std::string problem;
  for (const FigurePlan& plan : plans) problem = draw(run.folder, plan).problem;
  console.out << (problem.empty() ? concat("Figures and numbers: ", run.folder.string(), "/trace.*")
                                  : problem)
              << "\n";
  return kExitDone;
}

}  // namespace looplab

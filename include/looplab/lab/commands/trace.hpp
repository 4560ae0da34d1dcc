// SPDX-License-Identifier: MIT
//
// `trace RUN`: states, losses, exits and attention of a trained model by loop, as tables and
// figures.
//
// Files in the run's folder: trace.jsonl with a line per (loop, layer, sub-layer), per loop, per
// pair of loops and per probe; trace.attention.<window>.npy with weights [R L, H, T, T]; and the
// figures trace.<quantity>.svg.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/inspect/loop_agreement.hpp"
#include "looplab/inspect/loop_trace.hpp"
#include "looplab/io/json_lines.hpp"
#include "looplab/io/npy.hpp"
#include "looplab/lab/commands/command.hpp"
#include "looplab/lab/commands/console.hpp"
#include "looplab/lab/figures/heat_map.hpp"
#include "looplab/lab/figures/line_plot.hpp"
#include "looplab/lab/metrics/probe_metrics.hpp"
#include "looplab/lab/report/json_table.hpp"
#include "looplab/lab/report/text_table.hpp"
#include "looplab/lab/runs/trained_run.hpp"

namespace looplab::lab {

/// Flags of `trace`.
struct TraceRunOptions {
  std::string run;
  Index loops = 0, maps = 1, probes = 0;
  bool lens = false;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"run", "folder with config.ini and checkpoint.safetensors"}, self.run);
    visit(Field{"loops", "number of loops; 0: the run's", 0, 4096}, self.loops);
    visit(Field{"lens", "apply the head to every state, not only to the state after each loop"},
          self.lens);
    visit(Field{"maps", "number of windows whose attention is recorded", 0, 1000}, self.maps);
    visit(
        Field{"probes", "windows to fit linear probes to, and as many to evaluate them on; 0: none",
              0, 1e6},
        self.probes);
  }
};

namespace trace_figures {

/// Lines by loop, with a tick at every loop.
struct LoopPlot : LinePlot {
  [[nodiscard]] std::string script() const { return "set xtics 1\n" + LinePlot::script(); }
};

[[nodiscard]] inline FigurePlan by_loop(const std::string& what, const std::string& y_label,
                                        const std::vector<SeedCurves>& series) {
  LoopPlot plot;
  plot.x_label = what == "probes" ? "loop (0: of the input)" : "loop";
  plot.y_label = y_label;
  plot.series = series;
  return {"trace." + what, y_label + " by loop", "", plot};
}

/// A line per (layer, sub-layer), with the quantity `value` of its states.
[[nodiscard]] inline std::vector<SeedCurves> by_sub_layer(
    const std::vector<SubLayerTrace>& sub_layers,
    const std::function<double(const SubLayerTrace&)>& value) {
  std::vector<SeedCurves> series;
  for (const SubLayerTrace& trace : sub_layers) {
    const std::string name = concat("layer ", trace.layer + 1, ", ", to_text(trace.sub_layer));
    auto own = std::ranges::find(series, name, &SeedCurves::name);
    if (own == series.end()) own = series.emplace(series.end(), name);
    own->add_value(static_cast<double>(trace.loop + 1), value(trace));
  }
  return series;
}

/// A line with the quantity `value` of each loop.
[[nodiscard]] inline std::vector<SeedCurves> of_loops(
    const std::vector<LoopReadOut>& loops, const std::string& name,
    const std::function<double(const LoopReadOut&)>& value) {
  SeedCurves series(name);
  for (std::size_t r = 0; r < loops.size(); ++r)
    series.add_value(static_cast<double>(r + 1), value(loops[r]));
  return {series};
}

/// Attention weights of one window: a panel per (loop, layer) and head, queries downwards.
struct AttentionPlot {
  const Tensor<float>& map;  // [loops x layers, heads, T, T]
  Index num_layers;

  static constexpr std::string_view kScript = R"(
set cbrange [0:1]
unset colorbox
unset key
unset grid
set tics scale 0
unset xtics
unset ytics
set multiplot layout {rows},{heads}
{panels}unset multiplot
)";
  static constexpr std::string_view kPanel = R"(
$map << EOD
{weights}EOD
set title 'loop {loop}, layer {layer}, head {head}' font ',11'
set xrange [-0.5:{T}-0.5]
set yrange [{T}-0.5:-0.5]
plot $map matrix with image pixels
)";

  [[nodiscard]] FigureSize size() const {
    return {static_cast<int>(40 + 220 * map.shape()[1]),
            static_cast<int>(40 + 220 * map.shape()[0])};
  }
  [[nodiscard]] std::string script() const {
    const Index rows = map.shape()[0], heads = map.shape()[1], T = map.shape()[2];
    std::string panels;
    for (Index row = 0; row < rows; ++row)
      for (Index head = 0; head < heads; ++head) {
        std::string weights;
        for (Index i = 0; i < T * T; ++i)
          weights +=
              concat(map.data()[(row * heads + head) * T * T + i], i % T == T - 1 ? '\n' : ' ');
        panels += fill(kPanel, "weights", weights, "loop", row / num_layers + 1, "layer",
                       row % num_layers + 1, "head", head + 1, "T", T);
      }
    return fill(kScript, "rows", rows, "heads", heads, "panels", panels);
  }
};

}  // namespace trace_figures

[[nodiscard]] inline nlohmann::ordered_json sub_layer_record(const SubLayerTrace& trace) {
  nlohmann::ordered_json record{{"loop", trace.loop + 1},
                                {"layer", trace.layer + 1},
                                {"sub_layer", to_text(trace.sub_layer)},
                                {"norm", trace.norm()}};
  if (trace.loop > 0) record["cosine"] = trace.cosine();
  if (trace.lens.count > 0) {
    record["lens_accuracy"] = trace.lens.accuracy();
    record["lens_nats"] = trace.lens.loss();
  }
  return record;
}

/// The lines of trace.jsonl on one subject.
using Records = std::vector<nlohmann::ordered_json>;

[[nodiscard]] inline Records sub_layer_records(const std::vector<SubLayerTrace>& sub_layers) {
  Records records;
  for (const SubLayerTrace& trace : sub_layers) records.push_back(sub_layer_record(trace));
  return records;
}

[[nodiscard]] inline Records loop_records(const std::vector<LoopReadOut>& loops, bool has_gate) {
  Records records;
  for (const LoopReadOut& loop : loops) {
    const Score& read = loop.read_out;
    auto& record = records.emplace_back(nlohmann::ordered_json{
        {"loop", records.size() + 1}, {"nats", read.loss()}, {"accuracy", read.accuracy()}});
    if (has_gate) record["exit_probability"] = loop.exit_probability();
  }
  return records;
}

/// A record per pair of loops.
[[nodiscard]] inline Records agreement_records(const std::vector<std::vector<Agreement>>& matrix) {
  Records records;
  for (std::size_t i = 0; i < matrix.size(); ++i)
    for (std::size_t j = i + 1; j < matrix.size(); ++j)
      records.push_back({{"loops", {i + 1, j + 1}},
                         {"agreement", matrix[i][j].agreement},
                         {"chance", matrix[i][j].chance},
                         {"kappa", matrix[i][j].kappa()}});
  return records;
}

/// Agreement of the predictions of two loops, and kappa, as heat maps.
[[nodiscard]] inline FigurePlan agreement_figure(
    const std::vector<std::vector<Agreement>>& matrix) {
  HeatMap map;
  map.label = "share";
  map.x_label = "loop";
  HeatMapPanel equal{"fraction of equal predictions", 0, {}},
      kappa{"kappa (0: as by chance)", 0, {}};
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    map.rows.push_back(concat("loop ", i + 1));
    map.columns.push_back(static_cast<Index>(i + 1));
    equal.values.emplace_back();
    kappa.values.emplace_back();
    for (const Agreement& pair : matrix[i]) {
      equal.values.back().push_back(pair.agreement);
      kappa.values.back().push_back(pair.kappa());
    }
  }
  map.panels = {equal, kappa};
  return {"trace.agreement", "Agreement of loops", "", map};
}

/// Probes for the targets of scored rows, from the row's token and its states, and for intermediate
/// entities (bridges) if the task has them; their figure. Appends a record per probe.
[[nodiscard]] inline FigurePlan trace_probes(const TrainedRun& run, Index windows,
                                             const EvaluationConfig& evaluation, Records& records) {
  const AnyTask& task = run.task;
  const auto of_targets = [&](Split split) {
    return probe_set(
        run.model, task, split, windows, evaluation,
        [&](const Batch& batch, Index n) { return is_scored(batch, n, evaluation.loss_on); },
        [&](const Batch& batch, Index n, ProbeSet& set) {
          const auto at = static_cast<std::size_t>(n);
          set.labels.resize(1);
          set.labels[0].push_back(batch.targets[at]);
          set.add_input(std::span(batch.tokens).subspan(at, 1), task.vocab_size());
        });
  };
  const auto of_bridges = [&](Split split) {
    return probed_bridges(run.model, task, split, windows, evaluation);
  };
  std::vector<SeedCurves> series;
  const auto judge = [&](const auto& set_of, const std::vector<std::string>& labels) {
    const ProbeSet fit = set_of(Split::validation), judged = set_of(Split::test);
    require<ConfigError>(!fit.labels.empty() && !judged.labels.empty(), "trace: probes is ",
                         windows, ", but that many windows contain nothing to probe");
    for (std::size_t label = 0; label < labels.size(); ++label) {
      series.emplace_back(labels[label]);
      for (Index r = 0; r <= evaluation.num_loops; ++r) {
        const auto at = static_cast<Index>(label);
        const ProbeResult result =
            fit_probe(fit.rows(r, at), judged.rows(r, at), task.vocab_size());
        records.push_back({{"probe", labels[label]},
                           {"loop", r},  // 0: of the input
                           {"accuracy", result.accuracy},
                           {"commonest", result.commonest},
                           {"shuffled", result.shuffled}});
        series.back().add_value(static_cast<double>(r), result.accuracy);
      }
    }
  };
  judge(of_targets, {"target"});
  std::vector<std::string> hops;
  for (Index hop = 1; hop <= task.num_bridges(task.num_slices() - 1); ++hop)
    hops.push_back(concat("after hop ", hop));
  if (!hops.empty()) judge(of_bridges, hops);
  return trace_figures::by_loop("probes", "accuracy of a linear probe", series);
}

/// `trace RUN`.
[[nodiscard]] inline int trace(const std::vector<std::string>& arguments, const Console& console) {
  TraceRunOptions options;
  read_options(arguments, options, "run");
  const TrainedRun run("trace", options.run);
  EvaluationConfig evaluation = run.evaluation();
  if (options.loops > 0) evaluation.num_loops = options.loops;
  LoopTracer<float> tracer(run.model.looped_transformer("trace"), {.num_loops = evaluation.num_loops,
                                       .lens = options.lens,
                                       .answers = true,
                                       .maps = options.maps});
  const Index windows = num_evaluation_windows(run.task, evaluation);
  const Index per_chunk = windows_per_chunk(evaluation.chunk_tokens, run.task.sequence_length());
  Batch batch;
  const InterruptScope interruptible;
  for (Index first = 0; first < windows; first += per_chunk) {
    throw_if_interrupted();
    sample_batch(run.task, evaluation.seed, evaluation.split, first,
                 std::min(per_chunk, windows - first), batch);
    keep_scored_targets(batch, evaluation.loss_on);
    tracer.add(batch);
  }
  const LoopTrace<float>& seen = tracer.trace();
  const bool has_gate = run.config.model.exit_gate;
  std::vector<std::vector<Token>> answers;
  for (const LoopReadOut& loop : seen.loops) answers.push_back(loop.answers);
  const auto agreement = agreement_matrix(answers, run.config.model.vocab_size);

  console.out << windows << ' ' << to_text(evaluation.split) << " windows\n";
  std::string lines;
  const auto report = [&](const Records& records) {
    Table table = json_table(records);
    for (Column& column : table.columns)
      if (column.heading == "commonest") column.heading = "majority";
    console.out << terminal_text(table) << '\n';
    for (const auto& record : records) lines += json_line(record);
  };
  report(sub_layer_records(seen.sub_layers));
  report(loop_records(seen.loops, has_gate));
  report(agreement_records(agreement));

  namespace figures = trace_figures;
  std::vector<FigurePlan> plans{
      figures::by_loop("norms", "norm of the state",
                       figures::by_sub_layer(seen.sub_layers, &SubLayerTrace::norm)),
      figures::by_loop("loss", "nats per scored token",
                       figures::of_loops(seen.loops, "after the loop",
                                         [](const auto& out) { return out.read_out.loss(); }))};
  if (evaluation.num_loops > 1) {
    plans.push_back(
        figures::by_loop("cosines", "cosine with the previous loop",
                         figures::by_sub_layer(seen.sub_layers, &SubLayerTrace::cosine)));
    plans.push_back(agreement_figure(agreement));
  }
  if (options.lens)
    plans.push_back(figures::by_loop(
        "lens", "accuracy of the lens",
        figures::by_sub_layer(seen.sub_layers, [](const auto& p) { return p.lens.accuracy(); })));
  if (has_gate)
    plans.push_back(
        figures::by_loop("exits", "probability of exiting after the loop",
                         figures::of_loops(seen.loops, "gate", &LoopReadOut::exit_probability)));
  if (options.probes > 0) {
    Records records;
    plans.push_back(trace_probes(run, options.probes, evaluation, records));
    report(records);
  }
  if (!seen.maps.empty())
    plans.emplace_back("trace.attention", "Attention weights", "",
                       figures::AttentionPlot{seen.maps[0], run.config.model.num_block_layers});

  write_file_atomically(run.folder / "trace.jsonl", lines);
  for (std::size_t w = 0; w < seen.maps.size(); ++w)
    write_npy(run.folder / concat("trace.attention.", w, ".npy"), seen.maps[w].view());
  std::string problem;
  for (const FigurePlan& plan : plans) {
    const Figure figure = draw(plan);
    write_figure(run.folder, figure.name, figure);
    problem = figure.problem;
  }
  console.out << (problem.empty() ? concat("Figures and numbers: ", run.folder.string(), "/trace.*")
                                  : problem)
              << "\n";
  return kExitDone;
}

[[nodiscard]] inline Command trace_command() {
  return {"trace", "trace RUN", "norms, cosines, losses, exits and attention by loop",
          [] { return options_help<TraceRunOptions>(); }, trace};
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/claim_figures.hpp"

#include "looplab/lab/claims/claim_reader.hpp"
#include "support/claim_files.hpp"
#include "support/drawn.hpp"
#include "support/made_results.hpp"
#include "support/skipped.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

/// The tiny claim, renamed, with three seeds of every cell, test-time loops and curves.
struct Made {
  TemporaryDirectory directory;
  Claim claim;
  std::vector<RunResult> results;

  Made() {
    claim = load_claim(write_claim(directory.path()), "tiny");
    claim.name = "claim";
    for (const Cell& cell : claim.cells)
      for (Index seed = 1; seed <= 3; ++seed)
        results.push_back(run(cell.name, seed, 0.01 * static_cast<double>(seed)));
  }

  static Metrics metrics(double accuracy) {
    return {{"accuracy", accuracy, 0.3, true},
            {"accuracy k=1", accuracy + 0.1, 0.4, true},
            {"accuracy k=2", accuracy - 0.1, 0.2, true}};
  }
  static RunResult run(const std::string& cell, Index seed, double noise) {
    const double accuracy = (cell == "1x1" ? 0.5 : 0.8) + noise;
    RunResult made = made_result(cell, seed, metrics(accuracy));
    for (Index loops : {1, 2})
      made.test_loops.push_back({loops, metrics(accuracy - 0.1 * double(2 - loops))});
    for (Index step : {1, 2, 4}) made.curve.push_back({step, metrics(accuracy * double(step) / 4)});
    return made;
  }
  [[nodiscard]] ClaimFigures figures() const { return {claim, results}; }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const FigurePlan& plan : figures().plans()) all.push_back(plan.name);
    return all;
  }
};

FigureSpec spec(const std::string& name, FigureKind kind, const std::string& x = "") {
  FigureSpec made;
  made.name = name;
  made.kind = kind;
  made.x = x;
  return made;
}

/// The names of lines, cells or panels.
template <class T>
std::vector<std::string> names_of(const std::vector<T>& all) {
  std::vector<std::string> names;
  for (const T& one : all)
    if constexpr (std::is_same_v<T, SeedCurves>)
      names.push_back(one.name());
    else
      names.push_back(one.name);
  return names;
}

using Names = std::vector<std::string>;
using Numbers = std::vector<double>;

}  // namespace

TEST_CASE("every claim has its cells, slices, test-time loops and curve", "[claim_figures]") {
  Made made;
  CHECK(made.names() == Names{"cells", "slices", "test_loops", "curve"});
  for (RunResult& result : made.results) result.test_loops.clear();
  CHECK(made.names() == Names{"cells", "slices", "curve"});
  made.claim.figures = {spec("learning", FigureKind::curve)};
  CHECK(made.names() == Names{"cells", "slices", "learning"});
  made.results.clear();
  CHECK(made.names().empty());
}

TEST_CASE("a figure of claim.ini has its own words before the standard ones", "[claim_figures]") {
  const Made made;
  FigureSpec own = spec("own", FigureKind::heatmap);
  own.title = "Own title";
  own.caption = "Own words.";
  own.metric_label = "share";
  CHECK(made.figures().figure(own).title == "Own title");
  CHECK_THAT(made.figures().figure(own).caption, contains("Own words. accuracy for each"));
  CHECK(made.figures().heat_map(own).label == "share");
}

TEST_CASE("of many cells, figures of lines show the first, unless claim.ini names them",
          "[claim_figures]") {
  Made made;
  const Cell model = made.claim.cells[0];
  for (int i = 0; i < 9; ++i) {
    Cell more = model;
    more.name = concat("more", i);
    made.claim.cells.push_back(more);
    made.results.push_back(Made::run(more.name, 1, 0));
  }
  CHECK(made.figures().cell_plot().cells.size() == 12);
  CHECK(names_of(made.figures().slice_plot().series) ==
        Names{"1x1", "1x2", "2x1", "more0", "more1", "more2", "more3", "more4"});
  CHECK_THAT(made.figures().plans().at(1).caption, contains("The first 8 of 12 cells."));
  FigureSpec curve = spec("curve", FigureKind::curve);
  CHECK(made.figures().curve_plot(curve).series.size() == 8);
  curve.cells = "more*";
  CHECK(made.figures().curve_plot(curve).series.size() == 9);
}

TEST_CASE("the paper's values stand beside the cells of their names, or alone", "[claim_figures]") {
  Made made;
  made.claim.published = {{"1x2", 0.98}, {"12x1", 0.9}};
  const CellPlot plot = made.figures().cell_plot();
  CHECK(names_of(plot.cells) == Names{"1x1", "1x2", "2x1", "paper: 12x1"});
  CHECK(plot.cells[0].published == std::nullopt);
  CHECK(plot.cells[1].published == 0.98);
  CHECK(plot.cells[3].published == 0.9);
  CHECK(plot.cells[3].values.empty());
  CHECK(plot.cells[0].values.size() == 3);
  CHECK(plot.cells[0].floor == 0.3);
  CHECK_THAT(made.figures().plans().at(0).caption,
             contains("Diamonds: what the paper has") && contains("the exact floor"));
}

TEST_CASE("the heat map is the mean over seeds by loops and slice", "[claim_figures]") {
  const Made made;
  FigureSpec heat = spec("loops", FigureKind::heatmap);
  heat.cells = "1x2";
  const HeatMap map = made.figures().heat_map(heat);
  // 1x2 has 0.82 on average: k=1 with 1 loop 0.82, with 2 loops 0.92.
  CHECK(map.rows == Names{"k=1", "k=2"});
  CHECK(map.columns == std::vector<Index>{1, 2});
  CHECK(map.floors == Numbers{0.4, 0.2});
  REQUIRE(map.panels.size() == 1);
  CHECK(map.panels[0].name == "1x2: 1 layer, 2 loops");
  CHECK(map.panels[0].trained_loops == 2);
  CHECK(map.panels[0].values[0][0] == Approx(0.82));
  CHECK(map.panels[0].values[0][1] == Approx(0.92));
  CHECK(map.panels[0].values[1][0] == Approx(0.62));
  // Unless it names cells, a heat map is about models that loop.
  heat.cells = "";
  CHECK(made.figures().heat_map(heat).panels.size() == 1);
  heat.cells = "*";
  CHECK(made.figures().heat_map(heat).panels.size() == 3);
}

TEST_CASE("a claim about one slice, or about none, is shown by all slices", "[claim_figures]") {
  Made made;
  for (const char* metric : {"accuracy k=2", "loss"}) {
    made.claim.text.metric = metric;
    const HeatMap map = made.figures().heat_map({});
    CHECK(map.rows == Names{"k=1", "k=2"});
    CHECK(map.label == "accuracy");
    CHECK(made.figures().slice_plot().names == Names{"k=1", "k=2"});
  }
}

TEST_CASE("what is no slice of the task is none in the figures", "[claim_figures]") {
  Made made;
  for (RunResult& result : made.results)
    for (const char* name : {"accuracy q=0.5", "accuracy gate=2", "loops q=0.5", "loops q=0.5 k=1",
                             "loops q=0.5 k=2", "extra_loops q=0.5"})
      result.metrics.push_back({name, 1.5});
  CHECK(made.figures().slice_plot().names == Names{"k=1", "k=2"});
  CHECK(made.figures().slice_plot().y_label == "accuracy");
  made.claim.text.metric = "extra_loops q=0.5";
  CHECK(made.figures().slice_plot().names == Names{"k=1", "k=2"});
  CHECK(made.figures().slice_plot().y_label == "loops q=0.5");
  CHECK(made.figures().heat_map({}).label == "accuracy");  // known at other loops
}

TEST_CASE("metrics stand side by side without their quantity", "[claim_figures]") {
  const Made made;
  FigureSpec side = spec("sides", FigureKind::metrics);
  side.metrics = {"accuracy k=2", "accuracy k=1"};
  side.metric_label = "share";
  side.cells = "1x*";
  const LinePlot plot = made.figures().metrics_plot(side);
  CHECK(plot.names == Names{"k=2", "k=1"});
  CHECK(plot.y_label == "share");
  CHECK(plot.floor == std::vector<std::pair<double, double>>{{0, 0.2}, {1, 0.4}});
  CHECK(names_of(plot.series) == Names{"1x1", "1x2"});
  CHECK(plot.series[1].points()[0].second.mean == Approx(0.72));
  side.metrics = {"accuracy k=2", "loss"};
  CHECK(made.figures().metrics_plot(side).names == Names{"accuracy k=2", "loss"});
  CHECK(made.figures().metrics_plot(side).floor.empty());
}

TEST_CASE("a curve says what is needed to reach a level", "[claim_figures]") {
  const Made made;
  FigureSpec curve = spec("curve", FigureKind::curve);
  curve.level = "0.6";
  // 1x2 rises as 0.81 step / 4 (seed 1): 0.6 at 2.96, 2.93, 2.89 (mean 2.93). 1x1 ends at 0.53.
  CHECK_THAT(made.figures().figure(curve).caption,
             contains("training step needed to reach 0.6: 1x1 in 0 of 3 seeds within 4.00; 1x2 "
                      "2.93 [2.84, 3.02]"));
  const LinePlot plot = made.figures().curve_plot(curve);
  CHECK(plot.floor == std::vector<std::pair<double, double>>{{1, 0.3}, {4, 0.3}});
  CHECK(plot.level == 0.6);
  curve.x = "training_flop";
  CHECK_THAT(made.figures().figure(curve).caption, contains("training_flop needed to reach"));
}

TEST_CASE("a sweep joins cells of one k x R, or of one value of a key", "[claim_figures]") {
  Made made;
  FigureSpec sweep = spec("sweep", FigureKind::sweep, "model.num_loops");
  sweep.series = "model.num_block_layers";
  sweep.x_label = "loops";
  const LinePlot plot = made.figures().sweep_plot(sweep);
  CHECK(plot.x_label == "loops");
  CHECK(names_of(plot.series) == Names{"num_block_layers 1", "num_block_layers 2"});
  const SeedCurves::Points points = plot.series[0].points();
  REQUIRE(points.size() == 2);
  CHECK(points[0].first == 1);
  CHECK(points[0].second.mean == Approx(0.52));
  CHECK(points[1].second.mean == Approx(0.82));
  // Two cells of one x: the second gets its own line.
  sweep.x = "steps";
  CHECK(names_of(made.figures().sweep_plot(sweep).series) ==
        Names{"num_block_layers 1", "1x2", "num_block_layers 2"});
  sweep.x = "model.num_loops";
  sweep.series = "model.num_loops,model.num_block_layers";
  CHECK(names_of(made.figures().sweep_plot(sweep).series).at(1) ==
        "num_loops 2, num_block_layers 1");
  sweep.series = "";
  CHECK(names_of(made.figures().sweep_plot(sweep).series) == Names{"1 x 1", "1 x 2", "2 x 1"});
}

TEST_CASE("a sweep has floors unless they differ at one x", "[claim_figures]") {
  Made made;
  const FigureSpec sweep = spec("sweep", FigureKind::sweep, "model.num_loops");
  CHECK(made.figures().sweep_plot(sweep).floor ==
        std::vector<std::pair<double, double>>{{1, 0.3}, {1, 0.3}, {2, 0.3}});
  for (RunResult& result : made.results)
    if (result.cell == "2x1") result.metrics[0].floor = 0.4;  // 1x1 has 0.3 at the same x
  CHECK(made.figures().sweep_plot(sweep).floor.empty());
}

TEST_CASE("a scatter has logarithmic axes and no lines", "[claim_figures]") {
  const Made made;
  const FigureSpec scatter = spec("s", FigureKind::scatter, "parameters");
  const LinePlot plot = made.figures().sweep_plot(scatter);
  CHECK((plot.log_x && plot.log_y && !plot.connected));
  CHECK_THAT(made.figures().figure(scatter).caption, contains("a mark for each k x R"));
}

TEST_CASE("gnuplot understands every figure", "[claim_figures][gnuplot]") {
  if (!has_gnuplot()) return skipped("gnuplot is not installed");
  Made made;
  FigureSpec bits = spec("bits", FigureKind::scatter, "parameters");
  bits.slopes = "2,1";
  FigureSpec level = spec("level", FigureKind::sweep, "model.num_loops");
  level.level = "0.6";
  made.claim.figures = {bits, level};
  made.claim.published = {{"12x1", 0.9}};
  CHECK(made.figures().plans().size() == 6);
  for (const FigurePlan& plan : made.figures().plans()) {
    const Figure figure = draw(plan);
    INFO(plan.name << ": " << figure.problem);
    CHECK(figure.problem.empty());
    CHECK_THAT(figure.svg, contains("</svg>"));
  }
}

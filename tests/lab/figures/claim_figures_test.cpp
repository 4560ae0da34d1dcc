// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/claim_figures.hpp"

#include <cstdlib>

#include "looplab/lab/claims/claim_reader.hpp"
#include "support/catch.hpp"
#include "support/experiment_files.hpp"
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
  Claim experiment;
  std::vector<RunResult> results;

  Made() {
    experiment = load_claim(write_claim(directory.path()), "tiny");
    experiment.name = "claim";
    for (const Cell& cell : experiment.cells)
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
  [[nodiscard]] std::vector<FigurePlan> plans() const {
    return ClaimFigures(experiment, results).plans();
  }
  [[nodiscard]] FigurePlan only(const FigureSpec& spec) const {
    return ClaimFigures(experiment, results).figure(spec);
  }
};

std::vector<std::string> stems(const std::vector<FigurePlan>& plans) {
  std::vector<std::string> names;
  for (const FigurePlan& plan : plans) names.push_back(plan.stem);
  return names;
}

FigureSpec spec(const std::string& name, FigureKind kind, const std::string& x = "") {
  FigureSpec made;
  made.name = name;
  made.kind = kind;
  made.x = x;
  return made;
}

}  // namespace

TEST_CASE("every claim has its cells, slices, test-time loops and curve", "[claim_figures]") {
  Made made;
  CHECK(stems(made.plans()) == std::vector<std::string>{"cells", "slices", "test_loops", "curve"});
  for (RunResult& result : made.results) result.test_loops.clear();
  CHECK(stems(made.plans()) == std::vector<std::string>{"cells", "slices", "curve"});
  made.experiment.figures = {spec("learning", FigureKind::curve)};
  CHECK(stems(made.plans()) == std::vector<std::string>{"cells", "slices", "learning"});
  made.results.clear();
  CHECK(made.plans().empty());
}

TEST_CASE("of many cells, figures of lines show the first, unless claim.ini names them",
          "[claim_figures]") {
  Made made;
  const Cell model = made.experiment.cells[0];
  for (int i = 0; i < 9; ++i) {
    Cell more = model;
    more.name = concat("more", i);
    made.experiment.cells.push_back(more);
    made.results.push_back(Made::run(more.name, 1, 0));
  }
  const auto plans = made.plans();
  CHECK(plans.at(1).script.find("'more5'") == std::string::npos);
  CHECK_THAT(plans.at(1).script, contains("'more4'"));
  CHECK_THAT(plans.at(1).caption, contains("The first 8 of 12 cells."));
  CHECK_THAT(plans.at(0).script, contains("'more8'"));
  FigureSpec curve = spec("curve", FigureKind::curve);
  CHECK(made.only(curve).script.find("'more5'") == std::string::npos);
  curve.cells = "*";
  CHECK_THAT(made.only(curve).script, contains("'more5'"));
}

TEST_CASE("the paper's values stand beside the cells of their names, or alone", "[claim_figures]") {
  Made made;
  made.experiment.published = {{"1x2", 0.98}, {"12x1", 0.9}};
  const FigurePlan cells = made.plans().at(0);
  CHECK_THAT(cells.script,
             contains("$paper << EOD\n0.8 0.98\n3 0.9\nEOD") && contains("'paper: 12x1' 3"));
  CHECK_THAT(cells.caption,
             contains("Diamonds: what the paper has") && contains("the exact floor"));
}

TEST_CASE("the heat map is the mean over seeds by loops and slice", "[claim_figures]") {
  Made made;
  FigureSpec heat = spec("loops", FigureKind::heatmap);
  heat.cells = "1x2";
  heat.caption = "Own words.";
  const FigurePlan plan = made.only(heat);
  // 1x2 has 0.82 on average: k=1 with 1 loop 0.82, with 2 loops 0.92; floors to the left.
  CHECK_THAT(plan.script, contains("-1.3 0 0.4\n0 0 0.82\n1 0 0.92\n-1.3 1 0.2\n0 1 0.62"));
  CHECK_THAT(plan.script, contains("rect from 0.5,") && contains("title '1x2: 1 layer, 2 loops'"));
  CHECK(plan.script.find("'1x1") == std::string::npos);
  CHECK_THAT(plan.caption, contains("Own words. accuracy for each"));
  // Unless it names cells, a heat map is about models that loop.
  heat.cells = "";
  CHECK(made.only(heat).script.find("set title '2x1") == std::string::npos);
  heat.cells = "*";
  CHECK_THAT(made.only(heat).script, contains("set title '2x1: 2 layers, once'"));
}

TEST_CASE("a claim about one slice, or about none, is shown by all slices", "[claim_figures]") {
  Made made;
  for (const char* metric : {"accuracy k=2", "loss"}) {
    made.experiment.text.metric = metric;
    const auto plans = made.plans();
    const auto heat = std::ranges::find(plans, "test_loops", &FigurePlan::stem);
    REQUIRE(heat != plans.end());
    CHECK_THAT(heat->script, contains("set ytics ('k=1' 0, 'k=2' 1)"));
    CHECK_THAT(heat->script, contains("set cblabel 'accuracy'"));
    CHECK(std::ranges::find(plans, "slices", &FigurePlan::stem) != plans.end());
  }
}

TEST_CASE("what is no slice of the task is none in the figures", "[claim_figures]") {
  Made made;
  for (RunResult& result : made.results)
    for (const char* name : {"accuracy q=0.5", "accuracy gate=2", "loops q=0.5", "loops q=0.5 k=1",
                             "loops q=0.5 k=2", "extra_loops q=0.5"})
      result.metrics.push_back({name, 1.5});
  const std::string ticks = "set xtics ('k=1' 0, 'k=2' 1)";
  CHECK_THAT(made.plans().at(1).script, contains(ticks) && contains("set ylabel 'accuracy'"));
  made.experiment.text.metric = "extra_loops q=0.5";
  const auto plans = made.plans();
  CHECK_THAT(plans.at(1).script, contains(ticks) && contains("set ylabel 'loops q=0.5'"));
  CHECK_THAT(plans.at(2).script, contains("set cblabel 'accuracy'"));  // known at other loops
  CHECK_THAT(plans.at(2).script, contains("set ytics ('k=1' 0, 'k=2' 1)"));
}

TEST_CASE("metrics stand side by side without their first word", "[claim_figures]") {
  Made made;
  FigureSpec side = spec("sides", FigureKind::metrics);
  side.metrics = {"accuracy k=2", "accuracy k=1"};
  side.metric_label = "share";
  side.cells = "1x*";
  const std::string script = made.only(side).script;
  CHECK_THAT(script, contains("set xtics ('k=2' 0, 'k=1' 1)") && contains("set ylabel 'share'"));
  CHECK_THAT(script, contains("$floor << EOD\n0 0.2\n1 0.4\nEOD") && contains("'1x2'"));
  CHECK(script.find("'2x1'") == std::string::npos);
  side.metrics = {"accuracy k=2", "loss"};
  CHECK_THAT(made.only(side).script, contains("set xtics ('accuracy k=2' 0, 'loss' 1)"));
}

TEST_CASE("a curve says what is needed to reach a level", "[claim_figures]") {
  Made made;
  FigureSpec curve = spec("curve", FigureKind::curve);
  curve.level = "0.6";
  const FigurePlan plan = made.only(curve);
  // 1x2 rises as 0.81 step / 4 (seed 1): 0.6 at 2.96, 2.93, 2.89 (mean 2.93). 1x1 ends at 0.53.
  CHECK_THAT(plan.caption, contains("training step needed to reach 0.6: 1x1 in 0 of 3 seeds "
                                    "within 4.00; 1x2 2.93 [2.84, 3.02]"));
  CHECK_THAT(plan.script, contains("$floor << EOD\n1 0.3\n4 0.3\nEOD"));
  curve.x = "training_flop";
  CHECK_THAT(made.only(curve).caption, contains("training_flop needed to reach"));
}

TEST_CASE("a sweep joins cells of one k x R, or of one value of a key", "[claim_figures]") {
  Made made;
  FigureSpec sweep = spec("sweep", FigureKind::sweep, "model.num_loops");
  sweep.series = "model.num_block_layers";
  sweep.x_label = "loops";
  const FigurePlan plan = made.only(sweep);
  CHECK_THAT(plan.script, contains("title 'num_block_layers 1'") && contains("\n1 0.52 ") &&
                              contains("\n2 0.82 ") && contains("set xlabel 'loops'"));
  // Two cells of one x: the second gets its own line.
  CHECK(plan.script.find("title '2x1'") == std::string::npos);
  sweep.x = "steps";
  CHECK_THAT(made.only(sweep).script, contains("title '1x2'"));
  sweep.x = "model.num_loops";
  sweep.series = "model.num_loops,model.num_block_layers";
  CHECK_THAT(made.only(sweep).script, contains("title 'num_loops 2, num_block_layers 1'"));
  sweep.series = "";
  CHECK_THAT(made.only(sweep).script, contains("title '1 x 2'") && contains("title '2 x 1'"));
  CHECK_THAT(made.only(sweep).script, contains("$floor << EOD\n1 0.3\n1 0.3\n2 0.3\nEOD"));
  for (RunResult& result : made.results)
    if (result.cell == "2x1") result.metrics[0].floor = 0.4;  // 1x1 has 0.3 at the same x
  CHECK(made.only(sweep).script.find("$floor") == std::string::npos);
  const FigurePlan scatter = made.only(spec("s", FigureKind::scatter, "parameters"));
  CHECK_THAT(scatter.script,
             contains("set logscale x") && contains("set logscale y") && contains("yerrorbars"));
  CHECK_THAT(scatter.caption, contains("a mark for each k x R"));
}

TEST_CASE("gnuplot understands every figure", "[claim_figures][gnuplot]") {
  if (!looplab_test::has_gnuplot()) return looplab_test::skipped("gnuplot is not installed");
  Made made;
  FigureSpec bits = spec("bits", FigureKind::scatter, "parameters");
  bits.slopes = "2,1";
  FigureSpec level = spec("level", FigureKind::sweep, "model.num_loops");
  level.level = "0.6";
  made.experiment.figures = {bits, level};
  made.experiment.published = {{"12x1", 0.9}};
  CHECK(made.plans().size() == 6);
  for (const FigurePlan& plan : made.plans()) {
    const Figure figure = draw(made.directory / "figures", plan);
    INFO(plan.stem << ": " << figure.problem);
    CHECK(figure.problem.empty());
    CHECK_THAT(figure.svg, contains("</svg>"));
  }
}

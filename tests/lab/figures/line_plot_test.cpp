// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/line_plot.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {

LinePlot plot_of(const std::vector<std::pair<double, stats::Interval>>& points) {
  LinePlot plot;
  plot.x_label = "steps";
  plot.y_label = "accuracy";
  plot.series = {{"1x4", points}};
  return plot;
}

}  // namespace

TEST_CASE("a line has its points, its band, the floor and the level", "[line_plot]") {
  LinePlot plot = plot_of({{100, {3, 0.5, 0.4, 0.6}}, {200, {3, 0.7, 0.6, 0.8}}});
  plot.floor = {{100, 0.25}, {200, 0.25}};
  plot.level = 0.9;
  const std::string script = line_script(plot);
  CHECK_THAT(script, contains("$series0 << EOD\n100 0.5 0.4 0.6\n200 0.7 0.6 0.8\nEOD"));
  CHECK_THAT(script, contains("filledcurves") && contains("title '1x4'") &&
                         contains("$floor << EOD\n100 0.25\n200 0.25") &&
                         contains("0.9 with lines") && contains("set xlabel 'steps'"));
  plot.connected = false;
  CHECK_THAT(line_script(plot), contains("yerrorbars"));
  plot.series[0].points.clear();
  CHECK(line_script(plot).empty());
}

TEST_CASE("logarithmic axes show every point and line, with ticks where points are",
          "[line_plot]") {
  LinePlot plot = plot_of({{1000, {3, 1500, 1400, 1600}}, {5000, {3, 6000, -10, 6500}}});
  plot.log_x = plot.log_y = true;
  plot.slopes = {2, 1};
  plot.slope_unit = "bit per parameter";
  const std::string script = line_script(plot);
  CHECK_THAT(
      script,
      contains("set logscale x\nset xtics ('1000' 1000, '5000' 5000)\nset "
               "logscale y\nset ytics ('1000' 1000, '2000' 2000, '5000' 5000, '10 k' 10000)"));
  CHECK_THAT(script, contains(concat("yrange [", 1000 / 1.4, ':', 10000 * 1.4, ']')));
  CHECK_THAT(script, contains("plot 2 * x with lines") && contains("'1 bit per parameter'"));
  plot.connected = false;
  plot.series.push_back(plot.series[0]);
  CHECK_THAT(line_script(plot), contains(concat("\n", 1000 / std::pow(1.02, 0.5), " 1500")) &&
                                    contains(concat("\n", 1000 * std::pow(1.02, 0.5), " 1500")));
  plot.series[0].points.push_back({5100, {3, 6000, 5900, 6100}});  // too near to be read
  CHECK_THAT(line_script(plot), contains("set xtics ('1000' 1000, '5000' 5000)"));
  for (int i = 0; i < 12; ++i) plot.series[0].points.push_back({9000.0 + i, {3, 6000, 5900, 6100}});
  CHECK(line_script(plot).find("set xtics") == std::string::npos);
  plot.series[1].points.push_back({5000, {3, 2, 1, 3}});  // far below the rest
  CHECK_THAT(line_script(plot), contains(concat("yrange [", 0.01 * 2 * 9011 / 1.4, ':')));
  CHECK(line_plot::tick_text(2.5e6) == "2.5 M");
  CHECK(line_plot::tick_text(0.25) == "0.25");
}

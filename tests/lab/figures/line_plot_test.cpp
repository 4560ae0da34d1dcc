// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/line_plot.hpp"

#include "support/drawn.hpp"
#include "support/skipped.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

LinePlot plot_of(const std::vector<std::pair<double, double>>& points) {
  LinePlot plot;
  plot.x_label = "steps";
  plot.y_label = "accuracy";
  plot.series.emplace_back("1x4");
  for (const auto& [x, y] : points) plot.series[0].add(x, {{1, 0.999 * y}, {2, 1.001 * y}});
  return plot;
}

}  // namespace

TEST_CASE("without points there is no figure of lines", "[line_plot]") {
  LinePlot plot = plot_of({});
  CHECK(plot.script().empty());
  plot.floor = {{100, 0.25}};
  plot.level = 0.9;
  plot.slopes = {1};
  CHECK(plot.script().empty());
}

TEST_CASE("a line has its points, its band, the floor and the level", "[line_plot][gnuplot]") {
  if (!has_gnuplot()) return skipped("gnuplot is not installed");
  LinePlot plot = plot_of({{100, 0.5}, {200, 0.7}});
  const std::string bare = drawn(plot);
  plot.floor = {{100, 0.25}, {200, 0.25}};
  plot.level = 0.9;
  const std::string svg = drawn(plot);
  for (const char* text : {"1x4", "steps", "accuracy", "floor", "level"}) CHECK(shows(svg, text));
  CHECK_FALSE(shows(bare, "floor"));
  CHECK_FALSE(shows(bare, "level"));
  CHECK_THAT(bare, contains("fill-opacity = '0.13"));
  plot.connected = false;  // marks without a band
  CHECK_FALSE(contains("fill-opacity = '0.13").match(drawn(plot)));
}

TEST_CASE("logarithmic axes have ticks where points are, and slopes have their unit",
          "[line_plot][gnuplot]") {
  if (!has_gnuplot()) return skipped("gnuplot is not installed");
  LinePlot plot = plot_of({{1000, 1500}, {5000, 6000}});
  plot.log_x = plot.log_y = true;
  plot.slopes = {2, 1};
  plot.slope_unit = "bit per parameter";
  const std::string svg = drawn(plot);
  for (const char* text : {"1000", "5000", "10 k", "2 bit per parameter", "1 bit per parameter"})
    CHECK(shows(svg, text));
  plot.connected = false;
  plot.series.push_back(plot.series[0]);
  CHECK(drawn(plot) != svg);
}

TEST_CASE("ticks of a logarithmic axis do not overlap", "[line_plot]") {
  CHECK(line_plot::log_ticks({1000, 5000, 5100, 20000}) ==
        "'1000' 1000, '5000' 5000, '20 k' 20000");
  CHECK(line_plot::round_numbers(1.5, 30) == std::vector<double>{2, 5, 10, 20});
  CHECK(line_plot::tick_text(2.5e6) == "2.5 M");
  CHECK(line_plot::tick_text(0.25) == "0.25");
}

TEST_CASE("points of equal x do not hide each other", "[line_plot]") {
  LinePlot plot = plot_of({{1000, 1500}});
  plot.series.push_back(plot.series[0]);
  CHECK(plot.moved(1000, 0) == 1000);
  plot.log_x = true;
  CHECK(plot.moved(1000, 0) == 1000);
  plot.connected = false;
  CHECK(plot.moved(1000, 0) < 1000);
  CHECK(plot.moved(1000, 0) * plot.moved(1000, 1) == Approx(1e6));
  plot.names = {"k=1"};
  CHECK(plot.moved(0, 0) < 0);
  CHECK(plot.moved(0, 0) == -plot.moved(0, 1));
}

TEST_CASE("names stand along the axis, each with the floor", "[line_plot][gnuplot]") {
  if (!has_gnuplot()) return skipped("gnuplot is not installed");
  LinePlot plot = plot_of({{0, 0.5}});
  plot.names = {"k=1", "it's"};
  plot.series.emplace_back("nothing known");
  plot.floor = {{0, 0.1}, {1, 0.2}};
  const std::string svg = drawn(plot);
  for (const char* text : {"k=1", "it's", "1x4", "accuracy", "floor"}) CHECK(shows(svg, text));
  CHECK_FALSE(shows(svg, "nothing known"));
  CHECK_FALSE(shows(svg, "steps"));
}

TEST_CASE("long names are turned", "[line_plot]") {
  LinePlot plot;
  plot.names = {"k=1", "k=2"};
  CHECK_FALSE(plot.names_collide());
  plot.names = std::vector(2, std::string(30, 'a'));  // two of which do not fit side by side
  CHECK(plot.names_collide());
}

TEST_CASE("a logarithmic y axis shows every slope, but not what is far below the rest",
          "[line_plot]") {
  LinePlot plot = plot_of({{1000, 1500}, {5000, 6000}});
  plot.log_y = true;
  plot.slopes = {2, 1};
  CHECK(plot.extent().top == 10000);
  CHECK(plot.extent().bottom == 1000);
  plot.series[0].add_value(6000, 2.0);
  CHECK(plot.extent().bottom == Approx(0.01 * 12000));
}

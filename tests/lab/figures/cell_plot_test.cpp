// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/cell_plot.hpp"

#include "support/drawn.hpp"
#include "support/skipped.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("without seeds there is no figure of cells", "[cell_plot]") {
  CHECK(CellPlot{{{"1x1", {}, 0.5}}, "accuracy"}.script().empty());
  CHECK_FALSE(CellPlot{{{"1x1", {0.5}}}, "accuracy"}.script().empty());
}

TEST_CASE("cells show their seeds, interval, floor and the paper's value", "[cell_plot][gnuplot]") {
  if (!has_gnuplot()) return skipped("gnuplot is not installed");
  const std::string svg = drawn(CellPlot{
      {{"1x1", {0.5, 0.5, 0.5}, 0.4, 0.25}, {"it's", {}}, {"paper: 12x1", {}, 0.9}}, "accuracy"});
  for (const char* text : {"1x1", "it's", "paper: 12x1", "accuracy", "seeds", "the paper", "floor",
                           "mean with 95 % interval"})
    CHECK(shows(svg, text));
  const std::string bare = drawn(CellPlot{{{"1x1", {0.5}}}, "accuracy"});
  CHECK_FALSE(shows(bare, "the paper"));
  CHECK_FALSE(shows(bare, "floor"));
}

TEST_CASE("long names of many cells are turned, and the figure grows to a limit", "[cell_plot]") {
  CellPlot plot{std::vector(4, CellValues{"1x1", {0.5, 0.6}}), "accuracy"};
  CHECK_FALSE(plot.names_collide());
  plot.cells.resize(8, CellValues{"16_2x1_double", {0.5, 0.6}});
  CHECK(plot.names_collide());
  const int width = plot.size().width;
  plot.cells.resize(12);
  CHECK(plot.size().width > width);
  plot.cells.resize(30);
  const int limit = plot.size().width;
  plot.cells.resize(40);
  CHECK(plot.size().width == limit);
}

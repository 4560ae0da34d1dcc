// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/cell_plot.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

TEST_CASE("cells show their seeds, interval, floor and the paper's value", "[cell_plot]") {
  const std::string script = cells_script(
      {{"1x1", {0.5, 0.5, 0.5}, 0.4, 0.25}, {"1x4", {}}, {"paper: 12x1", {}, 0.9}}, "accuracy");
  CHECK_THAT(script, contains("\n0 0.5 0.5 0.5\n") && contains("$floors << EOD\n-0.45 0.25\nEOD") &&
                         contains("'1x4' 1") && contains("\n0.18 0.5\n"));
  CHECK_THAT(script, contains("$paper << EOD\n-0.2 0.4\n2 0.9\nEOD"));
  CHECK(cells_script({{"1x1", {0.5}}}, "accuracy").find("title 'the paper'") == std::string::npos);
  CHECK(cells_script({{"1x1", {}, 0.5}}, "accuracy").empty());
}

TEST_CASE("long names of many cells are turned, and the figure grows to a limit", "[cell_plot]") {
  std::vector<CellValues> cells(4, CellValues{"1x1", {0.5, 0.6}});
  CHECK(cells_script(cells, "accuracy").find("rotate") == std::string::npos);
  cells.resize(8, CellValues{"16_2x1_double", {0.5, 0.6}});
  CHECK_THAT(cells_script(cells, "accuracy"), contains("rotate by -35"));
  const int width = cells_size(cells).width;
  cells.resize(12, cells[0]);
  CHECK(cells_size(cells).width > width);
  const int limit = cells_size(std::vector<CellValues>(30)).width;
  CHECK(cells_size(std::vector<CellValues>(40)).width == limit);
}

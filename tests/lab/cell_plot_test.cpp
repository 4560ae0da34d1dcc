// SPDX-License-Identifier: MIT
#include "looplab/lab/cell_plot.hpp"

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

TEST_CASE("cells show their seeds, interval, floor and the paper's value", "[cell_plot]") {
  const std::string script = cells_script(
      {{"1x1", {0.5, 0.5, 0.5}, 0.4}, {"1x4", {}}, {"paper: 12x1", {}, 0.9}}, "accuracy", 0.25);
  CHECK_THAT(script, contains("\n0 0.5 0.5 0.5\n") && contains("0.25 with lines") &&
                         contains("'1x4' 1") && contains("\n0.18 0.5\n"));
  CHECK_THAT(script, contains("$paper << EOD\n-0.2 0.4\n2 0.9\nEOD"));
  CHECK(cells_script({{"1x1", {0.5}}}, "accuracy", {}).find("title 'the paper'") ==
        std::string::npos);
  CHECK(cells_script({{"1x1", {}, 0.5}}, "accuracy", {}).empty());
}

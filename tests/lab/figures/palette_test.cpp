// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/palette.hpp"

#include "support/drawn.hpp"
#include "support/skipped.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("lines have six colours, then the same ones with other marks", "[palette][gnuplot]") {
  if (!has_gnuplot()) return skipped("gnuplot is not installed");
  const std::string first = drawn(Script{"plot for [i=1:6] i * x with linespoints lt i notitle"}),
                    all = drawn(Script{"plot for [i=1:12] i * x with linespoints lt i notitle"});
  // #0072B2, #D55E00, #009E73, #CC79A7, #E69F00, #56B4E9
  for (const char* colour : {"rgb(  0, 114, 178)", "rgb(213,  94,   0)", "rgb(  0, 158, 115)",
                             "rgb(204, 121, 167)", "rgb(230, 159,   0)", "rgb( 86, 180, 233)"}) {
    CHECK_THAT(first, contains(colour));
    CHECK(count_of(all, colour) > count_of(first, colour));
  }
}

TEST_CASE("heat maps go from dark blue to yellow", "[palette][gnuplot]") {
  if (!has_gnuplot()) return skipped("gnuplot is not installed");
  const std::string svg =
      drawn(Script{"unset colorbox\nset cbrange [0:1]\nplot '+' using 1:1:($0 > 50) "
                   "with points pt 7 lc palette notitle"});
  CHECK_THAT(svg, contains("rgb( 68,   1,  84)") && contains("rgb(253, 231,  37)"));
}

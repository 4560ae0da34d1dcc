// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/gnuplot.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("a template is filled once, whatever the content", "[figures]") {
  CHECK(fill("{a}, {b}{a}!", "a", 1.5, "b", "{a}") == "1.5, {a}1.5!");
  CHECK(fill("nothing") == "nothing");
  CHECK_THROWS_WITH(fill("set {x}", "y", 1), "template of a figure: {x} has no content");
}

TEST_CASE("a name cannot break out of a gnuplot script", "[figures]") {
  CHECK(gnuplot_text("it's\n`x`") == "'it''s `x`'");
  CHECK(gnuplot_lines("one it's", 4) == "'one' . \"\\n\" . 'it''s'");
  CHECK(gnuplot_lines("") == "''");
  CHECK(ticks(std::vector<std::string>{"a", "it's"}) == "'a' 0, 'it''s' 1");
}

TEST_CASE("a mean without an interval is drawn as a point", "[figures]") {
  CHECK(data_row(0, 1.5, -2) == "0 1.5 -2\n");
  CHECK(data_row(2, stats::Interval{3, 0.5, 0.4, 0.6}) == "2 0.5 0.4 0.6\n");
  CHECK(data_row(2, stats::Interval{1, 0.5, -INFINITY, INFINITY}) == "2 0.5 0.5 0.5\n");
}

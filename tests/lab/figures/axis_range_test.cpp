// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/axis_range.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("an axis shows all values, and intervals as far as they do not dwarf these",
          "[axis_range]") {
  AxisRange range;
  CHECK(range.empty());
  range.add(0.0);
  range.add(stats::Interval{3, 1, 0.9, 1.2});
  CHECK(range.text() == padded_range(0, 1.2));
  range.add(stats::Interval{3, 0.5, -40, 41});
  CHECK(range.text() == padded_range(-0.5, 1.5));
  range.add(std::numeric_limits<double>::quiet_NaN());
  range.add(stats::Interval{1, 0.5, -INFINITY, INFINITY});
  CHECK(range.text() == padded_range(-0.5, 1.5));
}

TEST_CASE("an axis has a margin, also around a single value", "[axis_range]") {
  CHECK(padded_range(0, 100) == "[-8:108]");
  CHECK(padded_range(1, 1) == "[0.89:1.11]");
  CHECK(log_range(1.4, 10) == "[1:14]");
}

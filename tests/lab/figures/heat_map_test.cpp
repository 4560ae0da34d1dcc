// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/heat_map.hpp"

#include "support/drawn.hpp"
#include "support/skipped.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

HeatMap two_by_two() {
  HeatMap map;
  map.rows = {"k=1", "k=2"};
  map.columns = {1, 4};
  map.floors = {0.25, 0.3};
  map.panels = {{"1x4", 4, {{0.5, 0.9}, {0.4, std::numeric_limits<double>::quiet_NaN()}}}};
  map.label = "accuracy";
  return map;
}

}  // namespace

TEST_CASE("without panels there is no heat map", "[heat_map]") {
  HeatMap map = two_by_two();
  CHECK_FALSE(map.script().empty());
  map.panels.clear();
  CHECK(map.script().empty());
}

TEST_CASE("a heat map has a square for each value, floors apart, the trained loops framed",
          "[heat_map][gnuplot]") {
  if (!has_gnuplot()) return skipped("gnuplot is not installed");
  HeatMap map = two_by_two();
  const std::string svg = drawn(map);
  for (const char* text :
       {"k=1", "k=2", "1", "4", "floor", ".25", ".30", ".50", ".90", ".40", "1x4"})
    CHECK(shows(svg, text));
  CHECK_FALSE(shows(svg, "nan"));
  CHECK_THAT(svg, contains("rgb(213,  94,   0)"));  // the frame
  map.panels[0].trained_loops = 3;
  CHECK_FALSE(contains("rgb(213,  94,   0)").match(drawn(map)));
}

TEST_CASE("a dashed line divides what training had from what it had not", "[heat_map]") {
  HeatMap map = two_by_two();
  CHECK_FALSE(contains("set arrow 1").match(map.script()));
  map.limit = "k=1";
  CHECK_THAT(map.script(), contains("set arrow 1 from -0.5,0.5 to 1.5,0.5 nohead"));
  map.limit = "k=9";  // no such row
  CHECK_FALSE(contains("set arrow 1").match(map.script()));
}

TEST_CASE("values can be read on every colour", "[heat_map][gnuplot]") {
  if (!has_gnuplot()) return skipped("gnuplot is not installed");
  HeatMap map = two_by_two();
  map.floors.clear();
  map.panels[0].values = {{0.1, 0.2}, {0.3, 0.4}};
  CHECK_FALSE(contains("rgb( 34,  34,  34)").match(drawn(map)));  // no dark letters on dark
  map.fit_colours();
  CHECK(map.low == 0.1);
  CHECK(map.high == 0.4);
  CHECK_THAT(drawn(map), contains("rgb( 34,  34,  34)"));
}

TEST_CASE("colours of equal values keep their range", "[heat_map]") {
  HeatMap map = two_by_two();
  map.panels[0].values = {{0.5, 0.5}, {0.5, 0.5}};
  map.fit_colours();
  CHECK(map.low == 0);
  CHECK(map.high == 1);
}

TEST_CASE("two panels stand beside each other, further ones below", "[heat_map]") {
  HeatMap map = two_by_two();
  const FigureSize one = map.size();
  map.panels.resize(2, map.panels[0]);
  CHECK(map.size().width > one.width);
  CHECK(map.size().height == one.height);
  map.panels.resize(3, map.panels[0]);
  CHECK(map.size().height > one.height);
}

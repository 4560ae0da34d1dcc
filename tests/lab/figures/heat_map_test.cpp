// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/heat_map.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

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

TEST_CASE("a heat map has a square for each value, floors apart, the trained loops framed",
          "[heat_map]") {
  const std::string script = heat_map_script(two_by_two());
  CHECK_THAT(script, contains("$panel0 << EOD\n-1.3 0 0.25\n0 0 0.5\n1 0 0.9\n-1.3 1 0.3\n0 1 "
                              "0.4\nEOD"));
  CHECK_THAT(script, contains("rect from 0.5,-0.5 to 1.5,1.5"));
  CHECK_THAT(script, contains("label '.90' at 1,0") && contains("'floor' -1.3, '1' 0, '4' 1"));
  HeatMap other = two_by_two();
  other.panels[0].trained_loops = 3;
  CHECK(heat_map_script(other).find("rect from") == std::string::npos);
  other.panels.clear();
  CHECK(heat_map_script(other).empty());
}

TEST_CASE("values can be read on every colour", "[heat_map]") {
  const std::string script = heat_map_script(two_by_two());
  CHECK_THAT(script, contains("'.25' at -1.3,0 center font ',11' front tc rgb '#ffffff'"));
  CHECK_THAT(script, contains("'.90' at 1,0 center font ',11' front tc rgb '#222222'"));
}

TEST_CASE("two panels stand beside each other, further ones below", "[heat_map]") {
  HeatMap map = two_by_two();
  const FigureSize one = heat_map_size(map);
  map.panels.resize(2, map.panels[0]);
  CHECK(heat_map_size(map).width > one.width);
  CHECK(heat_map_size(map).height == one.height);
  map.panels.resize(3, map.panels[0]);
  CHECK(heat_map_size(map).height > one.height);
  CHECK_THAT(heat_map_script(map), contains("layout 2,2"));
}

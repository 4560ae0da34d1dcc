// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/slice_plot.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

TEST_CASE("slices show each cell's line and each slice's floor", "[slice_plot]") {
  const std::string script =
      slices_script({"k=1", "k=2"}, {{"1x1", {{3, 0.5, 0.4, 0.6}, {}}}}, {0.1, 0.2}, "accuracy");
  CHECK_THAT(script, contains("$line0 << EOD\n0 0.5 0.4 0.6\nEOD") && contains("1 0.2") &&
                         contains("'k=2' 1") && contains("title 'floor'"));
  CHECK(slices_script({"k=1"}, {{"1x1", {{}}}}, {0.1}, "accuracy").empty());
  CHECK(script.find("rotate") == std::string::npos);
  const std::string long_name(30, 'a');  // two of which do not fit next to each other
  CHECK_THAT(slices_script({long_name, long_name}, {{"1x1", {{3, 0.5, 0.4, 0.6}, {}}}}, {}, ""),
             contains("rotate by"));
}

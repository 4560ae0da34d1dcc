// SPDX-License-Identifier: MIT
#include "looplab/lab/figure.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab_test;

TEST_CASE("a name cannot break out of a gnuplot script", "[figure]") {
  CHECK(gnuplot_text("it's\n`x`") == "'it''s `x`'");
}

TEST_CASE("a program is started without a shell, and a missing one is noticed", "[figure]") {
  const TemporaryDirectory directory;
  CHECK(run_to_file("echo", "$HOME; `date`", directory / "out") == 0);
  CHECK(read_file(directory / "out") == "$HOME; `date`\n");
  CHECK(run_to_file("false", "", directory / "out") == 1);
  CHECK(run_to_file("no-such-program", "", directory / "out") == 127);
  CHECK_THAT(draw(directory.path(), "x", "x", 9, 9, "", "no-such-program").problem,
             contains("not installed"));
  CHECK_THAT(draw(directory.path(), "x", "x", 9, 9, "", "false").problem, contains("status 1"));
}

TEST_CASE("an SVG file becomes an element without prolog and name spaces", "[figure]") {
  CHECK(inline_svg("<?xml?>\n<svg w=\"1\" xmlns=\"a\" xmlns:xlink=\"b\"><title>Gnuplot</title>",
                   "T") == "<svg w=\"1\"><title>T</title>");
  CHECK(inline_svg("nothing", "T").empty());
}

TEST_CASE("scripts hold the seeds, the interval, the floor and what is undefined", "[figure]") {
  const double floor = 0.25;
  const std::string cells =
      cells_script({{"1x1", {0.5, 0.5, 0.5}}, {"1x4", {}}}, "accuracy", &floor);
  CHECK_THAT(cells,
             contains("0 0.5 0.5 0.5") && contains("0.25 with lines") && contains("'1x4' 1"));
  CHECK(cells_script({{"1x1", {}}}, "accuracy", nullptr).empty());
  const std::string slices =
      slices_script({"k=1", "k=2"}, {{"1x1", {{3, 0.5, 0.4, 0.6}, {}}}}, {0.1, 0.2}, "accuracy");
  CHECK_THAT(slices, contains("0 0.5 0.4 0.6") && contains("1 0.2") && contains("'k=2' 1"));
  GapRow known{"claim", {}, {0.9, 0.8, 1.0, ""}, {}, 3},
      unknown{"claim", {}, {{}, 0, 0, "why"}, {}, 3};
  CHECK_THAT(gaps_script({known, unknown}), contains("0.9 1 0.8 1\n") && contains("'undefined'"));
}

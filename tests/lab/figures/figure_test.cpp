// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/figure.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("a name cannot break out of a gnuplot script", "[figure]") {
  CHECK(gnuplot_text("it's\n`x`") == "'it''s `x`'");
}

TEST_CASE("a long label has lines", "[figure]") {
  CHECK(gnuplot_lines("one it's", 4) == "'one' . \"\\n\" . 'it''s'");
  CHECK(gnuplot_lines("") == "''");
}

TEST_CASE("a program is started without a shell, and a missing one is noticed", "[figure]") {
  const TemporaryDirectory directory;
  CHECK(run_to_file("echo", "$HOME; `date`", directory / "out") == 0);
  CHECK(read_file(directory / "out") == "$HOME; `date`\n");
  CHECK(run_to_file("false", "", directory / "out") == 1);
  CHECK(run_to_file("no-such-program", "", directory / "out") == 127);
  const FigurePlan plan{"x", "x", {9, 9}, "", ""};
  CHECK_THAT(draw(directory.path(), plan, "no-such-program").problem, contains("not installed"));
  CHECK_THAT(draw(directory.path(), plan, "false").problem, contains("status 1"));
  CHECK_FALSE(std::filesystem::exists(directory / "x.svg"));  // nothing half-made
  CHECK(draw(directory.path(), plan, "echo").svg == (directory / "x.gp").string() + "\n");
}

TEST_CASE("an SVG file becomes an element without prolog and name spaces", "[figure]") {
  CHECK(inline_svg("<?xml?>\n<svg w=\"1\" xmlns=\"a\" xmlns:xlink=\"b\"><title>Gnuplot</title>",
                   "T") == "<svg w=\"1\"><title>T</title>");
  CHECK(inline_svg("nothing", "T").empty());
}

TEST_CASE("an axis shows all values, and intervals as far as they do not dwarf these", "[figure]") {
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

TEST_CASE("a mean without an interval is drawn as a point", "[figure]") {
  CHECK(interval_data({3, 0.5, 0.4, 0.6}) == "0.5 0.4 0.6");
  CHECK(interval_data({1, 0.5, -INFINITY, INFINITY}) == "0.5 0.5 0.5");
}

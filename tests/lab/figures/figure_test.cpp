// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/figure.hpp"

#include "support/drawn.hpp"
#include "support/skipped.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

Script script_of(const std::string& text) { return {text, {300, 200}}; }

}  // namespace

TEST_CASE("a figure is its plan with an SVG", "[figure][gnuplot]") {
  if (!has_gnuplot()) return skipped("gnuplot is not installed");
  const Figure figure = draw({"line", "A line", "It rises.", script_of("plot x title 'rises'")});
  CHECK(figure.name == "line");
  CHECK(figure.caption == "It rises.");
  CHECK(figure.problem.empty());
  CHECK_THAT(figure.svg, contains("rises") && contains("300"));
  const Figure broken = draw({"broken", "", "", script_of("plot nothing")});
  CHECK(broken.svg.empty());
  CHECK_THAT(broken.problem, contains("gnuplot failed (status ") && contains("on figure broken"));
}

TEST_CASE("without gnuplot a figure says why it is missing", "[figure]") {
  const FigurePlan plan("x", "x", "", script_of(""));
  CHECK(draw(plan, "no-such-program").problem ==
        "gnuplot is not installed, so there are no figures.");
  CHECK_THAT(draw(plan, "false").problem, contains("status 1"));
  CHECK(draw(plan, "false").svg.empty());
}

TEST_CASE("a figure is written with its script; an older one does not stay", "[figure]") {
  const TemporaryDirectory directory;
  const FigurePlan plan("x", "x", "", script_of("plot x"));
  write_figure(directory.path(), "stem", draw(plan, "cat"));  // the script instead of an SVG
  CHECK(read_file(directory / "stem.svg") == read_file(directory / "stem.gp"));
  CHECK_THAT(read_file(directory / "stem.gp"), contains("plot x"));
  write_figure(directory.path(), "stem", draw(plan, "false"));
  CHECK(std::filesystem::exists(directory / "stem.gp"));
  CHECK_FALSE(std::filesystem::exists(directory / "stem.svg"));
}

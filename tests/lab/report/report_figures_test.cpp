// SPDX-License-Identifier: MIT
#include "looplab/lab/report/report_figures.hpp"

#include "looplab/lab/claims/claim_reader.hpp"
#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/made_results.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("each claim with results has its figures, by its name", "[report_figures]") {
  const TemporaryDirectory directory;
  Claim with = load_claim(write_claim(directory.path()), "tiny"), without = with;
  with.name = "claim";
  without.name = "other";
  std::vector<RunResult> results;
  add_cell(results, "1x1", 0.5);
  // `cat` gives the script back in place of an SVG.
  const ReportFigures figures = draw_figures({with, without}, results, {}, "cat");
  REQUIRE_FALSE(figures.of("claim").empty());
  CHECK(figures.of("claim")[0].name == "cells");
  CHECK_FALSE(figures.of("claim")[0].svg.empty());
  CHECK(figures.of("other").empty());
  CHECK(figures.exchange_rates.name.empty());
  CHECK(figures.problems().empty());
}

TEST_CASE("why figures are missing is said once", "[report_figures]") {
  const TemporaryDirectory directory;
  Claim claim = load_claim(write_claim(directory.path()), "tiny");
  claim.name = "claim";
  std::vector<RunResult> results;
  add_cell(results, "1x1", 0.5);
  const ReportFigures figures = draw_figures({claim}, results, {}, "no-such-gnuplot");
  CHECK(figures.problems() ==
        std::set<std::string>{"gnuplot is not installed, so there are no figures."});
}

TEST_CASE("an SVG file becomes an element without prolog and name spaces", "[figure]") {
  CHECK(inline_svg("<?xml?>\n<svg w=\"1\" xmlns=\"a\" xmlns:xlink=\"b\"><title>Gnuplot</title>",
                   "T") == "<svg w=\"1\"><title>T</title>");
  CHECK(inline_svg("nothing", "T").empty());
}

TEST_CASE("a figure on a page has its title and caption, with special characters escaped",
          "[report_figures]") {
  Figure figure;
  CHECK(figure_element(figure).empty());
  figure.title = "a < b";
  figure.caption = "c & d";
  figure.svg = "<?xml?><svg><title>Gnuplot</title></svg>";
  CHECK_THAT(figure_element(figure), contains("<svg><title>a &lt; b</title></svg>") &&
                                         contains("<figcaption>c &amp; d</figcaption>"));
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/gap_plot.hpp"

#include "support/drawn.hpp"
#include "support/skipped.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

GapRow row(const std::string& label, const stats::GapClosed& closed, const stats::GapClosed& nats) {
  GapRow made{"claim", {}, closed, nats, 3};
  made.gap.label = label;
  made.gap.name = "name";
  return made;
}

}  // namespace

TEST_CASE("both scales stand side by side, undefined ones with their reason",
          "[gap_plot][gnuplot]") {
  if (!has_gnuplot()) return skipped("gnuplot is not installed");
  const stats::GapClosed known{0.9, 0.8, 1.0, ""}, unknown{{}, 0, 0, "it's at its ceiling"};
  const std::string svg =
      drawn(GapPlot{{row("capacity: bits", known, unknown), row("hops", known, known)}});
  for (const char* text : {"bits", "hops", "capacity", "undefined: it's at its ceiling"})
    CHECK(shows(svg, text));
  CHECK_FALSE(shows(svg, "capacity: bits"));
}

TEST_CASE("without gaps there is no figure of them", "[gap_plot]") {
  CHECK(GapPlot{}.script().empty());
  CHECK(gaps_figure({}).script.empty());
}

TEST_CASE("an interval that is very wide is cut, not the figure stretched", "[gap_plot]") {
  const GapPlot wide{{row("a", {0.9, -70, 80, ""}, {0.5, 0.4, 0.6, ""})}};
  CHECK(wide.range() == std::pair(-0.6, 1.8));
  const GapPlot narrow{{row("a", {0.9, 0.8, 1, ""}, {})}};
  CHECK(narrow.range() == std::pair(-0.15, 1.15));
}

TEST_CASE("a ratio beyond the range is written at its edge", "[gap_plot][gnuplot]") {
  if (!has_gnuplot()) return skipped("gnuplot is not installed");
  const std::string svg =
      drawn(GapPlot{{row("a", {2.5, 2, 3, ""}, {-4, -5, -3, ""}), row("b", {1, 0, 2, ""}, {})}});
  CHECK_THAT(svg, contains("2.50 [2.00, 3.00]") && contains("-4.00 [-5.00, -3.00]"));
  CHECK_FALSE(contains("1.00 [").match(svg));
}

TEST_CASE("rows of one case stand beside each other; some are only in the table", "[gap_plot]") {
  std::vector<GapRow> rows{row("manipulation: b", {}, {}), row("capacity: a", {}, {}),
                           row("manipulation: d", {}, {}), row("capacity: c", {}, {})};
  rows[2].gap.in_summary = false;
  const std::vector<GapRow> shown = summary_rows(rows);
  REQUIRE(shown.size() == 3);
  CHECK(shown[1].gap.label == "capacity: c");
  CHECK(shown[2].gap.label == "manipulation: b");
  CHECK(gap_case(row("", {}, {}).gap).empty());
  CHECK(gaps_figure(rows).size.height > gaps_figure({}).size.height);
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/gap_plot.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {

GapRow row(const std::string& label, const stats::GapClosed& closed, const stats::GapClosed& nats) {
  GapRow made{"claim", {}, closed, nats, 3};
  made.gap.label = label;
  made.gap.name = "name";
  return made;
}

}  // namespace

TEST_CASE("both scales stand side by side, undefined ones with their reason", "[gap_plot]") {
  const stats::GapClosed known{0.9, 0.8, 1.0, ""}, unknown{{}, 0, 0, "it's at its ceiling"};
  const std::string script =
      gaps_script({row("capacity: bits", known, unknown), row("hops", known, known)});
  CHECK_THAT(script, contains("$closed0 << EOD\n0.9 1 0.8 1\nEOD"));
  CHECK_THAT(script, contains("$nats1 << EOD\n0.9 0 0.8 1\nEOD"));
  CHECK(script.find("$nats0") == std::string::npos);
  CHECK_THAT(script, contains("'undefined: it''s at its ceiling' at graph 0.5, first 1"));
  CHECK_THAT(script, contains("set ytics ('bits' 1, 'hops' 0)"));
  CHECK_THAT(script, contains("set label 'capacity' at screen"));
  CHECK(gaps_script({}).empty());
}

TEST_CASE("an interval that is very wide is cut, not the figure stretched", "[gap_plot]") {
  const std::string script = gaps_script({row("a", {0.9, -70, 80, ""}, {0.5, 0.4, 0.6, ""})});
  CHECK_THAT(script, contains("set xrange [-0.6:1.8]"));
}

TEST_CASE("a ratio beyond the range is written at its edge", "[gap_plot]") {
  const std::string script =
      gaps_script({row("a", {2.5, 2, 3, ""}, {-4, -5, -3, ""}), row("b", {1, 0, 2, ""}, {})});
  CHECK_THAT(script, contains("'2.50 [2.00, 3.00] >' at graph 0.985, first 1.28 right"));
  CHECK_THAT(script, contains("'< -4.00 [-5.00, -3.00]' at graph 0.015, first 1.28 left"));
  CHECK(script.find("1.00 [") == std::string::npos);
}

TEST_CASE("rows of one case stand beside each other; some are only in the table", "[gap_plot]") {
  std::vector<GapRow> rows{row("capacity: a", {}, {}), row("manipulation: b", {}, {}),
                           row("capacity: c", {}, {}), row("manipulation: d", {}, {})};
  rows[3].gap.in_summary = false;
  const std::vector<GapRow> shown = summary_rows(rows);
  REQUIRE(shown.size() == 3);
  CHECK(shown[1].gap.label == "capacity: c");
  CHECK(shown[2].gap.label == "manipulation: b");
  CHECK(gap_case(row("", {}, {}).gap).empty());
  CHECK(gaps_figure(rows).size.height > gaps_figure({}).size.height);
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/figures/exchange_plot.hpp"

#include "support/drawn.hpp"
#include "support/skipped.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

ExchangeRow row(const std::string& label, const stats::ExchangeRate& rate) {
  ExchangeRow made{"claim", {}, rate, {}, 3};
  made.exchange.label = label;
  made.exchange.name = "name";
  return made;
}

stats::ExchangeRate on(double phi, double low, double high) {
  return {stats::LadderPlace::on, std::pow(4, phi), phi, low, high, ""};
}

}  // namespace

TEST_CASE("each task has its row, and an undefined rate its reason", "[exchange_plot][gnuplot]") {
  if (!has_gnuplot()) return skipped("gnuplot is not installed");
  stats::ExchangeRate unknown;
  unknown.reason = "deeper isn't better";
  const std::string svg =
      drawn(ExchangePlot{{row("facts: 1 x 4", on(0.2, 0.1, 0.3)), row("hops: 1 x 4", unknown)}});
  for (const char* text : {"facts: 1 x 4", "hops: 1 x 4", "undefined: deeper isn't better",
                           "language models", "a layer each"})
    CHECK(shows(svg, text));
}

TEST_CASE("without exchange rates there is no figure of them", "[exchange_plot]") {
  CHECK(ExchangePlot{}.script().empty());
  CHECK(exchange_figure({}).script.empty());
}

TEST_CASE("an interval that leaves the ladder ends in an arrow at the edge", "[exchange_plot]") {
  const std::string script =
      ExchangePlot{{row("a", {stats::LadderPlace::beyond, 8, 1, 0.9, kInfinity, ""})}}.script();
  CHECK_THAT(script, contains("head filled") && contains("set xrange [-0.15:1.25]"));
  CHECK_FALSE(contains("inf").match(script));
  CHECK_FALSE(contains("head filled").match(ExchangePlot{{row("a", on(0.5, 0.4, 0.6))}}.script()));
  CHECK(ExchangePlot{{row("a", on(1.4, 1.2, 1.6))}}.range() == std::pair(-0.15, 1.5));
}

TEST_CASE("rows of one case stand beside each other; some are only in the table",
          "[exchange_plot]") {
  std::vector<ExchangeRow> rows{row("hops: b", {}), row("capacity: a", {}), row("hops: d", {}),
                                row("capacity: c", {})};
  rows[2].exchange.in_summary = false;
  rows[1].count = 0;  // no results
  const std::vector<ExchangeRow> shown = summary_rows(rows);
  REQUIRE(shown.size() == 2);
  CHECK(shown[0].exchange.label == "capacity: c");
  CHECK(shown[1].exchange.label == "hops: b");
}

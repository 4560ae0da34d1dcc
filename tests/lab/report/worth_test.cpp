// SPDX-License-Identifier: MIT
#include "looplab/lab/report/worth.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

namespace {

ExchangeRow row(Index layers, Index loops, const std::string& on, const stats::ExchangeRate& rate) {
  ExchangeRow made{"claim", {}, rate, {}, 4, layers, loops};
  made.exchange.short_label = on;
  return made;
}

}  // namespace

TEST_CASE("the exchange rates of cells of one shape make one sentence", "[worth]") {
  using enum stats::LadderPlace;
  const double infinity = std::numeric_limits<double>::infinity();
  Verdicts verdicts;
  CHECK(worth_text(verdicts).empty());
  verdicts.exchanges = {row(1, 4, "on k hops in context", {on, 3.73, 0.95, 0.9, 1, ""}),
                        row(1, 4, "", {on, 2, 0.5, 0.4, 0.6, ""}),
                        row(2, 2, "on stored hops", {beyond, 8, 2, 1.5, infinity, ""}),
                        row(1, 4, "for storing facts", {on, 1.15, 0.1, -infinity, 0.25, ""}),
                        row(1, 4, "on nothing", {undefined, 0, 0, 0, 0, "flat"})};
  CHECK(worth_text(verdicts) ==
        "2 layers applied 2 times are worth at least 8.0 layers on stored hops. 1 layer applied 4 "
        "times "
        "is worth 3.7 layers [3.5, 4.0] on k hops in context, and 1.1 layers [at most 1.4] for "
        "storing "
        "facts.");
  CHECK(worth_of(row(1, 4, "on facts", {below, 1, 0, -infinity, 0.1, ""})) ==
        "less than 1.0 layer on facts");
  CHECK(worth_of(row(1, 4, "on facts", {on, 3.7, 0.95, 0.9, infinity, ""})) ==
        "3.7 layers [at least 3.5] on facts");
}

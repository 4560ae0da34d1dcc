// SPDX-License-Identifier: MIT
#include "looplab/lab/verdicts/cell_exchange.hpp"

#include "support/catch.hpp"
#include "support/made_results.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("a cell is placed on the ladder of its claim, over the seeds that all have",
          "[cell_exchange]") {
  const Claim claim = shaped_claim();
  auto results = three_cells();  // means .88, .52, .92
  const ClaimResults of_claim("claim", results);
  const auto exchange = cell_exchange(claim, of_claim, "1x4", {"1x1", "4x1"}, "accuracy", 0.95);
  CHECK(exchange.count == 3);
  CHECK(exchange.rate.phi == Approx(0.9));  // .36 of .40 in log depth
  CHECK(exchange.rate.layers == Approx(std::pow(4, 0.9)));
  // nats are 1 - accuracy, and less of them is better
  const auto nats = cell_exchange(claim, of_claim, "1x4", {"1x1", "4x1"}, "answer_nats", 0.95);
  CHECK(nats.rate.phi == Approx(0.9));
  results.pop_back();
  CHECK(
      cell_exchange(claim, ClaimResults("claim", results), "1x4", {"1x1", "4x1"}, "accuracy", 0.95)
          .count == 2);
  const auto none = cell_exchange(claim, of_claim, "1x4", {"1x1", "4x1"}, "bits", 0.95);
  CHECK(none.count == 0);
  CHECK(exchange_text(none.rate) == "undefined: no results");
}

TEST_CASE("a cell off the ladder is said to be", "[cell_exchange]") {
  stats::ExchangeRate rate{stats::LadderPlace::on, 2.0, 0.5, 0.4, 0.6, ""};
  CHECK(exchange_text(rate) == "0.500 [0.400, 0.600], worth 2.00 layers");
  rate = {stats::LadderPlace::beyond, 8, 1, 0.9, INFINITY, ""};
  CHECK(exchange_text(rate) == "1.00 [0.900, +inf], worth at least 8.00 layers: beyond the ladder");
  rate = {stats::LadderPlace::below, 1, 0, -INFINITY, 0.1, ""};
  CHECK(exchange_words(rate) == "worth less than 1.00 layers: below the ladder");
}

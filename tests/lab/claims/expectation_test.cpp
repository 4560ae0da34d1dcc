// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/expectation.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("an exchange rate in any metric has its counterpart in nats of the answers",
          "[expectation]") {
  Exchange exchange;
  for (const char* place : {"", " k=4", " 3 hops", " q=0.5 k=4 loops=8"}) {
    exchange.metric = concat("accuracy", place);
    CHECK(exchange.nats() == concat("answer_nats", place));
  }
  exchange.metric = quantity::bits;
  CHECK(exchange.nats() == quantity::answer_nats);
}

TEST_CASE("an exchange rate is called by its label, else by its name", "[expectation]") {
  Exchange exchange;
  exchange.name = "bits";
  CHECK(exchange.title() == "bits");
  exchange.label = "capacity";
  CHECK(exchange.title() == "capacity");
}

TEST_CASE("words in cells and metrics stand for blocks and values of x", "[expectation]") {
  Endpoint endpoint;
  endpoint.cell = "{block}_2x4_{block}";
  endpoint.baseline = "{block}_2x1";
  endpoint.blocks = "16, 32";
  const auto pairs = cell_pairs(endpoint);
  REQUIRE(pairs.size() == 2);
  CHECK(pairs[0].block == "16");
  CHECK(pairs[1].cell == "32_2x4_32");
  CHECK(pairs[1].baseline == "32_2x1");
  endpoint.blocks = "";
  CHECK(cell_pairs(endpoint).at(0).cell == endpoint.cell);
  CHECK(metric_at("loops q=0.5 k={x}", "3") == MetricKey("loops q=0.5 k=3"));
}

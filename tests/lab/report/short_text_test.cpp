// SPDX-License-Identifier: MIT
#include "looplab/lab/report/short_text.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("numbers and intervals are written short", "[short_text]") {
  CHECK(short_number(0.12345) == "0.123");
  CHECK(short_number(-1.2345) == "-1.23");
  CHECK(short_number(123.4) == "123");
  CHECK(short_number(0) == "0.000");
  CHECK(short_number(1.23e13) == "1.23e+13");
  CHECK(interval_text({3, 0.5, 0.4, 0.6}) == "+0.500 [0.400, 0.600], 3 seeds");
  CHECK(interval_text({1, 0.5, 0.4, 0.6}) == "+0.500, 1 seed (no interval)");
  CHECK(interval_text({}) == "no results");
  CHECK(p_text(0.01234) == "0.0123");
  CHECK(p_text(0.5) == "0.50");
  CHECK(p_text(1e-9) == "< 0.0001");
  CHECK(percent(0.0123) == "1.23 %");
  CHECK(mean_text({}) == "no results");
  CHECK(mean_text({0.5}) == "0.500");
  CHECK(mean_text({1, 2, 6}) == "3.00 ± 6.57");
}

TEST_CASE("expectations are written as the rule that is applied", "[short_text]") {
  Endpoint endpoint;
  endpoint.metric = "accuracy";
  endpoint.cell = "1x4";
  endpoint.baseline = "1x1";
  CHECK(expectation_text(endpoint) == "accuracy: 1x4 - 1x1 > 0");
  endpoint.size = 0.3;
  CHECK(expectation_text(endpoint) == "accuracy: 1x4 - 1x1 >= 0.3");
  endpoint.kind = EndpointKind::null;
  endpoint.margin = 0.1;
  CHECK(expectation_text(endpoint) == "accuracy: 1x4 - 1x1 within +-0.1");
  CHECK(expected_here(endpoint) == expectation_text(endpoint));
  endpoint.expected = "nothing";
  CHECK(expected_here(endpoint) == "nothing (accuracy: 1x4 - 1x1 within +-0.1)");
  endpoint.kind = EndpointKind::one_sided;
  endpoint.bound = 0.1;
  CHECK(expectation_text(endpoint) == "accuracy: 1x4 - 1x1 < 0.1");
  endpoint.side = Side::above;
  CHECK(expectation_text(endpoint) == "accuracy: 1x4 - 1x1 > 0.1");
  endpoint.kind = EndpointKind::exchange_rate;
  CHECK(expectation_text(endpoint) == "exchange rate of 1x4 in accuracy > 0.1");
  endpoint.kind = EndpointKind::proportion;
  endpoint.threshold = 0.9;
  endpoint.size = 0;
  CHECK(expectation_text(endpoint) == "share of runs with accuracy >= 0.9: 1x4 - 1x1 > 0");
  endpoint.kind = EndpointKind::trend;
  endpoint.metric = "loops k={x}";
  endpoint.x = "1, 2";
  endpoint.baseline = "";
  endpoint.size = 0.5;
  CHECK(expectation_text(endpoint) == "slope of loops k={x} of 1x4 on x = 1, 2 >= 0.5");
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/metrics/metrics.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("metrics are found by name and listed in order", "[metrics]") {
  const Metrics metrics{{"loss", 1.5}, {"accuracy", 0.5, 0.25, true}};
  CHECK(metric_names(metrics) == std::vector<std::string>{"loss", "accuracy"});
  REQUIRE(find_metric(metrics, "accuracy") != nullptr);
  CHECK(find_metric(metrics, "accuracy")->floor == 0.25);
  CHECK(find_metric(metrics, "bits") == nullptr);
}

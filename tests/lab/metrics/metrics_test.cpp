// SPDX-License-Identifier: MIT
#include "looplab/lab/metrics/metrics.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("metrics are found by key", "[metrics]") {
  const Metrics metrics{{"loss", 1.5}, {"accuracy", 0.5, 0.25, true}};
  REQUIRE(find_metric(metrics, "accuracy") != nullptr);
  CHECK(find_metric(metrics, "accuracy")->floor == 0.25);
  CHECK(find_metric(metrics, "bits") == nullptr);
}

TEST_CASE("declared metrics are filled in under their keys, in order", "[metrics]") {
  const std::vector<DeclaredMetric<int>> declared{
      {"loss", [](const int& outcome, Metric& metric) { metric.value = outcome; }},
      {"accuracy k=1", [](const int&, Metric& metric) { metric.has_floor = true; }}};
  CHECK(keys_of(declared) == std::vector<MetricKey>{"loss", "accuracy k=1"});
  const Metrics metrics = measured(declared, 7);
  REQUIRE(metrics.size() == 2);
  CHECK(metrics[0].key == "loss");
  CHECK(metrics[0].value == 7);
  CHECK_FALSE(metrics[0].has_floor);
  CHECK(metrics[1].key.slice == "k=1");
  CHECK(metrics[1].has_floor);
}

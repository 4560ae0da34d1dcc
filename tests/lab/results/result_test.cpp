// SPDX-License-Identifier: MIT
#include "looplab/lab/results/result.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("a metric at other loops is found among those", "[result]") {
  RunResult result;
  result.metrics = {{"accuracy", 0.9}, {"accuracy q=0.5", 0.7}};
  result.test_loops = {{2, {{"accuracy", 0.4}}}, {12, {{"accuracy", 0.6}}}};
  CHECK(find_metric(result, "accuracy")->value == 0.9);
  CHECK(find_metric(result, "accuracy q=0.5")->value == 0.7);
  CHECK(find_metric(result, MetricKey("accuracy").at_loops(2))->value == 0.4);
  CHECK(find_metric(result, "accuracy loops=12")->value == 0.6);
  CHECK(find_metric(result, "accuracy loops=3") == nullptr);
  CHECK(find_metric(result, "loss loops=2") == nullptr);
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/runs/result.hpp"

#include "support/catch.hpp"
#include "support/experiment_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("results read back as they were written; damaged ones are refused", "[result]") {
  const TemporaryDirectory directory;
  RunResult result;
  result.claim = "a,\"b\"";
  result.cell = "1x1";
  result.hash = "0123";
  result.seed = 2;
  result.metrics = {{"accuracy", 0.1 + 0.2, 0.25, true}, {"loss", 1e-9, 0, false}};
  result.cost.model.unique_parameters = 7;
  result.environment = to_json(current_environment());
  write_result(directory / "result.json", result);
  CHECK(to_json(read_result(directory / "result.json")) == to_json(result));
  const std::string csv = results_csv({result});
  CHECK_THAT(csv,
             contains("\"a,\"\"b\"\"\",\"1x1\",2,0123") && contains(",\"accuracy\",\"loss\"\n"));
  write_text(directory / "result.json", "{\"claim\": 3");
  CHECK_THROWS_AS(read_result(directory / "result.json"), FileError);
  write_text(directory / "result.json", "{\"claim\": \"x\"}");
  CHECK_THROWS_AS(read_result(directory / "result.json"), FileError);
}

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

// SPDX-License-Identifier: MIT
#include "looplab/lab/results/result_json.hpp"

#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("results read back as they were written; damaged ones are refused", "[result_json]") {
  const TemporaryDirectory directory;
  RunResult result;
  result.claim = "a";
  result.cell = "1x1";
  result.hash = "0123";
  result.seed = 2;
  result.metrics = {{"accuracy", 0.1 + 0.2, 0.25, true}, {"loss", 1e-9, 0, false}};
  result.cost.model.unique_parameters = 7;
  result.environment = to_json(current_environment());
  write_result(directory / "result.json", result);
  CHECK(to_json(read_result(directory / "result.json")) == to_json(result));
  write_text(directory / "result.json", "{\"claim\": 3");
  CHECK_THROWS_AS(read_result(directory / "result.json"), FileError);
  write_text(directory / "result.json", "{\"claim\": \"x\"}");
  CHECK_THROWS_AS(read_result(directory / "result.json"), FileError);
}

TEST_CASE("metrics stand under their texts, known or not, in order", "[result_json]") {
  const Metrics metrics{{"probe hop=1 loop=2", 0.5, 0.25, true},
                        {"accuracy k=4", 0.75},
                        {"a metric of an older program", 3},
                        {"loss", NAN}};
  const auto values = metric_values(metrics), floors = metric_floors(metrics);
  CHECK(values.dump() ==
        "{\"probe hop=1 loop=2\":0.5,\"accuracy k=4\":0.75,\"a metric of an older program\":3.0,"
        "\"loss\":null}");
  CHECK(floors.dump() == "{\"probe hop=1 loop=2\":0.25}");
  const Metrics again = read_metrics(values, floors);
  REQUIRE(again.size() == metrics.size());
  for (std::size_t i = 0; i < metrics.size(); ++i) CHECK(again[i].key == metrics[i].key);
  CHECK(again[0].has_floor);
  CHECK_FALSE(again[1].has_floor);
  CHECK(std::isnan(again[3].value));
}

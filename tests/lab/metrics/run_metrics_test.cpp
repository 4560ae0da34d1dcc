// SPDX-License-Identifier: MIT
#include "looplab/lab/metrics/run_metrics.hpp"

#include <algorithm>
#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/lab/registry/models/looped_transformer_model.hpp"

#include "looplab/lab/config/settings.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

namespace {

RunConfig with_all_metrics() {
  return resolve_run(parse_ini(
      "[task]\nkind = multi_hop_facts\nnum_layers = 4\npeople_per_layer = 4\n"
      "num_relations = 3\nsequence_length = 20\ntrain_share = 0.4\nvalidation_share = 0.3\n"
      "test_share = 0.3\n"
      "[model]\nd_model = 8\nnum_heads = 1\nnum_loops = 3\nexit_gate = true\n"
      "[evaluation]\nexit_quantiles = 50,90\nexit_loops = 2\nprobe_sequences = 12\n"
      "decode_sequences = 5\n"
      "test_loops = 1,4\n",
      "all.ini"));
}

}  // namespace

TEST_CASE("a run declares the metrics that it measures", "[run_metrics]") {
  const RunConfig config = with_all_metrics();
  const AnyTask task = make_task(config.task);
  const AnyModel model = looped_transformer_model(config.model, Seed{1});
  const Metrics made = further_metrics(model, task, config, {.num_loops = 3, .num_sequences = 12});
  const auto keys = run_metric_keys(config);
  const std::size_t before = 3 * task.metric_keys().size();  // its own, and at two numbers of loops
  REQUIRE(keys.size() == before + made.size());
  for (std::size_t i = 0; i < made.size(); ++i) CHECK(made[i].key == keys[before + i]);
  CHECK(std::ranges::find(keys, MetricKey("accuracy hops=3 loops=4")) != keys.end());
  CHECK(std::ranges::find(keys, MetricKey("accuracy cache=averaged hops=3")) != keys.end());
  CHECK(has_further_metrics(config));
}

TEST_CASE("a run that asks for nothing has its task's metrics alone", "[run_metrics]") {
  RunConfig config = with_all_metrics();
  config.evaluation = {};
  const AnyTask task = make_task(config.task);
  CHECK_FALSE(has_further_metrics(config));
  CHECK(run_metric_keys(config) == task.metric_keys());
  CHECK(further_metrics(looped_transformer_model(config.model, Seed{1}), task, config, {}).empty());
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/metrics/run_metrics.hpp"

#include <algorithm>

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
      "test_loops = 1,4\n",
      "all.ini"));
}

}  // namespace

TEST_CASE("a run's metrics have the names that a claim is checked with", "[run_metrics]") {
  const RunConfig config = with_all_metrics();
  const AnyTask task = make_task(config.task);
  const LoopedTransformer<float> model(config.model, Seed{1});
  const Metrics made = further_metrics(model, task, config, {.num_loops = 3, .num_sequences = 12});
  const auto names = run_metric_names(config);
  for (const Metric& metric : made) CHECK(std::ranges::find(names, metric.name) != names.end());
  CHECK(names.size() == 3 * task.metric_names().size() + made.size());
  CHECK(std::ranges::find(names, "accuracy hops=3 loops=4") != names.end());
  CHECK(has_further_metrics(config));
}

TEST_CASE("a run that asks for nothing has its task's metrics alone", "[run_metrics]") {
  RunConfig config = with_all_metrics();
  config.evaluation = {};
  const AnyTask task = make_task(config.task);
  CHECK_FALSE(has_further_metrics(config));
  CHECK(run_metric_names(config) == task.metric_names());
  CHECK(further_metrics(LoopedTransformer<float>(config.model, Seed{1}), task, config, {}).empty());
}

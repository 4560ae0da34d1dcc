// SPDX-License-Identifier: MIT
#include "looplab/lab/exit_metrics.hpp"

#include <algorithm>

#include "looplab/lab/settings.hpp"
#include "support/catch.hpp"

using namespace looplab;

namespace {

const std::string kGated =
    "[task]\nkind = k_hop_induction\nsequence_length = 9\nmax_hops = 3\n"
    "[model]\nd_model = 8\nnum_heads = 1\nnum_loops = 3\nexit_gate = true\n"
    "[evaluation]\nnum_sequences = 20\nexit_quantiles = 50,90\n";

}  // namespace

TEST_CASE("exits at quantiles are metrics over all answers and by slice", "[exit_metrics]") {
  ExitEvaluation exits{.policy = {}, .total = {}, .slices = {}, .rows_left = {}};
  exits.slices.push_back({{.name = "k=1", .count = 10, .correct = 9}, 20});
  exits.slices.push_back({{.name = "k=2", .count = 30, .correct = 15}, 90});
  const Metrics metrics = exit_metrics(exits, 50);
  const auto value = [&](const char* name) {
    const Metric* metric = find_metric(metrics, name);
    REQUIRE(metric != nullptr);
    return metric->value;
  };
  CHECK(value("accuracy q=0.5") == 24.0 / 40);
  CHECK(value("accuracy q=0.5 k=2") == 0.5);
  CHECK(value("loops q=0.5") == 110.0 / 40);
  CHECK(value("loops q=0.5 k=1") == 2);
  CHECK(value("extra_loops q=0.5") == 1);
  CHECK(metrics.size() == 7);
}

TEST_CASE("a run's metrics have the names that a claim is checked with", "[exit_metrics]") {
  const RunConfig config = resolve_run(parse_ini(kGated, "gated.ini"));
  const AnyTask task = make_task(config.task);
  const LoopedTransformer<float> model(config.model, Seed{1});
  const Metrics made = exit_metrics(model, task, config, {.num_sequences = 20});
  CHECK(made.size() == 2 * 9);
  const auto names = run_metric_names(config);
  for (const Metric& metric : made) CHECK(std::ranges::find(names, metric.name) != names.end());
  CHECK(names.size() == task.metric_names().size() + made.size());

  RunConfig plain = config;
  plain.model.exit_gate = false;
  CHECK(run_metric_names(plain) == task.metric_names());
  CHECK(exit_metrics(LoopedTransformer<float>(plain.model, Seed{1}), task, plain, {}).empty());
}

TEST_CASE("a coda cannot be judged at exits, which is said before training", "[exit_metrics]") {
  const std::string coda = kGated + "[model]\nnum_coda_layers = 1\n";
  CHECK_THROWS_WITH(resolve_run(parse_ini(coda, "coda.ini")),
                    looplab_test::contains("num_coda_layers 1, expected 0"));
}

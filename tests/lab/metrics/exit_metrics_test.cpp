// SPDX-License-Identifier: MIT
#include "looplab/lab/metrics/exit_metrics.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/lab/registry/models/looped_transformer_model.hpp"

#include "looplab/lab/config/settings.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

namespace {

const std::string kGated =
    "[task]\nkind = k_hop_induction\nsequence_length = 9\nmax_hops = 3\n"
    "[model]\nd_model = 8\nnum_heads = 1\nnum_loops = 3\nexit_gate = true\n"
    "[evaluation]\nnum_sequences = 20\nexit_quantiles = 50,90\n";

/// A rule of the user's own.
struct EntropyBelow {
  static constexpr std::string_view kName = "entropy";
  static constexpr Needs kNeeds = Needs::logits;
  double threshold = 0.1;  // nats
  bool leaves(const LoopRow& row) const { return entropy(row.logits) < threshold; }
  static std::vector<double> thresholds() { return geometric_steps(1e-3, 10, 4); }
};

}  // namespace

TEST_CASE("exits at quantiles are metrics over all answers and by slice", "[exit_metrics]") {
  ExitEvaluation exits;
  exits.slices.push_back({{{.count = 10, .correct = 9}, "k=1"}, 20});
  exits.slices.push_back({{{.count = 30, .correct = 15}, "k=2"}, 90});
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
  exits.slices.pop_back();  // one slice is no harder than another
  CHECK(find_metric(exit_metrics(exits, 50), "extra_loops q=0.5") == nullptr);
}

TEST_CASE("values are read between points, and not beyond them", "[exit_metrics]") {
  const std::vector<std::pair<double, double>> points{{3, 0.9}, {1, 0.2}, {2, 0.4}, {2, 0.6}};
  CHECK(value_between(points, 2) == 0.5);
  CHECK(value_between(points, 2.5) == Approx(0.7));
  CHECK(value_between(points, 1.5) == Approx(0.35));
  CHECK(value_between(points, 0.5) == 0.2);
  CHECK(value_between(points, 4) == 0.9);
}

TEST_CASE("rules at equal loops lie between what they were tried with", "[exit_metrics]") {
  RunConfig config = resolve_run(parse_ini(kGated, "gated.ini"));
  config.evaluation.exit_loops = {1, 2, 3};
  const AnyTask task = make_task(config.task);
  const AnyModel model = looped_transformer_model(config.model, Seed{1});
  const EvaluationConfig evaluation{.num_loops = 3, .num_sequences = 20};
  const Metrics metrics = equal_loops_metrics(model, task, config, evaluation);
  REQUIRE(metrics.size() == 9);
  const auto value = [&](const std::string& name) { return find_metric(metrics, name)->value; };
  const auto fixed = [&](double loops) {
    return model.evaluate_exits(task, FixedLoops{loops}, evaluation).total.answers.accuracy();
  };
  CHECK(value("accuracy gate=3") == fixed(3));  // all rows do all loops
  CHECK(value("accuracy difference=3") == fixed(3));
  CHECK(value("accuracy divergence=3") == fixed(3));
  CHECK(value("accuracy difference=1") == value("accuracy difference=2"));  // none leaves after 1
  config.model.exit_gate = false;
  const AnyModel plain = looped_transformer_model(config.model, Seed{1});
  CHECK(equal_loops_metrics(plain, task, config, evaluation).size() == 6);
}

TEST_CASE("a rule that was added is compared at equal loops, too", "[exit_metrics]") {
  const auto before = exit_rule_families();
  add_exit_rule<EntropyBelow>();
  RunConfig config = resolve_run(parse_ini(kGated, "gated.ini"));
  config.evaluation.exit_loops = {1, 3};
  const AnyTask task = make_task(config.task);
  const AnyModel model = looped_transformer_model(config.model, Seed{1});
  const EvaluationConfig evaluation{.num_loops = 3, .num_sequences = 20};
  const Metrics metrics = equal_loops_metrics(model, task, config, evaluation);
  exit_rule_families() = before;
  REQUIRE(metrics.size() == 8);
  const auto accuracy = [&](double loops) {
    return model.evaluate_exits(task, FixedLoops{loops}, evaluation).total.answers.accuracy();
  };
  CHECK(find_metric(metrics, "accuracy exit:entropy=1")->value == accuracy(1));
  CHECK(find_metric(metrics, "accuracy exit:entropy=3")->value == accuracy(3));
}

TEST_CASE("a coda cannot be judged at exits, which is said before training", "[exit_metrics]") {
  const std::string coda = kGated + "[model]\nnum_coda_layers = 1\n";
  CHECK_THROWS_WITH(resolve_run(parse_ini(coda, "coda.ini")),
                    looplab_test::contains("num_coda_layers 1, expected 0"));
}

// SPDX-License-Identifier: MIT
#include "looplab/train/evaluate_exits.hpp"

#include "support/small_training.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::small_model;
using looplab_test::small_task;

namespace {

/// A model with a gate that is far from sure.
[[nodiscard]] LoopedTransformerConfig gated() {
  auto config = small_model(small_task());
  config.num_loops = 4;
  config.exit_gate = true;
  config.init_std = 0.5;
  return config;
}

}  // namespace

TEST_CASE("leaving after loop n is judged as evaluate with n loops") {
  const KHopInduction task = small_task();
  const LoopedTransformer<double> model(gated(), Seed{1});
  for (const LossOn loss_on : {LossOn::all, LossOn::answers})
    for (const Index loops : {1, 3, 4}) {
      EvaluationConfig config{.num_sequences = 20, .seed = {3}, .loss_on = loss_on};
      config.chunk_tokens = 40;
      const ExitEvaluation exits =
          evaluate_exits(model, task, FixedLoops{static_cast<double>(loops)}, config);
      config.num_loops = loops;
      const Evaluation expected = evaluate(model, task, config);
      CHECK(exits.total.answers.count == expected.total.count);
      CHECK(exits.total.answers.correct == expected.total.correct);
      CHECK(exits.total.answers.nll == Approx(expected.total.nll).epsilon(1e-12));
      REQUIRE(exits.slices.size() == expected.slices.size());
      for (std::size_t s = 0; s < exits.slices.size(); ++s) {
        CHECK(exits.slices[s].answers.name == expected.slices[s].name);
        CHECK(exits.slices[s].answers.correct == expected.slices[s].correct);
        CHECK(exits.slices[s].mean_loops() == static_cast<double>(loops));
      }
      CHECK(exits.mean_loops_of_all() == static_cast<double>(loops));
      CHECK(exits.seconds == 0);
    }
}

TEST_CASE("loops are counted over scored rows and over all rows, and time is taken if asked") {
  const KHopInduction task = small_task();
  const LoopedTransformer<float> model(gated(), Seed{1});
  const auto exits = [&](double q) {
    return evaluate_exits(model, task, GateQuantile{q}, {.num_sequences = 20}, 3);
  };
  const ExitEvaluation half = exits(0.7);
  Index rows = 0, loops = 0;
  for (Index r = 0; r < 4; ++r) {
    rows += half.rows_left[static_cast<std::size_t>(r)];
    loops += (r + 1) * half.rows_left[static_cast<std::size_t>(r)];
  }
  CHECK(rows == 20 * 11);
  CHECK(half.mean_loops_of_all() == Approx(static_cast<double>(loops) / (20 * 11)));
  CHECK(half.total.mean_loops() > 1);
  CHECK(half.total.mean_loops() < 4);
  CHECK(half.seconds > 0);
  CHECK((half.rule == "gate" && half.threshold == 0.7));
  CHECK(exits(0).total.mean_loops() == 1);
  CHECK(exits(1).total.mean_loops() == 4);
}

TEST_CASE("an oracle is at least as accurate as any fixed number of loops up to its own") {
  const KHopInduction task = small_task();
  const LoopedTransformer<double> model(gated(), Seed{1});
  const EvaluationConfig config{.num_sequences = 30};
  const ExitEvaluation oracle = evaluate_exits(model, task, TargetOracle{}, config);
  CHECK(oracle.total.answers.correct >=
        evaluate_exits(model, task, FixedLoops{1}, config).total.answers.correct);
  CHECK_THROWS_WITH(evaluate_exits(model, task, FixedLoops{1}),
                    contains("evaluation set of k_hop_induction is endless"));
}

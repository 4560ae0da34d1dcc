// SPDX-License-Identifier: MIT
#include "looplab/lab/config/resolve_run.hpp"

#include "support/catch.hpp"
#include "support/resolved_run.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("loops at test time that make no sense are refused", "[resolve_run]") {
  CHECK_THROWS_WITH(resolve(kTask + "[evaluation]\ntest_loops = 1,2,2\n"),
                    contains("evaluation: test_loops has 2 twice"));
  CHECK_THROWS_WITH(resolve(kTask + "[evaluation]\ntest_loops = 0,5000\n"),
                    contains("test_loops is 0, expected 1") && contains("test_loops is 5000"));
  CHECK_THROWS_WITH(resolve(kTask + "[evaluation]\ntest_loops = one\n"),
                    contains("whole numbers separated by commas"));
  const std::string indexed = kTask + "[model]\nnum_loops = 4\nloop_embedding = learned\n";
  CHECK_NOTHROW(resolve(indexed + "[evaluation]\ntest_loops = 1,4\n"));
  CHECK_THROWS_WITH(resolve(indexed + "[evaluation]\ntest_loops = 1,8\n"),
                    contains("8 loops at test time, but the model's loop-index table has 4 rows"));
  CHECK_NOTHROW(resolve(indexed + "max_loops = 8\n[evaluation]\ntest_loops = 1,8\n"));
}

TEST_CASE("a preset sets defaults that other keys overrule", "[resolve_run]") {
  const RunConfig gpt2 =
      resolve(kTask + "[model]\nnum_loops = 2\npreset = gpt2_rope\nbiases = false\n");
  CHECK(gpt2.model.norm == NormKind::layer);
  CHECK(gpt2.model.tied_head);
  CHECK_FALSE(gpt2.model.biases);
  CHECK(gpt2.model.num_loops == 2);
  CHECK(resolve(kTask + "[model]\npreset = ouro\nd_model = 128\n").model.d_feed_forward == 352);
}

TEST_CASE("everything wrong with a run is in one message", "[resolve_run]") {
  const std::string text =
      kTask +
      "alphabet_size = 1\n[model]\nd_model = 63\nnum_lops = 3\nvocab_size = 0\n"
      "[train]\nbatch_size = 0\n[evaluation]\nnum_sequences = -1\n";
  CHECK_THROWS_AS(resolve(text), ConfigError);
  CHECK_THROWS_WITH(resolve(text), contains("alphabet_size is 1") &&
                                       contains("63 is not divisible by num_heads 2") &&
                                       contains("did you mean model.num_loops?") &&
                                       contains("batch_size is 0") &&
                                       contains("num_sequences is -1"));
  CHECK_THROWS_WITH(resolve(kTask + "[model]\nvocab_size = 7\n"),
                    contains("vocab_size is 7, the task needs 8"));
  CHECK_THROWS_WITH(resolve("[model]\nd_model = 64\n"),
                    contains("task.kind is missing") && contains("biographies"));
}

TEST_CASE("training may not ask for what the model does not have", "[resolve_run]") {
  CHECK_THROWS_WITH(resolve(kTask + "[train]\nloss_per_loop = gate\n"),
                    contains("loss_per_loop is gate, but the model has none (model.exit_gate)"));
  CHECK_THROWS_WITH(resolve(kTask + "[train]\ngate_stage_two_steps = 5\n"),
                    contains("gate_stage_two_steps is 5, but the model has no gate"));
  CHECK_THROWS_WITH(resolve(kTask + "[train]\nloss_per_loop = every\nloop_weights = 1,2\n"),
                    contains("loop_weights has 2 numbers, expected one for each of 4 loops"));
  CHECK_THROWS_WITH(
      resolve(kTask + "[model]\nloop_embedding = learned\n[train]\nrandom_loops = 4,2,8\n"),
      contains("random_loops goes up to 8, but the model's loop-index table has 4 rows"));
}

TEST_CASE("a loop-index table shorter than the loops of training is refused", "[resolve_run]") {
  CHECK_THROWS_WITH(resolve(kTask + "[model]\nnum_loops = 2\nloop_embedding = learned\n"
                                    "[train]\nnum_loops = 4\n[evaluation]\nnum_loops = 1\n"),
                    contains("num_loops is 4, but the model's loop-index table has 2 rows"));
}

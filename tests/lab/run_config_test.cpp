// SPDX-License-Identifier: MIT
#include "looplab/lab/run_config.hpp"

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

RunConfig resolve(const std::string& text) { return resolve_run(parse_ini(text, "a.ini")); }

const std::string kTask = "[task]\nkind = k_hop_induction\nmax_hops = 3\n";

}  // namespace

TEST_CASE("a run is resolved to numbers and reads back from its INI text", "[run_config]") {
  const RunConfig run = resolve(kTask + "[model]\nnum_loops = 2\n[train]\nseed = 7\n");
  CHECK(std::get<KHopInductionConfig>(run.task).max_hops == 3);
  CHECK(run.model.vocab_size == 4 + 3 + 1);
  CHECK(run.model.d_feed_forward == 160);
  CHECK(run.train.seed == 7);
  const RunConfig again = resolve(to_ini(run));
  CHECK(to_json(again) == to_json(run));
  CHECK(short_hash(again) == short_hash(run));
  CHECK(short_hash(run).size() == 12);
}

TEST_CASE("the hash sees every setting that changes a result", "[run_config]") {
  const RunConfig run = resolve(kTask);
  CHECK(short_hash(resolve(kTask + "[train]\nnum_threads = 3\nlog_every = 7\n")) ==
        short_hash(run));
  for (const char* change : {"[train]\nseed = 9\n", "[model]\nnum_loops = 3\n",
                             "[evaluation]\nnum_sequences = 8\n", "[task]\nmin_hops = 2\n"})
    CHECK(short_hash(resolve(kTask + change)) != short_hash(run));
}

TEST_CASE("a preset sets defaults that other keys overrule", "[run_config]") {
  const RunConfig gpt2 =
      resolve(kTask + "[model]\nnum_loops = 2\npreset = gpt2_rope\nbiases = false\n");
  CHECK(gpt2.model.norm == NormKind::layer);
  CHECK(gpt2.model.tied_head);
  CHECK_FALSE(gpt2.model.biases);
  CHECK(gpt2.model.num_loops == 2);
  CHECK(resolve(kTask + "[model]\npreset = ouro\nd_model = 128\n").model.d_feed_forward == 352);
}

TEST_CASE("everything wrong with a run is in one message", "[run_config]") {
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

TEST_CASE("the cost of a run counts its tokens and loops", "[run_config]") {
  const RunConfig run = resolve(kTask + "[train]\nnum_steps = 10\nbatch_size = 4\n");
  const RunCost cost = run_cost(run);
  CHECK(cost.training_flop == Approx(cost.model.flop_per_token * 10 * 4 * 31));
  const RunCost every = run_cost(resolve(kTask + "[train]\nloss_per_loop = every\n"));
  CHECK(every.model.flop_per_token ==
        cost.model.flop_per_token + 3 * cost.model.read_out_flop_per_token);
  const RunCost more = run_cost(resolve(kTask + "[train]\nnum_loops = 8\n"));
  CHECK(more.model.unique_parameters == cost.model.unique_parameters);
  CHECK(more.model.flop_per_token > 1.7 * cost.model.flop_per_token);
}

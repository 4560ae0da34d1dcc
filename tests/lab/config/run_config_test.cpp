// SPDX-License-Identifier: MIT
#include "looplab/lab/config/run_config.hpp"

#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/lab/config/run_cost.hpp"
#include "looplab/lab/config/run_identity.hpp"
#include "looplab/lab/config/run_options.hpp"
#include "looplab/lab/results/result.hpp"
#include "looplab/tasks/k_hop_induction.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {

RunConfig resolve(const std::string& text) { return resolve_run(parse_ini(text, "a.ini")); }

const std::string kTask = "[task]\nkind = k_hop_induction\nmax_hops = 3\n";

}  // namespace

TEST_CASE("a run is resolved to numbers and reads back from its INI text", "[run_config]") {
  const RunConfig run = resolve(kTask + "[model]\nnum_loops = 2\n[train]\nseed = 7\n");
  CHECK(run.task.as<KHopInduction>().max_hops == 3);
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
  for (const char* change :
       {"[train]\nseed = 9\n", "[model]\nnum_loops = 3\n", "[evaluation]\nnum_sequences = 8\n",
        "[task]\nmin_hops = 2\n", "[evaluation]\ntest_loops = 1,2\n",
        "[evaluation]\ncurve_points = 3\n", "[model]\nnorm = layer\n"})
    CHECK(short_hash(resolve(kTask + change)) != short_hash(run));
  const RunConfig other = resolve("[task]\nkind = biographies\n");
  CHECK(short_hash(other) != short_hash(run));
}

TEST_CASE("the hash leaves out what is a default, so that new fields keep old names",
          "[run_config]") {
  const RunConfig run = resolve(kTask + "[model]\nnum_loops = 2\n[train]\nseed = 7\n");
  const auto values = changed_values(run);
  CHECK(values["task"].dump() == R"({"kind":"k_hop_induction","max_hops":3})");
  CHECK(values["train"].dump() == R"({"seed":7})");
  CHECK(values["model"]["num_loops"] == 2);
  CHECK_FALSE(values["model"].contains("d_model"));
  CHECK_FALSE(values.contains("evaluation"));
  CHECK(short_hash(resolve(kTask + "[model]\nd_model = 64\n")) == short_hash(resolve(kTask)));
}

// Results are named by what differs from the defaults: a default that changes makes another result
// of the same name. New fields need no line here.
TEST_CASE("defaults are those of results version 1", "[run_config]") {
  REQUIRE(kResultsVersion == 1);
  const auto check_kept = [](const nlohmann::ordered_json& now, const char* before) {
    const auto pinned = nlohmann::ordered_json::parse(before);
    for (const auto& [key, value] : pinned.items()) {
      CAPTURE(key);
      CHECK(now.value(key, nlohmann::ordered_json()) == value);
    }
  };
  check_kept(to_json(LoopedTransformerConfig{}), R"(
      {"vocab_size":0, "max_sequence_length":512, "d_model":64, "num_heads":2,
      "d_feed_forward":0, "num_prelude_layers":0, "num_block_layers":1, "num_coda_layers":0,
      "num_loops":4, "max_loops":0, "backprop_loops":0, "recompute":false, "norm":"rms",
      "norm_placement":"sandwich", "loop_norm":"every_loop", "norm_epsilon":1e-06,
      "residual_scale":"one", "feed_forward":"swiglu", "positions":"rotary",
      "rotary_base":10000.0, "attention_mask":"causal", "input_injection":"none",
      "loop_embedding":"none", "biases":false, "tied_head":false, "initialization":"normal",
      "init_std":0.0, "product_type":"float32"})");
  check_kept(to_json(TrainResultFields{}), R"(
      {"num_steps":1000, "batch_size":64, "learning_rate":0.001, "schedule":"cosine",
      "warmup_steps":0, "weight_decay":0.1, "beta1":0.9, "beta2":0.98, "epsilon":1e-08,
      "clip_norm":1.0, "loss_on":"all", "label_smoothing":0.0, "num_loops":0,
      "chunk_tokens":256, "num_gradient_slots":16, "seed":1})");
  check_kept(to_json(RunEvaluationSettings{}), R"(
      {"num_sequences":0, "num_loops":0, "split":"test", "test_loops":[], "curve_points":0,
      "curve_sequences":0})");
}

TEST_CASE("loops at test time that make no sense are refused", "[run_config]") {
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

TEST_CASE("training may not ask for what the model does not have", "[run_config]") {
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

TEST_CASE("the cost of a run counts its tokens and loops", "[run_config]") {
  const RunConfig run = resolve(kTask + "[train]\nnum_steps = 10\nbatch_size = 4\n");
  const RunCost cost = run_cost(run);
  CHECK(cost.training_flop == Approx(cost.model.flop_per_token * 10 * 4 * 31));
  const RunCost every = run_cost(resolve(kTask + "[train]\nloss_per_loop = every\n"));
  CHECK(every.model.flop_per_token ==
        cost.model.flop_per_token + 3 * cost.model.read_out_flop_per_token);
  const std::string gate = kTask + "[model]\nexit_gate = true\n[train]\n";
  CHECK(run_cost(resolve(gate + "loss_per_loop = gate\n")).model.flop_per_token ==
        Approx(every.model.flop_per_token).epsilon(0.01));
  CHECK(run_cost(resolve(gate + "num_steps = 10\nbatch_size = 4\ngate_stage_two_steps = 6\n"))
            .training_flop == Approx(1.2 * cost.training_flop).epsilon(0.01));
  const RunCost random = run_cost(resolve(kTask + "[train]\nrandom_loops = 4,2,8\n")),
                four = run_cost(resolve(kTask)),
                five = run_cost(resolve(kTask + "[train]\nnum_loops = 5\n"));
  CHECK(random.model.flop_per_token == four.model.flop_per_token);
  CHECK(random.training_flop ==
        Approx(four.training_flop + (mean_training_loops({.random_loops = {4, 2, 8}}) - 4) *
                                        (five.training_flop - four.training_flop)));
  const RunCost more = run_cost(resolve(kTask + "[train]\nnum_loops = 8\n"));
  CHECK(more.model.unique_parameters == cost.model.unique_parameters);
  CHECK(more.model.flop_per_token > 1.7 * cost.model.flop_per_token);
}

TEST_CASE("exposures are biographies seen per person, of both kinds of biographies",
          "[run_config]") {
  const std::string train = "[train]\nnum_steps = 300\nbatch_size = 10\n";
  CHECK(exposures(resolve("[task]\nkind = biographies\nnum_people = 60\n"
                          "biographies_per_window = 4\n" +
                          train)) == 200);
  CHECK(exposures(resolve("[task]\nkind = biography_sentences\nnum_people = 90\n"
                          "biographies_per_window = 3\n" +
                          train)) == 100);
  CHECK(exposures(resolve(kTask + train)) == 0);
}

TEST_CASE("the numbers of loops are resolved once, the given ones stay for the run's name",
          "[run_config]") {
  const auto loops = [](const std::string& text) {
    const RunLoops all = resolve(kTask + text).loops;
    return std::pair(all.trained, all.evaluated);
  };
  const std::string model = "[model]\nnum_loops = 2\n";
  CHECK(loops(model) == std::pair<Index, Index>(2, 2));
  CHECK(loops(model + "[train]\nnum_loops = 4\n") == std::pair<Index, Index>(4, 4));
  CHECK(loops(model + "[evaluation]\nnum_loops = 3\n") == std::pair<Index, Index>(2, 3));
  CHECK(loops(model + "[train]\nnum_loops = 4\n[evaluation]\nnum_loops = 3\n") ==
        std::pair<Index, Index>(4, 3));
  const RunConfig run = resolve(kTask + model + "[train]\nnum_loops = 4\n");
  CHECK(trained_model(run).num_loops == 4);
  CHECK(run_cost(run).model.effective_parameters ==
        run_cost(resolve(kTask + "[model]\nnum_loops = 4\n")).model.effective_parameters);
  CHECK(changed_values(run)["model"]["num_loops"] == 2);
  CHECK_FALSE(changed_values(run).contains("evaluation"));
  CHECK(resolve(to_ini(run)).loops.evaluated == 4);
}

TEST_CASE("a loop-index table shorter than the loops of training is refused", "[run_config]") {
  CHECK_THROWS_WITH(resolve(kTask + "[model]\nnum_loops = 2\nloop_embedding = learned\n"
                                    "[train]\nnum_loops = 4\n[evaluation]\nnum_loops = 1\n"),
                    contains("num_loops is 4, but the model's loop-index table has 2 rows"));
}

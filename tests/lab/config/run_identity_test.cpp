// SPDX-License-Identifier: MIT
#include "looplab/lab/config/run_identity.hpp"

#include "looplab/lab/results/result_stamp.hpp"
#include "support/catch.hpp"
#include "support/resolved_run.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("the hash sees every setting that changes a result", "[run_identity]") {
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
          "[run_identity]") {
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
TEST_CASE("defaults are those of results version 1", "[run_identity]") {
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

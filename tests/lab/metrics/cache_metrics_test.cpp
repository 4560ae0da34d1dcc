// SPDX-License-Identifier: MIT
#include "looplab/lab/metrics/cache_metrics.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/lab/config/settings.hpp"
#include "looplab/lab/registry/models/looped_transformer_model.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {

RunConfig decoding(const std::string& more = "") {
  return resolve_run(parse_ini(
      "[task]\nkind = multi_hop_facts\nnum_layers = 4\npeople_per_layer = 4\nname_tokens = 2\n"
      "num_relations = 3\nsequence_length = 20\ntrain_share = 0.4\nvalidation_share = 0.3\n"
      "test_share = 0.3\n"
      "[model]\nd_model = 16\nnum_heads = 1\nnum_loops = 2\nmax_sequence_length = 20\n"
      "[train]\nnum_steps = 300\nbatch_size = 16\nlearning_rate = 1e-2\nwarmup_steps = 20\n"
      "loss_on = answers\n"
      "[evaluation]\ndecode_sequences = 30\n" +
          more,
      "decoding.ini"));
}

}  // namespace

TEST_CASE("accuracies of generated answers are those of whole answers, by slice and in all",
          "[cache_metrics]") {
  const auto declared = declared_cache_metrics({"hops=1", "hops=2"}, CacheSharing::last);
  const DecodedSlices decoded{{{.count = 10, .correct = 9}, "hops=1"},
                              {{.count = 30, .correct = 15}, "hops=2"}};
  const Metrics metrics = measured(declared, decoded);
  REQUIRE(metrics.size() == 3);
  CHECK(find_metric(metrics, "accuracy cache=last")->value == 24.0 / 40);
  CHECK(find_metric(metrics, "accuracy cache=last hops=1")->value == 0.9);
  CHECK(find_metric(metrics, "accuracy cache=last hops=2")->value == 0.5);
}

TEST_CASE("with a cache per loop whole answers are right as often as in the forward pass",
          "[cache_metrics]") {
  const RunConfig config = decoding();
  const AnyTask task = make_task(config.task);
  AnyModel model = looped_transformer_model(config.model, Seed{1});
  const auto training = model.train(task, config.train);
  training->on_step([](const StepReport&) {});
  CHECK(training->run());
  const EvaluationConfig evaluation{.num_loops = 2, .split = Split::test};
  const Metrics metrics = cache_metrics(model, task, config, evaluation);
  CHECK(metrics.size() == 4 * (1 + 3));

  Batch batch;
  sample_batch(task, evaluation.seed, Split::test, 0, 30, batch);
  const auto& transformer = model.looped_transformer("test");
  Tape<float> tape;
  tape.set_recording(false);
  const Pass<float> pass{tape, nullptr};
  const auto logits =
      transformer.head(pass, transformer.hidden(pass, batch, {.num_loops = 2})).value();
  const auto is_right = [&](Index n) {
    const float* row = logits.data() + n * logits.cols();
    return std::max_element(row, row + logits.cols()) - row ==
           batch.targets[static_cast<std::size_t>(n)];
  };
  std::array<Score, 3> whole;  // of each slice; an answer has two positions
  for (Index n = 0; n + 1 < batch.size(); ++n) {
    const Token slice = batch.slices[static_cast<std::size_t>(n)];
    if (slice == kNoSlice || slice != batch.slices[static_cast<std::size_t>(n + 1)]) continue;
    whole.at(static_cast<std::size_t>(slice)).add(is_right(n) && is_right(n + 1), 0);
  }
  for (std::size_t s = 0; s < whole.size(); ++s) {
    const std::string key = "accuracy cache=full hops=" + std::to_string(s + 1);
    CHECK(whole[s].count == 20);  // two questions in each of 30 windows
    CHECK(whole[s].accuracy() > 0.1);
    CHECK(find_metric(metrics, key)->value == whole[s].accuracy());
  }
}

TEST_CASE("no answers are generated unless asked for", "[cache_metrics]") {
  RunConfig config = decoding();
  config.evaluation.decode_sequences = 0;
  CHECK(compared_caches(config).empty());
  const AnyTask task = make_task(config.task);
  CHECK(cache_metrics(looped_transformer_model(config.model, Seed{1}), task, config, {}).empty());
}

TEST_CASE("what cannot be generated is one sentence, before anything is trained",
          "[cache_metrics]") {
  CHECK_THROWS_WITH(decoding("[model]\nattention_mask = full\n"),
                    contains("evaluation: decode_sequences is 30, but a decoder needs "
                             "attention_mask = causal (model.attention_mask)"));
}

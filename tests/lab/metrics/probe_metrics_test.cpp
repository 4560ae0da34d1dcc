// SPDX-License-Identifier: MIT
#include "looplab/lab/metrics/probe_metrics.hpp"

#include <vector>
#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/lab/registry/models/looped_transformer_model.hpp"

#include "looplab/lab/config/settings.hpp"
#include "looplab/tasks/multi_hop_facts.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

namespace {

RunConfig probed(const std::string& more = "") {
  return resolve_run(parse_ini(
      "[task]\nkind = multi_hop_facts\nnum_layers = 4\npeople_per_layer = 6\n"
      "num_relations = 4\nsequence_length = 20\ntrain_share = 0.2\nvalidation_share = 0.4\n"
      "test_share = 0.4\n"
      "[model]\nd_model = 16\nnum_heads = 1\nnum_loops = 2\n"
      "[evaluation]\nprobe_sequences = 150\n" +
          more,
      "probed.ini"));
}

}  // namespace

TEST_CASE("what is probed are the people of the deepest questions", "[probe_metrics]") {
  const RunConfig config = probed();
  const AnyTask task = make_task(config.task);
  const AnyModel model = looped_transformer_model(config.model, Seed{1});
  const auto answers = probed_bridges(model, task, Split::test, 9, {.num_loops = 2});
  REQUIRE(answers.labels.size() == 2);
  REQUIRE(answers.labels[0].size() == 9 * 4 / 3);  // 4 questions of a window, hops 1, 2, 3 in turn
  // One-hot tokens: relation, relation, relation, person, "?".
  const auto input = answers.rows(0, 0).states;
  const Index V = task.vocab_size();
  REQUIRE(input.cols() == 5 * V);
  const MultiHopFacts facts(config.task.as<MultiHopFacts>());
  for (Index n = 0; n < input.rows(); ++n) {
    std::vector<Token> question;
    for (Index i = 0; i < 5; ++i)
      for (Index v = 0; v < V; ++v)
        if (input.data()[n * 5 * V + i * V + v] == 1) question.push_back(static_cast<Token>(v));
    REQUIRE(question.size() == 5);
    const Index first = facts.fact(question[3] - facts.person_token(0),
                                   question[2] - facts.relation_token(0)),
                second = facts.fact(first, question[1] - facts.relation_token(0));
    const auto at = static_cast<std::size_t>(n);
    CHECK(answers.labels[0][at] == facts.person_token(first));
    CHECK(answers.labels[1][at] == facts.person_token(second));
  }
  CHECK(answers.rows(2, 0).states.cols() == 16);
}

TEST_CASE("probed states are those that the head reads after each loop", "[probe_metrics]") {
  const RunConfig config = probed();
  const AnyTask task = make_task(config.task);
  const AnyModel model = looped_transformer_model(config.model, Seed{1});
  const auto answers = probed_bridges(model, task, Split::test, 3, {.num_loops = 2});
  Batch batch;
  sample_batch(task, {}, Split::test, 0, 3, batch);
  Tape<float> tape;
  const auto state = model.looped_transformer("test").hidden({tape, nullptr}, {3, 20, batch.tokens, batch.documents});
  Index row = 0;
  for (Index n = 0; n < 60; ++n) {
    if (batch.slices[static_cast<std::size_t>(n)] != 2) continue;
    for (Index d = 0; d < 16; ++d)
      CHECK(answers.rows(2, 0).states.data()[row * 16 + d] == state.data()[n * 16 + d]);
    ++row;
  }
  CHECK(row == 4);
}

TEST_CASE("the input does not tell what needs two tokens together", "[probe_metrics]") {
  const RunConfig config = probed();
  const AnyTask task = make_task(config.task);
  const AnyModel model = looped_transformer_model(config.model, Seed{1});
  const Metrics metrics = probe_metrics(model, task, config, {.num_loops = 2});
  CHECK(metrics.size() == 2 * 3 * 2);
  const auto value = [&](const std::string& name) { return find_metric(metrics, name)->value; };
  CHECK(value("probe hop=1 input") > value("probe hop=1 input shuffled"));
  CHECK(value("probe hop=1 input") < 0.9);
  CHECK(find_metric(metrics, "probe hop=1 loop=1")->floor < 0.5);
}

TEST_CASE("probes without answers to probe are one sentence", "[probe_metrics]") {
  const RunConfig config = probed("");
  RunConfig one = config;
  one.evaluation.probe_sequences = 0;
  const AnyTask task = make_task(config.task);
  const AnyModel model = looped_transformer_model(config.model, Seed{1});
  CHECK(probe_metrics(model, task, one, {}).empty());
  const RunConfig other =
      resolve_run(parse_ini("[task]\nkind = k_hop_induction\n[model]\nd_model = 8\nnum_heads = 1\n"
                            "[evaluation]\nnum_sequences = 2\nprobe_sequences = 9\n",
                            "k_hop.ini"));
  CHECK(num_probed_bridges(other, make_task(other.task)) == 0);
}

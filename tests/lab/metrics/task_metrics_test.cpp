// SPDX-License-Identifier: MIT
#include "looplab/lab/metrics/task_metrics.hpp"

#include <cmath>

#include "looplab/tasks/biographies/biographies.hpp"
#include "looplab/tasks/graph_reachability.hpp"
#include "looplab/tasks/k_hop_induction.hpp"
#include "looplab/tasks/permutation_relations.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

namespace {

// One answer kind that counts in no depth, then depths 1 and 3; the outer two are a group.
struct Grouped {
  static constexpr double kLearnedAccuracy = 0.8;
  [[nodiscard]] std::string name() const { return "grouped"; }
  [[nodiscard]] Index vocab_size() const { return 2; }
  [[nodiscard]] Index sequence_length() const { return 2; }
  [[nodiscard]] Index num_slices() const { return 3; }
  [[nodiscard]] std::string slice_name(Index i) const { return "s=" + to_text(i); }
  [[nodiscard]] std::string slice_group(Index i) const { return i == 1 ? "" : "outer"; }
  [[nodiscard]] Index slice_depth(Index i) const { return i == 0 ? 0 : 2 * i - 1; }
  [[nodiscard]] Index trained_depth() const { return 3; }
  [[nodiscard]] double slice_floor(Index i) const { return 0.1 * static_cast<double>(i + 1); }
  [[nodiscard]] Index num_evaluation_sequences() const { return 1; }
  void sample(Seed, Split, Index, Window) const {}
};

std::vector<MetricKey> keys_of(const Metrics& metrics) {
  std::vector<MetricKey> keys;
  for (const Metric& metric : metrics) keys.push_back(metric.key);
  return keys;
}

}  // namespace

TEST_CASE("k-hop metrics are accuracies with the floors of the task", "[lab]") {
  const KHopInduction task({.sequence_length = 11, .alphabet_size = 4, .max_hops = 2});
  const Evaluation evaluation{
      {{40, 30, 20.0}, "all"}, {{{20, 18, 4.0}, "k=1"}, {{20, 12, 16.0}, "k=2"}}, 0.75, 0.5};
  const Metrics metrics = task_metrics(task, evaluation, 100);
  CHECK(keys_of(metrics) == std::vector<MetricKey>{"accuracy", "accuracy k=1", "accuracy k=2",
                                                   "answer_nats", "answer_nats k=1",
                                                   "answer_nats k=2", "loss"});
  CHECK(keys_of(metrics) == keys_of(declared_metrics(task)));
  CHECK(find_metric(metrics, "accuracy")->value == 0.75);
  CHECK(find_metric(metrics, "accuracy k=2")->value == 12.0 / 20);
  CHECK(find_metric(metrics, "accuracy k=2")->floor == task.floor_accuracy(2));
  CHECK(metrics[0].floor == (task.floor_accuracy(1) + task.floor_accuracy(2)) / 2);
  CHECK(find_metric(metrics, "answer_nats")->value == 20.0 / 40);
  CHECK(find_metric(metrics, "answer_nats k=2")->value == 16.0 / 20);
  CHECK_FALSE(find_metric(metrics, "loss")->has_floor);
  CHECK(find_metric(metrics, "none") == nullptr);
}

TEST_CASE("the learned depth ends before the first depth that is not learned", "[lab]") {
  const PermutationRelations task({.max_train_hops = 3, .max_hops = 4});
  Evaluation evaluation;
  const auto depth = [&](const std::vector<Index>& correct) {
    evaluation.slices.clear();
    for (Index n : correct) evaluation.slices.push_back({{100, n, 1.0}, ""});
    return find_metric(task_metrics(task, evaluation, 1), "learned_depth")->value;
  };
  CHECK(depth({94, 100, 100, 100}) == 0);
  CHECK(depth({100, 95, 94, 100}) == 2);
  CHECK(depth({95, 95, 95, 95}) == 4);
  CHECK(keys_of(task_metrics(task, evaluation, 1)) == keys_of(declared_metrics(task)));
}

TEST_CASE("the expected depth is the sum of accuracies over the depths of training", "[lab]") {
  const PermutationRelations task({.max_train_hops = 3, .max_hops = 4});
  Evaluation evaluation;
  for (Index correct : {100, 80, 50, 100})  // the last is deeper than training
    evaluation.slices.push_back({{100, correct, 1.0}, ""});
  CHECK(find_metric(task_metrics(task, evaluation, 1), "expected_depth")->value == Approx(2.3));
}

TEST_CASE("uncomposed facts have metrics by hops and together, and count in no depth", "[lab]") {
  const PermutationRelations task(
      {.max_train_hops = 3, .max_hops = 4, .held_out_walks = 50, .uncomposed_share = 0.1});
  Evaluation evaluation;
  for (Index correct : {100, 100, 95, 20, 40, 10})  // k=1 ... k=4, ood k=2, ood k=3
    evaluation.slices.push_back({{100, correct, 1.0}, ""});
  const Metrics metrics = task_metrics(task, evaluation, 1);
  CHECK(find_metric(metrics, "accuracy k=3")->value == 0.95);
  CHECK(find_metric(metrics, "accuracy ood k=3")->value == 0.1);
  CHECK(find_metric(metrics, "accuracy ood")->value == 0.25);
  CHECK(find_metric(metrics, "accuracy ood")->floor == Approx(task.slice_floor(4)));
  CHECK(find_metric(metrics, "answer_nats ood")->value == Approx(0.01));
  CHECK(find_metric(metrics, "learned_depth")->value == 3);
  CHECK(find_metric(metrics, "expected_depth")->value == Approx(2.95));
  CHECK(MetricKey("accuracy ood k=3 loops=8").slice == "ood k=3");
}

TEST_CASE("distances in graphs are learned from .9, and guessed answers count as none", "[lab]") {
  const GraphReachability task({.num_nodes = 12, .max_distance = 4});
  Evaluation evaluation;
  const auto metric = [&](const char* key, const std::vector<Index>& correct) {
    evaluation.slices.clear();
    for (Index n : correct) evaluation.slices.push_back({{100, n, 1.0}, ""});
    return find_metric(task_metrics(task, evaluation, 1), key)->value;
  };
  CHECK(metric("learned_depth", {89, 100, 100, 100}) == 0);
  CHECK(metric("learned_depth", {100, 90, 89, 100}) == 2);
  CHECK(metric("learned_depth", {90, 90, 90, 90}) == 4);
  CHECK(metric("expected_depth", {100, 100, 100, 100}) == 4);
  CHECK(metric("expected_depth", {100, 75, 50, 50}) == Approx(1.5));
  CHECK(metric("expected_depth", {50, 49, 51, 50}) == Approx(0).margin(1e-12));  // only guesses
}

TEST_CASE("a group of slices has metrics of its own; depth 0 is no depth", "[lab]") {
  const Evaluation evaluation{
      {{40, 24, 30.0}, "all"},
      {{{10, 2, 20.0}, "s=0"}, {{20, 18, 4.0}, "s=1"}, {{10, 4, 6.0}, "s=2"}},
      0.6,
      0.75};
  const Metrics metrics = task_metrics(Grouped{}, evaluation, 1);
  CHECK(keys_of(metrics) == std::vector<MetricKey>{"accuracy", "accuracy s=0", "accuracy s=1",
                                                   "accuracy s=2", "accuracy outer", "answer_nats",
                                                   "answer_nats s=0", "answer_nats s=1",
                                                   "answer_nats s=2", "answer_nats outer",
                                                   "learned_depth", "expected_depth", "loss"});
  CHECK(find_metric(metrics, "accuracy")->value == 24.0 / 40);
  CHECK(find_metric(metrics, "accuracy outer")->value == 6.0 / 20);
  CHECK(find_metric(metrics, "accuracy outer")->has_floor);
  CHECK(find_metric(metrics, "accuracy outer")->floor == Approx((0.1 + 0.3) / 2));
  CHECK(find_metric(metrics, "answer_nats outer")->value == 26.0 / 20);
  CHECK(find_metric(metrics, "learned_depth")->value == 1);  // s=0 is not learned, s=1 is
  CHECK(find_metric(metrics, "expected_depth")->value == Approx(0.9 + 2 * 0.4));
}

TEST_CASE("a model that knows everything has all the bits there are", "[lab]") {
  const Biographies task({.num_people = 64,
                          .name_alphabets = "8x8x8",
                          .num_attributes = 2,
                          .diversity = 4,
                          .string_alphabet = 16});
  const double names = 64 * std::log(64.0);
  Evaluation evaluation{
      {{320, 0, names}, "all"},
      {{{192, 0, names}, "name"}, {{128, 0, 0}, "first_chunk"}, {{0, 0, 0}, "value"}},
      1,
      0.1};
  Metrics metrics = task_metrics(task, evaluation, 500);
  const double all = 64 * 3 + 64 * 2 * 2 + 2 * 4 * 2;
  CHECK(find_metric(metrics, "bits")->value == Approx(all));
  CHECK(find_metric(metrics, "answer_nats")->value == Approx(names / 320));
  CHECK(find_metric(metrics, "demand")->value == Approx(all));
  CHECK(find_metric(metrics, "bits_per_parameter")->value == Approx(all / 500));
  CHECK(keys_of(metrics) == keys_of(declared_metrics(task)));
  evaluation.slices[1].nll = 128 * std::log(2.0);  // one bit of each value is not known
  metrics = task_metrics(task, evaluation, 500);
  CHECK(find_metric(metrics, "bits")->value == Approx(all - 128 - 8));
  evaluation.slices[0].nll = names / 2;  // cannot be
  CHECK_THROWS_AS(task_metrics(task, evaluation, 500), NumericsError);
}

TEST_CASE("a task without floors or knowledge has accuracies without floors", "[lab]") {
  struct Plain {
    [[nodiscard]] std::string name() const { return "plain"; }
    [[nodiscard]] Index vocab_size() const { return 2; }
    [[nodiscard]] Index sequence_length() const { return 2; }
    [[nodiscard]] Index num_slices() const { return 1; }
    [[nodiscard]] std::string slice_name(Index) const { return "answer"; }
    [[nodiscard]] Index num_evaluation_sequences() const { return 1; }
    void sample(Seed, Split, Index, Window) const {}
  };
  const Evaluation evaluation{{{4, 2, 3.0}, "all"}, {{{2, 1, 1.0}, "answer"}}, 0.5, 0.75};
  const Metrics metrics = task_metrics(Plain{}, evaluation, 1);
  CHECK(keys_of(metrics) == std::vector<MetricKey>{"accuracy", "accuracy answer", "answer_nats",
                                                   "answer_nats answer", "loss"});
  CHECK(find_metric(metrics, "accuracy")->value == 0.5);
  CHECK(find_metric(metrics, "accuracy answer")->value == 0.5);
  for (const Metric& metric : metrics) CHECK_FALSE(metric.has_floor);
  CHECK(find_metric(metrics, "answer_nats")->value == 0.5);
  CHECK(find_metric(metrics, "loss")->value == 0.75);
}

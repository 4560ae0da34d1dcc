// SPDX-License-Identifier: MIT
#include "looplab/lab/task_registry.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

TEST_CASE("tasks are found by name and an unknown one is answered with the nearest", "[lab]") {
  CHECK(task_names() == std::vector<std::string>{"k_hop_induction", "biographies"});
  for (const std::string& name : task_names()) {
    CHECK(task_kind(default_task_config(name)) == name);
    CHECK(with_task(default_task_config(name), [](const auto& t) { return t.name(); }) == name);
  }
  CHECK_THROWS_AS(default_task_config("biography"), ConfigError);
  CHECK_THROWS_WITH(default_task_config("biography"), contains("did you mean biographies?"));
}

TEST_CASE("k-hop metrics are accuracies with the floors of the task", "[lab]") {
  const KHopInduction task({.sequence_length = 11, .alphabet_size = 4, .max_hops = 2});
  const Evaluation evaluation{
      {"all", 40, 30, 20.0}, {{"k=1", 20, 18, 4.0}, {"k=2", 20, 12, 16.0}}, 0.75, 0.5};
  const Metrics metrics = task_metrics(task, evaluation, 100);
  CHECK(metric_names(metrics) ==
        std::vector<std::string>{"accuracy", "loss", "accuracy k=1", "accuracy k=2"});
  CHECK(metric_names(metrics) == metric_names(task));
  CHECK(find_metric(metrics, "accuracy")->value == 0.75);
  CHECK(find_metric(metrics, "accuracy k=2")->value == 12.0 / 20);
  CHECK(find_metric(metrics, "accuracy k=2")->floor == task.floor_accuracy(2));
  CHECK(metrics[0].floor == (task.floor_accuracy(1) + task.floor_accuracy(2)) / 2);
  CHECK_FALSE(find_metric(metrics, "loss")->has_floor);
  CHECK(find_metric(metrics, "none") == nullptr);
}

TEST_CASE("a model that knows everything has all the bits there are", "[lab]") {
  const Biographies task({.num_people = 64,
                          .name_alphabets = "8x8x8",
                          .num_attributes = 2,
                          .diversity = 4,
                          .string_alphabet = 16});
  const double names = 64 * std::log(64.0);
  Evaluation evaluation{{"all", 320, 0, names},
                        {{"name", 192, 0, names}, {"first_chunk", 128, 0, 0}, {"value", 0, 0, 0}},
                        1,
                        0.1};
  Metrics metrics = task_metrics(task, evaluation, 500);
  const double all = 64 * 3 + 64 * 2 * 2 + 2 * 4 * 2;
  CHECK(find_metric(metrics, "bits")->value == Approx(all));
  CHECK(find_metric(metrics, "demand")->value == Approx(all));
  CHECK(find_metric(metrics, "bits_per_parameter")->value == Approx(all / 500));
  CHECK(metric_names(metrics) == metric_names(task));
  evaluation.slices[1].nll = 128 * std::log(2.0);  // one bit of each value is not known
  metrics = task_metrics(task, evaluation, 500);
  CHECK(find_metric(metrics, "bits")->value == Approx(all - 128 - 8));
  evaluation.slices[0].nll = names / 2;  // cannot be
  CHECK_THROWS_AS(task_metrics(task, evaluation, 500), NumericsError);
}

TEST_CASE("a window is printed in aligned columns", "[lab]") {
  const KHopInduction task({.sequence_length = 5, .alphabet_size = 4, .max_hops = 2});
  std::vector<Token> tokens{5, 0, 1, 0, 2}, targets{kIgnoreIndex, 6, 6, 1, 6},
      slices{kNoSlice, 1, 1, 1, 1}, documents(5, 0);
  CHECK(window_text(task, {tokens, targets, slices, documents}) ==
        "tokens   k=2    a    b    a    c\n"
        "targets    .    -    -    b    -\n"
        "slices     .  k=2  k=2  k=2  k=2\n");
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/registry/task_registry.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

TEST_CASE("tasks are found by name and an unknown one is answered with the nearest", "[lab]") {
  CHECK(task_names() ==
        std::vector<std::string>{"k_hop_induction", "biographies", "biography_sentences",
                                 "modular_arithmetic", "multi_hop_facts", "fact_composition",
                                 "permutation_relations", "graph_reachability", "recorded"});
  for (const std::string& name : task_names()) {
    CHECK(task_kind(default_task_config(name)) == name);
    if (name == "recorded") continue;
    const AnyTask task = make_task(default_task_config(name));
    CHECK(task.name() == name);
    CHECK(task.sequence_length() == sequence_length(default_task_config(name)));
  }
  CHECK_THROWS_AS(default_task_config("biography"), ConfigError);
  CHECK_THROWS_WITH(default_task_config("biography"), contains("did you mean biographies?"));
}

TEST_CASE("a window is printed in aligned columns", "[lab]") {
  const KHopInduction task({.sequence_length = 5, .alphabet_size = 4, .max_hops = 2});
  std::vector<Token> tokens{5, 0, 1, 0, 2}, targets{kIgnoreIndex, 6, 6, 1, 6},
      slices{kNoSlice, 1, 1, 1, 1}, documents(5, 0);
  CHECK(window_text(AnyTask(task), {tokens, targets, slices, documents}) ==
        "tokens   k=2    a    b    a    c\n"
        "targets    .    -    -    b    -\n"
        "slices     .  k=2  k=2  k=2  k=2\n");
}

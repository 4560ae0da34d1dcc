// SPDX-License-Identifier: MIT
#include "looplab/lab/registry/any_task.hpp"

#include "looplab/tasks/k_hop_induction.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("AnyTask says and does what its task does", "[lab]") {
  const KHopInduction task({.sequence_length = 9, .alphabet_size = 3, .max_hops = 2});
  const AnyTask any(task), copy = any;
  CHECK(any.name() == task.name());
  CHECK(any.vocab_size() == task.vocab_size());
  CHECK(any.sequence_length() == task.sequence_length());
  CHECK(any.num_slices() == task.num_slices());
  CHECK(any.slice_name(1) == "k=2");
  CHECK(any.num_evaluation_sequences() == 0);
  CHECK(any.token_name(0) == task.token_name(0));
  CHECK(to_json(any.config()).dump() == to_json(task.config()).dump());
  CHECK(any.slice_floors() == std::vector{task.slice_floor(0), task.slice_floor(1)});
  CHECK(any.metric_keys() == keys_of(declared_metrics(task)));
  Batch from_any, from_task;
  sample_batch(copy, Seed{3}, Split::test, 5, 4, from_any);
  sample_batch(task, Seed{3}, Split::test, 5, 4, from_task);
  CHECK(from_any.tokens == from_task.tokens);
  CHECK(from_any.targets == from_task.targets);
  CHECK(from_any.slices == from_task.slices);
  CHECK(from_any.documents == from_task.documents);
}

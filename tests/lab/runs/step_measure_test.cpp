// SPDX-License-Identifier: MIT
#include "looplab/lab/runs/step_measure.hpp"

#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/lab/config/run_config.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("the first of several measures does not count", "[step_measure]") {
  CHECK(median_after_first({7}) == 7);
  CHECK(median_after_first({7, 2}) == 2);
  CHECK(median_after_first({9, 3, 1, 2}) == 2);
}

TEST_CASE("a step of the full size is measured", "[step_measure]") {
  const RunConfig config = resolve_run(parse_ini(
      "[task]\nkind = k_hop_induction\n[train]\nbatch_size = 100\nnum_gradient_slots = 5\n", "i"));
  LoopedTransformer<float> model(config.model, Seed{1});
  const StepMeasure measure = measure_step(model, make_task(config.task), config.train, 2);
  CHECK(measure.num_slots == 5);
  CHECK(measure.num_chunks == 13);  // 8 windows of 31 in 256 tokens
  CHECK(measure.tokens_per_step == 3100);
  CHECK(measure.chunk_seconds > 0);
  CHECK(measure.resident_bytes > 0);
}

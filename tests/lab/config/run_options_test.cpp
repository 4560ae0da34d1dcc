// SPDX-License-Identifier: MIT
#include "looplab/lab/config/run_options.hpp"

#include "looplab/lab/config/run_identity.hpp"
#include "looplab/tasks/k_hop_induction.hpp"
#include "support/catch.hpp"
#include "support/resolved_run.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("a run is resolved to numbers and reads back from its INI text", "[run_options]") {
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

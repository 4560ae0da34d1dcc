// SPDX-License-Identifier: MIT
#include "looplab/lab/runs/memory.hpp"

#include "looplab/lab/config/resolve_run.hpp"
#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

RunConfig run_of(const std::string& more) {
  return resolve_run(parse_ini("[task]\nkind = k_hop_induction\n" + more, "test.ini"));
}

}  // namespace

TEST_CASE("the memory of a run follows from its shapes", "[memory]") {
  const RunConfig config = run_of(
      "[train]\nnum_gradient_slots = 4\nbatch_size = 64\n[model]\nd_model = 32\nnum_heads = 2\n"
      "num_block_layers = 3\nnum_loops = 5\nloop_embedding = learned\n");
  const AnyTask task = make_task(config.task);
  const MemoryDemand demand = memory_demand(config, task, 2);
  LoopedTransformer<float> model(config.model, std::nullopt);
  CHECK(demand.parameters == static_cast<double>(ParameterList<float>(model).flat_size()));
  CHECK(demand.num_slots == 4);
  CHECK(demand.slots == 16 * demand.parameters);
  CHECK(demand.weights == 12 * demand.parameters);
  CHECK(demand.optimizer == 8 * demand.parameters);
  const ChunkShape chunk = first_chunk(config.train, task);
  CHECK(chunk.num_windows == chunk_count(config.train, task.sequence_length()).windows);
  CHECK(chunk.length == task.sequence_length());
  CHECK((0 < chunk.num_scored && chunk.num_scored <= chunk.num_windows * chunk.length));
  CHECK_FALSE(chunk.every_loop_is_scored);
  CHECK(demand.activations == 2 * activation_bytes(config.model, chunk));
}

TEST_CASE("a model far larger than any machine is measured without making it", "[memory]") {
  const RunConfig config =
      run_of("[model]\nd_model = 65536\nnum_heads = 512\nvocab_size = 16000000\n");
  CHECK(memory_demand(config, make_task(config.task), 1).total() > 1e13);
}

TEST_CASE("where activations are few, a checkpoint being read takes their place", "[memory]") {
  const RunConfig config = run_of(
      "[train]\nbatch_size = 1\nchunk_tokens = 1\n"
      "[model]\nnum_loops = 1\nd_model = 256\nnum_heads = 2\n");
  const MemoryDemand demand = memory_demand(config, make_task(config.task), 8);
  CHECK(demand.num_slots == 1);  // one chunk: one slot, one thread
  CHECK(demand.activations == 12 * demand.parameters);
  CHECK(demand.total() == 36 * demand.parameters);
  CHECK_THAT(demand.text(), contains("1 gradient slots") && contains(gibibytes(demand.total())));
}

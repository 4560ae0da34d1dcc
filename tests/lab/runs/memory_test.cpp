// SPDX-License-Identifier: MIT
#include "looplab/lab/runs/memory.hpp"

#include "support/catch.hpp"
#include "support/experiment_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

RunConfig run_of(const std::string& more) {
  return resolve_run(parse_ini("[task]\nkind = k_hop_induction\n" + more, "test.ini"));
}

/// The parameters, and the bytes of activations that one chunk takes, of the whole model.
ChunkMemory measured(const RunConfig& config) {
  const AnyTask task = make_task(config.task);
  LoopedTransformer<float> model(config.model, Seed{1});
  const ParameterList<float> parameters(model);
  Tensor<float> gradient({parameters.flat_size()});
  ChunkWorkspace<float> workspace;
  const Index windows = chunk_count(config.train, task.sequence_length()).windows;
  workspace.tape.backward(forward_chunk(model, task, training_chunk(config.train, 0, windows),
                                        gradient.data(), workspace)
                              .loss);
  return {static_cast<double>(parameters.flat_size()),
          static_cast<double>(workspace.tape.peak_bytes())};
}

}  // namespace

TEST_CASE("the memory of a run follows from one and two layers and loops", "[memory]") {
  for (const char* more :
       {"", "recompute = true\n", "preset = gpt2_rope\n", "input_injection = linear\n",
        "num_prelude_layers = 2\nnum_coda_layers = 3\n", "loop_embedding = learned\n"}) {
    CAPTURE(more);
    const RunConfig config =
        run_of(concat("[train]\nnum_gradient_slots = 4\n[model]\nd_model = 32\nnum_heads = 2\n"
                      "num_block_layers = 3\nnum_loops = 5\n",
                      more));
    const MemoryDemand demand = memory_demand(config, make_task(config.task), 2, 1e12);
    const ChunkMemory truth = measured(config);
    CHECK(std::abs(demand.parameters - truth.parameters) <= 64);  // rows of the loop-index table
    CHECK(demand.num_slots == 4);
    CHECK(demand.slots == 16 * demand.parameters);
    CHECK(demand.weights == 12 * demand.parameters);
    CHECK(demand.optimizer == 8 * demand.parameters);
    CHECK(demand.activations == Approx(2 * truth.activations).epsilon(0.02));
  }
}

TEST_CASE("where activations are few, a checkpoint being read takes their place", "[memory]") {
  const RunConfig config = run_of(
      "[train]\nbatch_size = 1\nchunk_tokens = 1\n"
      "[model]\nnum_loops = 1\nd_model = 256\nnum_heads = 2\n");
  const MemoryDemand demand = memory_demand(config, make_task(config.task), 8, 1e12);
  CHECK(demand.num_slots == 1);  // one chunk: one slot, one thread
  CHECK(demand.activations == 12 * demand.parameters);
  CHECK(demand.total() == 36 * demand.parameters);
  CHECK_THAT(demand.text(), contains("1 gradient slots") && contains(gibibytes(demand.total())));
}

TEST_CASE("the memory there is comes from the system and its control group", "[memory]") {
  const TemporaryDirectory root;
  CHECK(available_memory(root.path()) == std::numeric_limits<double>::infinity());
  write_text(root / "proc/meminfo", "MemTotal:  200 kB\nMemAvailable:   100 kB\n");
  CHECK(available_memory(root.path()) == 100 * 1024);
  write_text(root / "sys/fs/cgroup/memory.max", "max\n");
  write_text(root / "sys/fs/cgroup/memory.current", "10\n");
  CHECK(available_memory(root.path()) == 100 * 1024);
  write_text(root / "sys/fs/cgroup/memory.max", "60\n");
  CHECK(available_memory(root.path()) == 50);
  write_text(root / "sys/fs/cgroup/memory/memory.limit_in_bytes", "30\n");
  write_text(root / "sys/fs/cgroup/memory/memory.usage_in_bytes", "40\n");
  CHECK(available_memory(root.path()) == 0);
  CHECK(available_memory() > 0);
  CHECK(resident_memory() > 1e5);
  CHECK(gibibytes(1.5 * kGibibyte) == "1.50 GiB");
}

TEST_CASE("a model too large even to be told is refused in a sentence", "[memory]") {
  const RunConfig config = run_of("[model]\nd_model = 64\nvocab_size = 16000000\n");
  CHECK_THROWS_WITH(memory_demand(config, make_task(config.task), 1, 1e9),
                    contains("the tables and two layers of this model take 15") &&
                        contains("0.93 GiB are available"));
}

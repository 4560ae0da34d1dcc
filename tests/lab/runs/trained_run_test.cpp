// SPDX-License-Identifier: MIT
#include "looplab/lab/runs/trained_run.hpp"

#include "support/program_call.hpp"
#include "support/small_training.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("a trained run has the weights and settings of its folder", "[program]") {
  const TemporaryDirectory directory;
  const std::string folder = (directory / "run").string();
  REQUIRE(call({"train", "--task.sequence_length=9", "--task.alphabet_size=3", "--task.max_hops=2",
                "--model.d_model=8", "--model.num_heads=1", "--train.num_steps=3",
                "--train.batch_size=4", "--evaluation.num_sequences=8", "--out=" + folder})
              .code == 0);
  const TrainedRun run("exits", folder);
  CHECK(run.config.train.num_steps == 3);
  CHECK(run.task.name() == "k_hop_induction");
  CHECK(run.evaluation().num_sequences == 8);
  SafetensorsFile file = open_checkpoint(directory / "run" / "checkpoint.safetensors");
  const LoopedTransformer<float>& model = run.model.looped_transformer("test");
  for (const auto& [name, values] : parameter_values(model)) {
    const Parameter<float>& parameter =
        ParameterList<float>(const_cast<LoopedTransformer<float>&>(model)).at(name);
    Tensor<float> stored(parameter.value.shape());
    file.read("model." + name, stored.view());
    CHECK(std::ranges::equal(stored, values));
  }
}

TEST_CASE("a folder without a trained run is refused by one sentence", "[program]") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(TrainedRun("trace", ""), contains("trace: the folder of a run is missing"));
  CHECK_THROWS_AS(TrainedRun("trace", (directory / "none").string()), FileError);
}

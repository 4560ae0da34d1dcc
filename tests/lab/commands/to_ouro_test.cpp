// SPDX-License-Identifier: MIT
#include "looplab/lab/commands/to_ouro.hpp"

#include "support/program_call.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("to-ouro writes a checkpoint with the run's weights", "[program][ouro]") {
  const TemporaryDirectory directory;
  const auto run = directory / "run", out = directory / "ouro";
  const std::vector<std::string> small{"train",
                                       "--task.sequence_length=9",
                                       "--task.alphabet_size=3",
                                       "--task.max_hops=2",
                                       "--model.d_model=8",
                                       "--model.num_heads=2",
                                       "--model.num_loops=1",
                                       "--train.num_loops=3",
                                       "--model.product_type=bfloat16",
                                       "--train.num_steps=4",
                                       "--train.batch_size=4",
                                       "--evaluation.num_sequences=8",
                                       "--out=" + run.string()};
  REQUIRE(call(small).code == 0);
  for (const bool again : {false, true}) {
    const Said said = call({"to-ouro", run.string(), "--out=" + out.string()});
    CAPTURE(said.err, again);
    CHECK(said.code == 0);
    CHECK_THAT(said.out, contains("config.json, model.safetensors") &&
                             contains("rounded to bfloat16 (model.product_type)") &&
                             contains("no exit gate; the checkpoint has one that never exits"));
  }
  const auto model = import_ouro(out);
  CHECK(model.config().num_loops == 3);
  ShardedSafetensors tensors(out);
  Tensor<float> embedding(tensors.shape("model.embed_tokens.weight"));
  tensors.read_floats("model.embed_tokens.weight", embedding.view());
  SafetensorsFile checkpoint = open_checkpoint(run / "checkpoint.safetensors");
  CHECK(std::ranges::equal(embedding, checkpoint.load<float>("model.embedding.weight")));

  const auto other = directory / "other";
  auto pre = small;
  pre.back() = "--out=" + other.string();
  REQUIRE(call(with(pre, {"--model.norm_placement=pre", "--model.biases=true"})).code == 0);
  check_refused({"to-ouro", other.string(), "--out=" + out.string()}, kExitConfig,
                {"model.norm_placement is \"pre\", Ouro has \"sandwich\"",
                 "model.biases is true, Ouro has false"});
  check_refused({"to-ouro", run.string()}, kExitConfig, {"to-ouro: --out=FOLDER is missing"});
  check_refused({"to-ouro", "--out=x"}, kExitConfig, {"to-ouro: the folder of a run is missing"});
  check_refused({"to-ouro", run.string(), "--out=" + (run / "config.ini").string()}, kExitFile,
                {"config.ini: cannot be created as a directory"});
  CHECK_THAT(call({"to-ouro", "--help"}).out, contains("looplab to-ouro RUN --out=FOLDER"));
}

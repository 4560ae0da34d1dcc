// SPDX-License-Identifier: MIT
#include "looplab/lab/ouro_folder.hpp"

#include "support/program_call.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab_test;

TEST_CASE("a trained model goes to an Ouro folder and from there", "[program]") {
  const TemporaryDirectory directory;
  const auto run = (directory / "run").string(), folder = (directory / "ouro").string();
  REQUIRE(call({"train", "--task.sequence_length=9", "--task.alphabet_size=3", "--task.max_hops=2",
                "--model.d_model=8", "--model.num_heads=2", "--model.num_loops=3",
                "--train.num_steps=2", "--train.batch_size=4", "--evaluation.num_sequences=8",
                "--out=" + run})
              .code == 0);
  const Said out = call({"to-ouro", run, "--out=" + folder});
  CAPTURE(out.err);
  CHECK(out.code == 0);
  CHECK_THAT(out.out, contains("with an exit gate of zeros"));
  const Said in = call({"from-ouro", folder, "--tokens=1,2,0"});
  CAPTURE(in.err, in.out);
  CHECK(in.code == 0);
  CHECK_THAT(in.out, contains("1 layers x 3 loops, width 8, 2 heads") &&
                         contains("   1  0.5000  ") && contains("   3  0.2500  "));
  check_refused({"to-ouro", run}, kExitConfig, {"to-ouro: --out=FOLDER is missing"});
  check_refused({"from-ouro"}, kExitConfig, {"the folder of a checkpoint is missing"});
  check_refused({"from-ouro", folder, "--tokens=1,99"}, kExitConfig, {"tokens has 99, expected 0"});
  check_refused({"from-ouro", run}, kExitFile, {"config.json"});
}

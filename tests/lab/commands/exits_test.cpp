// SPDX-License-Identifier: MIT
#include "looplab/lab/commands/exits.hpp"

#include "support/program_call.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

/// A small trained model in `folder`.
void train_small(const std::filesystem::path& folder, bool gate) {
  std::vector<std::string> command{"train",
                                   "--task.sequence_length=9",
                                   "--task.alphabet_size=3",
                                   "--task.max_hops=2",
                                   "--model.d_model=8",
                                   "--model.num_heads=1",
                                   "--model.num_loops=3",
                                   "--train.num_steps=4",
                                   "--train.batch_size=4",
                                   "--evaluation.num_sequences=8",
                                   "--out=" + folder.string()};
  if (gate) command = with(command, {"--model.exit_gate=true", "--train.loss_per_loop=gate"});
  REQUIRE(call(command).code == 0);
}

}  // namespace

TEST_CASE("exits tries every rule of the model and keeps what it found", "[program]") {
  const TemporaryDirectory directory;
  const auto run = directory / "run";
  train_small(run, true);
  for (int again = 0; again < 2; ++again) {
    const Said said = call({"exits", run.string(), "--repeats=1"});
    CAPTURE(said.err, said.out);
    CHECK(said.code == 0);
    for (const char* rule : {"fixed", "gate", "difference", "divergence", "oracle"})
      CHECK_THAT(said.out, contains(concat("\n", rule)));
    const auto records = read_json_lines(run / "exits.jsonl");
    CHECK(std::ssize(records) == 3 + 17 + 9 + 7 + 1);
    CHECK(records[0]["loops"] == 1);
    CHECK(records[2]["loops_of_all_rows"] == 3);
    CHECK(records[2]["slices"]["k=2"]["loops"] == 3);
    CHECK(records[2]["rows_left"] == nlohmann::ordered_json({0, 0, 72}));
  }
}

TEST_CASE("rules can be chosen, and a model without a gate has one less", "[program]") {
  const TemporaryDirectory directory;
  const auto run = directory / "run";
  train_small(run, false);
  CHECK(call({"exits", run.string(), "--repeats=1"}).code == 0);
  CHECK(read_json_lines(run / "exits.jsonl").size() == 3 + 9 + 7 + 1);
  CHECK(call({"exits", run.string(), "--rules=oracle,fixed", "--loops=2", "--repeats=1"}).code ==
        0);
  CHECK(read_json_lines(run / "exits.jsonl").size() == 1 + 2);
  check_refused({"exits", run.string(), "--rules=gate"}, kExitConfig,
                {"this model has no exit gate (model.exit_gate)"});
  check_refused({"exits", run.string(), "--rules=orcale"}, kExitConfig,
                {"orcale", "did you mean oracle?"});
  check_refused({"exits"}, kExitConfig, {"exits: the folder of a run is missing"});
  check_refused({"exits", (directory / "none").string()}, kExitFile, {"config.ini"});
}

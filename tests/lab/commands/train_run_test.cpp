// SPDX-License-Identifier: MIT
#include "support/claim_files.hpp"
#include "support/program_call.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

const std::vector<std::string> kTinyTraining{"train",
                                             "--task.sequence_length=9",
                                             "--task.alphabet_size=3",
                                             "--task.max_hops=2",
                                             "--model.d_model=8",
                                             "--model.num_heads=1",
                                             "--train.num_steps=4",
                                             "--train.batch_size=4",
                                             "--evaluation.num_sequences=8"};

}  // namespace

TEST_CASE("train trains, keeps its state and evaluates", "[program]") {
  const TemporaryDirectory directory;
  const std::string out = (directory / "run").string();
  const Said said = call(with(kTinyTraining, {"--out=" + out}));
  CAPTURE(said.err);
  CHECK(said.code == 0);
  CHECK_THAT(said.out,
             contains("unique parameters") && contains("accuracy k=2") && contains("  floor\n"));
  CHECK(std::filesystem::exists(directory / "run" / "checkpoint.safetensors"));
  const Said more = call({"evaluate", out, "--loops=1,4,8"});
  CAPTURE(more.err);
  CHECK(more.code == 0);
  CHECK_THAT(more.out, contains("num_loops = 8"));
  // With the loops of the training it is the same model.
  CHECK_THAT(more.out, contains(said.out.substr(said.out.find("\nmetric "))));
  CHECK(call({"train", "--config=" + (directory / "run" / "config.ini").string(),
              "--train.num_steps=2"})
            .code == 0);
}

TEST_CASE("train judges on 1000 validation windows unless told otherwise", "[program]") {
  std::vector<std::string> command = kTinyTraining;
  command.pop_back();
  const TemporaryDirectory directory;
  const std::string out = (directory / "run").string();
  CHECK_THAT(call(with(command, {"--out=" + out})).out, contains("on 1000 validation windows"));
  CHECK_THAT(call({"evaluate", out}).out, contains("num_loops = 4, on 1000 validation windows"));
  CHECK_THAT(call(with(kTinyTraining, {"--evaluation.split=test"})).out,
             contains("on 8 test windows"));
  CHECK_THAT(call({"train", "--task.kind=biographies", "--task.num_people=20", "--model.d_model=8",
                   "--model.num_heads=1", "--train.num_steps=1", "--train.batch_size=1"})
                 .out,
             contains("on 20 validation windows"));  // everyone once
}

TEST_CASE("train names all problems of its command line at once", "[program]") {
  check_refused({"train", "--task.max_hop", "3", "--task.kind=modular_arithmetic", "--nonsense",
                 "--train.num_steps=x", "--train.batch_size=0", "--model.d_model"},
                kExitConfig,
                {"unknown option task.max_hop", "unknown option nonsense",
                 "train.num_steps is \"x\"", "batch_size is 0", "model.d_model has no value"});
  CHECK_THAT(call({"train", "--help"}).out, contains("train, validation or test") && contains("(validation)"));
}

TEST_CASE("evaluate names the number of loops that it evaluates", "[program]") {
  const TemporaryDirectory directory;
  const std::string out = (directory / "run").string();
  const Said trained =
      call(with(kTinyTraining, {"--out=" + out, "--model.num_loops=1", "--train.num_loops=3"}));
  REQUIRE(trained.code == 0);
  const Said said = call({"evaluate", out}), three = call({"evaluate", out, "--loops=3"});
  CHECK_THAT(said.out, contains("num_loops = 3, on 8 validation windows"));
  CHECK(said.out == three.out);
  CHECK_THAT(said.out, contains(trained.out.substr(trained.out.find("\nmetric "))));
}

TEST_CASE("evaluate, exits and trace end when they are interrupted", "[program]") {
  const TemporaryDirectory directory;
  const std::string out = (directory / "run").string();
  REQUIRE(call(with(kTinyTraining, {"--out=" + out})).code == 0);
  request_interrupt();
  for (const char* command : {"evaluate", "exits", "trace"})
    check_refused({command, out}, kExitInterrupted, {"interrupted"});
  clear_interrupt();
  for (const char* name : {"exits.jsonl", "trace.jsonl"})
    CHECK_FALSE(std::filesystem::exists(directory / "run" / name));
}

TEST_CASE("bad input to train and evaluate gets one sentence", "[program]") {
  const TemporaryDirectory directory;
  check_refused(with(kTinyTraining, {"--model.num_lops=3"}), 2, {"did you mean model.num_loops?"});
  check_refused({"train", "--task.kind=biography"}, 2, {"did you mean biographies?"});
  check_refused({"train", "--model.d_model=63", "--train.batch_size=0"}, 2,
                {"63 is not divisible", "batch_size is 0"});
  check_refused({"train", "--config=" + (directory / "none.ini").string()}, 5, {"none.ini"});
  check_refused({"evaluate"}, 2, {"run is missing"});
  check_refused({"evaluate", (directory / "none").string()}, 5, {"none"});
  const std::string out = (directory / "run").string();
  REQUIRE(call(with(kTinyTraining, {"--out=" + out})).code == 0);
  check_refused(with(kTinyTraining, {"--out=" + out, "--train.seed=5"}), 2, {"another directory"});
  write_text(directory / "run" / "checkpoint.safetensors", "not one");
  check_refused({"evaluate", out}, 5, {"checkpoint.safetensors"});
}

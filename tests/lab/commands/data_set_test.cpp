// SPDX-License-Identifier: MIT
#include "looplab/lab/commands/data_set.hpp"

#include <signal.h>
#include <unistd.h>

#include <thread>

#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/lab/config/run_config.hpp"
#include "looplab/lab/config/run_identity.hpp"
#include "looplab/lab/config/run_options.hpp"
#include "looplab/tasks/biographies/biographies.hpp"
#include "looplab/tasks/k_hop_induction.hpp"
#include "looplab/tasks/recorded.hpp"
#include "support/program_call.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

const std::vector<std::string> kTaskOptions{"k_hop_induction", "--task.sequence_length=9",
                                            "--task.alphabet_size=3", "--task.max_hops=2"};

}  // namespace

TEST_CASE("what is exported comes back as the same windows, in both forms", "[data_set]") {
  const TemporaryDirectory directory;
  const KHopInduction task({.sequence_length = 9, .alphabet_size = 3, .max_hops = 2});
  for (const char* form : {"jsonl", "npy"}) {
    CAPTURE(form);
    const std::string path = (directory / form).string();
    const Said said = call(
        with(with({"export"}, kTaskOptions), {"--count=20", "--split=test", "--seed=5",
                                              std::string("--format=") + form, "--out=" + path}));
    CAPTURE(said.err);
    REQUIRE(said.code == 0);
    CHECK_THAT(said.out, contains("20 windows of 9 tokens, vocabulary of 6"));
    const Recorded recorded({.path = path, .test = path, .shuffle = false});
    CHECK(recorded.header().task == "k_hop_induction");
    CHECK(recorded.header().config == to_json(task.config()));
    CHECK(recorded.vocab_size() == task.vocab_size());
    for (Index slice = 0; slice < 2; ++slice) {
      CHECK(recorded.slice_name(slice) == task.slice_name(slice));
      CHECK(recorded.slice_floor(slice) == task.slice_floor(slice));
    }
    for (Token token = 0; token < 6; ++token)
      CHECK(recorded.token_name(token) == task.token_name(token));
    Batch given, back;
    sample_batch(task, Seed{5}, Split::test, 0, 20, given);
    sample_batch(recorded, Seed{1}, Split::test, 0, 20, back);
    CHECK(given.tokens == back.tokens);
    CHECK(given.targets == back.targets);
    CHECK(given.slices == back.slices);
    CHECK(given.documents == back.documents);
  }
}

TEST_CASE("documents and a second task survive the way through a file", "[data_set]") {
  const TemporaryDirectory directory;
  const std::string path = (directory / "facts").string();
  REQUIRE(call({"export", "biographies", "--task.num_people=8", "--task.biographies_per_window=4",
                "--count=2", "--out=" + path})
              .code == 0);
  const Recorded recorded({.path = path, .shuffle = false});
  const Biographies task({.num_people = 8, .biographies_per_window = 4});
  Batch given, back;
  sample_batch(task, Seed{1}, Split::train, 0, 2, given);
  sample_batch(recorded, Seed{1}, Split::train, 0, 2, back);
  CHECK(given.documents == back.documents);
  CHECK(given.tokens == back.tokens);
  CHECK(std::ranges::max(back.documents) > 0);
  CHECK(recorded.header().slice_floors.empty());
  CHECK(recorded.slice_floor(0) == 0);
}

TEST_CASE("training on a recording gives the bits of training on the task", "[data_set]") {
  const TemporaryDirectory directory;
  const auto file = [&](const char* split) {
    const std::string path = (directory / split).string();
    CHECK(call(with(with({"export"}, kTaskOptions),
                    {"--count=16", std::string("--split=") + split, "--out=" + path}))
              .code == 0);
    return path;
  };
  const std::vector<std::string> rest{"--model.d_model=8", "--model.num_heads=1",
                                      "--train.num_steps=4", "--train.batch_size=4",
                                      "--evaluation.num_sequences=16"};
  const Said recorded =
      call(with({"train", "--task.kind=recorded", "--task.shuffle=false",
                 "--task.path=" + file("train"), "--task.validation=" + file("validation")},
                rest));
  std::vector<std::string> command{"train"};
  for (std::size_t i = 1; i < kTaskOptions.size(); ++i) command.push_back(kTaskOptions[i]);
  const Said task = call(with(command, rest));
  CAPTURE(recorded.err, task.err);
  CHECK(recorded.code == 0);
  CHECK(task.code == 0);
  CHECK(recorded.out == task.out);
}

TEST_CASE("without validation windows train judges on training windows and says so", "[data_set]") {
  const TemporaryDirectory directory;
  const std::string path = (directory / "windows").string();
  REQUIRE(call(with(with({"export"}, kTaskOptions), {"--count=16", "--out=" + path})).code == 0);
  const std::vector<std::string> train{"train",
                                       "--task.kind=recorded",
                                       "--task.path=" + path,
                                       "--model.d_model=8",
                                       "--model.num_heads=1",
                                       "--train.num_steps=4",
                                       "--train.batch_size=4",
                                       "--evaluation.num_sequences=20"};
  const std::string out = (directory / "run").string();
  const Said said = call(with(train, {"--out=" + out}));
  CAPTURE(said.err);
  CHECK(said.code == 0);
  CHECK_THAT(said.out, contains("judged on training windows (evaluation.split)") &&
                           contains("on 20 train windows"));
  CHECK_THAT(call({"evaluate", out}).out, contains("on 20 train windows"));

  // Windows that are asked for and are not there: refused before the first step.
  const std::string none = "--out=" + (directory / "none").string();
  check_refused(with(train, {"--evaluation.split=test", none}), 2,
                {"no file of test windows (task.test)"});
  check_refused(with(train, {"--task.validation=" + path, none}), 2,
                {"the validation file has 16 windows, number 20 was asked for"});
  CHECK_FALSE(std::filesystem::exists(directory / "none"));
}

TEST_CASE("a run on recorded windows is named by their content", "[data_set]") {
  const TemporaryDirectory directory;
  const auto hash = [&](const char* seed) {
    const std::string path = (directory / "windows").string();
    CHECK(call(with(with({"export"}, kTaskOptions), {seed, "--out=" + path})).code == 0);
    const RunConfig config =
        resolve_run({{"task.kind", "recorded", "test"}, {"task.path", path, "test"}});
    CHECK(short_hash(resolve_run(parse_ini(to_ini(config), "again"))) == short_hash(config));
    return short_hash(config);
  };
  const std::string first = hash("--seed=1");
  CHECK(hash("--seed=2") != first);
  CHECK(hash("--seed=1") == first);
}

TEST_CASE("a signal ends export and sample, and export leaves no file", "[data_set]") {
  const TemporaryDirectory directory;
  for (const char* command : {"export", "sample"}) {
    std::vector<std::string> arguments{command, "k_hop_induction", "--count=1000000000"};
    if (command == std::string("export"))
      arguments.push_back("--out=" + (directory / "windows").string());
    struct ::sigaction before {};
    ::sigaction(SIGINT, nullptr, &before);
    std::thread user([&before] {  // presses Ctrl-C as soon as the command looks at it
      struct ::sigaction now = before;
      while (now.sa_handler == before.sa_handler) {
        std::this_thread::yield();
        ::sigaction(SIGINT, nullptr, &now);
      }
      ::kill(::getpid(), SIGINT);
    });
    check_refused(arguments, kExitInterrupted, {"interrupted"});
    user.join();
    clear_interrupt();
  }
  CHECK(directory.count() == 0);
}

TEST_CASE("bad input to export gets one sentence", "[data_set]") {
  const TemporaryDirectory directory;
  const std::string out = "--out=" + (directory / "file").string();
  check_refused({"export"}, 2, {"name of a task is missing"});
  check_refused({"export", "khop", out}, 2, {"unknown task khop"});
  check_refused({"export", "k_hop_induction"}, 2, {"out is empty"});
  check_refused({"export", "k_hop_induction", out, "--count=0", "--seed=-1"}, 2,
                {"count is 0", "seed is -1"});
  check_refused({"export", "k_hop_induction", out, "--format=csv"}, 2, {"one of jsonl, npy"});
  check_refused({"export", "k_hop_induction", "--out=" + (directory / "none" / "f").string()}, 5,
                {"cannot be written"});
  check_refused({"sample", "recorded"}, 2, {"path is empty"});
  CHECK(directory.count() == 0);
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/commands/program.hpp"

#include "support/claim_files.hpp"
#include "support/program_call.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("samples, tasks, claims, help and version are printed", "[program]") {
  const TemporaryDirectory directory;
  write_claim(directory / "claims");
  const Said windows = call({"sample", "k_hop_induction", "--count=3", "--task.max_hops=2"});
  CAPTURE(windows.err);
  CHECK(windows.code == 0);
  CHECK(std::ranges::count(windows.out, '\n') == 1 + 3 * 4);
  CHECK_THAT(windows.out, contains("k=2") && contains("targets"));
  CHECK(call({"sample", "--count", "1", "k_hop_induction"}).code == 0);
  CHECK(call({"sample", "k_hop_induction", "--count", "1"}).code == 0);
  CHECK_THAT(call({"sample", "biographies", "--task.num_people=5"}).out,
             contains("first_chunk") && contains("bos"));
  check_refused({"sample", "khop"}, 2, {"unknown task khop", "biographies"});
  check_refused({"sample"}, 2, {"name of a task is missing"});
  check_refused({"sample", "biographies", "--task.max_hops=2"}, 2, {"unknown option"});
  CHECK_THAT(call({"tasks"}).out, contains("k_hop_induction") && contains("--task.num_people"));
  CHECK_THAT(call({"claims", "--claims=" + (directory / "claims").string()}).out,
             contains("loops_help   other, tiny\nLoops help.\n"));
  CHECK_THAT(call({"--version"}).out, contains(std::string(kVersion)));
  CHECK(call({}).code == 0);
  for (const char* command : {"reproduce", "run", "tune", "fit", "train", "evaluate", "to-ouro",
                              "from-ouro", "sample", "export"}) {
    const Said help = call({command, "--help"});
    CHECK(help.code == 0);
    CHECK_THAT(help.out, contains(std::string("looplab ") + command));
  }
}

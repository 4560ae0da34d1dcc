// SPDX-License-Identifier: MIT
#include "looplab/io/process.hpp"

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("a program reads its input and its output comes back", "[process]") {
  const ProcessResult copied = run_process("cat", "$HOME; `date`\n");
  CHECK(copied.status == 0);
  CHECK(copied.output == "$HOME; `date`\n");
  const std::string large(1 << 20, 'a');  // more than a pipe holds
  CHECK(run_process("cat", large).output == large);
  CHECK(run_process("cat", "").output.empty());
}

TEST_CASE("a program that fails, is killed or is missing has a status of its own", "[process]") {
  CHECK(run_process("false", "").status == 1);
  CHECK(run_process("sh", "echo made; exit 3").status == 3);
  CHECK(run_process("sh", "echo made; exit 3").output == "made\n");
  CHECK(run_process("sh", "kill -9 $$").status == 1);
  CHECK(run_process("no-such-program", "").status == kProgramMissing);
}

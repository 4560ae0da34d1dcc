// SPDX-License-Identifier: MIT
#include "looplab/lab/commands/plan_power.hpp"

#include "support/claim_files.hpp"
#include "support/program_call.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("power plans a claim's primary endpoints from its pilot's recorded runs", "[program]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory / "claims");
  write_claim_file(claim, "[preset.pilot]\nfrom = tiny\nseeds = 2\nfirst_seed = 101\n");
  const std::vector<std::string> command{"power", claim.string(), "--preset=tiny"};
  check_refused(command, kExitConfig,
                {"loops_help: preset pilot has no recorded runs", "rows.jsonl", "--record"});
  CHECK(call({"run", claim.string(), "--preset=pilot", "--threads=1", "--record",
              "--out=" + (directory / "out").string()})
            .code == 0);
  const Said said = call(command);
  CAPTURE(said.err);
  CHECK(said.code == 0);
  CHECK_THAT(said.out, contains("loops_help: tiny, planned from 6 of 6 runs of pilot") &&
                           contains("seeds for 90.0 %"));
  check_refused({"power"}, kExitConfig, {"the folder of a claim is missing"});
  check_refused(with(command, {"--pilot=pilto"}), kExitConfig,
                {"unknown preset pilto; did you mean pilot?"});
}

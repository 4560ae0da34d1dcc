// SPDX-License-Identifier: MIT
#include "looplab/lab/commands/fit.hpp"

#include "support/claim_files.hpp"
#include "support/program_call.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("the time of a step follows from chunks, slots and cores", "[fit]") {
  const StepMeasure measure{.threads = 2,
                            .num_slots = 16,
                            .num_chunks = 40,  // 3 for the fullest slot
                            .tokens_per_step = 1000,
                            .chunk_seconds = 0.5,
                            .rest_seconds = 0.25};
  CHECK(measure.step_seconds(2) == 8 * 3 * 0.5 + 0.25 / 2);
  CHECK(measure.step_seconds(16) == 3 * 0.5 + 0.25 / 16);
  CHECK(measure.step_seconds(64) == 3 * 0.5 + 0.25 / 64);  // 48 cores have no slot
  CHECK(measure.tokens_per_second(2) == 1000 / 12.125);
  CHECK(long_duration_text(3600) == "1 h 00 min");
  CHECK(long_duration_text(10 * 86400) == "10.0 days");
  CHECK(long_duration_text(3e8) == "9.51 years");
}

TEST_CASE("fit proves every size of a claim once", "[fit]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory.path());
  write_claim_file(claim,
                   "[preset.paper.cell.1x1_long]\nmodel.num_loops = 1\n"
                   "train.num_steps = 1000000000\n");
  const Said said = call({"fit", claim.string(), "--cores=4", "--threads=1"});
  CAPTURE(said.out, said.err);
  CHECK(said.code == 0);
  CHECK_THAT(said.out, contains("1x1_long: as 1x1") && contains("parameters, needs") &&
                           contains("of which 1 have work") && contains("on 4 cores") &&
                           contains("All runs, one after the other") && contains("3 seeds"));
  CHECK(std::ranges::count(said.out, '\n') == 1 + 1 + 1 + 4 * 2 + 1);
}

TEST_CASE("reproduce proves the preset paper, and runs it only when told by run", "[fit]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory / "claims");
  write_claim_file(claim, "[preset.paper]\nseeds = 3\n");
  const std::string out = "--out=" + (directory / "out").string();
  const Said proved = call({"reproduce", "--preset=paper", out, "--threads=1",
                            "--claims=" + (directory / "claims").string()});
  CAPTURE(proved.out, proved.err);
  CHECK(proved.code == 0);
  CHECK_THAT(proved.out, contains("makes a step") && contains("Nothing was run"));
  CHECK_FALSE(std::filesystem::exists(directory / "out"));
  CHECK(call({"run", claim.string(), "--preset=paper", out, "--threads=1"}).code == 0);
  CHECK(std::filesystem::exists(directory / "out" / "results.csv"));
}

TEST_CASE("what does not fit is said in one sentence, the rest is proved", "[fit]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory.path());
  // 1x2 needs more slots than any memory holds; 2x1 has a table of 2 TiB.
  write_claim_file(claim,
                 "[preset.paper]\nexchanges = none\n[preset.paper.cell.2x1]\nmodel.vocab_size = 16000000\nmodel.d_model = 16384\n[preset.paper.cell.slots]\n"
                 "model.d_model = 4096\nmodel.num_loops = 1\ntrain.batch_size = 100000\n"
                 "train.num_gradient_slots = 4096\n");
  const Said said = call({"fit", claim.string(), "--threads=1"});
  CAPTURE(said.out, said.err);
  CHECK(said.code == kExitOther);
  CHECK(said.err ==
        "looplab: 2 of 4 cells do not fit into the memory of this machine: 2x1, slots\n");
  CHECK_THAT(said.out, contains("does not fit, whatever the number of gradient slots") &&
                           contains("does not fit; with train.num_gradient_slots = ") &&
                           contains("1x2: ") && contains("makes a step"));
  check_refused({"fit"}, 2, {"claim is missing"});
  check_refused({"fit", claim.string(), "--preset=papper"}, 2, {"did you mean paper?"});
}

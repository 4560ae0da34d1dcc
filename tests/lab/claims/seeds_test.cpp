// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/seeds.hpp"

#include "looplab/lab/claims/claim_reader.hpp"
#include "looplab/lab/config/run_identity.hpp"
#include "looplab/lab/runs/run_plan.hpp"
#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

const std::string kFactsRun =
    "[task]\nkind = multi_hop_facts\n[model]\nd_model = 8\nnum_heads = 1\n"
    "[train]\nnum_steps = 4\nbatch_size = 4\n";

struct SeedsScene {
  TemporaryDirectory directory;
  std::filesystem::path claim = write_claim(directory.path());

  [[nodiscard]] Claim load(const std::string& preset, const std::string& run = kTinyRun) const {
    write_claim_file(claim, TinyClaim{.run = run, .presets = "[preset.tiny]\n" + preset});
    return load_claim(claim, "tiny");
  }
};

}  // namespace

TEST_CASE("a claim's runs begin with its first seed", "[seeds]") {
  const SeedsScene scene;
  const Claim claim = scene.load("seeds = 3\nfirst_seed = 6\nlooked_at = 1-5\n");
  CHECK(claim.seeds.first == 6);
  CHECK(claim.seeds.last() == 8);
  CHECK((claim.seeds.contain(6) && claim.seeds.contain(8)));
  CHECK_FALSE((claim.seeds.contain(5) || claim.seeds.contain(9)));
  const std::vector<PlannedRun> runs = plan_runs({claim}, scene.directory / "out");
  REQUIRE(runs.size() == 9);
  CHECK(runs[0].config.train.seed == 6);
  CHECK(runs[2].config.train.seed == 8);
  const Claim from_one = scene.load("seeds = 6\n");
  CHECK(runs[0].hash == plan_runs({from_one}, scene.directory / "out")[5].hash);
}

TEST_CASE("a seed that has been looked at confirms nothing", "[seeds]") {
  const SeedsScene scene;
  CHECK_THROWS_WITH(scene.load("seeds = 3\nfirst_seed = 3\nlooked_at = 1-5\n"),
                    contains("seeds 3 ... 5 are to confirm, but 1 ... 5 have been looked at: "
                             "first_seed has to be 6 or more"));
  CHECK_NOTHROW(scene.load("seeds = 3\nfirst_seed = 2\nlooked_at = 1\n"));
  CHECK_THROWS_WITH(scene.load("seeds = 3\nlooked_at = 5-1\n"),
                    contains("looked_at is \"5-1\", expected a range of seeds such as 1-5"));
  CHECK_THROWS_WITH(scene.load("seeds = 3\nfirst_seed = 0\n"),
                    contains("first_seed is 0, expected a whole number in 1 ... 1000000"));
}

TEST_CASE("data_seed = seed lets each seed draw the task's world", "[seeds]") {
  const SeedsScene scene;
  const Claim claim = scene.load("seeds = 2\nfirst_seed = 4\ndata_seed = seed\n", kFactsRun);
  const std::vector<PlannedRun> runs = plan_runs({claim}, scene.directory / "out");
  CHECK(to_json(runs[0].config)["task"]["data_seed"] == 4);
  CHECK(to_json(runs[1].config)["task"]["data_seed"] == 5);
  const Claim fixed = scene.load("seeds = 2\n", kFactsRun);
  const std::vector<PlannedRun> same = plan_runs({fixed}, scene.directory / "out");
  CHECK(to_json(same[0].config)["task"]["data_seed"] ==
        to_json(same[1].config)["task"]["data_seed"]);
  CHECK_THROWS_WITH(scene.load("seeds = 2\ndata_seed = seed\n"),
                    contains("cell 1x1: data_seed = seed, but the task k_hop_induction has no "
                             "data_seed"));
  CHECK_THROWS_WITH(scene.load("seeds = 2\ndata_seed = 7\n", kFactsRun),
                    contains("data_seed is \"7\", expected seed"));
}

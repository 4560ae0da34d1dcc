// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/tuning.hpp"

#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("a grid of rates grows at its ends in its own ratio", "[tuning]") {
  RateGrid grid("2e-3, 4e-3 ,8e-3");
  CHECK(grid.rates() == std::vector<double>{0.002, 0.004, 0.008});
  grid.extend_above();
  grid.extend_below();
  CHECK(grid.text() == "0.001, 0.002, 0.004, 0.008, 0.016");
  CHECK(grid.step() == Approx(2));
  RateGrid thirds("1e-4,3e-4,1e-3");
  thirds.extend_below();
  thirds.extend_above();
  CHECK(thirds.text() == "3.33e-05, 1e-04, 3e-04, 0.001, 0.00333");
  CHECK(RateGrid("1e-4,3e-4,1e-3").step() == Approx(std::sqrt(10)));
  CHECK(rounded(0.0034567, 2) == 0.0035);
  for (const char* bad : {"1e-3, 2e-3", "1e-3, 1e-3, 2e-3", "0, 1, 2", "1, 2, 11", "3, 2, 1"})
    CHECK_THROWS_WITH(RateGrid(bad), contains("expected 3 or more in ascending order"));
  CHECK_THROWS_WITH(RateGrid("1, two, 3"), contains("\" two\" is not a number"));
  for (const char* bad : {"", "1, , 3", "1, 2, 3,"})
    CHECK_THROWS_WITH(RateGrid(bad), contains("is not a number"));
}

TEST_CASE("the log of tuning runs is read back, also after a kill", "[tuning]") {
  const TemporaryDirectory directory;
  const auto path = directory / "tuning.jsonl";
  const TuningRecord one{"quick", "1x4", 0.016, 101,           "accuracy",
                         1.0 / 3, 12.34, "abc", "version 1, x"};
  TuningRecord diverged = one;
  diverged.hash = "def";
  diverged.value.reset();
  TuningRecord stale = one;
  stale.hash = "old";
  stale.stamp = "version 2, x";
  {
    TuningLog log(path);
    log.add(one);
    log.add(diverged);
    log.add(stale);
    CHECK(log.find("abc", "accuracy")->seconds == 12.3);  // as it will be read
  }
  write_file_atomically(path, read_file(path) + "{\"preset\":\"qui");  // killed while writing
  TuningLog log(path);
  const TuningRecord* found = log.find("abc", "accuracy");
  REQUIRE(found != nullptr);
  CHECK(found->value == 1.0 / 3);
  CHECK(found->seconds == 12.3);
  CHECK(to_json(*found)["cell"] == "1x4");
  REQUIRE(log.find("def", "accuracy") != nullptr);
  CHECK_FALSE(log.find("def", "accuracy")->value);
  CHECK(log.find("abc", "loss") == nullptr);
  CHECK(log.find("old", "accuracy") == nullptr);
  CHECK(std::ranges::count(read_file(path), '\n') == 3);
  write_text(path, "{\"preset\":\"quick\"}\n");
  CHECK_THROWS_WITH(TuningLog(path), contains("line 1 is not a tuning run"));
}

TEST_CASE("what is tried stands in [tuning] of the claim, and in what a preset changes",
          "[tuning]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory.path());
  write_claim_file(claim,
                   "[tuning]\nlearning_rates = 1, 2, 3\nseeds = 101,102\n"
                   "[preset.other.tuning]\nlearning_rates = 4, 5, 6\ngoal = lowest\n");
  CHECK(read_tuning(claim, "tiny").seeds == std::vector<Index>{101, 102});
  CHECK(read_tuning(claim, "tiny").goal == Goal::highest);
  CHECK(read_tuning(claim, "other").seeds == std::vector<Index>{101, 102});
  CHECK(read_tuning(claim, "other").learning_rates == "4, 5, 6");
  CHECK(read_tuning(claim, "other").goal == Goal::lowest);
  write_claim_file(claim, "[tuning]\nseeds = 1\nmax_extensions = -1\n");
  CHECK_THROWS_WITH(read_tuning(claim, "tiny"), contains("[tuning]: seeds is 1, expected 101") &&
                                                    contains("max_extensions is -1"));
  write_claim_file(claim, "[tuning]\nlearning_rate = 1\n");
  CHECK_THROWS_WITH(read_tuning(claim, "tiny"), contains("did you mean learning_rates?"));
  write_claim_file(claim);
  CHECK_THROWS_WITH(read_tuning(claim, "tiny"), contains("no section [tuning]"));
  CHECK_THROWS_AS(read_tuning(directory / "none", "tiny"), FileError);
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/tuning.hpp"

#include <limits>

#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a grid of rates grows at its ends in its own ratio", "[tuning]") {
  RateGrid grid("2e-3, 4e-3 ,8e-3");
  CHECK(grid.rates() == std::vector<double>{0.002, 0.004, 0.008});
  grid.extend_above();
  grid.extend_below();
  CHECK(grid.text() == "0.001, 0.002, 0.004, 0.008, 0.016");
  RateGrid thirds("1e-4,3e-4,1e-3");
  thirds.extend_below();
  thirds.extend_above();
  CHECK(thirds.text() == "3.33e-05, 1e-04, 3e-04, 0.001, 0.00333");
  for (const char* bad : {"1e-3, 2e-3", "1e-3, 1e-3, 2e-3", "0, 1, 2", "1, 2, 11", "3, 2, 1"})
    CHECK_THROWS_WITH(RateGrid(bad), contains("expected 3 or more in ascending order"));
  CHECK_THROWS_WITH(RateGrid("1, two, 3"), contains("\" two\" is not a number"));
  for (const char* bad : {"", "1, , 3", "1, 2, 3,"})
    CHECK_THROWS_WITH(RateGrid(bad), contains("is not a number"));
}

TEST_CASE("the best rate is the highest or lowest value, a tie the one in the middle", "[tuning]") {
  CHECK(best_rate({1, 3, 2}, Goal::highest) == 1);
  CHECK(best_rate({1, 3, 2}, Goal::lowest) == 0);
  CHECK(best_rate({1, 1, 1, 0}, Goal::highest) == 1);
  CHECK(best_rate({0, 0, 1, 1, 1}, Goal::highest) == 2);
  CHECK(best_rate({kNan, 1, kNan}, Goal::lowest) == 1);
  CHECK(best_rate({kNan, kNan, kNan}, Goal::highest) == 1);

  const std::vector<TunedCell> cells{{"a", {1, 2, 3}}, {"b", {3, 2, kNan}}, {"c", {2, 3, 2}}};
  const GridEnds ends = cells_at_ends(cells, Goal::highest);
  CHECK(ends.lowest == std::vector<std::string>{"b"});
  CHECK(ends.highest == std::vector<std::string>{"a"});
  CHECK_FALSE(ends.none());
  CHECK(cells_at_ends({cells[2]}, Goal::highest).none());
}

TEST_CASE("chosen rates are a file with the table they were chosen by", "[tuning]") {
  const RateGrid grid("2e-3, 4e-3, 8e-3");
  const std::string text =
      rates_ini("two notes\nin lines", {"1x1", "1x1_data", "long_one"},
                {{"1x1", {0.5, 0.625, kNan}}, {"long_one", {2, 1, 0}}}, grid, Goal::highest);
  CHECK(text ==
        "# Written by `looplab tune`: not to be edited.\n"
        "# two notes\n"
        "# in lines\n"
        "# cell      0.002  0.004   0.008\n"
        "# --------  -----  ------  --------\n"
        "# 1x1       0.5    0.625*  diverged\n"
        "# long_one  2*     1       0\n"
        "\n[cell.1x1]\ntrain.learning_rate = 0.004\n"
        "\n[cell.1x1_data]\ntrain.learning_rate = 0.004  # of 1x1\n"
        "\n[cell.long_one]\ntrain.learning_rate = 0.002\n");
  const Settings settings = parse_ini(text, "rates.ini");
  CHECK(last_value(settings, "cell.1x1.train.learning_rate") == "0.004");
  CHECK(last_value(settings, "cell.1x1_data.train.learning_rate") == "0.004");
  CHECK(settings.size() == 3);
}

TEST_CASE("a cell takes its rate from the longest beginning of its name", "[tuning]") {
  const std::vector<TunedCell> cells{{"2x1", {}}, {"2x1_long", {}}, {"2x", {}}};
  CHECK(rate_giver(cells, "2x1")->name == "2x1");
  CHECK(rate_giver(cells, "2x1_40")->name == "2x1");
  CHECK(rate_giver(cells, "2x1_long_40")->name == "2x1_long");
  CHECK(rate_giver(cells, "2x4")->name == "2x");
  CHECK(rate_giver(cells, "1x1") == nullptr);
}

TEST_CASE("the log of tuning runs is read back, also after a kill", "[tuning]") {
  const TemporaryDirectory directory;
  const auto path = directory / "tuning.jsonl";
  const TuningRecord one{"quick", "1x4", 0.016, 101,        "accuracy",
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

TEST_CASE("what is tried stands in [tuning] of the claim, and in what a preset changes", "[tuning]") {
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
  CHECK_THROWS_WITH(
      read_tuning(claim, "tiny"),
      contains("[tuning]: seeds is 1, expected 101") && contains("max_extensions is -1"));
  write_claim_file(claim, "[tuning]\nlearning_rate = 1\n");
  CHECK_THROWS_WITH(read_tuning(claim, "tiny"), contains("did you mean learning_rates?"));
  write_claim_file(claim);
  CHECK_THROWS_WITH(read_tuning(claim, "tiny"), contains("no section [tuning]"));
  CHECK_THROWS_AS(read_tuning(directory / "none", "tiny"), FileError);
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/runs/run_plan.hpp"

#include <numeric>

#include "looplab/lab/config/run_identity.hpp"
#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

using Order = std::vector<std::size_t>;

/// `num_seeds` times the costs, in the order of a plan: all seeds of the first cell, ...
[[nodiscard]] std::vector<PlannedRun> plan_of(const std::vector<double>& costs, Index num_seeds) {
  std::vector<PlannedRun> runs;
  for (const double cost : costs)
    for (Index seed = 1; seed <= num_seeds; ++seed) {
      runs.push_back({"claim", to_text(cost), {}, "", {}, {{}, cost}});
      runs.back().config.train.seed = seed;
    }
  return runs;
}

[[nodiscard]] Order all_of(const std::vector<PlannedRun>& runs) {
  Order pending(runs.size());
  std::iota(pending.begin(), pending.end(), std::size_t{0});
  return pending;
}

[[nodiscard]] std::vector<lab::Stage> stages_of_all(const std::vector<PlannedRun>& runs, int threads) {
  return stages_of(runs, all_of(runs), threads);
}

/// Costs and seeds in the order in which runs start: "3/1 1/1 3/2 1/2".
[[nodiscard]] std::string order(const std::vector<PlannedRun>& runs,
                                const std::vector<lab::Stage>& stages) {
  std::string text;
  for (const lab::Stage& stage : stages)
    for (const std::size_t run : stage.runs)
      text += concat(text.empty() ? "" : " ", runs[run].cell, '/', runs[run].config.train.seed);
  return text;
}

[[nodiscard]] double time_of_all(const std::vector<PlannedRun>& runs,
                                 const std::vector<lab::Stage>& stages, int threads) {
  return time_of(
      stages, [&](std::size_t run) { return runs[run].cost.training_flop; }, threads);
}

}  // namespace

TEST_CASE("runs are spread over threads so that the last ends early", "[runner]") {
  CHECK(num_wide_runs({5, 4, 3}, 1) == 0);
  CHECK(num_wide_runs({1, 1, 1, 1}, 2) == 0);    // side by side is best
  CHECK(num_wide_runs({1}, 2) == 1);             // nothing to run beside it
  CHECK(num_wide_runs({1, 1, 1}, 2) == 1);       // one wide, two side by side
  CHECK(num_wide_runs({100, 1, 1, 1}, 2) >= 1);  // the long one would run alone at the end
  CHECK(num_wide_runs({}, 2) == 0);
}

TEST_CASE("all cells have their first seed before any has its second", "[run_plan]") {
  const auto runs = plan_of({1, 3, 2}, 3);
  for (const int threads : {1, 2, 3, 16}) {
    CAPTURE(threads);
    CHECK(order(runs, stages_of_all(runs, threads)) == "3/1 2/1 1/1 3/2 2/2 1/2 3/3 2/3 1/3");
  }
  CHECK(order(runs, stages_of(runs, {1, 2, 5, 8}, 1)) == "1/2 3/3 2/3 1/3");  // what is left
  CHECK(stages_of(runs, {}, 2).empty());
}

TEST_CASE("every run stands in the plan once, whatever the threads", "[run_plan]") {
  const auto runs = plan_of({5, 1, 100, 7, 7}, 4);
  for (const int threads : {1, 2, 7, 64}) {
    Order seen;
    for (const lab::Stage& stage : stages_of_all(runs, threads))
      seen.insert(seen.end(), stage.runs.begin(), stage.runs.end());
    std::ranges::sort(seen);
    CHECK(seen == all_of(runs));
  }
}

TEST_CASE("seeds flow into each other, and the last ones share all threads", "[run_plan]") {
  const auto even = plan_of({1, 1}, 4);  // 8 runs on 2 threads: nobody waits
  const auto side_by_side = stages_of_all(even, 2);
  REQUIRE(side_by_side.size() == 1);
  CHECK_FALSE(side_by_side[0].wide);
  CHECK(time_of_all(even, side_by_side, 2) == 4);

  const auto odd = plan_of({1}, 3);  // the third has both threads
  const auto stages = stages_of_all(odd, 2);
  REQUIRE(stages.size() == 2);
  CHECK(stages[1].wide);
  CHECK(stages[1].runs == Order{2});
  CHECK(time_of_all(odd, stages, 2) == Approx(1 + 1 / (2 * kWideEfficiency)));

  const auto few = plan_of({1, 1, 1, 1}, 5);  // more threads than runs: every run has all
  CHECK(time_of_all(few, stages_of_all(few, 64), 64) == Approx(20 / (64 * kWideEfficiency)));
}

TEST_CASE("no plan takes much longer than runs without an order would", "[run_plan]") {
  for (const std::vector<double>& costs :
       std::vector<std::vector<double>>{{100, 1, 1, 1}, {4, 3, 2, 1}, {9, 9, 1}, {1, 1, 1, 1, 1}})
    for (const int threads : {2, 4, 8})
      for (const Index seeds : {1, 3, 5}) {
        const auto runs = plan_of(costs, seeds);
        std::vector<double> all;
        for (const PlannedRun& run : runs) all.push_back(run.cost.training_flop);
        const double sum = std::reduce(all.begin(), all.end());
        CAPTURE(threads, seeds, costs);
        const double time = time_of_all(runs, stages_of_all(runs, threads), threads);
        CHECK(time >= sum / threads);
        CHECK(time <= 1.0001 * sum / (threads * kWideEfficiency));
      }
}

TEST_CASE("a plan names directories by content and rows by claim and preset", "[run_plan]") {
  const TemporaryDirectory directory;
  const std::vector<Claim> claims{load_claim(write_claim(directory / "claims"), "tiny")};
  const auto runs = plan_runs(claims, directory / "out", directory / "claims");
  REQUIRE(runs.size() == 9);
  CHECK(short_name(runs[4]) == "1x2-s2");
  CHECK(runs[4].directory ==
        directory / "out" / "runs" / "loops_help" / ("1x2-s2-" + short_hash(runs[4].config)));
  CHECK(runs[4].rows == directory / "claims" / "loops_help" / "results" / "tiny" / "rows.jsonl");
  CHECK(plan_runs(claims, directory / "out")[4].rows.empty());
}

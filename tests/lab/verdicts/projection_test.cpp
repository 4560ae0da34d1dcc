// SPDX-License-Identifier: MIT
#include "looplab/lab/verdicts/projection.hpp"

#include "support/catch.hpp"
#include "support/made_results.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("an arm that did not learn is told what it would have taken", "[projection]") {
  std::vector<RunResult> results;
  for (Index seed = 1; seed <= 2; ++seed) {
    RunResult run = made_result("4x1", seed, {});
    const double noise = seed == 1 ? 0.02 : -0.02;
    run.wall_seconds = 1800;
    for (const auto& [step, accuracy] : {std::pair{100, 0.1}, {200, 0.2}, {400, 0.3}})
      run.curve.push_back({step, {{"accuracy", accuracy + noise}}});
    results.push_back(run);
  }
  const ClaimResults claim("claim", results);
  CHECK(projection_text(claim, "4x1", "accuracy", 0.5) ==
        "if the curve of 4x1 went on as over its last half, it would reach 0.5 after 1600 steps, "
        "4.00 times this budget, 2.00 hours for each run");
  for (RunResult& run : results)
    for (MetricsAt& point : run.curve) point.metrics[0].value = 0.1;
  CHECK_THAT(projection_text(claim, "4x1", "accuracy", 0.5), contains("does not rise"));
  CHECK(projection_text(claim, "1x1", "accuracy", 0.5).empty());
}

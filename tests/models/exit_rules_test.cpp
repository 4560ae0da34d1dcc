// SPDX-License-Identifier: MIT
#include "looplab/models/exit_rules.hpp"

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

// That adaptive loops give them the right rows is tested in adaptive_loops_test.cpp.

TEST_CASE("fixed loops leave at their number, fractions at the next") {
  LoopRow row;
  for (Index loop = 1; loop <= 4; ++loop) {
    row.loop = loop;
    CHECK(FixedLoops{3}.leaves(row) == (loop >= 3));
    CHECK(FixedLoops{2.5}.leaves(row) == (loop >= 3));
  }
  CHECK(FixedLoops::thresholds(4, 64) == std::vector<double>{1, 2, 3, 4});
  CHECK_THROWS_WITH(FixedLoops{0}.validate(), "exit rule fixed: loops is 0, expected 1 or more");
}

TEST_CASE("the gate's quantile is reached, not passed") {
  LoopRow row;
  row.exit_cdf = 0.5;
  CHECK(GateQuantile{0.5}.leaves(row));
  CHECK(!GateQuantile{0.51}.leaves(row));
  CHECK(GateQuantile::thresholds().size() == 17);
  CHECK_THROWS_WITH(GateQuantile{1.5}.validate(), "exit rule gate: q is 1.5, expected 0 ... 1");
}

TEST_CASE("states are compared by their distance, from the second loop on") {
  const std::vector<double> now{1, 2, 3}, before{1, 5, 7};
  LoopRow row;
  row.state = now;
  CHECK(!StateDifference{100}.leaves(row));
  row.previous_state = before;
  CHECK(StateDifference{5.001}.leaves(row));
  CHECK(!StateDifference{5}.leaves(row));
  const std::vector<double> all = StateDifference::thresholds(3, 16);
  CHECK((all.size() == 9 && all.front() == 0.02 * 4 && all.back() == 4));
  CHECK_THROWS_WITH(StateDifference{-1}.validate(), contains("difference: threshold is -1"));
}

TEST_CASE("distributions are compared by their divergence, if the later one is sharp") {
  const std::vector<double> now{std::log(0.9) + 3, std::log(0.1) + 3},
      before{std::log(0.5), std::log(0.5)};
  const double divergence = 0.9 * std::log(0.9 / 0.5) + 0.1 * std::log(0.1 / 0.5);
  LoopRow row;
  row.logits = now;
  CHECK(!PredictionDivergence{100}.leaves(row));
  row.previous_logits = before;
  CHECK(PredictionDivergence{divergence + 1e-9}.leaves(row));
  CHECK(!PredictionDivergence{divergence - 1e-9}.leaves(row));
  CHECK(PredictionDivergence{1, entropy(now) + 1e-9}.leaves(row));
  CHECK(!PredictionDivergence{1, entropy(now) - 1e-9}.leaves(row));
  CHECK(PredictionDivergence::thresholds().size() == 7);
  CHECK_THROWS_WITH(PredictionDivergence{-1}.validate(), contains("divergence: threshold is -1"));
}

TEST_CASE("the oracle leaves at the target, never without one") {
  const std::vector<double> logits{0, 3, 1};
  LoopRow row;
  row.logits = logits;
  CHECK(!TargetOracle{}.leaves(row));
  row.target = 1;
  CHECK(TargetOracle{}.leaves(row));
  row.target = 2;
  CHECK(!TargetOracle{}.leaves(row));
}

// SPDX-License-Identifier: MIT
#include "looplab/core/score.hpp"

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("a score sums positions and gives their means") {
  Score score;
  CHECK(score.accuracy() == 0);
  CHECK(score.loss() == 0);
  score.add(true, 0.5);
  score.add(false, 1);
  Score other;
  other.add(true, 0);
  other.add(true, 0.5);
  score.add(other);
  CHECK(score.count == 4);
  CHECK(score.correct == 3);
  CHECK(score.accuracy() == 0.75);
  CHECK(score.loss() == 0.5);
}

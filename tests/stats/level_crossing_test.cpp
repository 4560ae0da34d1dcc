// SPDX-License-Identifier: MIT
#include "looplab/stats/level_crossing.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;

TEST_CASE("a curve reaches a level between two points, first from below", "[level_crossing]") {
  const CurvePoints curve{{10, 0.1}, {20, 0.5}, {30, 0.4}, {40, 0.9}};
  CHECK(*first_crossing(curve, 0.3) == Approx(15));
  CHECK(*first_crossing(curve, 0.5) == Approx(20));
  CHECK(*first_crossing(curve, 0.65) == Approx(35));
  CHECK(*first_crossing(curve, 0.05) == 10);  // from the start
  CHECK_FALSE(first_crossing(curve, 0.95));
  CHECK_FALSE(first_crossing({}, 0.5));
}

TEST_CASE("a curve that rises by the same with each doubling goes on so", "[level_crossing]") {
  const CurvePoints curve{{1, 0.9}, {2, 0.1}, {4, 0.2}, {8, 0.3}, {16, 0.4}};  // + 0.1 at the end
  CHECK(*projected_crossing(curve, 0.6) == Approx(64));
  CHECK(*projected_crossing({{1, 0.1}, {2, 0.1}, {4, 0.4}}, 0.5) == Approx(std::exp2(1 + 2.0)));
}

TEST_CASE("no projection from a curve that does not rise or is too short", "[level_crossing]") {
  CHECK_FALSE(projected_crossing({{1, 0.3}, {2, 0.3}, {4, 0.3}}, 0.5));
  CHECK_FALSE(projected_crossing({{1, 0.4}, {2, 0.3}, {4, 0.2}}, 0.5));
  CHECK_FALSE(projected_crossing({{1, 0.1}, {2, 0.2}}, 0.5));
  CHECK_FALSE(projected_crossing({{1, 0.1}, {2, 0.1001}, {4, 0.1002}}, 0.9));  // 2^8000 times
}

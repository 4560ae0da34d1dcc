// SPDX-License-Identifier: MIT
#include "looplab/inspect/loop_agreement.hpp"

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

TEST_CASE("agreement is counted, chance comes from the shares") {
  // loop 0: half 0, half 1; loop 1: always 1; loop 2: as loop 0 but for one row
  const auto matrix = agreement_matrix({{0, 0, 1, 1}, {1, 1, 1, 1}, {0, 1, 1, 1}}, 3);
  CHECK(matrix[0][0].agreement == 1);
  CHECK(matrix[0][0].chance == Approx(0.5));
  CHECK(matrix[0][0].kappa() == Approx(1));
  CHECK(matrix[0][1].agreement == 0.5);
  CHECK(matrix[0][1].chance == Approx(0.5));
  CHECK(matrix[0][1].kappa() == Approx(0).margin(1e-12));  // agrees, but says nothing
  CHECK(matrix[0][2].agreement == 0.75);
  CHECK(matrix[0][2].chance == Approx(0.5 * 0.25 + 0.5 * 0.75));
  CHECK(matrix[2][0].kappa() == Approx(0.5));
  CHECK(std::isnan(matrix[1][1].kappa()));
}

TEST_CASE("answers that do not fit are refused by one sentence") {
  CHECK_THROWS_WITH(agreement_matrix({}, 2), contains("there is no row"));
  CHECK_THROWS_WITH(agreement_matrix({{0, 1}, {0}}, 2),
                    contains("loop 1 has 1 rows, the first has 2"));
  CHECK_THROWS_WITH(agreement_matrix({{0, 2}}, 2), contains("answer 2, expected 0 ... 1"));
}

// SPDX-License-Identifier: MIT
#include "looplab/stats/parabola.hpp"

#include "looplab/core/random.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;
using looplab_test::contains;

TEST_CASE("a parabola worked by hand", "[parabola]") {
  // x -1 0 1 (u = x, w = 1 0 1): a + c = mean of the ends (3), a = 5, b = (4 - 2) / 2.
  const Parabola through =
      least_squares_parabola(std::vector<double>{-1, 0, 1}, std::vector<double>{2, 5, 4});
  CHECK(through.height == Approx(5));
  CHECK(through.slope == Approx(1));
  CHECK(through.curvature == Approx(-2));
  CHECK(through.vertex() == Approx(0.25));
  CHECK(through.at(0.25) == Approx(5.125));

  // x -2 ... 2, y 0 3 4 4 -1: sum y 10, sum u y -1, sum w y 3; sum w 10, sum w^2 34.
  // slope = -1 / 10; 5 a + 10 c = 10 and 10 a + 34 c = 3 give c = -17 / 14, a = 31 / 7.
  const Parabola fitted = least_squares_parabola(std::vector<double>{8, 9, 10, 11, 12},
                                                 std::vector<double>{0, 3, 4, 4, -1});
  CHECK(fitted.center == 10);
  CHECK(fitted.slope == Approx(-0.1));
  CHECK(fitted.curvature == Approx(-17. / 14));
  CHECK(fitted.height == Approx(31. / 7));
  CHECK(fitted.vertex() == Approx(10 - 0.7 / 17));
}

TEST_CASE("points of any spacing and number on a parabola give that parabola", "[parabola]") {
  std::vector<double> x, y;
  for (double at : {0.5, 0.5, 1.0, 3.0, 3.5, 9.0}) {
    x.push_back(at);
    y.push_back(2 - 3 * (at - 4) * (at - 4));
  }
  const Parabola fitted = least_squares_parabola(x, y);
  CHECK(fitted.curvature == Approx(-3));
  CHECK(fitted.vertex() == Approx(4));
  CHECK(fitted.at(4) == Approx(2));
  const Parabola line = least_squares_parabola(x, x);
  CHECK(line.slope == Approx(1));
  CHECK(line.curvature == Approx(0).margin(1e-12));
  const Parabola flat = least_squares_parabola(x, std::vector<double>(6, 0.2955));
  CHECK(flat.slope == 0);
  CHECK(flat.curvature == 0);
  CHECK(flat.at(7) == 0.2955);
}

TEST_CASE("simulated: height, slope and curvature are unbiased", "[parabola]") {
  const std::vector<double> x{0, 0, 1, 1, 2, 2, 4, 4};
  double height = 0, slope = 0, curvature = 0;
  constexpr int kDraws = 1000;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    RandomStream stream(Seed{12}, "parabola_test", i);
    std::vector<double> y;
    for (double at : x) y.push_back(1 + 2 * at - 0.5 * at * at + stream.normal());
    const Parabola fitted = least_squares_parabola(x, y);
    height += fitted.at(0) / kDraws;
    slope += (fitted.at(1) - fitted.at(-1)) / 2 / kDraws;
    curvature += fitted.curvature / kDraws;
  }
  CHECK(height == Approx(1).margin(0.1));
  CHECK(slope == Approx(2).margin(0.1));
  CHECK(curvature == Approx(-0.5).margin(0.03));
}

TEST_CASE("without three different x there is no parabola", "[parabola]") {
  const std::vector<double> two{1, 2, 2, 1}, four{1, 2, 3, 4}, three{1, 2, 3}, none;
  CHECK_THROWS_WITH(least_squares_parabola(two, four),
                    contains("2 different x, expected 3 or more"));
  CHECK_THROWS_WITH(least_squares_parabola(four, three), contains("4 x and 3 y"));
  CHECK_THROWS_AS(least_squares_parabola(none, none), ShapeError);
}

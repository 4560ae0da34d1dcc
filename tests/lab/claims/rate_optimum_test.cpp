// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/rate_optimum.hpp"

#include "looplab/core/random.hpp"
#include "looplab/lab/report/text_table.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
const std::vector<double> kTriedRates{1, 2, 4, 8};

/// A cell with one seed, or with the values of each seed at each rate.
TunedCell cell_of(const std::vector<double>& values) {
  TunedCell cell{.name = "2x1", .values = {}};
  for (double value : values) cell.values.push_back({value});
  return cell;
}
TunedCell cell_of(std::vector<std::vector<double>> values) {
  return {.name = "2x1", .values = std::move(values)};
}

}  // namespace

TEST_CASE("the optimum is the vertex of a parabola in the log of the rate", "[rates]") {
  // Values 2 5 4 at log2 rate 0 1 2 are 5 + u - 2 u^2 with u = log2 rate - 1.
  const RateOptimum three = rate_optimum(cell_of({2., 5., 4.}), {1, 2, 4}, Goal::highest);
  CHECK(three.rule == RateRule::parabola);
  CHECK(three.rate == Approx(std::exp2(1.25)));
  CHECK(three.fit.at(std::log(three.rate)) == Approx(5.125));
  const RateOptimum lowest = rate_optimum(cell_of({-2., -5., -4.}), {1, 2, 4}, Goal::lowest);
  CHECK(lowest.rule == RateRule::parabola);
  CHECK(lowest.rate == Approx(three.rate));

  // Two seeds, means 1 3 3 2 at log2 rate -1.5 -.5 .5 1.5 (sums of x^2: 5, of (x^2 - 1.25)^2: 4):
  // slope (3 * 0 + 1.5 * 1) / 5 = .3, curvature (3 - 6) / 4 = -.75, vertex .3 / 1.5 = .2.
  const RateOptimum seeds =
      rate_optimum(cell_of({{0, 2}, {3, 3}, {4, 2}, {2, 2}}), kTriedRates, Goal::highest);
  CHECK(seeds.rate == Approx(std::exp2(1.5 + 0.2)));
}

TEST_CASE("a vertex outside the rates is moved to their end", "[rates]") {
  // As above: slope 6 / 5, curvature -2 / 4, vertex 1.2 of at most 1.5.
  CHECK(rate_optimum(cell_of({1., 3., 4.5, 4.5}), kTriedRates, Goal::highest).rate ==
        Approx(std::exp2(2.7)));
  CHECK(rate_optimum(cell_of({1., 3., 4.9, 6.7}), kTriedRates, Goal::highest).rate == 8);
  CHECK(rate_optimum(cell_of({6.7, 4.9, 3., 1.}), kTriedRates, Goal::highest).rate == 1);
  CHECK(rate_optimum(cell_of({1., 3., 4.9, 6.7}), kTriedRates, Goal::lowest).rate ==
        1);  // no minimum
}

TEST_CASE("runs that diverged are no points, and no rate with one is chosen", "[rates]") {
  // The points left lie on 5 - (x - 1)^2 in log2 rate.
  const RateOptimum left =
      rate_optimum(cell_of({{4, 4}, {5, 5}, {4, 4}, {kNan, 1}}), kTriedRates, Goal::highest);
  CHECK(left.rule == RateRule::parabola);
  CHECK(left.rate == Approx(2));
  // 4 x - x^2 / 2 has its maximum at 2^4; at rate 8 one of two seeds diverged.
  const RateOptimum bounded =
      rate_optimum(cell_of({{0, 0}, {3.5, 3.5}, {6, 6}, {7.5, kNan}}), kTriedRates, Goal::highest);
  CHECK(bounded.rule == RateRule::parabola);
  CHECK(bounded.rate == 4);
}

TEST_CASE("without a fit the best mean decides, and the optimum says why", "[rates]") {
  const RateOptimum valley = rate_optimum(cell_of({4., 1., 1., 3.}), kTriedRates, Goal::highest);
  CHECK(valley.rule == RateRule::no_vertex);
  CHECK(valley.rate == 1);
  CHECK(rate_optimum(cell_of({1., 4., 3., 1.}), kTriedRates, Goal::lowest).rule ==
        RateRule::no_vertex);
  const RateOptimum flat =
      rate_optimum(cell_of({.2955, .2955, .2955, .2955}), {1, 2, 4, 8}, Goal::highest);
  CHECK(flat.rule == RateRule::no_vertex);
  CHECK(flat.rate == 2);
  const RateOptimum two = rate_optimum(cell_of({1., 2., kNan, kNan}), kTriedRates, Goal::highest);
  CHECK(two.rule == RateRule::few_rates);
  CHECK(two.rate == 2);
  CHECK_THROWS_WITH(rate_optimum(cell_of({{1, kNan}, {kNan, 1}}), {1, 2}, Goal::highest),
                    contains("a run of cell 2x1 diverged at every rate from 1 to 2, expected "
                             "learning_rates with lower ones"));
}

TEST_CASE("simulated: three seeds find a known optimum within a tenth of a grid step", "[rates]") {
  // accuracy = .8 - .05 log2(rate / optimum)^2, and a seed's noise of sd .03; a grid of steps of 2.
  double distance = 0, bias = 0, of_argmax = 0;
  constexpr int kDraws = 1000;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    RandomStream stream(Seed{13}, "rate_optimum_test", i);
    const double optimum = 1 + stream.uniform();  // log2: between the inner rates
    std::vector<std::vector<double>> values(4);
    for (std::size_t r = 0; r < 4; ++r)
      for (int seed = 0; seed < 3; ++seed)
        values[r].push_back(0.8 - 0.05 * std::pow(static_cast<double>(r) - optimum, 2) +
                            0.03 * stream.normal());
    const double found =
        std::log2(rate_optimum(cell_of(values), kTriedRates, Goal::highest).rate) - optimum;
    distance += std::abs(found) / kDraws;
    bias += found / kDraws;
    std::vector<double> first;
    for (const auto& of_rate : values) first.push_back(of_rate[0]);
    of_argmax += std::abs(static_cast<double>(best_mean(first, Goal::highest)) - optimum) / kDraws;
  }
  INFO("mean distance " << distance << ", mean error " << bias << ", of one seed's best rate "
                        << of_argmax << " grid steps");
  CHECK(distance < 0.1);
  CHECK(std::abs(bias) < 0.03);
  CHECK(distance < of_argmax / 3);
}

TEST_CASE("the best mean is the highest or lowest, a tie the one in the middle", "[rates]") {
  CHECK(best_mean({1, 3, 2}, Goal::highest) == 1);
  CHECK(best_mean({1, 3, 2}, Goal::lowest) == 0);
  CHECK(best_mean({1, 1, 1, 0}, Goal::highest) == 1);
  CHECK(best_mean({0, 0, 1, 1, 1}, Goal::highest) == 2);
  CHECK(best_mean({kNan, 1, kNan}, Goal::lowest) == 1);
}

TEST_CASE("cells whose optimum is an end of the grid are named", "[rates]") {
  std::vector<TunedCell> cells{cell_of({1., 3., 5., 6.9}), cell_of({9., 2., 1., 3.}),
                               cell_of({1., 2., 2., 1.})};
  cells[1].name = "b";
  const auto optima = rate_optima(cells, kTriedRates, Goal::highest);
  const GridEnds ends = cells_at_ends(cells, optima, kTriedRates);
  CHECK(ends.highest == std::vector<std::string>{"2x1"});
  CHECK(ends.lowest == std::vector<std::string>{"b"});  // by its best mean
  CHECK_FALSE(ends.none());
  CHECK(cells_at_ends({cells[2]}, {optima[2]}, kTriedRates).none());
}

TEST_CASE("the table of means marks the best and what diverged", "[rates]") {
  CHECK(terminal_text(tuning_table({cell_of({{0.5, 0.75}, {1, 2}, {kNan, 3}})}, {0.1, 0.2, 0.4},
                                   Goal::highest)) ==
        "cell  0.1    0.2   0.4\n"
        "----  -----  ----  --------\n"
        "2x1   0.625  1.5*  diverged\n");
}

// SPDX-License-Identifier: MIT
#include "looplab/stats/pooled.hpp"

#include "looplab/core/random.hpp"
#include "looplab/stats/judgement.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;

namespace {

// Means 2, 5, 7; variances of the means 1/3, 5/3, 7/6.
const std::vector<Block> kBlocks{{1, 2, 3}, {2, 4, 6, 8}, {5, 6, 7, 10}};

std::vector<Block> drawn(std::uint64_t index, std::span<const double> means) {
  constexpr std::array<std::size_t, 3> kSeeds{12, 8, 5};
  constexpr std::array<double, 3> kSpread{0.1, 0.2, 0.15};
  RandomStream stream(Seed{8}, "pooled_test", index);
  std::vector<Block> blocks;
  for (std::size_t b = 0; b < 3; ++b) {
    blocks.emplace_back(kSeeds[b]);
    for (double& value : blocks.back()) value = means[b] + kSpread[b] * stream.normal();
  }
  return blocks;
}

}  // namespace

TEST_CASE("the pooled mean of a case worked by hand", "[pooled]") {
  // Sum of variances 19/6; degrees (19/6)^2 / (1/9/2 + 25/9/3 + 49/36/3) = 6.98710.
  const Interval pooled = pooled_interval(kBlocks);
  const double error = std::sqrt(19. / 6) / 3,
               degrees = (361. / 36) / (1 / 18. + 25 / 27. + 49 / 108.);
  CHECK(pooled.mean == Approx(14. / 3));
  CHECK(pooled.degrees == Approx(6.9870968));
  CHECK(pooled.degrees == Approx(degrees));
  CHECK(pooled.count == 3);
  CHECK(pooled.high - pooled.mean == Approx(student_t_quantile(degrees, 0.95) * error));
  CHECK(pooled.mean - pooled.low == Approx(pooled.high - pooled.mean));
  const Interval at_99 = pooled_interval(kBlocks, 0.99);
  CHECK(at_99.high - at_99.mean == Approx(student_t_quantile(degrees, 0.99) * error));
  CHECK(difference_p(at_99) == Approx(difference_p(pooled)));
  CHECK(difference_p(pooled) == Approx(student_t_tail(14. / 3 / error, degrees)));
}

TEST_CASE("each block counts the same, however many seeds it has", "[pooled]") {
  const std::vector<Block> blocks{{0, 0, 0, 0, 0, 0}, {2, 2}};
  const Interval pooled = pooled_interval(blocks);
  CHECK(pooled.mean == 1);
  CHECK(pooled.low == 1);
  CHECK(pooled.count == 2);
}

TEST_CASE("one block is pooled to its own interval", "[pooled]") {
  const std::vector<Block> one{{1, 2, 6}};
  const Interval pooled = pooled_interval(one), alone = mean_interval(one.front());
  CHECK(pooled.low == Approx(alone.low));
  CHECK(pooled.high == Approx(alone.high));
  CHECK(pooled.degrees == Approx(alone.degrees));
}

TEST_CASE("Welch's test of a case worked by hand", "[pooled]") {
  // Weights 3, 3/5, 6/7; F = 8.1933980 with 2 and d = 5.1230314 degrees; with 2 in the numerator
  // the tail is (1 + 2 F / d)^(-d / 2).
  CHECK(heterogeneity_p(kBlocks) ==
        Approx(std::pow(1 + 2 * 8.1933980 / 5.1230314, -5.1230314 / 2)));
  CHECK(heterogeneity_p(kBlocks) == Approx(0.0253451).epsilon(1e-5));
}

TEST_CASE("with two blocks Welch's F is the square of Welch's t", "[pooled]") {
  // The difference of the two means is twice the pooled mean of the first and the negated second.
  const std::vector<Block> two{{1, 2, 6, 4}, {3, 7, 8}}, apart{{1, 2, 6, 4}, {-3, -7, -8}};
  const Interval difference = pooled_interval(apart);
  const double t = std::abs(difference.mean) / (difference.high - difference.mean) *
                   student_t_quantile(difference.degrees, 0.95);
  CHECK(heterogeneity_p(two) == Approx(student_t_tail(t, difference.degrees)));
}

TEST_CASE("blocks without any spread agree or do not", "[pooled]") {
  CHECK(heterogeneity_p(std::vector<Block>{{1, 1}, {1, 1}}) == 1);
  CHECK(heterogeneity_p(std::vector<Block>{{1, 1}, {2, 2}}) == 0);
  const std::vector<Block> one_is_fixed{{2, 2, 2}, {1, 2, 6}};  // as a test of the mean 3 against 2
  const double t = 1 / std::sqrt(7. / 3);
  CHECK(heterogeneity_p(one_is_fixed) == Approx(student_t_tail(t, 2)).epsilon(1e-5));
}

TEST_CASE("simulated: coverage and error rates of pooled claims", "[pooled]") {
  constexpr int kDraws = 1000;
  const std::array<double, 3> apart{-0.1, 0.1, 0.3}, at_margin{0.1, 0.1, 0.1}, zero{};
  int covered = 0, differences = 0, nulls = 0, one_sided = 0, heterogeneous = 0, found = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const std::vector<Block> blocks = drawn(i, apart), none = drawn(kDraws + i, zero);
    const std::vector<Block> edge = drawn(2 * kDraws + i, at_margin);
    const Interval interval = pooled_interval(blocks);
    covered += interval.low <= 0.1 && 0.1 <= interval.high;
    differences += judge_difference(pooled_interval(none, 0.99), 0) == Verdict::reproduced;
    nulls += judge_null(pooled_interval(edge), 0.1) == Verdict::reproduced;
    one_sided += judge_below(pooled_interval(edge), 0.1) == Verdict::reproduced;
    heterogeneous += heterogeneity_p(none) < 0.05;
    found += heterogeneity_p(blocks) < 0.05;
  }
  INFO("covered " << covered << ", differences " << differences << ", nulls " << nulls
                  << ", one-sided " << one_sided << ", heterogeneous " << heterogeneous << " / "
                  << found);
  CHECK(covered >= 930);
  CHECK(differences <= 21);
  CHECK(nulls <= 42);
  CHECK(one_sided <= 42);
  CHECK(heterogeneous <= 78);  // 50 + 4 standard deviations
  CHECK(found > 900);
}

TEST_CASE("blocks that are too small are refused by number", "[pooled]") {
  CHECK_THROWS_WITH(pooled_interval(std::vector<Block>{{1, 2}, {3}}),
                    looplab_test::contains("block 2 has 1 seeds"));
  CHECK_THROWS_AS(pooled_interval({}), ShapeError);
  CHECK_THROWS_AS(heterogeneity_p(std::vector<Block>{{1, 2}}), ShapeError);
}

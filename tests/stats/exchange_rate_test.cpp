// SPDX-License-Identifier: MIT
#include "looplab/stats/exchange_rate.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;
using looplab_test::contains;

namespace {

std::vector<Rung> equal_seeds(const std::vector<double>& depths, const std::vector<double>& means) {
  std::vector<Rung> ladder;
  for (std::size_t i = 0; i < depths.size(); ++i)
    ladder.push_back({depths[i], {means[i], means[i], means[i]}});
  return ladder;
}

ExchangeRate rate_of(const std::vector<Rung>& ladder, double looped) {
  return exchange_rate(ladder, {1, 4, {looped, looped, looped}}, Better::higher);
}

/// A known truth: mean of each depth 1, 2, 4, 8, spread of each seed alone and of all cells of a
/// seed.
struct Truth {
  std::array<double, 4> ladder;
  double depth, alone, shared;  // depth: what four loops of one layer are worth
  Better better;
};

/// How many of 1,000 draws of n seeds have an interval that contains the true phi.
int covered(const Truth& truth, std::size_t seeds) {
  const double doublings = std::log2(truth.depth);
  const auto left = static_cast<std::size_t>(doublings);
  const double looped_mean =
      std::lerp(truth.ladder[left], truth.ladder[left + 1], doublings - static_cast<double>(left));
  int count = 0;
  for (std::uint64_t draw = 0; draw < 1000; ++draw) {
    RandomStream stream(Seed{11}, "exchange_rate_test", draw + 1000 * seeds);
    std::vector<Rung> ladder{{1, {}}, {2, {}}, {4, {}}, {8, {}}};
    LoopedCell looped{1, 4, {}};
    for (std::size_t seed = 0; seed < seeds; ++seed) {
      const double shared = truth.shared * stream.normal();
      const auto value = [&](double mean) { return mean + shared + truth.alone * stream.normal(); };
      for (std::size_t i = 0; i < 4; ++i) ladder[i].values.push_back(value(truth.ladder[i]));
      looped.values.push_back(value(looped_mean));
    }
    const ExchangeRate rate = exchange_rate(ladder, looped, truth.better, kConfidence, 200);
    const double phi = doublings / 2;
    count += rate.place != LadderPlace::undefined && rate.low <= phi && phi <= rate.high;
  }
  return count;
}

}  // namespace

TEST_CASE("d and phi of a case worked by hand", "[exchange_rate]") {
  // Halfway from .4 at 2 layers to .6 at 4: log2 d = 1.5, phi = 1.5 / log2 4.
  const std::vector<Rung> ladder = equal_seeds({1, 2, 4}, {0.2, 0.4, 0.6});
  const ExchangeRate rate = rate_of(ladder, 0.5);
  CHECK(rate.place == LadderPlace::on);
  CHECK(rate.layers == Approx(std::exp2(1.5)));
  CHECK(rate.phi == Approx(0.75));
  CHECK(rate.low == Approx(0.75));  // all seeds agree
  CHECK(rate.high == Approx(0.75));
  CHECK(rate_of(ladder, 0.2).phi == Approx(0).margin(1e-12));
  CHECK(rate_of(ladder, 0.6).phi == Approx(1));
  const ExchangeRate two = exchange_rate(ladder, {2, 2, {0.5, 0.5}}, Better::higher);
  CHECK(two.phi == Approx(0.5));  // log(2^1.5 / 2) / log 2
}

TEST_CASE("on a ladder that is certain, the interval is Student's", "[exchange_rate]") {
  // One layer 0, two layers 1: phi of two loops of one layer is the value itself.
  const std::vector<Rung> ladder{{1, {0, 0, 0, 0}}, {2, {1, 1, 1, 1}}};
  const std::vector<double> values{0.3, 0.45, 0.5, 0.75};
  const ExchangeRate rate = exchange_rate(ladder, {1, 2, values}, Better::higher);
  const Interval expected = mean_interval(values);
  const double half = expected.high - expected.mean;
  CHECK(rate.phi == Approx(expected.mean));
  CHECK(rate.high - rate.phi == Approx(half).epsilon(0.05));
  CHECK(rate.phi - rate.low == Approx(rate.high - rate.phi));
  const ExchangeRate at_80 = exchange_rate(ladder, {1, 2, values}, Better::higher, 0.8);
  CHECK(at_80.high - at_80.phi ==
        Approx((rate.high - rate.phi) * student_t_quantile(3, 0.8) / student_t_quantile(3, 0.95)));
}

TEST_CASE("an end of the interval that lies off the ladder is infinite", "[exchange_rate]") {
  const std::vector<Rung> ladder{{1, {0, 0, 0}}, {2, {1, 1, 1}}};
  const ExchangeRate rate = exchange_rate(ladder, {1, 2, {0.8, 0.9, 1.0}}, Better::higher);
  CHECK(rate.place == LadderPlace::on);
  CHECK(rate.phi == Approx(0.9));
  CHECK(rate.phi - rate.low == Approx(4.30265 * 0.1 / std::sqrt(3)).epsilon(0.05));
  CHECK(std::isinf(rate.high));
}

TEST_CASE("what all cells of a seed share does not widen the interval", "[exchange_rate]") {
  const std::vector<Rung> ladder{{1, {0.1, 0.2, 0.3}}, {2, {0.5, 0.6, 0.7}}};
  const ExchangeRate paired = exchange_rate(ladder, {1, 2, {0.3, 0.4, 0.5}}, Better::higher);
  CHECK(paired.high - paired.low < 1e-9);
  const std::vector<double> more{0.3, 0.4, 0.5, 0.4};  // not the same seeds
  const ExchangeRate apart = exchange_rate(ladder, {1, 2, more}, Better::higher);
  CHECK(apart.phi == Approx(paired.phi));
  CHECK(apart.high - apart.low > 0.1);
}

TEST_CASE("nats are read downwards", "[exchange_rate]") {
  const std::vector<Rung> up{{1, {0.1, 0.2, 0.3}}, {2, {0.5, 0.7, 0.7}}};
  const std::vector<Rung> down{{1, {-0.1, -0.2, -0.3}}, {2, {-0.5, -0.7, -0.7}}};
  const ExchangeRate higher = exchange_rate(up, {1, 4, {0.3, 0.6, 0.5}}, Better::higher);
  const ExchangeRate lower = exchange_rate(down, {1, 4, {-0.3, -0.6, -0.5}}, Better::lower);
  CHECK(higher.phi == lower.phi);
  CHECK(higher.low == lower.low);
  CHECK(higher.high == lower.high);
}

TEST_CASE("a ladder that dips is made monotone", "[exchange_rate]") {
  const std::vector<double> values{0.2, 0.5, 0.4, 0.8}, same{1, 1, 1, 1}, weighted{1, 3, 1, 1};
  const std::vector<double> fitted = isotonic(values, same), unequal = isotonic(values, weighted);
  const std::vector<double> by_hand{0.2, 0.45, 0.45, 0.8}, falling{3, 2, 1};
  for (std::size_t i = 0; i < 4; ++i) CHECK(fitted[i] == Approx(by_hand[i]));
  CHECK(unequal[1] == Approx(0.475));
  CHECK(isotonic(falling, std::vector<double>{1, 1, 1}) == std::vector<double>{2, 2, 2});
  CHECK_THROWS_AS(isotonic(falling, same), ShapeError);
  const std::vector<Rung> ladder = equal_seeds({1, 2, 4, 8}, values);
  CHECK(std::log2(rate_of(ladder, 0.625).layers) == Approx(2.5));  // halfway from .45 to .8
  CHECK(rate_of(equal_seeds({1, 2, 4, 8}, {0.2, 0.2, 0.4, 0.4}), 0.4).layers == Approx(4));
  CHECK(rate_of(equal_seeds({1, 2, 4, 8}, {0.2, 0.2, 0.4, 0.4}), 0.2).layers == Approx(1));
}

TEST_CASE("beyond and below the ladder there is a bound, not a number", "[exchange_rate]") {
  const std::vector<Rung> ladder = equal_seeds({2, 4}, {0.4, 0.6});
  const ExchangeRate beyond = rate_of(ladder, 0.7), below = rate_of(ladder, 0.3);
  CHECK(beyond.place == LadderPlace::beyond);
  CHECK(beyond.layers == Approx(4));
  CHECK(beyond.phi == Approx(1));
  CHECK(beyond.low == Approx(1));  // no spread
  CHECK(std::isinf(beyond.high));
  CHECK(below.place == LadderPlace::below);
  CHECK(below.layers == Approx(2));
  CHECK(below.phi == Approx(0.5));
  CHECK(below.high == Approx(0.5));
  CHECK(below.low < -1e300);
  const ExchangeRate noisy = exchange_rate(ladder, {1, 4, {0.3, 0.7, 0.9}}, Better::higher);
  CHECK(noisy.place == LadderPlace::beyond);
  CHECK(noisy.low < 0.9);  // "at least 4" is not certain
}

TEST_CASE("the exchange rate is undefined where the ladder says nothing", "[exchange_rate]") {
  const ExchangeRate flat = rate_of(equal_seeds({1, 2}, {0.4, 0.3}), 0.5);
  CHECK(flat.place == LadderPlace::undefined);
  CHECK_THAT(flat.reason, contains("not better"));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THAT(rate_of(equal_seeds({1, 2}, {0.4, nan}), 0.5).reason, contains("not finite"));
}

TEST_CASE("one seed has no interval", "[exchange_rate]") {
  const std::vector<Rung> ladder{{1, {0.2}}, {2, {0.6}}};
  const ExchangeRate rate = exchange_rate(ladder, {1, 2, {0.4}}, Better::higher);
  CHECK(rate.phi == Approx(0.5));
  CHECK(std::isinf(rate.low));
  CHECK(std::isinf(rate.high));
}

TEST_CASE("ladders and cells that are none are refused", "[exchange_rate]") {
  const LoopedCell looped{1, 4, {0.5}};
  const std::vector<Rung> one{{2, {0.4}}}, twice{{2, {0.4}}, {2, {0.5}}},
      empty{{1, {}}, {2, {0.5}}};
  const std::vector<Rung> good{{1, {0.4}}, {2, {0.5}}};
  CHECK_THROWS_WITH(exchange_rate(one, looped, Better::higher),
                    contains("a ladder of 1 unlooped depth(s), expected 2 or more"));
  CHECK_THROWS_WITH(exchange_rate(twice, looped, Better::higher), contains("depth 2 after 2"));
  CHECK_THROWS_AS(exchange_rate(empty, looped, Better::higher), ShapeError);
  CHECK_THROWS_AS(exchange_rate(good, {1, 4, {}}, Better::higher), ShapeError);
  CHECK_THROWS_AS(exchange_rate(good, {1, 1, {0.5}}, Better::higher), ConfigError);
  CHECK_THROWS_AS(exchange_rate(good, {0, 4, {0.5}}, Better::higher), ConfigError);
}

TEST_CASE("simulated: the 95 % interval of phi covers the truth in 93 % of draws or more",
          "[exchange_rate]") {
  const Truth accuracy{{0.30, 0.50, 0.65, 0.72}, 3, 0.03, 0.03, Better::higher};
  const Truth nats{{1.7, 1.3, 1.0, 0.8}, 1.5, 0.12, 0, Better::lower};  // .3 doublings at n = 5
  const Truth near_top{{0.30, 0.50, 0.65, 0.72}, 6, 0.03, 0, Better::higher};
  const Truth on_rung{{0.30, 0.50, 0.65, 0.72}, 2, 0.06, 0, Better::higher};  // where it bends
  for (const std::size_t seeds : {5u, 8u, 12u}) {
    const int a = covered(accuracy, seeds), b = covered(nats, seeds), c = covered(near_top, seeds);
    const int d = covered(on_rung, seeds);
    INFO(seeds << " seeds: " << a << ", " << b << ", " << c << ", " << d << " of 1,000");
    CHECK(a >= 930);
    CHECK(b >= 930);
    CHECK(c >= 930);
    CHECK(d >= 930);
  }
}

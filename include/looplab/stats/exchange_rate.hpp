// SPDX-License-Identifier: MIT
//
// The exchange rate of loops for layers: R loops of k layers are worth d layers of their own.
//
//   ladder    unlooped models of the same width at depths d_1 < d_2 < ...: the mean of each over
//             seeds, made monotone by isotonic regression, linear in log depth in between
//   d         the depth at which the ladder reaches the looped model's mean
//   phi       log(d / k) / log R,   d = k R^phi;   1: a loop is worth a layer, 0: nothing
//   interval  all d with |looped mean - ladder at d| <= t_{n-1} e(d),   e(d): the standard
//             deviation of that difference over bootstrap samples of the seeds, times
//             sqrt(n / (n - 1));   n: the seeds of the cell with the fewest
//
// Cells with the same number of seeds are paired: one bootstrap sample draws the same seeds for
// all. The error is taken in units of the metric at each d, because the ladder bends at its rungs.
// Nothing is extrapolated: an end that lies off the ladder is infinite. The percentile interval,
// which covers 86 to 93 % at n = 5 to 20, is not used.
//
// Sources: arXiv:2604.21106 (phi, for language-model loss); Barlow et al. 1972, Statistical
//          Inference under Order Restrictions (pool adjacent violators); Efron & Tibshirani 1993,
//          An Introduction to the Bootstrap, chapter 6; Fieller 1954, JRSS B 16 (the inversion).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/stats/bootstrap.hpp"
#include "looplab/stats/interval.hpp"

namespace looplab::stats {

/// Whether more is better (accuracy) or less (nats).
enum class Better { higher, lower };

/// An unlooped cell: its depth in layers and its values over seeds.
struct Rung {
  double depth = 0;
  std::vector<double> values;
};

/// A looped cell: `loops` passes through `layers` layers, and its values over seeds. Entry i
/// belongs to the same seed as entry i of each rung if the numbers of seeds agree.
struct LoopedCell {
  double layers = 0, loops = 0;
  std::vector<double> values;
};

/// on: d is on the ladder; beyond: better than its deepest rung, so worth at least that; below:
/// worse than its shallowest, so worth less; undefined: see `reason`.
enum class LadderPlace { on, beyond, below, undefined };
[[nodiscard]] constexpr auto enum_names(LadderPlace) {
  return std::array<std::string_view, 4>{"on the ladder", "beyond the ladder", "below the ladder",
                                         "undefined"};
}

/// d and phi with its interval, of which either end may be infinite. Beyond the ladder d and phi
/// are those of the deepest rung and `high` is infinite; below it those of the shallowest, and
/// `low` is minus infinity.
struct ExchangeRate {
  LadderPlace place = LadderPlace::undefined;
  double layers = 0;  // d
  double phi = 0, low = 0, high = 0;
  std::string reason = {};  // set only where undefined
};

/// The exchange rate, as in the file comment. The same values give the same interval, bit for bit.
///
/// \throws ConfigError if the ladder has fewer than 2 depths, they do not ascend from above 0, or
/// the looped cell has less than 1 layer or fewer than 2 loops; ShapeError if a cell has no values.
[[nodiscard]] inline ExchangeRate exchange_rate(std::span<const Rung> ladder,
                                                const LoopedCell& looped, Better better,
                                                double confidence = kConfidence,
                                                Index samples = kBootstrapSamples);

/// The non-decreasing values nearest to `values` in the weighted least-squares sense.
/// \throws ShapeError unless there are as many weights as values.
[[nodiscard]] inline std::vector<double> isotonic(std::span<const double> values,
                                                  std::span<const double> weights) {
  require<ShapeError>(values.size() == weights.size(), "isotonic: ", values.size(), " values and ",
                      weights.size(), " weights, expected the same number");
  struct Pool {
    double mean, weight;
    std::size_t count;
  };
  std::vector<Pool> pools;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Pool last{values[i], weights[i], 1};
    for (; !pools.empty() && pools.back().mean >= last.mean; pools.pop_back()) {
      const Pool& before = pools.back();
      const double weight = before.weight + last.weight;
      last = {(before.mean * before.weight + last.mean * last.weight) / weight, weight,
              before.count + last.count};
    }
    pools.push_back(last);
  }
  std::vector<double> fitted;
  for (const Pool& pool : pools) fitted.insert(fitted.end(), pool.count, pool.mean);
  return fitted;
}

namespace detail {

/// The first log depth at which the ladder of non-decreasing levels reaches `value`; infinite off
/// the ladder.
[[nodiscard]] inline double log_depth_at(std::span<const double> log_depth,
                                         std::span<const double> level, double value) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (value <= level.front()) return value < level.front() ? -kInfinity : log_depth.front();
  for (std::size_t i = 1; i < level.size(); ++i)
    if (value <= level[i])
      return std::lerp(log_depth[i - 1], log_depth[i],
                       (value - level[i - 1]) / (level[i] - level[i - 1]));
  return kInfinity;
}

/// Means of every cell over the seeds in `draws`, one list of seeds a cell, or one for all.
[[nodiscard]] inline std::vector<double> means_of(std::span<const std::vector<double>> cells,
                                                  std::span<const std::vector<std::size_t>> draws) {
  std::vector<double> means;
  for (std::size_t cell = 0; cell < cells.size(); ++cell) {
    const auto& seeds = draws[std::min(cell, draws.size() - 1)];
    double sum = 0;
    for (std::size_t seed : seeds) sum += cells[cell][seed];
    means.push_back(sum / static_cast<double>(seeds.size()));
  }
  return means;
}

/// For each rung the looped mean - the ladder's level, in bootstrap samples of the seeds of
/// `cells`, of which the last is the looped one.
[[nodiscard]] inline std::vector<std::vector<double>> bootstrap_differences(
    std::span<const std::vector<double>> cells, std::span<const double> weights, Index samples) {
  const auto as_first = [&](const auto& cell) { return cell.size() == cells.front().size(); };
  const bool paired = std::ranges::all_of(cells, as_first);
  std::vector<std::vector<std::size_t>> draws;
  for (const auto& cell : cells.first(paired ? 1 : cells.size())) draws.emplace_back(cell.size());
  std::vector<std::vector<double>> differences(weights.size());
  for (Index sample = 0; sample < samples; ++sample) {
    RandomStream stream(Seed{1}, "exchange_rate", static_cast<std::uint64_t>(sample));
    for (auto& seeds : draws) resample(stream, seeds);
    const std::vector<double> means = means_of(cells, draws);
    const std::vector<double> level = isotonic({means.data(), weights.size()}, weights);
    for (std::size_t i = 0; i < level.size(); ++i)
      differences[i].push_back(means.back() - level[i]);
  }
  return differences;
}

/// Which log depths the data admit, as in the file comment.
class AdmittedDepths {
 public:
  /// `at_rung`: looped mean - level; `squared`: t^2 n / (n - 1).
  AdmittedDepths(std::span<const double> log_depth, std::vector<double> at_rung,
                 std::span<const std::vector<double>> differences, double squared)
      : log_depth_(log_depth), at_rung_(std::move(at_rung)) {
    for (std::size_t i = 0; i < differences.size(); ++i) {
      own_.push_back(squared * covariance(differences[i], differences[i]));
      if (i > 0) next_.push_back(squared * covariance(differences[i - 1], differences[i]));
    }
  }

  [[nodiscard]] bool operator()(double x) const {
    std::size_t i = 1;
    while (i + 1 < log_depth_.size() && x > log_depth_[i]) ++i;
    const double w = (x - log_depth_[i - 1]) / (log_depth_[i] - log_depth_[i - 1]), v = 1 - w;
    const double difference = v * at_rung_[i - 1] + w * at_rung_[i];
    return difference * difference <=
           v * v * own_[i - 1] + 2 * v * w * next_[i - 1] + w * w * own_[i];
  }

  /// The last admitted log depth from `inside` on towards the ladder's end `last`; `off` if that is
  /// admitted, too.
  [[nodiscard]] double end(double inside, double last, double off) const {
    if (!(*this)(inside)) return inside;
    if ((*this)(last)) return off;
    for (int halving = 0; halving < 60; ++halving) {
      const double middle = std::midpoint(inside, last);
      ((*this)(middle) ? inside : last) = middle;
    }
    return inside;
  }

 private:
  std::span<const double> log_depth_;
  std::vector<double> at_rung_, own_, next_;
};

inline void check_exchange(std::span<const Rung> ladder, const LoopedCell& looped) {
  require<ConfigError>(ladder.size() >= 2, "exchange_rate: a ladder of ", ladder.size(),
                       " unlooped depth(s), expected 2 or more, such as 1, 2 and 4 layers");
  double before = 0;
  for (const Rung& rung : ladder) {
    require<ConfigError>(rung.depth > before, "exchange_rate: depth ", rung.depth, " after ",
                         before, " on the ladder, expected depths that ascend from above 0");
    require<ShapeError>(!rung.values.empty(), "exchange_rate: no values at depth ", rung.depth,
                        ", expected 1 or more");
    before = rung.depth;
  }
  require<ConfigError>(looped.layers >= 1 && looped.loops >= 2, "exchange_rate: ", looped.loops,
                       " loops of ", looped.layers, " layers, expected 2 or more of 1 or more");
  require<ShapeError>(!looped.values.empty(),
                      "exchange_rate: no values of the looped cell, expected 1 or more");
}

/// The values of all cells, the looped one last, more being better.
[[nodiscard]] inline std::vector<std::vector<double>> rising_values(std::span<const Rung> ladder,
                                                                    const LoopedCell& looped,
                                                                    Better better) {
  std::vector<std::vector<double>> cells;
  for (const Rung& rung : ladder) cells.push_back(rung.values);
  cells.push_back(looped.values);
  if (better == Better::lower)
    for (auto& cell : cells)
      for (double& value : cell) value = -value;
  return cells;
}

/// t_{n-1}^2 n / (n - 1) for the cell with the fewest seeds, 2 or more.
[[nodiscard]] inline double squared_factor(std::span<const std::vector<double>> cells,
                                           double confidence) {
  const auto size = [](const std::vector<double>& cell) { return cell.size(); };
  return squared_bootstrap_factor(std::ranges::min(cells, {}, size).size(), confidence);
}

}  // namespace detail

[[nodiscard]] inline ExchangeRate exchange_rate(std::span<const Rung> ladder,
                                                const LoopedCell& looped, Better better,
                                                double confidence, Index samples) {
  detail::check_exchange(ladder, looped);
  const auto cells = detail::rising_values(ladder, looped, better);
  std::vector<double> log_depth, weights, means;
  for (const Rung& rung : ladder) {
    log_depth.push_back(std::log(rung.depth));
    weights.push_back(static_cast<double>(rung.values.size()));
  }
  for (const auto& cell : cells) means.push_back(mean(cell));
  const auto finite = [](double value) { return std::isfinite(value); };
  if (!std::ranges::all_of(means, finite)) return {.reason = "a value is not finite"};
  const std::vector<double> level = isotonic({means.data(), ladder.size()}, weights);
  if (!(level.back() > level.front()))
    return {.reason = "deeper models are not better on the ladder"};

  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double first = log_depth.front(), last = log_depth.back();
  const double exact = detail::log_depth_at(log_depth, level, means.back());
  const double log_d = std::clamp(exact, first, last);
  const double squared = detail::squared_factor(cells, confidence);
  double low = -kInfinity, high = kInfinity;
  if (std::isfinite(squared)) {
    std::vector<double> at_rung;
    for (double of_rung : level) at_rung.push_back(means.back() - of_rung);
    const auto differences = detail::bootstrap_differences(cells, weights, samples);
    const detail::AdmittedDepths admitted(log_depth, at_rung, differences, squared);
    if (exact >= first) low = admitted.end(log_d, first, -kInfinity);
    if (exact <= last) high = admitted.end(log_d, last, kInfinity);
  }
  const auto phi = [&](double log_of_d) {
    return (log_of_d - std::log(looped.layers)) / std::log(looped.loops);
  };
  return {.place = exact > last    ? LadderPlace::beyond
                   : exact < first ? LadderPlace::below
                                   : LadderPlace::on,
          .layers = std::exp(log_d),
          .phi = phi(log_d),
          .low = phi(low),
          .high = phi(high)};
}

}  // namespace looplab::stats

// SPDX-License-Identifier: MIT
//
// The power of an endpoint, planned from a pilot before its runs: the probability that its verdict is
// "reproduced" on its own, with its planned seeds, and the number of seeds for a wanted power.
//
//   true value       `assumed` of the endpoint; else 0 for a null, and what the pilot found
//   spread           the upper 80 % limit of the pilot's standard deviation over seeds (stats/power.hpp)
//   shares of runs   the 80 % limits nearest to each other: the lower one of the cell's share, the
//                    upper one of the baseline's
//   exchange rate    by simulation: normal draws of every cell around the pilot's means
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "looplab/lab/verdicts/endpoint_verdict.hpp"
#include "looplab/stats/power.hpp"

namespace looplab::lab {

/// The confidence of the limits that a design is planned with.
inline constexpr double kPlanningConfidence = 0.8;
/// The largest number of seeds that is tried.
inline constexpr Index kMostPlannedSeeds = 200;
/// Simulated claims per number of seeds, for an exchange rate, and bootstrap samples of each.
inline constexpr Index kSimulatedClaims = 200, kSimulatedSamples = 200;

/// An endpoint's power. Without enough pilot runs `problem` says what is missing.
struct PlannedPower {
  std::string endpoint, pilot, problem;  // pilot: what it found, in words
  Index seeds = 0;                       // planned for the cell with the fewest
  double power = 0;
  std::optional<Index> seeds_needed;  // for the wanted power; none: more than kMostPlannedSeeds
};

/// Plans one endpoint of a design.
class PowerPlan {
 public:
  /// `results`: the pilot's, of cells with the same names.
  PowerPlan(const Claim& design, const Endpoint& endpoint, const ClaimResults& results)
      : design_(design), endpoint_(endpoint), results_(results) {
    alpha_ = 1 - confidence_of(design, endpoint);
    planned_.endpoint = endpoint.name;
    planned_.seeds = fewest_seeds();
  }

  [[nodiscard]] PlannedPower planned(double wanted) {
    const std::function<double(Index)> power_at = power_of_seeds();
    if (!power_at) return planned_;
    planned_.power = power_at(planned_.seeds);
    planned_.seeds_needed = endpoint_.kind == EndpointKind::exchange_rate
                                ? seeds_by_doubling(wanted, power_at)
                                : stats::seeds_for_power(wanted, power_at, kMostPlannedSeeds);
    return planned_;
  }

 private:
  [[nodiscard]] Index fewest_seeds() const {
    Index fewest = design_.seeds.count;
    for (const std::string& name : cells_of(endpoint_))
      if (const Cell* cell = find_cell(design_, name))
        fewest = std::min(fewest, num_seeds(design_, *cell));
    return fewest;
  }

  /// The power with n seeds a cell; none, with the reason, if the pilot does not suffice.
  [[nodiscard]] std::function<double(Index)> power_of_seeds() {
    switch (endpoint_.kind) {
      case EndpointKind::proportion:
        return power_of_shares();
      case EndpointKind::exchange_rate:
        return power_of_exchange();
      default:
        return power_of_mean();
    }
  }
  [[nodiscard]] std::function<double(Index)> lacking(const std::string& what) {
    planned_.problem = what;
    return nullptr;
  }

  /// Differences, one list a block, or slopes.
  [[nodiscard]] std::vector<stats::Block> pilot_blocks() const {
    if (endpoint_.kind == EndpointKind::trend) return {trend_slopes(endpoint_, results_)};
    std::vector<stats::Block> blocks;
    for (const CellPair& pair : cell_pairs(endpoint_))
      blocks.push_back(pair_differences(endpoint_, pair, results_));
    return blocks;
  }

  [[nodiscard]] std::function<double(Index)> power_of_mean() {
    const std::vector<stats::Block> blocks = pilot_blocks();
    std::vector<double> spreads;
    double mean = 0;
    for (const stats::Block& block : blocks) {
      if (block.size() < 2) return lacking("the pilot has fewer than 2 seeds of its cells");
      const double sd = std::max(stats::standard_deviation(block), 1e-9);
      spreads.push_back(stats::upper_spread(sd, std::ssize(block), kPlanningConfidence));
      mean += stats::mean(block) / static_cast<double>(blocks.size());
      planned_.pilot +=
          concat(planned_.pilot.empty() ? "" : "; ", short_number(stats::mean(block)), ", sd ",
                 short_number(sd), ", planned with ", short_number(spreads.back()));
    }
    const bool null = endpoint_.kind == EndpointKind::null;
    const double truth = endpoint_.assumed.value_or(null ? 0 : mean);
    if (endpoint_.assumed) planned_.pilot += concat("; assumed ", to_text(truth));
    return [this, spreads, truth](Index n) {
      return power_of(truth,
                      stats::pooled_precision(spreads, std::vector<Index>(spreads.size(), n)));
    };
  }
  [[nodiscard]] double power_of(double truth, const stats::Precision& design) const {
    const double bound = endpoint_.bound.value_or(0);
    switch (endpoint_.kind) {
      case EndpointKind::null:
        return stats::null_power(truth, endpoint_.margin, design, alpha_ / 2);
      case EndpointKind::one_sided:
        return stats::one_sided_power(endpoint_.side == Side::below ? bound - truth : truth - bound,
                                      design, alpha_ / 2);
      default:
        return stats::difference_power(truth, design, alpha_, endpoint_.size);
    }
  }

  [[nodiscard]] std::function<double(Index)> power_of_shares() {
    const Shares shares = run_shares(endpoint_, results_);
    if (shares.cell.trials == 0 || shares.baseline.trials == 0)
      return lacking("the pilot has no runs of its cells");
    const double first = stats::lower_limit(shares.cell, kPlanningConfidence),
                 second = stats::upper_limit(shares.baseline, kPlanningConfidence);
    planned_.pilot = concat(shares_text(shares), ", planned with ", short_number(first), " and ",
                            short_number(second));
    return
        [this, first, second](Index n) { return stats::fisher_power(first, n, second, n, alpha_); };
  }

  [[nodiscard]] std::function<double(Index)> power_of_exchange() {
    struct Normal {
      double depth, mean, spread;
    };
    std::vector<Normal> rungs;
    for (const std::string& name : cells_of(endpoint_)) {
      const auto values = results_.values(name, endpoint_.metric);
      if (values.size() < 2) return lacking(concat("the pilot has fewer than 2 seeds of ", name));
      const auto n = std::ssize(values);
      const double sd = std::max(stats::standard_deviation(values), 1e-9);
      rungs.push_back({static_cast<double>(find_cell(design_, name)->config.model.num_block_layers),
                       stats::mean(values), stats::upper_spread(sd, n, kPlanningConfidence)});
      planned_.pilot += concat(planned_.pilot.empty() ? "" : "; ", name, " ",
                               short_number(rungs.back().mean), ", sd ", short_number(sd));
    }
    const Normal looped = rungs.back();  // the cell itself follows its ladder
    rungs.pop_back();
    const auto loops =
        static_cast<double>(find_cell(design_, endpoint_.cell)->config.loops.trained);
    return [this, rungs, looped, loops](Index n) {
      Index reproduced = 0;
      for (Index claim = 0; claim < kSimulatedClaims; ++claim) {
        RandomStream noise(Seed{1}, "planned_power", static_cast<std::uint64_t>(claim));
        const auto draw = [&](const Normal& cell) {
          std::vector<double> values;
          for (Index seed = 0; seed < n; ++seed)
            values.push_back(cell.mean + cell.spread * noise.normal());
          return values;
        };
        std::vector<stats::Rung> ladder;
        for (const Normal& rung : rungs) ladder.push_back({rung.depth, draw(rung)});
        const stats::ExchangeRate rate =
            stats::exchange_rate(ladder, {looped.depth, loops, draw(looped)},
                                 better(endpoint_.metric), 1 - alpha_, kSimulatedSamples);
        if (rate.place == stats::LadderPlace::undefined) continue;
        reproduced += endpoint_.side == Side::below ? rate.high < *endpoint_.bound
                                                    : rate.low > *endpoint_.bound;
      }
      return static_cast<double>(reproduced) / kSimulatedClaims;
    };
  }
  /// A power of two is found first, since every number of seeds costs a simulation.
  [[nodiscard]] static std::optional<Index> seeds_by_doubling(
      double wanted, const std::function<double(Index)>& power_at) {
    Index high = stats::kMinSeeds;
    while (high <= kMostPlannedSeeds && power_at(high) < wanted) high *= 2;
    if (high > kMostPlannedSeeds) return std::nullopt;
    Index low = high == stats::kMinSeeds ? high : high / 2 + 1;
    while (low < high) {
      const Index middle = (low + high) / 2;
      if (power_at(middle) >= wanted)
        high = middle;
      else
        low = middle + 1;
    }
    return high;
  }

  const Claim& design_;
  const Endpoint& endpoint_;
  const ClaimResults& results_;
  double alpha_ = 0;
  PlannedPower planned_;
};

/// Plans the primary endpoints of a design from the results of a pilot.
[[nodiscard]] inline std::vector<PlannedPower> plan_power(const Claim& design,
                                                          const ClaimResults& pilot,
                                                          double wanted) {
  std::vector<PlannedPower> planned;
  for (const Endpoint& endpoint : design.endpoints)
    if (endpoint.primary) planned.push_back(PowerPlan(design, endpoint, pilot).planned(wanted));
  return planned;
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// From results to the verdict on one statement of a claim (its kinds: lab/claims/expectation.hpp).
//
//   difference     Student's t over seeds, paired; over several blocks their equal-weight mean
//   null           (stats/pooled.hpp), which counts only where the blocks agree: no block's own
//   one_sided      interval outside the margin or bound, and p of equal means not below .05
//   proportion     Fisher's exact test, one-sided; the interval is Newcombe's
//   trend          Student's t of one least-squares slope per seed
//   exchange_rate  phi with its interval (stats/exchange_rate.hpp)
//
// The confidence of the interval: `confidence_of`. What a verdict depends on besides its own
// statement: lab/verdicts/budget.hpp, lab/verdicts/gatekeeping.hpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "looplab/lab/claims/figure_spec.hpp"
#include "looplab/lab/verdicts/budget.hpp"
#include "looplab/lab/verdicts/cell_exchange.hpp"
#include "looplab/stats/pooled.hpp"
#include "looplab/stats/trend.hpp"

namespace looplab::lab {

/// p below which blocks are taken to differ.
inline constexpr double kHeterogeneity = 0.05;

/// Differences of the seeds that both cells of a pair have.
[[nodiscard]] inline std::vector<double> pair_differences(const Endpoint& endpoint,
                                                          const CellPair& pair,
                                                          const ClaimResults& results) {
  const auto values = results.paired(
      {{pair.cell, endpoint.metric}, {pair.baseline, endpoint.metric_of_baseline()}});
  return stats::paired_differences(values[0], values[1]);
}

/// The slope of each seed of a trend, less that of the baseline if there is one.
[[nodiscard]] inline std::vector<double> trend_slopes(const Endpoint& endpoint,
                                                      const ClaimResults& results) {
  const std::vector<std::string> words = listed(endpoint.x);
  const std::vector<double> x = listed_numbers(endpoint.x, endpoint.name);
  std::vector<CellMetric> wanted;
  for (const std::string& cell : {endpoint.cell, endpoint.baseline})
    for (const std::string& word : words)
      if (!cell.empty()) wanted.push_back({cell, metric_at(endpoint.metric, word)});
  const auto values = results.paired(wanted);
  std::vector<double> slopes;
  for (std::size_t seed = 0; seed < values[0].size(); ++seed) {
    std::vector<double> y;
    for (std::size_t i = 0; i < words.size(); ++i)
      y.push_back(values[i][seed] -
                  (values.size() > words.size() ? values[i + words.size()][seed] : 0));
    slopes.push_back(stats::least_squares_slope(x, y));
  }
  return slopes;
}

/// The numbers of runs of an endpoint's cells that reach its threshold.
[[nodiscard]] inline Shares run_shares(const Endpoint& endpoint, const ClaimResults& results) {
  const auto share = [&](const std::string& cell, const MetricKey& metric) {
    const auto values = results.values(cell, metric);
    const auto reached = [&](double value) { return value >= *endpoint.threshold; };
    return stats::Proportion{std::ranges::count_if(values, reached), std::ssize(values)};
  };
  return {share(endpoint.cell, endpoint.metric),
          share(endpoint.baseline, endpoint.metric_of_baseline())};
}

/// Judges one endpoint of a claim on its own.
class EndpointJudge {
 public:
  EndpointJudge(const Claim& claim, const Endpoint& endpoint, const ClaimResults& results)
      : claim_(claim), results_(results), confidence_(confidence_of(claim, endpoint)) {
    row_.claim = claim.name;
    row_.paper = endpoint.paper;
    row_.endpoint = endpoint;
  }

  [[nodiscard]] EndpointRow row() {
    switch (row_.endpoint.kind) {
      case EndpointKind::proportion:
        judge_shares();
        break;
      case EndpointKind::exchange_rate:
        judge_exchange();
        break;
      case EndpointKind::trend:
        measure_slopes();
        break;
      default:
        measure_differences();
        if (row_.measured) report_controls();
    }
    return row_;
  }

 private:
  [[nodiscard]] const Endpoint& endpoint() const { return row_.endpoint; }

  void measure_differences() {
    const auto pairs = cell_pairs(endpoint());
    std::vector<stats::Block> blocks;
    for (const CellPair& pair : pairs)
      blocks.push_back(pair_differences(endpoint(), pair, results_));
    const auto smallest =
        std::ranges::min(blocks, {}, [](const auto& b) { return b.size(); }).size();
    if (smallest == 0) return;
    if (pairs.size() == 1) {
      judge_mean(stats::mean_interval(blocks[0], confidence_));
    } else if (smallest >= 2) {
      judge_mean(stats::pooled_interval(blocks, confidence_));
      judge_agreement(pairs, blocks);
    }
  }

  /// What the blocks show on their own; a null or a bound counts only where they agree.
  void judge_agreement(const std::vector<CellPair>& pairs,
                       const std::vector<stats::Block>& blocks) {
    bool outside = false;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const stats::Interval own = stats::mean_interval(blocks[i], confidence_);
      row_.notes.push_back(concat(pairs[i].block, ": ", interval_text(own)));
      outside = outside || judged(own) == stats::Verdict::not_reproduced;
    }
    const double p = stats::heterogeneity_p(blocks);
    row_.notes.push_back(concat("p of equal means ", p_text(p)));
    if (row_.verdict != stats::Verdict::reproduced || (!outside && p >= kHeterogeneity)) return;
    row_.verdict = stats::Verdict::inconclusive;
    row_.notes.push_back("depends on the block");
  }

  void measure_slopes() {
    const std::vector<double> slopes = trend_slopes(endpoint(), results_);
    if (!slopes.empty()) judge_mean(stats::mean_interval(slopes, confidence_));
  }

  [[nodiscard]] stats::Verdict judged(const stats::Interval& interval) const {
    const double bound = endpoint().bound.value_or(0);
    switch (endpoint().kind) {
      case EndpointKind::null:
        return stats::judge_null(interval, endpoint().margin);
      case EndpointKind::one_sided:
      case EndpointKind::exchange_rate:
        return endpoint().side == Side::below ? stats::judge_below(interval, bound)
                                              : stats::judge_above(interval, bound);
      default:
        return stats::judge_difference(interval, endpoint().size);
    }
  }

  /// Judges a mean over seeds by its interval.
  void judge_mean(const stats::Interval& mean) {
    row_.measured = true;
    row_.estimate = mean;
    if (!std::isfinite(mean.mean) || !within_budget(results_, row_)) return;
    row_.verdict = judged(mean);
    const double bound = endpoint().bound.value_or(0);
    if (endpoint().kind == EndpointKind::null)
      row_.p = stats::null_p(mean, endpoint().margin);
    else if (endpoint().kind == EndpointKind::one_sided)
      row_.p = endpoint().side == Side::below ? stats::below_p(mean, bound)
                                              : stats::above_p(mean, bound);
    else
      row_.p = stats::difference_p(mean);
    state_size();
  }

  /// Whether an effect has the stated size, apart from whether it is there.
  void state_size() {
    if (endpoint().size > 0)
      row_.size = row_.estimate.low >= endpoint().size    ? SizeReached::by_interval
                  : row_.estimate.mean >= endpoint().size ? SizeReached::by_mean
                                                          : SizeReached::no;
  }

  void judge_shares() {
    const Shares shares = run_shares(endpoint(), results_);
    if (shares.cell.trials == 0 || shares.baseline.trials == 0) return;
    row_.measured = true;
    row_.shares = shares;
    row_.estimate = stats::newcombe_interval(shares.cell, shares.baseline, confidence_);
    if (!within_budget(results_, row_)) return;
    row_.p = stats::fisher_exact_p(shares.cell, shares.baseline);
    row_.verdict = stats::judge_shares(row_.estimate, *row_.p, endpoint().size);
    state_size();
  }

  void judge_exchange() {
    const auto phi = cell_exchange(claim_, results_, endpoint().cell, listed(endpoint().ladder),
                                   endpoint().metric, confidence_);
    row_.measured = phi.count > 0;
    if (!row_.measured) return;
    if (phi.rate.place == stats::LadderPlace::undefined) {
      row_.estimate.count = phi.count;
      row_.estimate.mean = NAN;
      row_.notes.push_back("phi is undefined: " + phi.rate.reason);
      return;
    }
    row_.estimate = {phi.count, phi.rate.phi, phi.rate.low, phi.rate.high, confidence_};
    row_.notes.push_back(exchange_words(phi.rate));
    if (within_budget(results_, row_)) row_.verdict = judged(row_.estimate);
  }

  /// The change of the difference from each block's cells to their controls.
  void report_controls() {
    for (const std::string& ending : listed(endpoint().controls))
      for (const CellPair& pair : cell_pairs(endpoint())) {
        const MetricKey &metric = endpoint().metric, &other = endpoint().metric_of_baseline();
        const auto values = results_.paired({{pair.cell + ending, metric},
                                             {pair.baseline + ending, other},
                                             {pair.cell, metric},
                                             {pair.baseline, other}});
        const auto change =
            stats::paired_differences(stats::paired_differences(values[0], values[1]),
                                      stats::paired_differences(values[2], values[3]));
        row_.notes.push_back(concat(
            "change of the difference to ", pair.cell, ending, " - ", pair.baseline, ending, ": ",
            change.empty() ? "no results" : interval_text(stats::mean_interval(change))));
      }
  }

  const Claim& claim_;
  const ClaimResults& results_;
  double confidence_;
  EndpointRow row_;
};

/// "1x8: 3 of 5" for the cells of an endpoint that lack runs of their design; "" if none does.
[[nodiscard]] inline std::string missing_seeds(const Claim& claim, const Endpoint& endpoint,
                                               const ClaimResults& results) {
  std::vector<std::string> names = cells_of(endpoint), missing;
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& name : names) {
    const Cell* cell = find_cell(claim, name);
    const Index done = std::ssize(results.runs_of(name));
    if (cell != nullptr && done < num_seeds(claim, *cell))
      missing.push_back(concat(name, ": ", done, " of ", num_seeds(claim, *cell)));
  }
  return joined(missing);
}

/// Evaluates one endpoint on its own, over the seeds that all of its cells have. While runs of its
/// design are missing nothing is decided: a verdict must not depend on when one looks.
[[nodiscard]] inline EndpointRow judge(const Claim& claim, const Endpoint& endpoint,
                                       const ClaimResults& results) {
  EndpointRow row = EndpointJudge(claim, endpoint, results).row();
  const std::string missing = missing_seeds(claim, endpoint, results);
  if (missing.empty() || !row.measured) return row;
  row.measured = false;
  row.verdict = stats::Verdict::inconclusive;
  row.notes.push_back(concat("preliminary, seeds done: ", missing));
  return row;
}

}  // namespace looplab::lab

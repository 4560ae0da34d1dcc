// SPDX-License-Identifier: MIT
//
// The best learning rate of one cell, from its tuning runs:
//
//   parabola   metric = a + b log(rate) + c log(rate)^2, least squares over all runs of the cell
//              without divergence; the optimum is its vertex, moved to the nearest rate at which
//              every run succeeded if it lies outside of these rates
//   best mean  where the parabola has no vertex of the right kind (a maximum, or a minimum for
//              `goal = lowest`) or fewer than 3 rates have a run without divergence: the rate with
//              the best mean over the seeds
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "looplab/lab/claims/tuning.hpp"
#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/report/table.hpp"
#include "looplab/stats/parabola.hpp"

namespace looplab::lab {

/// A cell that tries the grid, and what its tuning runs gave.
struct TunedCell {
  std::string name;
  Index loops = 1;                          // R in training
  std::string arm = {};                     // equal for cells that differ in R alone
  std::vector<std::vector<double>> values;  // [rate][seed]; NaN: the run diverged
};

/// The mean over seeds at each rate; NaN where a run diverged.
[[nodiscard]] inline std::vector<double> means_of(const TunedCell& cell) {
  std::vector<double> means;
  for (const std::vector<double>& of_rate : cell.values) means.push_back(stats::mean(of_rate));
  return means;
}

/// The position of the best mean. Of equal ones that nearest to the middle of the grid, so that a
/// tie is not taken for an end; a rate at which a run diverged loses to every other.
[[nodiscard]] inline std::size_t best_mean(const std::vector<double>& means, Goal goal) {
  const auto worth = [&](std::size_t i) {
    if (std::isnan(means[i])) return -std::numeric_limits<double>::infinity();
    return goal == Goal::highest ? means[i] : -means[i];
  };
  const auto from_middle = [&](std::size_t i) {
    return std::abs(2 * static_cast<Index>(i) - (std::ssize(means) - 1));
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < means.size(); ++i)
    if (worth(i) > worth(best) || (worth(i) == worth(best) && from_middle(i) < from_middle(best)))
      best = i;
  return best;
}

/// How an optimum was found, as in the file comment.
enum class RateRule { parabola, no_vertex, few_rates };

/// The best rate of a cell.
struct RateOptimum {
  double rate = 0;
  RateRule rule = RateRule::parabola;
  stats::Parabola fit = {};  // of the metric in log(rate); meant for RateRule::parabola alone
};

/// The optimum of a cell, `cell.values` being those of `rates` in ascending order. \throws
/// ConfigError if a run diverged at every rate
[[nodiscard]] inline RateOptimum rate_optimum(const TunedCell& cell,
                                              const std::vector<double>& rates, Goal goal) {
  const std::vector<double> means = means_of(cell);
  std::vector<double> stable, log_rates, values;  // rates without divergence; points of the fit
  Index rates_left = 0;
  for (std::size_t r = 0; r < rates.size(); ++r) {
    if (!std::isnan(means[r])) stable.push_back(rates[r]);
    const std::size_t before = values.size();
    for (double value : cell.values[r])
      if (!std::isnan(value)) {
        log_rates.push_back(std::log(rates[r]));
        values.push_back(value);
      }
    if (values.size() > before) ++rates_left;
  }
  require<ConfigError>(!stable.empty(), "[tuning]: a run of cell ", cell.name,
                       " diverged at every rate from ", rates.front(), " to ", rates.back(),
                       ", expected learning_rates with lower ones");
  const double best = rates[best_mean(means, goal)];
  if (rates_left < 3) return {best, RateRule::few_rates};
  const stats::Parabola fit = stats::least_squares_parabola(log_rates, values);
  if (goal == Goal::highest ? !(fit.curvature < 0) : !(fit.curvature > 0))
    return {best, RateRule::no_vertex};
  return {std::clamp(std::exp(fit.vertex()), stable.front(), stable.back()), RateRule::parabola,
          fit};
}

/// The optima of cells, in their order.
[[nodiscard]] inline std::vector<RateOptimum> rate_optima(const std::vector<TunedCell>& cells,
                                                          const std::vector<double>& rates,
                                                          Goal goal) {
  std::vector<RateOptimum> optima;
  for (const TunedCell& cell : cells) optima.push_back(rate_optimum(cell, rates, goal));
  return optima;
}

/// The cells whose optimum is the lowest and the highest rate of the grid.
struct GridEnds {
  std::vector<std::string> lowest, highest;
  [[nodiscard]] bool none() const { return lowest.empty() && highest.empty(); }
};
[[nodiscard]] inline GridEnds cells_at_ends(const std::vector<TunedCell>& cells,
                                            const std::vector<RateOptimum>& optima,
                                            const std::vector<double>& rates) {
  GridEnds ends;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (optima[c].rate == rates.front()) ends.lowest.push_back(cells[c].name);
    if (optima[c].rate == rates.back()) ends.highest.push_back(cells[c].name);
  }
  return ends;
}

/// The means of each cell, a column per rate; the best one has a star.
[[nodiscard]] inline Table tuning_table(const std::vector<TunedCell>& cells,
                                        const std::vector<double>& rates, Goal goal) {
  Table table({"cell"});
  for (double rate : rates) table.columns.push_back({to_text(rate)});
  for (const TunedCell& cell : cells) {
    const std::vector<double> means = means_of(cell);
    std::vector<TableCell> row{cell.name};
    for (double mean : means) row.push_back(std::isnan(mean) ? "diverged" : significant(mean, 4));
    if (const std::size_t best = best_mean(means, goal); !std::isnan(means[best]))
      row[best + 1].text += '*';
    table.add(row);
  }
  return table;
}

}  // namespace looplab::lab

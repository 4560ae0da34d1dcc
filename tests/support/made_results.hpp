// SPDX-License-Identifier: MIT
// Invented results, to test code that evaluates results.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "looplab/lab/claims/claim.hpp"
#include "looplab/lab/results/result.hpp"

namespace looplab_test {

/// A finished run of the claim "claim".
inline looplab::lab::RunResult made_result(const std::string& cell, looplab::Index seed,
                                           const looplab::lab::Metrics& metrics) {
  looplab::lab::RunResult made;
  made.claim = "claim";
  made.cell = cell;
  made.seed = seed;
  made.metrics = metrics;
  made.cost.model.unique_parameters = cell == "4x1" ? 600 : 200;
  return made;
}

/// Runs of one cell with the given accuracies, from seed `first` on.
inline void add_values(std::vector<looplab::lab::RunResult>& results, const std::string& cell,
                       const std::vector<double>& accuracies, looplab::Index first = 1) {
  for (double accuracy : accuracies)
    results.push_back(made_result(cell, first++, {{"accuracy", accuracy}}));
}

/// The claim "claim" with cells of these names, layers and loops.
inline looplab::lab::Claim shaped_claim(
    const std::vector<std::tuple<std::string, looplab::Index, looplab::Index>>& shapes = {
        {"1x4", 1, 4}, {"1x1", 1, 1}, {"2x1", 2, 1}, {"4x1", 4, 1}}) {
  looplab::lab::Claim claim;
  claim.name = "claim";
  for (const auto& [name, layers, loops] : shapes) {
    looplab::lab::Cell& cell = claim.cells.emplace_back();
    cell.name = name;
    cell.config.model.num_block_layers = layers;
    cell.config.loops.trained = loops;
  }
  return claim;
}

/// Seeds 1, 2, 3 of one cell: accuracy `mean` plus noise shared by all cells, nats 1 - accuracy.
inline void add_cell(std::vector<looplab::lab::RunResult>& results, const std::string& cell,
                     double mean) {
  for (looplab::Index seed = 1; seed <= 3; ++seed) {
    const double accuracy = mean + 0.01 * static_cast<double>(seed);
    results.push_back(made_result(
        cell, seed, {{"accuracy", accuracy}, {"answer_nats", 1 - accuracy}, {"demand", 1000}}));
  }
}

/// Three cells; loops close 90 % of a gap of 0.4.
inline std::vector<looplab::lab::RunResult> three_cells() {
  std::vector<looplab::lab::RunResult> results;
  add_cell(results, "1x4", 0.86);
  add_cell(results, "1x1", 0.5);
  add_cell(results, "4x1", 0.9);
  return results;
}

}  // namespace looplab_test

// SPDX-License-Identifier: MIT
// Invented results, to test code that evaluates results.
#pragma once

#include <string>
#include <vector>

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

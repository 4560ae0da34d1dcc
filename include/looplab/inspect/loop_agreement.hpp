// SPDX-License-Identifier: MIT
//
// How often the predictions of two loops agree, and how often they would by chance.
//
//   agreement_ij = fraction of rows with equal predictions after loops i and j
//   chance_ij    = sum_v f_i(v) f_j(v)      f_i(v): fraction of rows with prediction v after loop i
//   kappa_ij     = (agreement - chance) / (1 - chance)    1: always equal, 0: equal as by chance
//
// Ouro reports agreements (arXiv:2510.25741, section 7.2) without class frequencies or accuracies:
// two loops that each favour one label agree, or disagree, regardless of the input.
// Source of kappa: Cohen 1960.
#pragma once

#include <cmath>
#include <vector>

#include "looplab/core/tensor.hpp"

namespace looplab {

struct Agreement {
  double agreement = 0, chance = 0;

  /// NaN if chance alone makes them always agree.
  [[nodiscard]] double kappa() const {
    return chance < 1 ? (agreement - chance) / (1 - chance) : NAN;
  }
};

/// The agreement [R][R] of `answers` [R][N], row by row; all of the same length N of 1 or more.
/// \throws ShapeError
[[nodiscard]] inline std::vector<std::vector<Agreement>> agreement_matrix(
    const std::vector<std::vector<Token>>& answers, Index num_classes) {
  const std::size_t R = answers.size(), N = answers.empty() ? 0 : answers[0].size();
  require<ShapeError>(N > 0, "agreement_matrix: there is no row");
  std::vector<std::vector<double>> share(
      R, std::vector<double>(static_cast<std::size_t>(num_classes)));
  for (std::size_t r = 0; r < R; ++r) {
    require<ShapeError>(answers[r].size() == N, "agreement_matrix: loop ", r, " has ",
                        answers[r].size(), " rows, the first has ", N);
    for (Token answer : answers[r]) {
      require<ShapeError>(answer >= 0 && answer < num_classes, "agreement_matrix: answer ", answer,
                          ", expected 0 ... ", num_classes - 1);
      share[r][static_cast<std::size_t>(answer)] += 1 / static_cast<double>(N);
    }
  }
  std::vector<std::vector<Agreement>> matrix(R, std::vector<Agreement>(R));
  for (std::size_t i = 0; i < R; ++i)
    for (std::size_t j = 0; j < R; ++j) {
      Index equal = 0;
      for (std::size_t n = 0; n < N; ++n) equal += answers[i][n] == answers[j][n];
      matrix[i][j].agreement = static_cast<double>(equal) / static_cast<double>(N);
      for (std::size_t v = 0; v < share[i].size(); ++v)
        matrix[i][j].chance += share[i][v] * share[j][v];
    }
  return matrix;
}

}  // namespace looplab

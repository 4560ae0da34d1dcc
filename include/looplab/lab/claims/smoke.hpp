// SPDX-License-Identifier: MIT
//
// The preset `smoke`, by a rule: the cells of `quick`, made so short that they show that everything
// runs and decide nothing. The longest run has 40 steps; all others keep their ratio to it, so that
// a control is still trained twice as long as its arm.
#pragma once

#include <algorithm>

#include "looplab/lab/claims/claim.hpp"

namespace looplab::lab {

inline constexpr Index kSmokeSteps = 40, kSmokeSeeds = 2, kSmokeSequences = 20,
                       kSmokeCurvePoints = 2;

/// `value`, at most `most`, where 0 stands for "all".
[[nodiscard]] inline Index at_most(Index value, Index most) {
  return value == 0 ? most : std::min(value, most);
}

/// Shortens the cells of a claim to those of `smoke`.
inline void make_smoke(Claim& claim) {
  Index longest = 1;
  for (const Cell& cell : claim.cells) longest = std::max(longest, cell.config.train.num_steps);
  const auto scaled = [&](Index steps) {  // rounded down, so that twice as long remains that
    return longest <= kSmokeSteps ? steps : steps * kSmokeSteps / longest;
  };
  for (Cell& cell : claim.cells) {
    TrainSettings& train = cell.config.train;
    train.num_steps = std::max<Index>(1, scaled(train.num_steps));
    train.warmup_steps = std::min(scaled(train.warmup_steps), train.num_steps);
    train.objective.stage_two_steps = scaled(train.objective.stage_two_steps);
    EvaluationSettings& evaluation = cell.config.evaluation;
    evaluation.num_sequences = at_most(evaluation.num_sequences, kSmokeSequences);
    if (evaluation.curve_points > 0) {
      evaluation.curve_points = std::min(evaluation.curve_points, kSmokeCurvePoints);
      evaluation.curve_sequences = at_most(evaluation.curve_sequences, kSmokeSequences);
    }
    evaluation.probe_sequences = std::min(evaluation.probe_sequences, kSmokeSequences);
  }
  claim.seeds = std::min(claim.seeds, kSmokeSeeds);
}

}  // namespace looplab::lab

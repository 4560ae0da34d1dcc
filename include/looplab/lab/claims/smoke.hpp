// SPDX-License-Identifier: MIT
//
// The preset `smoke`, by a rule: the cells of `quick`, or else of `standard`, made so short that
// they show that everything runs and decide nothing. The longest run has 40 steps; all others keep
// their ratio to it, so that a control is still trained twice as long as its arm. Evaluations of 0
// windows, which means all of them, stay: knowledge is measured on everyone. The cells of `standard`
// are larger, so that one run of each suffices.
#pragma once

#include <algorithm>

#include "looplab/lab/claims/claim.hpp"

namespace looplab::lab {

inline constexpr Index kSmokeSteps = 40, kSmokeSeeds = 2, kSmokeSequences = 20,
                       kSmokeCurvePoints = 2;
inline constexpr std::size_t kSmokeTestLoops = 3;

/// Shortens the cells of a claim to those of `smoke`, with at most `seeds` runs of each.
inline void make_smoke(Claim& claim, Index seeds = kSmokeSeeds) {
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
    RunEvaluationSettings& evaluation = cell.config.evaluation;
    evaluation.curve_points = std::min(evaluation.curve_points, kSmokeCurvePoints);
    if (evaluation.test_loops.size() > kSmokeTestLoops)
      evaluation.test_loops.resize(kSmokeTestLoops);
    for (Index* windows : {&evaluation.num_sequences, &evaluation.curve_sequences,
                           &evaluation.probe_sequences, &evaluation.decode_sequences})
      *windows = std::min(*windows, kSmokeSequences);
  }
  claim.seeds.count = std::min(claim.seeds.count, seeds);
}

}  // namespace looplab::lab

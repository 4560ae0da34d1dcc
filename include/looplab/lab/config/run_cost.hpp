// SPDX-License-Identifier: MIT
//
// Parameters, FLOP and exposures of a run, from its configuration alone.
#pragma once

#include "looplab/lab/config/run_config.hpp"
#include "looplab/models/model_cost.hpp"
#include "looplab/train/loop_schedule.hpp"

namespace looplab::lab {

/// Cost of one run: the model, and its training in FLOP.
struct RunCost {
  ModelCost model;
  double training_flop = 0;
};

/// The cost of a model that is trained with `num_loops` loops; includes coda and head of every loop
/// if the loss needs them.
[[nodiscard]] inline ModelCost trained_cost(const RunConfig& config, Index length,
                                            Index num_loops) {
  if (config.own_model) return config.own_model->cost(length, num_loops);
  ModelCost cost = model_cost(with_loops(config.model, num_loops), length);
  const LossPerLoop read = config.train.objective.loss_per_loop;
  if (read != LossPerLoop::last)  // head and coda of each loop but one
    cost.flop_per_token += cost.read_out_flop_per_token * static_cast<double>(num_loops - 1);
  return cost;
}

/// `model` is the cost with the model's own number of loops. Training counts the mean of random
/// numbers of loops, and a step of Stage II as a third of one: its forward pass.
[[nodiscard]] inline RunCost run_cost(const RunConfig& config) {
  const TrainSettings& train = config.train;
  const Index length = config.task.sequence_length();
  const auto cost_at = [&](Index loops) { return trained_cost(config, length, loops); };
  const ModelCost cost = cost_at(config.loops.trained);
  double flop = cost.flop_per_token;
  if (!train.random_loops.empty()) {  // linear in the number of loops
    const double mean = mean_training_loops(train);
    const auto below = static_cast<Index>(mean);
    const double at_below = cost_at(below).flop_per_token;
    flop = at_below +
           (mean - static_cast<double>(below)) * (cost_at(below + 1).flop_per_token - at_below);
  }
  const double steps = static_cast<double>(train.total_steps()) +
                       static_cast<double>(train.objective.stage_two_steps) / 3;
  return {cost, flop * static_cast<double>(length * train.batch_size) * steps};
}

/// Mean exposures per person in training: number of biographies divided by number of people; 0 for
/// tasks without biographies.
[[nodiscard]] inline double exposures(const RunConfig& config) {
  return config.task.exposures(config.train.total_steps() * config.train.batch_size);
}

}  // namespace looplab::lab

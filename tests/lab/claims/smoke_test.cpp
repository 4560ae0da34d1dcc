// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/smoke.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("smoke shortens runs to 40 steps and keeps their ratio", "[smoke]") {
  Claim claim;
  claim.seeds.count = 5;
  claim.cells.resize(3);
  const auto train = [&](std::size_t cell) -> TrainSettings& {
    return claim.cells[cell].config.train;
  };
  train(0).num_steps = 1000;
  train(0).warmup_steps = 100;
  train(0).objective.stage_two_steps = 500;
  train(1).num_steps = 2000;
  train(2).num_steps = 1;
  RunEvaluationSettings& evaluation = claim.cells[0].config.evaluation;
  evaluation.num_sequences = 0;  // everyone: biographies need it
  evaluation.curve_points = 8;
  evaluation.curve_sequences = 200;
  evaluation.probe_sequences = 100;
  evaluation.decode_sequences = 200;
  evaluation.test_loops = {1, 2, 4, 8, 16};
  make_smoke(claim);
  CHECK(claim.seeds.count == 2);
  CHECK(evaluation.test_loops == std::vector<Index>{1, 2, 4});
  CHECK(train(0).num_steps == 20);
  CHECK(train(0).warmup_steps == 2);
  CHECK(train(0).objective.stage_two_steps == 10);
  CHECK(train(1).num_steps == 40);
  CHECK(train(2).num_steps == 1);
  CHECK(evaluation.num_sequences == 0);
  CHECK(evaluation.curve_points == 2);
  CHECK(evaluation.curve_sequences == kSmokeSequences);
  CHECK(evaluation.probe_sequences == kSmokeSequences);
  CHECK(evaluation.decode_sequences == kSmokeSequences);
}

TEST_CASE("runs that are short enough stay as they are", "[smoke]") {
  Claim claim;
  claim.seeds.count = 1;
  claim.cells.resize(1);
  claim.cells[0].config.train.num_steps = 30;
  claim.cells[0].config.evaluation.num_sequences = 10;
  make_smoke(claim);
  CHECK(claim.seeds.count == 1);
  CHECK(claim.cells[0].config.train.num_steps == 30);
  CHECK(claim.cells[0].config.evaluation.num_sequences == 10);
  CHECK(claim.cells[0].config.evaluation.curve_points == 0);
}

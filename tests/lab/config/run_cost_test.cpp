// SPDX-License-Identifier: MIT
#include "looplab/lab/config/run_cost.hpp"

#include "looplab/train/loop_schedule.hpp"
#include "support/catch.hpp"
#include "support/resolved_run.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("the cost of a run counts its tokens and loops", "[run_cost]") {
  const RunConfig run = resolve(kTask + "[train]\nnum_steps = 10\nbatch_size = 4\n");
  const RunCost cost = run_cost(run);
  CHECK(cost.training_flop == Approx(cost.model.flop_per_token * 10 * 4 * 31));
  const RunCost every = run_cost(resolve(kTask + "[train]\nloss_per_loop = every\n"));
  CHECK(every.model.flop_per_token ==
        cost.model.flop_per_token + 3 * cost.model.read_out_flop_per_token);
  const std::string gate = kTask + "[model]\nexit_gate = true\n[train]\n";
  CHECK(run_cost(resolve(gate + "loss_per_loop = gate\n")).model.flop_per_token ==
        Approx(every.model.flop_per_token).epsilon(0.01));
  CHECK(run_cost(resolve(gate + "num_steps = 10\nbatch_size = 4\ngate_stage_two_steps = 6\n"))
            .training_flop == Approx(1.2 * cost.training_flop).epsilon(0.01));
  CHECK(run_cost(resolve(kTask + "[train]\nnum_steps = 10\nbatch_size = 4\nrepeat_tail = 0.1\n"))
            .training_flop == Approx(1.1 * cost.training_flop));
  const RunCost random = run_cost(resolve(kTask + "[train]\nrandom_loops = 4,2,8\n")),
                four = run_cost(resolve(kTask)),
                five = run_cost(resolve(kTask + "[train]\nnum_loops = 5\n"));
  CHECK(random.model.flop_per_token == four.model.flop_per_token);
  CHECK(random.training_flop ==
        Approx(four.training_flop + (mean_training_loops({.random_loops = {4, 2, 8}}) - 4) *
                                        (five.training_flop - four.training_flop)));
  const RunCost more = run_cost(resolve(kTask + "[train]\nnum_loops = 8\n"));
  CHECK(more.model.unique_parameters == cost.model.unique_parameters);
  CHECK(more.model.flop_per_token > 1.7 * cost.model.flop_per_token);
}

TEST_CASE("exposures are biographies seen per person, of both kinds of biographies", "[run_cost]") {
  const std::string train = "[train]\nnum_steps = 300\nbatch_size = 10\n";
  CHECK(exposures(resolve("[task]\nkind = biographies\nnum_people = 60\n"
                          "biographies_per_window = 4\n" +
                          train)) == 200);
  CHECK(exposures(resolve("[task]\nkind = biography_sentences\nnum_people = 90\n"
                          "biographies_per_window = 3\n" +
                          train)) == 100);
  CHECK(exposures(resolve("[task]\nkind = biographies\nnum_people = 60\n"
                          "biographies_per_window = 4\n" +
                          train + "repeat_tail = 0.1\n")) == 220);
  CHECK(exposures(resolve(kTask + train)) == 0);
}

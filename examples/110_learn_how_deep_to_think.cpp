// SPDX-License-Identifier: MIT
//
// Lesson 110: an exit gate learns how many loops a token needs.
//
// What you learn: after every loop the gate says with which chance to leave; training weighs the
//   loss of every loop with the chance to leave there, plus a pull towards leaving anywhere (the
//   uniform prior). At test time a token leaves when the chance to have left reaches q: harder
//   questions stay longer, and what has left costs nothing. Leaving as soon as the own answer is
//   right (the oracle) is not best: what leaves early shows later tokens less.
// What you need:  lesson 090. Source: Ouro, arXiv:2510.25741, sections 3.2 and 3.5.
// Output to expect: at q = 0.5 accuracy is at least 0.97 with fewer than 3.6 of 4 loops, and
//   questions of two jumps stay at least 0.2 loops longer than those of one.
#include <iomanip>
#include <iostream>
#include <looplab/looplab.hpp>

int main() {
  using namespace looplab;
  KHopInduction task({.sequence_length = 15, .alphabet_size = 3, .max_hops = 2});
  LoopedTransformer model({.vocab_size = task.vocab_size(),
                           .d_model = 32,
                           .num_heads = 2,
                           .num_loops = 4,
                           .exit_gate = true},
                          Seed{1});
  Trainer trainer(model, task,
                  {.num_steps = 1200,
                   .batch_size = 32,
                   .learning_rate = 5e-3,
                   .loss_per_loop = LossPerLoop::gate,
                   .gate = {.beta = 0.02}});
  if (!trainer.run()) return 1;

  std::cout << std::fixed << std::setprecision(3)
            << "rule          accuracy   loops   k=1     k=2     ms per window\n";
  constexpr Index kWindows = 500;
  const auto row = [&](const char* name, const ExitPolicy& policy) {
    const ExitEvaluation e =
        evaluate_exits(model, task, policy, {.num_sequences = kWindows}, /*repeats=*/3);
    std::cout << name << e.total.answers.accuracy() << "      " << e.total.mean_loops() << "   "
              << e.slices[0].mean_loops() << "   " << e.slices[1].mean_loops() << "   "
              << 1e3 * e.seconds / kWindows << "\n";
    return e;
  };
  row("1 loop        ", {.threshold = 1});
  row("4 loops       ", {.threshold = 4});
  row("gate, q = 0.2 ", {.rule = ExitRule::gate, .threshold = 0.2});
  const ExitEvaluation half = row("gate, q = 0.5 ", {.rule = ExitRule::gate, .threshold = 0.5});
  row("oracle        ", {.rule = ExitRule::oracle});

  const bool as_predicted = half.total.answers.accuracy() >= 0.97 &&
                            half.total.mean_loops() < 3.6 &&
                            half.slices[1].mean_loops() - half.slices[0].mean_loops() >= 0.2;
  std::cout << (as_predicted ? "as predicted\n" : "NOT as predicted\n");
  return as_predicted ? 0 : 1;
}

// Try: .beta = 0: without a pull to other loops, where does the gate leave?
//      .gate = {.prior = ExitPrior::geometric, .prior_parameter = 0.5}: who leaves sooner?
//      .gate = {.stage_two_steps = 300}: the gate alone is trained on, by what loops improve.
//      LossPerLoop::last and ExitRule::difference: is a gate needed at all?

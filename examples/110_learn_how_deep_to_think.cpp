// SPDX-License-Identifier: MIT
//
// Lesson 110: an exit gate learns how many loops a token needs.
//
// You learn: after every loop the gate gives the probability of exiting there. Training weights the
//   loss of every loop by its exit probability and adds a divergence from the uniform prior. At
//   test time a token exits when its cumulative exit probability reaches q: harder questions take
//   more loops, and tokens that have exited cost nothing. Exiting as soon as a token's own answer
//   is right (the oracle) is not optimal, because later tokens attend to the states of earlier
//   ones.
// You need:  lesson 090. Source: Ouro, arXiv:2510.25741, sections 3.2 and 3.5.
// Expected output: at q = 0.5 accuracy is at least 0.97 with fewer than 3.6 of 4 loops, and
//   questions of two hops take at least 0.2 loops more than those of one.
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
  Trainer trainer(model, task, {.num_steps = 1200, .batch_size = 32, .learning_rate = 5e-3},
                  ExpectedExit{.beta = 0.02});
  if (!trainer.run()) return 1;

  std::cout << std::fixed << std::setprecision(3)
            << "rule          accuracy   loops   k=1     k=2     ms per window\n";
  constexpr Index kWindows = 500;
  const auto row = [&](const char* name, const AnyExitRule& rule) {
    const ExitEvaluation e =
        evaluate_exits(model, task, rule, {.num_sequences = kWindows}, /*repeats=*/3);
    std::cout << name << e.total.answers.accuracy() << "      " << e.total.mean_loops() << "   "
              << e.slices[0].mean_loops() << "   " << e.slices[1].mean_loops() << "   "
              << 1e3 * e.seconds / kWindows << "\n";
    return e;
  };
  row("1 loop        ", FixedLoops{1});
  row("4 loops       ", FixedLoops{4});
  row("gate, q = 0.2 ", GateQuantile{0.2});
  const ExitEvaluation half = row("gate, q = 0.5 ", GateQuantile{0.5});
  row("oracle        ", TargetOracle{});

  const bool as_predicted = half.total.answers.accuracy() >= 0.97 &&
                            half.total.mean_loops() < 3.6 &&
                            half.slices[1].mean_loops() - half.slices[0].mean_loops() >= 0.2;
  std::cout << (as_predicted ? "as predicted\n" : "NOT as predicted\n");
  return as_predicted ? 0 : 1;
}

// Try: .beta = 0: without the prior, where does the gate exit?
//      .prior = ExitPrior::geometric, .prior_parameter = 0.5: which tokens exit earlier?
//      A second stage that trains only the gate, on each loop's improvement:
//        Trainer gate(model, task, {.num_steps = 300, .batch_size = 32, .learning_rate = 1e-2,
//                     .schedule = Schedule::constant}, GateAdaptation{}, only("exit_gate"));
//        gate.continue_from(trainer.state()).run();
//      LastLoop{} and StateDifference{1}: is a gate needed at all?

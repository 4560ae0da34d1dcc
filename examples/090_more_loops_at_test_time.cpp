// SPDX-License-Identifier: MIT
//
// Lesson 090: train with four loops, test with any number.
//
// You learn: the number of loops is an argument of a call, not a property of the weights. A model
//   trained with 4 loops needs them: with fewer its computation is incomplete. More loops gain
//   nothing, because it was trained to answer after 4, and its state may drift away.
// You need:  lesson 080. The task is k-hop induction: k times in a row, find the letter that
//   followed the last occurrence of the current one (tasks/k_hop_induction.hpp has an example).
// Expected output: accuracy with 4 test loops is at least 0.98, with 1 loop at least 0.4 lower; no
//   number of loops exceeds the accuracy at 4 loops by more than 0.02.
#include <algorithm>
#include <iomanip>
#include <iostream>
#include <looplab/looplab.hpp>
#include <map>

int main() {
  using namespace looplab;
  KHopInduction task({.sequence_length = 15, .alphabet_size = 3, .max_hops = 2});
  LoopedTransformer model({.vocab_size = task.vocab_size(),
                           .d_model = 32,
                           .num_heads = 2,
                           .num_block_layers = 1,
                           .num_loops = 4},
                          Seed{1});
  Trainer trainer(model, task, {.num_steps = 1200, .batch_size = 32, .learning_rate = 5e-3});
  if (!trainer.run()) return 1;  // shows a progress bar; Ctrl-C ends the program here

  std::map<Index, double> accuracy;
  std::cout << "loops   k=1    k=2    all\n" << std::fixed << std::setprecision(3);
  for (Index loops : {1, 2, 3, 4, 5, 6, 8}) {  // more loops at test time
    const Evaluation result = evaluate(model, task, {.num_loops = loops, .num_sequences = 500});
    accuracy[loops] = result.accuracy;
    std::cout << std::setw(3) << loops;
    for (const SliceResult& slice : result.slices) std::cout << "   " << slice.accuracy();
    std::cout << "   " << result.accuracy << (loops == 4 ? "   <- trained\n" : "\n");
  }

  const double best = std::ranges::max_element(accuracy, {}, [](const auto& entry) {
                        return entry.second;
                      })->second;
  const bool as_predicted =
      accuracy[4] >= 0.98 && accuracy[4] - accuracy[1] >= 0.4 && best <= accuracy[4] + 0.02;
  std::cout << (as_predicted ? "as predicted\n" : "NOT as predicted\n");
  return as_predicted ? 0 : 1;
}

// Try: trainer.directory("run"): log, checkpoints, and resuming after Ctrl-C.
//      Train with 1 loop and with 4 layers (1x1, 4x1): how much of the gap do loops close?
//      .input_injection = InputInjection::add: does the accuracy at 8 loops change?

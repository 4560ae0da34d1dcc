// SPDX-License-Identifier: MIT
// A user's first program: train for a few steps and evaluate. The loss must have changed.
#include <cmath>
#include <iostream>

#include "looplab/looplab.hpp"

int main() {
  using namespace looplab;
  const KHopInduction task({.sequence_length = 15, .alphabet_size = 4, .max_hops = 2});
  LoopedTransformer<float> model({.vocab_size = task.vocab_size(),
                                  .d_model = 16,
                                  .num_heads = 2,
                                  .num_block_layers = 1,
                                  .num_loops = 2},
                                 Seed{1});
  const double before = evaluate(model, task, {.num_sequences = 64}).loss;
  Trainer trainer(model, task, {.num_steps = 30, .batch_size = 16, .learning_rate = 5e-3});
  trainer.on_step([](const StepReport&) {});
  const bool done = trainer.run();
  const double after = evaluate(model, task, {.num_sequences = 64}).loss;
  std::cout << "looplab " << kVersion << ": loss " << before << " -> " << after << "\n";
  return done && std::isfinite(after) && after < before ? 0 : 1;
}

// SPDX-License-Identifier: MIT
//
// A few fixed training steps: count.sh counts their instructions, and older_processor.sh runs them
// on an emulated older processor.
//
//   fixed_steps LOOPS        one warm-up step, then the counted steps, on one thread; prints the
//   loss fixed_steps --build      prints everything besides the sources that the count depends on
#include <iostream>
#include <string>

#include "looplab/models/looped_transformer.hpp"
#include "looplab/tasks/k_hop_induction.hpp"
#include "looplab/train/trainer.hpp"

using namespace looplab;

constexpr int kCountedSteps = 2;

/// Instructions are counted while this function runs; count.sh refers to it by name.
template <class Train>
[[gnu::noinline]] double counted_steps(Train& trainer) {
  double loss = 0;
  for (int i = 0; i < kCountedSteps; ++i) loss = trainer.step().loss;
  return loss;
}

int main(int argc, char** argv) {
  const std::string argument = argc == 2 ? argv[1] : "";
  if (argument == "--build") {
    std::cout << compiler_name() << ", " << kernels::backend_name() << ", " LOOPLAB_FLAGS "\n";
    return 0;
  }
  Index loops = 0;
  if (!from_text(argument, loops) || loops < 1) {
    std::cerr << "usage: fixed_steps LOOPS (a whole number, 1 or more) or --build\n";
    return 2;
  }
  const KHopInduction task({.sequence_length = 32, .alphabet_size = 8, .max_hops = 4});
  LoopedTransformerConfig config = ouro(64, 2);
  config.vocab_size = task.vocab_size();
  config.max_sequence_length = task.sequence_length();
  config.num_loops = loops;
  LoopedTransformer model(config, Seed{1});
  Trainer trainer(model, task, {.batch_size = 8, .chunk_tokens = 128, .num_threads = 1});
  trainer.step();
  std::cout << counted_steps(trainer) << "\n";
}

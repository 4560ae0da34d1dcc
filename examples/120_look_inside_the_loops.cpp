// SPDX-License-Identifier: MIT
//
// Lesson 120: trace a model loop by loop, and beyond its trained number of loops.
//
// You learn: the state after any loop, layer and sub-layer can be inspected. A model trained to
//   answer after loop 4 has no fixed point there: its state keeps changing, and accuracy drops
//   again.
// You need:  lesson 090, which shows the accuracy only.
// Expected output: of 8 loops, the loss is lowest after loop 4, where accuracy is at least 0.98;
//   after loop 8 it is at least 0.3 lower. The state changes less with each loop but never stops
//   changing: its cosine with the previous loop's is between 0.5 and 0.99 in loops 3 to 8.
#include <algorithm>
#include <iomanip>
#include <iostream>
#include <looplab/looplab.hpp>

int main() {
  using namespace looplab;
  KHopInduction task({.sequence_length = 15, .alphabet_size = 3, .max_hops = 2});
  LoopedTransformer model(
      {.vocab_size = task.vocab_size(), .d_model = 32, .num_heads = 2, .num_loops = 4}, Seed{1});
  Trainer trainer(model, task, {.num_steps = 1200, .batch_size = 32, .learning_rate = 5e-3});
  if (!trainer.run()) return 1;

  LoopTracer tracer(model, {.num_loops = 8, .lens = true});
  Batch windows;
  sample_batch(task, Seed{1}, Split::validation, 0, 500, windows);
  tracer.add(windows);
  const LoopTrace<float>& seen = tracer.trace();

  std::cout << std::fixed << std::setprecision(3)
            << "loop   accuracy   nats    length   cosine with the loop before\n";
  bool turns = true;
  for (std::size_t r = 0; r < seen.loops.size(); ++r) {
    const Score& out = seen.loops[r].read_out;
    const SubLayerTrace& end = seen.sub_layers[2 * r + 1];  // attention, feed-forward; one layer
    std::cout << std::setw(3) << r + 1 << "    " << out.accuracy() << "      " << out.loss()
              << "   " << std::setw(6) << end.norm() << "   ";
    if (r == 0)
      std::cout << "-\n";
    else
      std::cout << end.cosine() << (r + 1 == 4 ? "   <- trained\n" : "\n");
    if (r >= 2) turns = turns && end.cosine() > 0.5 && end.cosine() < 0.99;
  }

  const auto nats = [](const LoopReadOut& loop) { return loop.read_out.loss(); };
  const auto best = std::ranges::min_element(seen.loops, {}, nats) - seen.loops.begin();
  const double at_four = seen.loops[3].read_out.accuracy(),
               at_eight = seen.loops[7].read_out.accuracy();
  const bool as_predicted = best == 3 && at_four >= 0.98 && at_four - at_eight >= 0.3 && turns;
  std::cout << (as_predicted ? "as predicted\n" : "NOT as predicted\n");
  return as_predicted ? 0 : 1;
}

// Try: the lens of sub-layers 2 r (after attention) and 2 r + 1 (after the feed-forward network): which
//      half of the layer finds the answer?
//      {.maps = 1}, then tracer.trace().maps[0]: what does each loop attend to?
//      Train with EveryLoop{} or .random_loops = {4, 2, 8}: does the state converge?
//      looplab trace RUN draws all of this for a trained run.

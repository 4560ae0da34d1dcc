// SPDX-License-Identifier: MIT
//
// Lesson 070: a task of your own in 30 lines.
//
// You learn: a task is any struct with the seven functions of the `Task` concept. The main one is
//   `sample`, which writes window number `index` from a random stream of that number. It has no
//   state, so any thread can generate any window and a run can resume anywhere. Slices name the
//   kinds of answers; evaluation reports each one separately.
// You need:  lesson 060.
// Expected output: the window below; after 250 steps accuracy is at least 0.97 in slice "later",
//   where the step size can be inferred. The first answer of a window can only be guessed: its
//   accuracy is within 0.06 of 1/7 = 0.14.
//
// The task: count up in steps of a hidden size d of 1 ... 7, modulo 8.
//
//   tokens    3  5  7  1  3  5        here d = 2
//   targets   5  7  1  3  5  7
//   slices    0  1  1  1  1  1        0: "first", d is still unknown; 1: "later"
#include <cmath>
#include <iostream>
#include <looplab/looplab.hpp>

using namespace looplab;

namespace {

struct HiddenStep {
  std::string name() const { return "hidden_step"; }
  Index vocab_size() const { return 8; }
  Index sequence_length() const { return 6; }
  Index num_slices() const { return 2; }
  std::string slice_name(Index slice) const { return slice == 0 ? "first" : "later"; }
  Index num_evaluation_sequences() const { return 1000; }

  void sample(Seed seed, Split split, Index index, Window window) const {
    RandomStream stream(seed, split == Split::train ? "hidden_step/train" : "hidden_step/held out",
                        static_cast<std::uint64_t>(index));
    const Index start = stream.below(8), d = 1 + stream.below(7);
    for (Index t = 0; t < sequence_length(); ++t) {
      const auto i = static_cast<std::size_t>(t);
      window.tokens[i] = static_cast<Token>((start + t * d) % 8);
      window.targets[i] = static_cast<Token>((start + (t + 1) * d) % 8);
      window.slices[i] = t == 0 ? 0 : 1;
    }
  }
};
static_assert(Task<HiddenStep>);  // the compiler names a missing or misspelt function here

void print(const char* label, const std::vector<Token>& row) {
  std::cout << label;
  for (Token token : row) std::cout << "  " << token;
  std::cout << "\n";
}

}  // namespace

int main() {
  const HiddenStep task;

  // Look at the data before you train on it.
  Batch window;
  sample_batch(task, Seed{1}, Split::train, 0, 1, window);
  print("tokens ", window.tokens);
  print("targets", window.targets);
  print("slices ", window.slices);

  LoopedTransformer model(
      {.vocab_size = task.vocab_size(), .d_model = 32, .num_block_layers = 2, .num_loops = 1},
      Seed{1});
  Trainer trainer(model, task, {.num_steps = 250, .batch_size = 64, .learning_rate = 5e-3});
  if (!trainer.run()) return 1;  // interrupted

  const Evaluation unseen = evaluate(model, task);
  for (const SliceResult& slice : unseen.slices)
    std::cout << slice.name << "  accuracy " << slice.accuracy() << "  loss " << slice.loss()
              << "\n";
  const bool as_predicted =
      std::abs(unseen.slices[0].accuracy() - 1.0 / 7) < 0.06 && unseen.slices[1].accuracy() >= 0.97;
  std::cout << (as_predicted ? "as predicted\n" : "NOT as predicted\n");
  return as_predicted ? 0 : 1;
}

// Try: what is the smallest loss possible in slice "first"? (ln 7 = 1.95: compare)
//      Pack two windows into one: give the second its own document, and check that the first does
//      not help it (task.hpp draws `documents`).
//      Break the task on purpose, so that the input already contains the answer: how does the loss
//      reveal it?

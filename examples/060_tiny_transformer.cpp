// SPDX-License-Identifier: MIT
//
// Lesson 060: train a transformer of two layers to repeat a word.
//
// You learn: the three objects of every run: a task (data), a model (parameters), a trainer (the
//   training loop); and how to interpret the first loss and the final accuracy.
// You need:  lesson 020. PyTorch users: LoopedTransformer with num_loops = 1 is a plain decoder,
//   Trainer is the training loop, evaluate includes model.eval() and torch.no_grad().
// Expected output: the first loss is within 0.1 of ln 9 = 2.20, because an untrained model predicts
//   the 9 tokens uniformly; after 150 steps it predicts at least 97 % of the letters of unseen
//   words.
#include <cmath>
#include <iostream>
#include <looplab/looplab.hpp>

using namespace looplab;

namespace {

/// A word of 8 letters, "=", and the word again.
///
///   tokens    c  a  b  =  c  a        the last letter is a target but not an input
///   targets   .  .  .  c  a  b
struct Copying {
  static constexpr Index kLetters = 8, kWord = 8;

  std::string name() const { return "copying"; }
  Index vocab_size() const { return kLetters + 1; }  // and "="
  Index sequence_length() const { return 2 * kWord; }
  Index num_slices() const { return 1; }
  std::string slice_name(Index) const { return "letter"; }
  Index num_evaluation_sequences() const { return 200; }

  void sample(Seed seed, Split split, Index index, Window window) const {
    RandomStream stream(seed, split == Split::train ? "copying/train" : "copying/held out",
                        static_cast<std::uint64_t>(index));
    for (std::size_t i = 0; i < kWord; ++i)
      window.tokens[i] = static_cast<Token>(stream.below(kLetters));
    window.tokens[kWord] = kLetters;
    for (std::size_t i = 0; i < kWord; ++i) {
      const Token letter = window.tokens[i];
      window.targets[kWord + i] = letter;
      window.slices[kWord + i] = 0;
      if (i + 1 < kWord) window.tokens[kWord + 1 + i] = letter;
    }
  }
};

}  // namespace

int main() {
  const Copying task;
  LoopedTransformer model({.vocab_size = task.vocab_size(),
                           .d_model = 32,
                           .num_heads = 2,
                           .num_block_layers = 2,  // two layers,
                           .num_loops = 1},        // each used once: the baseline 2x1
                          Seed{1});
  std::cout << model_cost(model.config(), task.sequence_length()).unique_parameters
            << " parameters\n";

  Trainer trainer(model, task, {.num_steps = 150, .batch_size = 32, .learning_rate = 5e-3});
  double first_loss = 0;
  trainer.on_step([&](const StepReport& step) {
    if (step.step == 1) first_loss = step.loss;
    if (step.step == 1 || step.step % 25 == 0)
      std::cout << "step " << step.step << "  loss " << step.loss << "\n";
  });
  if (!trainer.run()) return 1;  // interrupted

  const Evaluation unseen = evaluate(model, task);
  std::cout << "accuracy on unseen words " << unseen.accuracy << "\n";
  const bool as_predicted = std::abs(first_loss - std::log(9.0)) < 0.1 && unseen.accuracy >= 0.97;
  std::cout << (as_predicted ? "as predicted\n" : "NOT as predicted\n");
  return as_predicted ? 0 : 1;
}

// Try: one layer instead of two, and two loops of one layer (lesson 080): which one succeeds?
//      .positions = Positions::none: why does a causal model not fail completely?
//      The reversed word, tokens[kWord - 1 - i]: the distance is no longer fixed, so it is harder.

// SPDX-License-Identifier: MIT
//
// Lesson 080: the same layer, applied four times.
//
// You learn: a looped model 1x4 (one layer, four loops) is a model of four layers with tied
//   parameters. It computes the same function as the tied stack, costs as much arithmetic as a deep
//   model and has as many parameters as a shallow one. These are the two baselines of every claim:
//   1x1 has the same parameters (iso-parameter), 4x1 the same arithmetic (iso-FLOP).
// You need:  lesson 060.
// Expected output: looped and tied logits differ by 0. A layer of D = 32, F = 80 has
//   4 D^2 + 3 D F + 4 D = 11904 parameters (attention, feed-forward, norms): 1x1 and 1x4 have the
//   same number, 4x1 has 3 x 11904 more, and 1x4 costs as many FLOP as 4x1.
#include <cmath>
#include <iomanip>
#include <iostream>
#include <looplab/looplab.hpp>

using namespace looplab;

namespace {

constexpr Index kVocabulary = 10, kLength = 12;

/// k x R: k layers, R loops. The loop norm is applied once, so that loops repeat only layers.
LoopedTransformerConfig shape(Index num_layers, Index num_loops) {
  return {.vocab_size = kVocabulary,
          .d_model = 32,
          .num_block_layers = num_layers,
          .num_loops = num_loops,
          .loop_norm = LoopNorm::once};
}

/// Copies the parameters of the one layer of `looped` to every layer of `stack`, and all others.
void tie(LoopedTransformer<float>& stack, LoopedTransformer<float>& looped) {
  const ParameterList<float> from(looped);
  for (const auto& [name, parameter] : ParameterList<float>(stack)) {
    std::string source = name;  // block.3.attention.qkv.weight -> block.0.attention.qkv.weight
    if (name.starts_with("block.")) source[6] = '0';
    parameter->value = from.at(source).value;
    parameter->prepare();
  }
}

}  // namespace

int main() {
  LoopedTransformer looped(shape(1, 4), Seed{1}), stack(shape(4, 1), Seed{2});
  tie(stack, looped);

  std::vector<Token> tokens;
  RandomStream stream(Seed{1}, "tokens");
  for (Index t = 0; t < kLength; ++t)
    tokens.push_back(static_cast<Token>(stream.below(kVocabulary)));
  const Windows windows{.num_windows = 1, .length = kLength, .tokens = tokens};

  Tape<float> tape;
  const auto a = looped.forward({tape}, windows), b = stack.forward({tape}, windows);
  double difference = 0;
  for (Index i = 0; i < a.size(); ++i)
    difference = std::max(difference, std::abs(static_cast<double>(a.data()[i] - b.data()[i])));
  std::cout << "largest difference of looped and tied logits: " << difference << "\n\n"
            << "       parameters   applied   MFLOP per token\n";

  const auto cost = [](Index num_layers, Index num_loops) {
    const ModelCost c = model_cost(shape(num_layers, num_loops), kLength);
    std::cout << num_layers << "x" << num_loops << std::setw(14) << c.unique_parameters
              << std::setw(10) << c.effective_parameters << std::setw(18) << c.flop_per_token * 1e-6
              << "\n";
    return c;
  };
  const ModelCost shallow = cost(1, 1), loop = cost(1, 4), deep = cost(4, 1);

  const bool as_predicted = difference == 0 &&
                            loop.unique_parameters == shallow.unique_parameters &&
                            deep.unique_parameters - loop.unique_parameters == 3 * 11904 &&
                            loop.effective_parameters == deep.effective_parameters &&
                            loop.flop_per_token == deep.flop_per_token;
  std::cout << (as_predicted ? "\nas predicted\n" : "\nNOT as predicted\n");
  return as_predicted ? 0 : 1;
}

// Try: looped.forward({tape}, windows, {.num_loops = 8}): the number of loops is an argument.
//      .loop_norm = LoopNorm::every_loop, as in Ouro: where does the tied stack need its norms?
//      .input_injection = InputInjection::add with a prelude layer: what is the input of each loop?

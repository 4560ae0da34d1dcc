// SPDX-License-Identifier: MIT
//
// Lesson 130: decoding token by token, with a key/value cache per loop or a shared one.
//
// You learn: a looped model needs keys and values per (loop, layer), R times those of its layers.
//   With them a step computes one position only, and the logits equal those of the full forward
//   pass. Loops can also share one cache: a quarter of the memory at 4 loops, but other logits.
// You need:  lesson 050 (attention), lesson 080.
// Expected output: with a full cache the logits differ from the forward pass by less than 1e-4 and
//   the greedy tokens are the same; shared caches need exactly a quarter, and their logits differ.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <looplab/looplab.hpp>
#include <vector>

using namespace looplab;

namespace {

constexpr Index kVocabulary = 20, kPrompt = 8, kNew = 24;

/// The likeliest next token after `tokens`, by the full forward pass; its logits into `logits`.
Token next_by_forward(const LoopedTransformer<float>& model, const std::vector<Token>& tokens,
                      std::vector<float>& logits) {
  Tape<float> tape;
  tape.set_recording(false);
  const auto all = model.forward({tape}, {1, std::ssize(tokens), tokens});
  logits.assign(all.data() + all.size() - kVocabulary, all.data() + all.size());
  return static_cast<Token>(std::ranges::max_element(logits) - logits.begin());
}

}  // namespace

int main() {
  LoopedTransformer model({.vocab_size = kVocabulary,
                           .max_sequence_length = kPrompt + kNew,
                           .d_model = 32,
                           .num_heads = 2,
                           .num_loops = 4,
                           .init_std = 0.3},  // not trained: any weights serve for this comparison
                          Seed{1});
  std::vector<Token> tokens;
  RandomStream stream(Seed{1}, "prompt");
  for (Index t = 0; t < kPrompt; ++t)
    tokens.push_back(static_cast<Token>(stream.below(kVocabulary)));

  bool as_predicted = true;
  Index bytes_of_full = 0;
  std::cout << "cache       bytes    largest difference   greedy tokens as by forward\n";
  for (const CacheSharing sharing :
       {CacheSharing::full, CacheSharing::last, CacheSharing::first, CacheSharing::averaged}) {
    Decoder decoder(model, {.sharing = sharing});
    std::vector<Token> so_far = tokens;
    std::vector<float> expected;
    double difference = 0;
    Index same = 0;
    for (Index i = 0; i < kNew; ++i) {
      const auto logits = i == 0 ? decoder.prefill(so_far) : decoder.step({&so_far.back(), 1});
      const Token by_forward = next_by_forward(model, so_far, expected);
      for (Index v = 0; v < kVocabulary; ++v)
        difference = std::max(difference, std::abs(double{logits[v]} -
                                                   double{expected[static_cast<std::size_t>(v)]}));
      const auto best = std::max_element(logits.data(), logits.data() + kVocabulary);
      same += best - logits.data() == by_forward;
      so_far.push_back(by_forward);
    }
    std::cout << to_text(sharing) << std::string(12 - to_text(sharing).size(), ' ')
              << decoder.cache_bytes() << "    " << difference << "    " << same << " of " << kNew
              << "\n";
    if (sharing == CacheSharing::full) {
      bytes_of_full = decoder.cache_bytes();
      as_predicted = as_predicted && difference < 1e-4 && same == kNew;
    } else {
      as_predicted =
          as_predicted && 4 * decoder.cache_bytes() == bytes_of_full && difference > 1e-3;
    }
  }
  std::cout << (as_predicted ? "as predicted\n" : "NOT as predicted\n");
  return as_predicted ? 0 : 1;
}

// Try: generate(decoder, prompts, 24, {.temperature = 1}): sample a whole batch.
//      decoder.step(tokens, 2): fewer loops for one token.
//      The same with a model trained as in lesson 090: which sharing keeps its accuracy?

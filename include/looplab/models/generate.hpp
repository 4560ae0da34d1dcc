// SPDX-License-Identifier: MIT
//
// Generation of continuations of prompts by a decoder: greedy, or by sampling.
//
// A sample is a pure function of (seed, sequence, position), so a batch may be split anywhere.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "looplab/core/random.hpp"
#include "looplab/models/decoder.hpp"

namespace looplab {

struct SamplingConfig {
  double temperature = 0;  // 0: greedy
  Index top_k = 0;         // sample among this number of likeliest tokens; 0: all
  double top_p = 1;        // sample among the likeliest tokens that reach this total probability
  Seed seed{};

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"temperature", "softmax temperature of sampling; 0: greedy", 0, 1e3},
          self.temperature);
    visit(Field{"top_k", "sample among this number of likeliest tokens; 0: all", 0, 1 << 24},
          self.top_k);
    visit(
        Field{"top_p", "sample among the likeliest tokens that reach this total probability", 0, 1},
        self.top_p);
  }
  /// \throws ConfigError naming every problem
  void validate() const {
    Problems problems;
    check_ranges(*this, problems);
    problems.throw_if_any("sampling");
  }
};

/// A token for logits [V]; `stream` is read only if `temperature` is above 0. Ties go to the first
/// token.
template <Real S>
[[nodiscard]] Token sample_token(std::span<const S> logits, const SamplingConfig& config,
                                 RandomStream stream) {
  const auto best = std::ranges::max_element(logits);
  if (config.temperature == 0) return static_cast<Token>(best - logits.begin());
  std::vector<Token> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto logit = [&](Token v) {
    return static_cast<double>(logits[static_cast<std::size_t>(v)]);
  };
  std::ranges::stable_sort(order, [&](Token a, Token b) { return logit(a) > logit(b); });
  if (config.top_k > 0 && config.top_k < std::ssize(order))
    order.resize(static_cast<std::size_t>(config.top_k));
  std::vector<double> up_to;  // cumulative weights of the likeliest
  double sum = 0;
  for (Token v : order)
    up_to.push_back(sum += std::exp((logit(v) - static_cast<double>(*best)) / config.temperature));
  const auto enough = std::ranges::lower_bound(up_to, config.top_p * sum);
  const auto last = std::min(enough, up_to.end() - 1);
  const auto drawn = std::upper_bound(up_to.begin(), last, stream.uniform() * *last);
  return order[static_cast<std::size_t>(drawn - up_to.begin())];
}

/// `count` new tokens [B, count] after prompts [B, T]. \throws as Decoder; ConfigError
template <Real S>
[[nodiscard]] std::vector<Token> generate(Decoder<S>& decoder, std::span<const Token> prompts,
                                          Index count, const SamplingConfig& config = {}) {
  config.validate();
  const RandomStream stream(config.seed, "generate");
  const Index B = decoder.config().num_sequences;
  std::vector<Token> all(static_cast<std::size_t>(B * count)), next(static_cast<std::size_t>(B));
  for (Index i = 0; i < count; ++i) {
    const TensorView<const S> logits = i == 0 ? decoder.prefill(prompts) : decoder.step(next);
    const auto classes = static_cast<std::size_t>(logits.cols());
    for (Index b = 0; b < B; ++b) {
      const auto at = static_cast<std::uint64_t>(b) << 32 | static_cast<std::uint64_t>(i);
      const Token token = sample_token(
          std::span<const S>(logits.data() + b * logits.cols(), classes), config, stream.at(at));
      next[static_cast<std::size_t>(b)] = all[static_cast<std::size_t>(b * count + i)] = token;
    }
  }
  return all;
}

}  // namespace looplab

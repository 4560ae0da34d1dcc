// SPDX-License-Identifier: MIT
#include "looplab/models/generate.hpp"

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

/// How often each token is drawn of 100,000 draws, as shares.
std::vector<double> shares(const std::vector<double>& logits, const SamplingConfig& config) {
  constexpr Index kDraws = 100000;
  std::vector<double> share(logits.size(), 0);
  const RandomStream stream(Seed{5}, "shares");
  for (Index i = 0; i < kDraws; ++i)
    share[static_cast<std::size_t>(sample_token(std::span<const double>(logits), config,
                                                stream.at(static_cast<std::uint64_t>(i))))] +=
        1.0 / kDraws;
  return share;
}

const std::vector<double> kLogits{std::log(0.1), std::log(0.5), std::log(0.15), std::log(0.25)};

void check_shares(const std::vector<double>& share, const std::vector<double>& expected) {
  for (std::size_t v = 0; v < share.size(); ++v) {
    INFO("token " << v);
    CHECK(std::abs(share[v] - expected[v]) < 0.008);
    CHECK((share[v] == 0) == (expected[v] == 0));
  }
}

}  // namespace

TEST_CASE("without temperature the likeliest token is taken, the first of equals") {
  CHECK(shares(kLogits, {})[1] == Approx(1));
  CHECK(shares({2, 3, 3}, {})[1] == Approx(1));
}

TEST_CASE("with temperature tokens come as often as their probability says") {
  check_shares(shares(kLogits, {.temperature = 1}), {0.1, 0.5, 0.15, 0.25});
  const double sum = 0.01 + 0.25 + 0.0225 + 0.0625;
  check_shares(shares(kLogits, {.temperature = 0.5}),
               {0.01 / sum, 0.25 / sum, 0.0225 / sum, 0.0625 / sum});
}

TEST_CASE("top_k and top_p leave the likeliest tokens") {
  check_shares(shares(kLogits, {.temperature = 1, .top_k = 2}), {0, 0.5 / 0.75, 0, 0.25 / 0.75});
  check_shares(shares(kLogits, {.temperature = 1, .top_p = 0.8}),
               {0, 0.5 / 0.9, 0.15 / 0.9, 0.25 / 0.9});
  check_shares(shares(kLogits, {.temperature = 1, .top_p = 0}), {0, 1, 0, 0});
}

TEST_CASE(
    "what is generated is what steps of the decoder say, and draws do not depend on the batch") {
  const LoopedTransformerConfig config{.vocab_size = 13,
                                       .max_sequence_length = 12,
                                       .d_model = 8,
                                       .num_heads = 2,
                                       .num_loops = 2,
                                       .init_std = 0.7};
  const LoopedTransformer<double> model(config, Seed{2});
  const std::vector<Token> prompts{1, 2, 3, 4, 5, 6};
  Decoder<double> two(model, {.num_sequences = 2}), one(model, {.num_sequences = 1});
  const std::vector<Token> greedy = generate(two, prompts, 5);
  REQUIRE(greedy.size() == 10);
  (void)one.prefill(std::span(prompts).first(3));
  for (std::size_t i = 0; i + 1 < 5; ++i) {
    const auto logits = one.step({&greedy[i], 1});
    CHECK(std::max_element(logits.data(), logits.data() + 13) - logits.data() == greedy[i + 1]);
  }
  const SamplingConfig sampling{.temperature = 1, .seed = {4}};
  const auto drawn = generate(two, prompts, 6, sampling);
  CHECK(drawn == generate(two, prompts, 6, sampling));
  const auto alone = generate(one, std::span(prompts).first(3), 6, sampling);
  CHECK(std::equal(alone.begin(), alone.end(), drawn.begin()));
  CHECK(drawn != generate(two, prompts, 6, {.temperature = 1, .seed = {5}}));
  CHECK_THROWS_WITH(generate(two, prompts, 1, {.temperature = -1}),
                    contains("temperature is -1, expected 0"));
}

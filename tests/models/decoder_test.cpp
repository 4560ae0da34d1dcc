// SPDX-License-Identifier: MIT
#include "looplab/models/decoder.hpp"

#include <map>

#include "support/model_variants.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using looplab_test::check_close;
using looplab_test::contains;

namespace {

constexpr Index kSequences = 2, kLength = 8, kPrompt = 4;

std::vector<Token> random_tokens(Index count, Index vocab_size) {
  std::vector<Token> tokens;
  RandomStream stream(Seed{3}, "decoder");
  for (Index i = 0; i < count; ++i) tokens.push_back(static_cast<Token>(stream.below(vocab_size)));
  return tokens;
}

LoopedTransformerConfig small() {
  return {.vocab_size = 11,
          .max_sequence_length = kLength,
          .d_model = 12,
          .num_heads = 2,
          .num_block_layers = 2,
          .num_loops = 3,
          .init_std = 0.4};
}

/// The tokens [B, kLength] as columns from `first` on, `count` of them.
std::vector<Token> columns(const std::vector<Token>& tokens, Index first, Index count) {
  std::vector<Token> part;
  for (Index b = 0; b < kSequences; ++b)
    for (Index t = first; t < first + count; ++t)
      part.push_back(tokens[static_cast<std::size_t>(b * kLength + t)]);
  return part;
}

/// Logits [kSequences, V] at every position from kPrompt - 1 on, by a decoder.
template <class S>
std::vector<std::vector<S>> decoded(const LoopedTransformer<S>& model, CacheSharing sharing,
                                    const std::vector<Token>& tokens) {
  Decoder<S> decoder(model, {.num_sequences = kSequences, .sharing = sharing});
  std::vector<std::vector<S>> all;
  const auto keep = [&](TensorView<const S> logits) {
    all.emplace_back(logits.data(), logits.data() + logits.size());
  };
  keep(decoder.prefill(columns(tokens, 0, kPrompt)));
  for (Index t = kPrompt; t < kLength; ++t) keep(decoder.step(columns(tokens, t, 1)));
  CHECK(decoder.length() == kLength);
  return all;
}

template <class S>
void check_against_forward(double tolerance) {
  for (const auto& [name, config] : looplab_test::model_variants()) {
    if (config.attention_mask == AttentionMask::full) continue;
    const looplab_test::TinyModel<S> tiny(config, kLength);
    const auto steps = decoded(tiny.model, CacheSharing::full, tiny.tokens);
    const std::vector<S> forward = tiny.logits_of(tiny.windows());
    REQUIRE(std::ssize(steps) == kLength - kPrompt + 1);
    for (Index i = 0; i < std::ssize(steps); ++i)
      for (Index b = 0; b < kSequences; ++b) {
        const S* row = forward.data() + (b * kLength + kPrompt - 1 + i) * config.vocab_size;
        const S* got = steps[static_cast<std::size_t>(i)].data() + b * config.vocab_size;
        INFO(name << ", position " << kPrompt - 1 + i);
        check_close(std::vector<S>(got, got + config.vocab_size),
                    std::vector<S>(row, row + config.vocab_size), tolerance, 3);
      }
  }
}

/// One sequence, one token at a time, by definition: q | k | v of every (token, loop, layer) are
/// remembered, and what a later token sees of an earlier one is chosen by `sharing`. The tokens of
/// the prompt see each other in full. Without rotary positions.
struct ByDefinition {
  const LoopedTransformer<double>& model;
  CacheSharing sharing;
  Index num_loops = model.config().num_loops;
  std::map<std::array<Index, 3>, std::vector<double>> qkv = {};  // (token, loop, layer)

  [[nodiscard]] std::vector<double> seen(Index token, Index loop, Index layer, bool in_full) const {
    if (in_full || sharing == CacheSharing::full) return qkv.at({token, loop, layer});
    if (sharing == CacheSharing::first) return qkv.at({token, 0, layer});
    if (sharing == CacheSharing::last) return qkv.at({token, num_loops - 1, layer});
    std::vector<double> mean = qkv.at({token, 0, layer});
    for (Index r = 1; r < num_loops; ++r)
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += qkv.at({token, r, layer})[i];
    for (double& x : mean) x /= static_cast<double>(num_loops);
    return mean;
  }

  std::vector<double> logits_after(Token token, Index t) {
    Tape<double> tape;
    tape.set_recording(false);
    const Pass<double> pass{tape, nullptr};
    Index loop = 0;
    const Index width = model.config().d_model, heads = model.config().num_heads,
                d_head = width / heads;
    const auto attend = [&](Index layer, Variable<double> own, kernels::ComputeType) {
      qkv[{t, loop, layer}].assign(own.data(), own.data() + 3 * width);
      const TensorView<double> out = tape.result({1, width});
      for (Index h = 0; h < heads; ++h) {
        std::vector<double> weight, value(static_cast<std::size_t>(d_head), 0);
        double sum = 0;
        for (Index j = 0; j <= t; ++j) {
          const auto other = seen(j, loop, layer, j == t || t < kPrompt);
          double score = 0;
          for (Index i = 0; i < d_head; ++i)
            score += own.data()[h * d_head + i] *
                     other[static_cast<std::size_t>(width + h * d_head + i)];
          const double w = std::exp(score / std::sqrt(static_cast<double>(d_head)));
          sum += w;
          for (Index i = 0; i < d_head; ++i)
            value[static_cast<std::size_t>(i)] +=
                w * other[static_cast<std::size_t>(2 * width + h * d_head + i)];
        }
        for (Index i = 0; i < d_head; ++i)
          out[h * d_head + i] = value[static_cast<std::size_t>(i)] / sum;
      }
      return tape.constant(out);
    };
    const auto position = static_cast<Token>(t);
    const auto e = model.enter(pass, &token, &position, 1, attend);
    auto s = e;
    for (; loop < num_loops; ++loop) s = model.loop(pass, s, e, loop, num_loops, attend);
    const auto logits = model.head(pass, model.read_out(pass, s, attend));
    return {logits.data(), logits.data() + logits.size()};
  }
};

}  // namespace

TEST_CASE("a decoder with full sharing gives the logits of the forward pass") {
  check_against_forward<double>(1e-12);
  check_against_forward<float>(2e-5);
}

TEST_CASE("shared caches are what their names say") {
  LoopedTransformerConfig config = small();
  config.positions = Positions::none;
  const LoopedTransformer<double> model(config, Seed{1});
  const auto tokens = random_tokens(kSequences * kLength, config.vocab_size);
  std::map<CacheSharing, std::vector<std::vector<double>>> by;
  for (const auto sharing :
       {CacheSharing::full, CacheSharing::last, CacheSharing::first, CacheSharing::averaged}) {
    by[sharing] = decoded(model, sharing, tokens);
    INFO(to_text(sharing));
    for (Index b = 0; b < kSequences; ++b) {
      ByDefinition reference{model, sharing};
      for (Index t = 0; t < kLength; ++t) {
        const auto expected =
            reference.logits_after(tokens[static_cast<std::size_t>(b * kLength + t)], t);
        if (t < kPrompt - 1) continue;
        const double* got =
            by[sharing][static_cast<std::size_t>(t - kPrompt + 1)].data() + b * config.vocab_size;
        check_close(std::vector<double>(got, got + config.vocab_size), expected, 1e-11, 3);
      }
    }
    CHECK(by[sharing].front() == by[CacheSharing::full].front());  // prompts are read in full
    CHECK((by[sharing].back() == by[CacheSharing::full].back()) == (sharing == CacheSharing::full));
  }
}

TEST_CASE("sharing among loops takes the memory of one loop") {
  LoopedTransformerConfig config = small();
  config.num_prelude_layers = 1;
  const LoopedTransformer<float> model(config, Seed{1});
  const auto bytes = [&](CacheSharing sharing) {
    return Decoder<float>(model, {.num_sequences = 2, .sharing = sharing}).cache_bytes();
  };
  const Index layer = 2 * 2 * 12 * kernels::padded_capacity<float>(kLength) * 4;  // K, V; sequences
  CHECK(bytes(CacheSharing::full) == (1 + 3 * 2) * layer);
  for (const auto sharing : {CacheSharing::last, CacheSharing::first, CacheSharing::averaged})
    CHECK(bytes(sharing) == (1 + 2) * layer);
}

TEST_CASE("a prompt can be replaced, and read one token at a time") {
  const LoopedTransformer<double> model(small(), Seed{1});
  const auto tokens = random_tokens(kSequences * kLength, small().vocab_size);
  Decoder<double> decoder(model, {.num_sequences = kSequences});
  const auto first = decoder.prefill(columns(tokens, 0, 5));
  const std::vector<double> whole(first.data(), first.data() + first.size());
  (void)decoder.prefill(columns(tokens, 0, 1));
  std::vector<double> last;
  for (Index t = 1; t < 5; ++t) {
    const auto logits = decoder.step(columns(tokens, t, 1));
    last.assign(logits.data(), logits.data() + logits.size());
  }
  check_close(last, whole, 1e-12, 3);
}

TEST_CASE("after a step of fewer loops later tokens see its last one in every loop") {
  LoopedTransformerConfig config = small();
  config.positions = Positions::none;
  const LoopedTransformer<double> model(config, Seed{1});
  const auto tokens = random_tokens(kSequences * kLength, config.vocab_size);
  Decoder<double> decoder(model, {.num_sequences = kSequences});
  (void)decoder.prefill(columns(tokens, 0, kPrompt));
  (void)decoder.step(columns(tokens, kPrompt, 1), 2);
  const auto logits = decoder.step(columns(tokens, kPrompt + 1, 1));
  for (Index b = 0; b < kSequences; ++b) {
    ByDefinition reference{model, CacheSharing::full};
    const auto next = [&](Index t) {
      return reference.logits_after(tokens[static_cast<std::size_t>(b * kLength + t)], t);
    };
    for (Index t = 0; t < kPrompt; ++t) (void)next(t);
    reference.num_loops = 2;
    (void)next(kPrompt);
    reference.num_loops = 3;
    for (Index layer = 0; layer < 2; ++layer)
      reference.qkv[{kPrompt, 2, layer}] = reference.qkv[{kPrompt, 1, layer}];
    const auto expected = next(kPrompt + 1);
    const double* got = logits.data() + b * config.vocab_size;
    check_close(std::vector<double>(got, got + config.vocab_size), expected, 1e-11, 3);
  }
}

TEST_CASE("what does not fit a decoder is refused by one sentence") {
  LoopedTransformerConfig config = small();
  config.loop_embedding = LoopEmbedding::learned;
  const LoopedTransformer<float> model(config, Seed{1});
  using Made = Decoder<float>;
  CHECK_THROWS_WITH(Made(model, {.num_loops = 5}), contains("5 loops, but the loop-index table"));
  CHECK_THROWS_WITH(Made(model, {.num_sequences = 0}), contains("num_sequences 0"));
  CHECK_THROWS_WITH(Made(model, {.capacity = 99}),
                    contains("capacity 99 exceeds the model's max_sequence_length 8"));
  Decoder<float> decoder(model, {.num_sequences = 2, .capacity = 3});
  const std::vector<Token> four(8, 1), two(4, 1), one(2, 1);
  CHECK_THROWS_WITH(decoder.prefill(four), contains("position 3, but the cache has room for 3"));
  CHECK_THROWS_WITH(
      decoder.prefill(std::span(one).first(1)),
      contains("prompts have 1 tokens, expected the same number for each of 2 sequences"));
  (void)decoder.prefill(two);
  CHECK_THROWS_WITH(decoder.step(two), contains("4 tokens for 2 sequences"));
  CHECK_THROWS_WITH(decoder.step(one, 4), contains("4 loops, but the cache has slots for 3"));
  (void)decoder.step(one);
  CHECK_THROWS_WITH(decoder.step(one), contains("position 3, but the cache has room for 3"));
  config.attention_mask = AttentionMask::full;
  const LoopedTransformer<float> both_ways(config, Seed{1});
  CHECK_THROWS_WITH(Made(both_ways, {}), contains("attention_mask is full, expected causal"));
}

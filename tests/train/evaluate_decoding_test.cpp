// SPDX-License-Identifier: MIT
#include "looplab/train/evaluate_decoding.hpp"

#include <string>

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

constexpr Index kVocab = 11, kLength = 14, kWindows = 40;
using Model = LoopedTransformer<double>;

[[nodiscard]] LoopedTransformerConfig small(LoopNorm norm) {
  return {.vocab_size = kVocab,
          .max_sequence_length = kLength,
          .d_model = 12,
          .num_heads = 2,
          .num_block_layers = 1,
          .num_loops = 3,
          .loop_norm = norm,
          .init_std = 0.6};
}

/// What a model generates greedily after `prompt`, by whole forward passes, without a cache.
[[nodiscard]] std::vector<Token> continued(const Model& model, std::vector<Token> prompt,
                                           Index count, Index num_loops) {
  std::vector<Token> answer;
  for (Index i = 0; i < count; ++i) {
    Tape<double> tape;
    tape.set_recording(false);
    const Pass<double> pass{tape, nullptr};
    const auto state =
        model.hidden(pass, {1, std::ssize(prompt), prompt}, {.num_loops = num_loops});
    const auto logits = model.head(pass, state).value();
    const double* last = logits.data() + (logits.rows() - 1) * kVocab;
    answer.push_back(static_cast<Token>(std::max_element(last, last + kVocab) - last));
    prompt.push_back(answer.back());
  }
  return answer;
}

/// Two random questions in each window, answered by what `model` itself generates: 4 tokens after a
/// prompt of 4 (slice 0), 2 tokens after one of 5 (slice 1). Every third window has its very last
/// answer token changed.
struct OwnAnswers {
  const Model& model;
  Index num_loops = 0;

  [[nodiscard]] std::string name() const { return "own_answers"; }
  [[nodiscard]] Index vocab_size() const { return kVocab; }
  [[nodiscard]] Index sequence_length() const { return kLength; }
  [[nodiscard]] Index num_slices() const { return 2; }
  [[nodiscard]] std::string slice_name(Index slice) const { return slice == 0 ? "long" : "short"; }
  [[nodiscard]] Index num_evaluation_sequences() const { return kWindows; }
  void sample(Seed seed, Split, Index index, Window window) const {
    RandomStream draw =
        RandomStream(seed, "own_answers").at(static_cast<std::uint64_t>(index) << 8);
    std::size_t begin = 0;
    for (const Token slice : {0, 1}) {
      const Index length = slice == 0 ? 4 : 5, count = slice == 0 ? 4 : 2;
      std::vector<Token> document;
      for (Index i = 0; i < length; ++i) document.push_back(static_cast<Token>(draw.below(kVocab)));
      const auto answer = continued(model, document, count, num_loops);
      const std::size_t first = begin + document.size() - 1;
      document.insert(document.end(), answer.begin(), answer.end() - 1);
      std::ranges::copy(document, window.tokens.subspan(begin).begin());
      std::ranges::copy(answer, window.targets.subspan(first).begin());
      std::ranges::fill(window.slices.subspan(first, answer.size()), slice);
      std::ranges::fill(window.documents.subspan(begin), static_cast<Token>(begin));
      begin += document.size();
    }
    std::ranges::fill(window.documents.subspan(begin), static_cast<Token>(begin));
    Token& last = window.targets[begin - 1];
    if (index % 3 == 0) last = (last + 1) % kVocab;
  }
};

}  // namespace

TEST_CASE("with a cache per loop a model generates what its forward pass predicts") {
  for (const LoopNorm norm : {LoopNorm::every_loop, LoopNorm::once})
    for (const Index num_loops : {0, 2, 4}) {
      INFO("loops " << num_loops);
      const Model model(small(norm), Seed{1});
      const auto slices = evaluate_decoding(model, OwnAnswers{model, num_loops}, CacheSharing::full,
                                            {.num_loops = num_loops});
      REQUIRE(slices.size() == 2);
      CHECK(slices[0].name == "long");
      CHECK(slices[0].count == kWindows);
      CHECK(slices[0].correct == kWindows);
      CHECK(slices[1].count == kWindows);
      CHECK(slices[1].correct == kWindows - 14);  // windows 0, 3, ..., 39
    }
}

TEST_CASE("caches that loops share change what is generated, after the first token") {
  const Model model(small(LoopNorm::every_loop), Seed{1});
  const OwnAnswers task{model};
  for (const CacheSharing sharing :
       {CacheSharing::last, CacheSharing::first, CacheSharing::averaged}) {
    const auto slices = evaluate_decoding(model, task, sharing);
    INFO(to_text(sharing) << ": " << slices[0].correct << " and " << slices[1].correct);
    CHECK(slices[0].correct < kWindows);
    CHECK(slices[0].count + slices[1].count == 2 * kWindows);
  }
  const Model once(
      [] {
        auto config = small(LoopNorm::every_loop);
        config.num_loops = 1;
        return config;
      }(),
      Seed{1});
  for (const CacheSharing sharing :
       {CacheSharing::last, CacheSharing::first, CacheSharing::averaged})
    CHECK(evaluate_decoding(once, OwnAnswers{once}, sharing)[0].correct == kWindows);
}

TEST_CASE("an answer is a run of positions of one slice in one document") {
  Batch batch;
  batch.reset(2, 6);
  batch.slices = {-1, 0, 0, 0, 1, -1, -1, -1, 2, -1, 2, 2};
  batch.documents = {0, 0, 0, 3, 3, 3, 0, 0, 0, 0, 0, 0};
  const auto runs = detail::answer_runs(batch);
  std::string text;
  for (const auto& run : runs)
    text += concat(run.begin, ' ', run.first, ' ', run.count, ' ', run.slice, "; ");
  CHECK(text == "0 1 2 0; 3 3 1 0; 3 4 1 1; 6 8 1 2; 6 10 2 2; ");
}

TEST_CASE("a model that sees later tokens does not decode") {
  auto config = small(LoopNorm::every_loop);
  config.attention_mask = AttentionMask::full;
  const Model model(config, Seed{1});
  CHECK_THROWS_WITH(evaluate_decoding(model, OwnAnswers{model}, CacheSharing::full),
                    contains("attention_mask is full, expected causal"));
}

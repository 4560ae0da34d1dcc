// SPDX-License-Identifier: MIT
#include "looplab/tasks/k_hop_induction.hpp"

#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "support/catch.hpp"

using namespace looplab;

namespace {

constexpr double kSumTolerance = 1e-12;  // sums of at most 1e4 doubles below 1

static_assert(Task<KHopInduction>);
struct HasNoSample {  // a near miss: everything but `sample`
  std::string name() const;
  Index vocab_size() const, sequence_length() const, num_slices() const;
  std::string slice_name(Index) const;
  Index num_evaluation_sequences() const;
};
static_assert(!Task<HasNoSample>);

// The definition, word by word, places counted from 1: find_k(i), or nothing.
std::optional<std::size_t> find_k(const std::vector<Token>& letters, Index k, std::size_t i) {
  if (k == 0) return i;
  const auto before = find_k(letters, k - 1, i);
  if (!before) return std::nullopt;
  std::optional<std::size_t> latest;
  for (std::size_t j = 2; j <= *before; ++j)
    if (letters[j - 2] == letters[*before - 1]) latest = j;
  return latest;
}

Token solve(const std::vector<Token>& letters, Index k, std::size_t i, Token none) {
  const auto place = find_k(letters, k, i);
  return place ? letters[*place - 1] : none;
}

// Calls `visit` with every sequence of n letters without equal neighbours.
void for_each_sequence(Index n, Token alphabet, std::vector<Token>& letters,
                       const std::function<void(const std::vector<Token>&)>& visit) {
  if (std::ssize(letters) == n) return visit(letters);
  for (Token a = 0; a < alphabet; ++a) {
    if (!letters.empty() && letters.back() == a) continue;
    letters.push_back(a);
    for_each_sequence(n, alphabet, letters, visit);
    letters.pop_back();
  }
}

// Accuracy of the best answer per (place, letter), counted over all sequences.
double counted_floor(Index n, Token alphabet, Index k) {
  std::map<std::tuple<std::size_t, Token>, std::map<Token, double>> counts;
  double total = 0;
  std::vector<Token> scratch;
  for_each_sequence(n, alphabet, scratch, [&](const std::vector<Token>& letters) {
    for (std::size_t i = 1; i <= letters.size(); ++i, ++total)
      ++counts[{i, letters[i - 1]}][solve(letters, k, i, alphabet)];
  });
  double hits = 0;
  for (const auto& [seen, answers] : counts) {
    double best = 0;
    for (const auto& [answer, count] : answers) best = std::max(best, count);
    hits += best;
  }
  return hits / total;
}

std::vector<Token> letters_of(const Batch& batch) {
  return {batch.tokens.begin() + 1, batch.tokens.begin() + batch.length};
}

}  // namespace

TEST_CASE("k-hop answers are those of the definition, for every split and many seeds") {
  const auto config = GENERATE(KHopInductionConfig{}, KHopInductionConfig{12, 2, 0, 3},
                               KHopInductionConfig{40, 7, 0, 16}, KHopInductionConfig{2, 3, 0, 0});
  const KHopInduction task(config);
  Batch batch;
  std::set<Token> slices;
  for (std::uint64_t seed = 0; seed < 5; ++seed)
    for (const Split split : {Split::train, Split::validation, Split::test})
      for (Index index = 0; index < 40; ++index) {
        sample_batch(task, Seed{seed}, split, index, 1, batch);
        const auto letters = letters_of(batch);
        const Index hops = config.min_hops + batch.tokens[0] - config.alphabet_size;
        REQUIRE(hops >= config.min_hops);
        REQUIRE(hops <= config.max_hops);
        REQUIRE(batch.tokens[0] == task.hop_token(hops));
        REQUIRE(batch.targets[0] == kIgnoreIndex);
        REQUIRE(batch.slices[0] == kNoSlice);
        REQUIRE(std::ranges::count(batch.documents, 0) == config.sequence_length);
        for (std::size_t i = 1; i <= letters.size(); ++i) {
          REQUIRE(letters[i - 1] >= 0);
          REQUIRE(letters[i - 1] < config.alphabet_size);
          if (i > 1) REQUIRE(letters[i - 1] != letters[i - 2]);
          REQUIRE(batch.targets[i] == solve(letters, hops, i, task.none_token()));
          REQUIRE(task.slice_name(batch.slices[i]) == "k=" + std::to_string(hops));
          slices.insert(batch.slices[i]);
        }
      }
  REQUIRE(std::ssize(slices) == task.num_slices());
  REQUIRE(task.vocab_size() == config.alphabet_size + task.num_slices() + 1);
}

TEST_CASE("the window drawn at the head of k_hop_induction.hpp stays as drawn") {
  const KHopInduction task({.sequence_length = 10, .min_hops = 1, .max_hops = 2});
  Batch batch;
  sample_batch(task, Seed{1}, Split::train, 273, 1, batch);
  std::string tokens, targets, slices;
  for (std::size_t i = 0; i < 10; ++i) {
    tokens += task.token_name(batch.tokens[i]) + " ";
    targets += (i == 0 ? "." : task.token_name(batch.targets[i])) + " ";
    slices += (i == 0 ? "." : to_text(Index{batch.slices[i]})) + " ";
  }
  CHECK(tokens == "k=2 a d b d a b d b a ");
  CHECK(targets == ". - - - - - b d a d ");
  CHECK(slices == ". 1 1 1 1 1 1 1 1 1 ");
}

TEST_CASE("a k-hop window is a pure function of seed, split and index") {
  const KHopInduction task(KHopInductionConfig{});
  Batch together, alone;
  sample_batch(task, Seed{3}, Split::train, 0, 8, together);
  sample_batch(task, Seed{3}, Split::train, 5, 1, alone);
  const auto fifth = together.window(5);
  CHECK(std::ranges::equal(fifth.tokens, alone.tokens));
  CHECK(std::ranges::equal(fifth.targets, alone.targets));

  std::set<std::vector<Token>> different;
  for (const auto& [seed, split, index] :
       {std::tuple{3, Split::train, 5}, std::tuple{4, Split::train, 5},
        std::tuple{3, Split::validation, 5}, std::tuple{3, Split::test, 5},
        std::tuple{3, Split::train, 6}}) {
    sample_batch(task, Seed{static_cast<std::uint64_t>(seed)}, split, index, 1, alone);
    different.insert(alone.tokens);
  }
  CHECK(different.size() == 5);
}

TEST_CASE("floor_accuracy equals the count over all sequences") {
  for (const auto& [alphabet, n] :
       {std::pair{2, 9}, std::pair{3, 2}, std::pair{3, 11}, std::pair{4, 8}, std::pair{5, 7}}) {
    const KHopInduction task(
        {.sequence_length = n + 1, .alphabet_size = alphabet, .min_hops = 0, .max_hops = 0});
    for (Index hops = 0; hops <= 5; ++hops) {
      INFO("alphabet " << alphabet << ", letters " << n << ", hops " << hops);
      CHECK(std::abs(task.floor_accuracy(hops) - counted_floor(n, alphabet, hops)) < kSumTolerance);
    }
  }
}

TEST_CASE("floor_accuracy agrees with a simulation at the default size") {
  const KHopInduction task(KHopInductionConfig{});
  constexpr Index kWindows = 20000;
  // Fitted on one half, scored on the other, so the simulation cannot flatter itself.
  std::map<std::tuple<Token, Index, Token>, std::map<Token, Index>> counts;
  Batch batch;
  sample_batch(task, Seed{1}, Split::train, 0, kWindows, batch);
  for (Index w = 0; w < kWindows; ++w) {
    const auto row = batch.window(w);
    for (std::size_t i = 1; i < row.tokens.size(); ++i)
      ++counts[{row.slices[i], static_cast<Index>(i), row.tokens[i]}][row.targets[i]];
  }
  std::map<Token, std::pair<double, double>> hits;  // slice -> (right, scored)
  sample_batch(task, Seed{1}, Split::validation, 0, kWindows, batch);
  for (Index w = 0; w < kWindows; ++w) {
    const auto row = batch.window(w);
    for (std::size_t i = 1; i < row.tokens.size(); ++i) {
      const auto& answers = counts[{row.slices[i], static_cast<Index>(i), row.tokens[i]}];
      const auto best =
          std::ranges::max_element(answers, {}, [](const auto& answer) { return answer.second; });
      auto& [right, scored] = hits[row.slices[i]];
      right += best->first == row.targets[i];
      ++scored;
    }
  }
  // 5000 windows per slice: a window's accuracy varies by at most 0.5 around its mean, so four
  // standard errors are 0.028; letters of a window are not independent, so per-letter counts say
  // less.
  constexpr double kFourStandardErrors = 4 * 0.5 / 70.7;
  for (Index slice = 0; slice < task.num_slices(); ++slice) {
    const auto [right, scored] = hits[static_cast<Token>(slice)];
    CHECK(std::abs(right / scored - task.floor_accuracy(slice + 1)) < kFourStandardErrors);
  }
}

TEST_CASE("floor_accuracy has its known special values") {
  const KHopInduction task(KHopInductionConfig{});
  CHECK(task.floor_accuracy(0) == 1);           // the answer is in sight
  CHECK(task.floor_accuracy(29) == Approx(1));  // no place has that many hops
  CHECK_THROWS_AS(task.floor_accuracy(-1), ConfigError);
}

TEST_CASE("a k-hop config names all its problems at once") {
  CHECK_THROWS_WITH(KHopInduction({.sequence_length = 5, .alphabet_size = 1, .min_hops = 4}),
                    looplab_test::contains("alphabet_size is 1") &&
                        looplab_test::contains("needs sequence_length 7"));
  CHECK_THROWS_WITH(KHopInduction({.min_hops = 3, .max_hops = 2}),
                    looplab_test::contains("min_hops 3 exceeds max_hops 2"));
  CHECK_NOTHROW(KHopInduction({.sequence_length = 5, .max_hops = 2}));
}

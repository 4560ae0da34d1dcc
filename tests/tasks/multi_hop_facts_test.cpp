// SPDX-License-Identifier: MIT
#include "looplab/tasks/multi_hop_facts.hpp"

#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "looplab/core/parallel.hpp"
#include "support/catch.hpp"

using namespace looplab;

namespace {

// A question read from its printed words, without a look at how it was written.
struct Read {
  std::vector<Index> relations;  // as printed: the last is looked up first
  char layer = 0;
  Index person = 0;
  std::string text;
};

// Reads the document that starts at `begin`, up to the position that is scored as an answer.
Read read_document(const MultiHopFacts& task, const Window& window, std::size_t begin,
                   std::size_t& answer_at) {
  Read read;
  for (answer_at = begin;; ++answer_at) {
    const std::string word = task.token_name(window.tokens[answer_at]);
    read.text += word + ' ';
    if (word[0] == 'r') read.relations.push_back(std::stol(word.substr(1)));
    if (word.size() > 1 && std::isdigit(static_cast<unsigned char>(word[1])) && word[0] != 'r') {
      read.layer = word[0];
      read.person = std::stol(word.substr(1));
    }
    if (window.slices[answer_at] != kNoSlice) return read;
  }
}

// Walks the tables: the written solver.
std::string solve(const MultiHopFacts& task, const Read& read) {
  const Index n = task.config().people_per_layer;
  Index person = (read.layer - 'a') * n + read.person;
  for (auto relation = read.relations.rbegin(); relation != read.relations.rend(); ++relation)
    person = task.fact(person, *relation);
  return task.token_name(task.person_token(person));
}

// All documents of a window as (slice, text, printed answer); checks the rules of a window.
std::vector<std::tuple<Token, Read, std::string>> read_window(const MultiHopFacts& task,
                                                              const Window& window) {
  std::vector<std::tuple<Token, Read, std::string>> documents;
  const std::size_t length = window.tokens.size();
  for (std::size_t begin = 0; begin < length;) {
    std::size_t end = begin;
    while (end < length && window.documents[end] == static_cast<Token>(begin)) ++end;
    REQUIRE(end > begin);
    const auto slices = window.slices.subspan(begin, end - begin);
    if (std::ranges::count(slices, kNoSlice) < std::ssize(slices)) {
      std::size_t at = 0;
      const Read read = read_document(task, window, begin, at);
      REQUIRE(at + 1 == end);
      for (std::size_t i = begin; i < at; ++i) REQUIRE(window.targets[i] == window.tokens[i + 1]);
      documents.emplace_back(window.slices[at], read, task.token_name(window.targets[at]));
    } else {  // the blank rest
      REQUIRE(end == length);
      for (std::size_t i = begin; i < end; ++i) REQUIRE(window.targets[i] == kIgnoreIndex);
    }
    begin = end;
  }
  return documents;
}

// Best accuracy over all proper parts, each by a table of how often which token of the answer goes
// with it and with the tokens before.
double counted_floor(const MultiHopFacts& task, Index slice, Index hops, Index starts) {
  const Index relations = task.config().num_relations;
  Index count = starts;
  for (Index i = 0; i < hops; ++i) count *= relations;
  const Index name_tokens = task.config().name_tokens;
  double best = 0;
  for (Index part = 0; part + 1 < Index{1} << (hops + 1); ++part) {  // all bits but all at once
    std::map<std::vector<Index>, std::map<Index, Index>> table;
    for (Index question = 0; question < count; ++question) {
      std::vector<Index> seen;
      Index rest = question;
      for (Index i = 0; i <= hops; ++i) {
        const Index choices = i == 0 ? starts : relations;
        if (part >> i & 1) seen.push_back(rest % choices);
        rest /= choices;
      }
      for (Index i = 0; i < name_tokens; ++i) {
        const Index token = task.person_token(task.answer(slice, question), i);
        ++table[seen][token];
        seen.push_back(token);
      }
    }
    Index right = 0;
    for (const auto& [seen, answers] : table) {
      Index most = 0;
      for (const auto& [answer, times] : answers) most = std::max(most, times);
      right += most;
    }
    best = std::max(best, static_cast<double>(right) / static_cast<double>(count * name_tokens));
  }
  return best;
}

std::string joined(const MultiHopFacts& task, std::span<const Token> tokens) {
  std::string text;
  for (Token token : tokens) text += (token == kIgnoreIndex ? "." : task.token_name(token)) + " ";
  return text;
}

}  // namespace

TEST_CASE("multi-hop answers are those found by walking the tables, in every split and form") {
  const auto config = GENERATE(
      MultiHopFactsConfig{}, MultiHopFactsConfig{.permutations = true, .start_layers = 2},
      MultiHopFactsConfig{.min_hops = 1, .max_hops = 4, .start_layers = 4, .atomic_facts = false},
      MultiHopFactsConfig{.min_hops = 3, .prompt = PromptForm::sentence, .sequence_length = 50});
  const MultiHopFacts task(config);
  Batch batch;
  std::map<Token, Index> seen;
  std::set<char> layers;
  for (const Split split : {Split::train, Split::validation, Split::test})
    for (Index index = 0; index < 60; ++index) {
      sample_batch(task, Seed{3}, split, index, 1, batch);
      for (const auto& [slice, read, answer] : read_window(task, batch.window(0))) {
        REQUIRE(answer == solve(task, read));
        const Index hops = std::ssize(read.relations);
        REQUIRE(task.slice_name(slice) == "hops=" + std::to_string(hops));
        REQUIRE(read.layer - 'a' < config.num_starts(hops) / config.people_per_layer);
        REQUIRE(answer[0] == read.layer + static_cast<char>(hops));
        ++seen[slice];
        layers.insert(read.layer);
      }
    }
  CHECK(std::ssize(seen) == task.num_slices());
  CHECK(std::ssize(layers) ==
        config.num_starts(task.num_slices() > 1 ? 1 : config.min_hops) / config.people_per_layer);
}

TEST_CASE("windows of multi-hop questions as drawn at the head of the file") {
  const auto text = [](PromptForm prompt) {
    const MultiHopFacts task({.prompt = prompt, .sequence_length = 14});
    Batch batch;
    sample_batch(task, Seed{1}, Split::validation, 1, 1, batch);
    return joined(task, batch.tokens) + "| " + joined(task, batch.targets);
  };
  CHECK(text(PromptForm::brief) ==
        "r7 r5 r2 a4 ? r0 c5 ? ? ? ? ? ? ? | r5 r2 a4 ? d6 c5 ? d9 . . . . . . ");
  CHECK(text(PromptForm::sentence) ==
        "who is the r4 of the r3 of a13 ? answer: ? ? ? | "
        "is the r4 of the r3 of a13 ? answer: c0 . . . ");
}

TEST_CASE("a name of several tokens is the digits of the person, in questions and answers") {
  const MultiHopFacts task({.name_tokens = 2, .sequence_length = 14});
  Batch batch;
  sample_batch(task, Seed{1}, Split::validation, 1, 1, batch);
  // The questions of the test above; in base 5, a4 is a04, c5 is c10, d6 is d11 and d9 is d14.
  CHECK(joined(task, batch.tokens) + "| " + joined(task, batch.targets) ==
        "r7 r5 r2 a1.0 a2.4 ? d1.1 r0 c1.1 c2.0 ? d1.1 ? ? | "
        "r5 r2 a1.0 a2.4 ? d1.1 d2.1 c1.1 c2.0 ? d1.1 d2.4 . . ");
  CHECK(batch.slices == std::vector<Token>{-1, -1, -1, -1, -1, 2, 2, -1, -1, -1, 0, 0, -1, -1});
  CHECK(task.num_bridges(2) == 0);
  CHECK(task.vocab_size() == 6 + 8 + 5 * 2 * 5);
}

TEST_CASE("people have different names, and a token is of one layer and one place") {
  for (const Index name_tokens : {1, 2, 3, 16})
    for (const Index people : {2, 5, 8, 9, 20}) {
      const MultiHopFacts task(
          {.people_per_layer = people, .name_tokens = name_tokens, .sequence_length = 64});
      const auto base = static_cast<double>(task.config().name_base());
      CHECK(std::pow(base, static_cast<double>(name_tokens)) >= static_cast<double>(people));
      CHECK(std::pow(base - 1, static_cast<double>(name_tokens)) < static_cast<double>(people));
      std::set<std::vector<Token>> names;
      std::map<Token, std::pair<Index, Index>> homes;  // layer and place of each token
      for (Index person = 0; person < 5 * people; ++person) {
        std::vector<Token> name;
        for (Index i = 0; i < name_tokens; ++i) {
          name.push_back(task.person_token(person, i));
          const std::pair home(person / people, i);
          CHECK(homes.try_emplace(name.back(), home).first->second == home);
          CHECK(name.back() < task.vocab_size());
        }
        names.insert(name);
      }
      CHECK(std::ssize(names) == 5 * people);
    }
}

TEST_CASE("every fact leads to the next layer; permutations meet every person once") {
  for (const bool permutations : {false, true}) {
    const MultiHopFacts task({.permutations = permutations});
    const auto [layers, n, relations] = std::tuple{5, 20, 8};
    Index different = 0;
    for (Index layer = 0; layer + 1 < layers; ++layer)
      for (Index relation = 0; relation < relations; ++relation) {
        std::set<Index> next;
        for (Index i = 0; i < n; ++i) {
          const Index person = task.fact(layer * n + i, relation);
          REQUIRE(person / n == layer + 1);
          next.insert(person);
        }
        different += std::ssize(next);
      }
    if (permutations) {
      CHECK(different == (layers - 1) * relations * n);
    } else {
      // n (1 - (1 - 1/n)^n) = 12.83 of 20 are met on average, with standard deviation 1.5 for
      // each of 32 functions; four standard errors are 1.06.
      const double mean = static_cast<double>(different) / 32;
      CHECK(std::abs(mean - 20 * (1 - std::pow(0.95, 20))) < 1.06);
    }
  }
}

TEST_CASE("training, validation and test questions are disjoint and of exact size") {
  const MultiHopFactsConfig config{.people_per_layer = 7,
                                   .num_relations = 5,
                                   .max_hops = 4,
                                   .train_share = 0.35,
                                   .validation_share = 0.2,
                                   .test_share = 0.15};
  const MultiHopFacts task(config);
  REQUIRE(task.num_slices() == 4);
  for (Index slice = 1; slice < 4; ++slice) {
    const auto count = static_cast<Index>(7 * std::pow(5, slice + 1));
    CHECK(task.num_questions(slice, Split::train) == count * 35 / 100);
    CHECK(task.num_questions(slice, Split::validation) == count * 20 / 100);
    CHECK(task.num_questions(slice, Split::test) == count * 15 / 100);
    std::set<Index> all;
    Index sum = 0;
    for (const Split split : {Split::train, Split::validation, Split::test})
      for (Index i = 0; i < task.num_questions(slice, split); ++i, ++sum) {
        const Index question = task.question(slice, split, i);
        REQUIRE(question >= 0);
        REQUIRE(question < count);
        all.insert(question);
      }
    CHECK(std::ssize(all) == sum);
  }
  for (const Split split : {Split::train, Split::validation, Split::test})
    CHECK(task.num_questions(0, split) == 7 * 4 * 5);  // facts: all, from every layer but the last
}

TEST_CASE("what a window of training asks is never asked in a test, word by word") {
  const MultiHopFactsConfig config{.people_per_layer = 5,
                                   .num_relations = 3,
                                   .train_share = 0.6,
                                   .validation_share = 0.2,
                                   .test_share = 0.2};
  const MultiHopFacts task(config);
  std::array<std::set<std::string>, 3> asked, facts;
  Batch batch;
  for (const Split split : {Split::train, Split::validation, Split::test}) {
    const Index windows = split == Split::train ? 400 : task.num_evaluation_sequences();
    sample_batch(task, Seed{1}, split, 0, windows, batch);
    for (Index w = 0; w < windows; ++w)
      for (const auto& [slice, read, answer] : read_window(task, batch.window(w)))
        (slice == 0 ? facts : asked)[static_cast<std::size_t>(split)].insert(read.text);
  }
  // 45 questions of 2 hops, 135 of 3; 400 windows draw 1600 of each kind, far more than all.
  CHECK(asked[0].size() == 27 + 81);
  CHECK(asked[1].size() == 9 + 27);
  CHECK(asked[2].size() == 9 + 27);
  std::set<std::string> all;
  for (const auto& part : asked) all.insert(part.begin(), part.end());
  CHECK(all.size() == 180);
  CHECK(facts[0].size() == 60);
}

TEST_CASE("a larger train_share keeps the test and every training question") {
  MultiHopFactsConfig config{.train_share = 0.3};
  const MultiHopFacts small(config);
  config.train_share = 0.7;
  const MultiHopFacts large(config);
  const auto questions = [](const MultiHopFacts& task, Split split) {
    std::set<Index> all;
    for (Index i = 0; i < task.num_questions(2, split); ++i) all.insert(task.question(2, split, i));
    return all;
  };
  CHECK(questions(small, Split::test) == questions(large, Split::test));
  CHECK(questions(small, Split::validation) == questions(large, Split::validation));
  CHECK(std::ranges::includes(questions(large, Split::train), questions(small, Split::train)));
}

TEST_CASE("slice_floor equals the count over every proper part of the question") {
  for (const bool permutations : {false, true})
    for (const auto& [start_layers, name_tokens] : {std::pair{1, 1}, {3, 1}, {1, 2}, {3, 3}}) {
      const MultiHopFactsConfig config{.people_per_layer = 6,
                                       .num_relations = 3,
                                       .permutations = permutations,
                                       .max_hops = 4,
                                       .start_layers = start_layers,
                                       .name_tokens = name_tokens};
      const MultiHopFacts task(config);
      for (Index slice = 0; slice < task.num_slices(); ++slice) {
        INFO("permutations " << permutations << ", starts " << start_layers << ", tokens "
                             << name_tokens << ", slice " << slice);
        // The same whole numbers divided: equal to the last bit.
        CHECK(task.slice_floor(slice) ==
              counted_floor(task, slice, slice + 1, config.num_starts(slice + 1)));
      }
    }
}

TEST_CASE("slice_floor has its known special values") {
  // Two people, two relations that are permutations of them: whoever lacks the person is right half
  // of the time. Who lacks a relation is right where both lead to the same person.
  const MultiHopFacts task({.num_layers = 2,
                            .people_per_layer = 2,
                            .num_relations = 2,
                            .permutations = true,
                            .min_hops = 1,
                            .max_hops = 1,
                            .atomic_facts = false,
                            .train_share = 0.5,
                            .validation_share = 0.25,
                            .test_share = 0.25});
  CHECK(task.slice_floor(0) == (task.fact(0, 0) == task.fact(0, 1) ? 1.0 : 0.5));
}

TEST_CASE("training mixes the numbers of hops by their weights") {
  const MultiHopFacts task({.mix = {1, 2, 5}});
  constexpr Index kWindows = 2000;
  Batch batch;
  sample_batch(task, Seed{1}, Split::train, 0, kWindows, batch);
  std::array<double, 3> times{};
  double sum = 0;
  for (Token slice : batch.slices)
    if (slice != kNoSlice) ++times[static_cast<std::size_t>(slice)], ++sum;
  // About 2000 * 12.8 questions: four standard errors of a share are at most 4 sqrt(0.25 / 25000).
  constexpr double kFourStandardErrors = 0.0127;
  CHECK(sum > 25000);
  for (std::size_t slice = 0; slice < 3; ++slice)
    CHECK(std::abs(times[slice] / sum - std::array{1.0, 2.0, 5.0}[slice] / 8) <
          kFourStandardErrors);
}

TEST_CASE("with a curriculum more hops join at their windows, and not before") {
  const MultiHopFacts task({.curriculum_windows = 300});
  Batch batch;
  for (Index stage = 0; stage < 4; ++stage) {
    sample_batch(task, Seed{1}, Split::train, stage * 100, 100, batch);
    std::set<Token> slices(batch.slices.begin(), batch.slices.end());
    slices.erase(kNoSlice);
    const Index joined = std::min<Index>(stage + 1, 3);
    CHECK(std::ssize(slices) == joined);
    CHECK(*slices.rbegin() == joined - 1);
  }
  sample_batch(task, Seed{1}, Split::train, 99, 2, batch);
  CHECK(std::ranges::max(batch.window(0).slices) == 0);
}

TEST_CASE("an evaluation asks every test question, all numbers of hops equally often") {
  const MultiHopFacts task({.people_per_layer = 6, .num_relations = 4});
  Batch batch, other_seed;
  const Index windows = task.num_evaluation_sequences();
  for (const Split split : {Split::validation, Split::test}) {
    sample_batch(task, Seed{1}, split, 0, windows, batch);
    sample_batch(task, Seed{2}, split, 0, windows, other_seed);
    CHECK(batch.tokens == other_seed.tokens);
    std::map<Token, std::set<std::string>> asked;
    std::map<Token, Index> times;
    for (Index w = 0; w < windows; ++w)
      for (const auto& [slice, read, answer] : read_window(task, batch.window(w))) {
        asked[slice].insert(read.text);
        ++times[slice];
      }
    for (Index slice = 0; slice < 3; ++slice) {
      const auto key = static_cast<Token>(slice);
      CHECK(std::ssize(asked[key]) == task.num_questions(slice, split));
      CHECK(std::abs(times[key] - times[0]) <= 1);
    }
  }
}

TEST_CASE("a multi-hop window is a pure function of seed, split and index, on any thread") {
  const MultiHopFacts task({.curriculum_windows = 30});
  constexpr Index kWindows = 48;
  for (const Split split : {Split::train, Split::test}) {
    Batch together;
    sample_batch(task, Seed{3}, split, 0, kWindows, together);
    for (const int threads : {1, 3}) {
      Batch alone;
      alone.reset(kWindows, task.sequence_length());
      parallel_for(kWindows, threads, [&](Index i, int) {
        const Index window = kWindows - 1 - i;
        task.sample(Seed{3}, split, window, alone.window(window));
      });
      CHECK(alone.tokens == together.tokens);
      CHECK(alone.targets == together.targets);
      CHECK(alone.documents == together.documents);
    }
  }
  Batch batch;
  std::set<std::vector<Token>> different;
  for (const auto& [seed, split, index] :
       {std::tuple{3, Split::train, 5}, std::tuple{4, Split::train, 5},
        std::tuple{3, Split::validation, 5}, std::tuple{3, Split::test, 5},
        std::tuple{3, Split::train, 6}}) {
    sample_batch(task, Seed{static_cast<std::uint64_t>(seed)}, split, index, 1, batch);
    different.insert(batch.tokens);
  }
  CHECK(different.size() == 5);
}

TEST_CASE("the people that a question passes are those of its printed words") {
  for (const PromptForm prompt : {PromptForm::brief, PromptForm::sentence}) {
    const MultiHopFacts task({.people_per_layer = 4, .num_relations = 3, .prompt = prompt});
    Batch batch;
    sample_batch(task, Seed{1}, Split::test, 0, 4, batch);
    for (Index w = 0; w < 4; ++w) {
      const Window window = batch.window(w);
      for (std::size_t begin = 0, end = 0; window.slices[begin] == kNoSlice; begin = end + 1) {
        const Read read = read_document(task, window, begin, end);
        const std::span<const Token> question = window.tokens.subspan(begin, end + 1 - begin);
        const Index hops = std::ssize(read.relations);
        CHECK(task.num_bridges(window.slices[end]) == hops - 1);
        Index person = (read.layer - 'a') * 4 + read.person;
        for (Index hop = 1; hop <= hops; ++hop) {
          person = task.fact(person, read.relations[static_cast<std::size_t>(hops - hop)]);
          CHECK(task.bridge(question, hop) == task.person_token(person));
        }
        CHECK(task.bridge(question, hops) == window.targets[end]);
        if (end + 1 >= window.tokens.size() ||
            window.documents[end + 1] != static_cast<Token>(end + 1) ||
            std::ranges::all_of(window.slices.subspan(end + 1),
                                [](Token slice) { return slice == kNoSlice; }))
          break;
      }
    }
  }
}

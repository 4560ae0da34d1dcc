// SPDX-License-Identifier: MIT
//
// Multi-hop facts: who is the r7 of the r5 of the r2 of a4? Training contains the single facts (or
// not) and some questions that compose them; the questions of the test are never trained.
//
//   layers     a0 a1 a2 ...    b0 b1 b2 ...    c0 c1 c2 ...    K layers of n people
//   facts      r0(c5) = d9     R per person, each a random person of the next layer
//
//   tokens     r7 r5 r2 a4  ?   r0 c5  ?       two documents; the relation next to the person is
//   targets    r5 r2 a4  ? d6   c5  ? d9       applied first; an answer is a target only
//   slices      .  .  .  .  2    .  .  0       one per number of hops
//
// All k-hop questions are numbered, and a random bijection of the numbers (a hash without
// collisions) orders them: the first are the test's, the next the validation's, the last are for
// training. So the sets are disjoint and of exact size, and a larger train_share only adds
// questions, with the same test. Atomic facts are in every split, because no model can answer a
// fact that was never shown.
//
// With name_tokens = n above 1 a name has n tokens: the digits of the person's number within its
// layer, most significant first, in base b = ceil(people_per_layer^(1/n)). Each layer has its own
// tokens for each digit. The first token of an answer is the target of "?", each later one that of
// the token before it:
//
//   tokens     r7   r5   r2  a1.0 a2.4  ?   d1.1     n = 2, b = 5: the question above
//   targets    r5   r2  a1.0 a2.4  ?   d1.1 d2.1
//   slices      .    .    .    .   .    2    2       every token of an answer counts as one
//
// So accuracies and floors are per token of an answer, each given the right tokens before it; whole
// answers are counted where they are generated (train/evaluate_decoding.hpp).
//
// Sources: arXiv:2510.25741, section 6.2 and appendix B.3; Yao et al. 2025, arXiv:2505.17923.
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/tasks/detail/question_window.hpp"
#include "looplab/tasks/detail/random_permutation.hpp"
#include "looplab/tasks/detail/split_streams.hpp"
#include "looplab/tasks/multi_hop_config.hpp"
#include "looplab/tasks/task.hpp"

namespace looplab {

/// Satisfies `Task`. Tokens: "?" and the words of a sentence, relations, people layer by layer.
class MultiHopFacts {
 public:
  static constexpr std::string_view kName = "multi_hop_facts";
  static constexpr std::string_view kHelp = "questions that compose stored facts";

  explicit MultiHopFacts(MultiHopFactsConfig config);

  [[nodiscard]] const MultiHopFactsConfig& config() const { return config_; }
  [[nodiscard]] std::string name() const { return std::string(kName); }
  [[nodiscard]] Index vocab_size() const {
    return kNumWords + config_.num_relations + config_.num_layers * config_.name_tokens * base_;
  }
  [[nodiscard]] Index sequence_length() const { return config_.sequence_length; }
  [[nodiscard]] Index num_slices() const { return std::ssize(levels_); }
  [[nodiscard]] std::string slice_name(Index slice) const {
    return "hops=" + to_text(level(slice).hops);
  }
  /// Number of windows that ask every question of the largest validation or test set once, and
  /// repeat those of smaller sets, so that all slices have equally many.
  [[nodiscard]] Index num_evaluation_sequences() const;

  /// Number of questions of a slice in a split. Atomic facts: all, in every split.
  [[nodiscard]] Index num_questions(Index slice, Split split) const {
    return level(slice).size[static_cast<std::size_t>(split)];
  }
  /// Question `i` of a split: a number below the count of all questions of the slice.
  [[nodiscard]] Index question(Index slice, Split split, Index i) const {
    const Level& at = level(slice);
    return at.order(at.first[static_cast<std::size_t>(split)] + i);
  }
  /// The person that answers a question.
  [[nodiscard]] Index answer(Index slice, Index question) const;
  /// Number of intermediate people (bridges) between the start and the answer of a question; 0 if a
  /// name has several tokens, since a bridge is one token.
  [[nodiscard]] Index num_bridges(Index slice) const {
    return config_.name_tokens == 1 ? level(slice).hops - 1 : 0;
  }
  /// The person reached after `hop` hops of a question, given its tokens (a whole document).
  [[nodiscard]] Token bridge(std::span<const Token> question, Index hop) const;
  /// The person that `relation` of `person` is; people are numbered through all layers.
  [[nodiscard]] Index fact(Index person, Index relation) const {
    return facts_[static_cast<std::size_t>(person * config_.num_relations + relation)];
  }
  [[nodiscard]] Token relation_token(Index relation) const {
    return static_cast<Token>(kNumWords + relation);
  }
  /// Token i = 0 ... name_tokens-1 of a person's name.
  [[nodiscard]] Token person_token(Index person, Index i = 0) const {
    const Index n = config_.people_per_layer;
    const Index digit = person % n / place_value(i) % base_;
    const Index place = person / n * config_.name_tokens + i;
    return static_cast<Token>(kNumWords + config_.num_relations + place * base_ + digit);
  }
  /// The text of a token: "?", "who", relations "r1", people "a7" of layer 0, "b3" of layer 1. In
  /// names of several tokens "a2.0" is a second token, digit 0.
  [[nodiscard]] std::string token_name(Token token) const;

  /// Exact accuracy of the best predictor that knows the graph but reads only a proper part of the
  /// question's components (the person and the relations). All questions are equally likely, as in
  /// the test.
  ///
  ///   max over parts c of   sum over the rest v of  max_a P(rest = v, answer = a)
  ///
  /// Reading more is never worse, so the parts with one component missing suffice. If names have
  /// several tokens, it is the mean over the answer's tokens, each predicted from the rest and the
  /// right tokens before it.
  /// Cost: name_tokens (hops + 1) hops R^hops starts look-ups.
  [[nodiscard]] double slice_floor(Index slice) const;

  /// Fills window `index` of a split; a pure function of its arguments. Training draws from the
  /// training questions and stops where the longest question no longer fits; held-out windows, for
  /// any seed, go through their questions in order, alternating the slices. With a curriculum
  /// of W windows, slice s of S joins the mix at window s W / S.
  void sample(Seed seed, Split split, Index index, Window window) const;

 private:
  static constexpr std::array<std::string_view, 6> kWords{"?", "who", "is", "the", "of", "answer:"};
  static constexpr Index kNumWords = std::ssize(kWords);

  /// Questions with the same number of hops. Number = person + starts (r_1 + R (r_2 + R (...))).
  struct Level {
    Index hops, starts, count;
    Index weight, first_window;        // in the mix of training
    std::array<Index, 3> first, size;  // of each split, in the order
    RandomPermutation order;
  };
  [[nodiscard]] const Level& level(Index slice) const {
    return levels_[static_cast<std::size_t>(slice)];
  }
  /// What a 1 at digit i of a name counts: b^(name_tokens - 1 - i).
  [[nodiscard]] Index place_value(Index i) const {
    Index value = 1;
    for (; i + 1 < config_.name_tokens; ++i) value *= base_;
    return value;
  }
  /// A number for the first `length` tokens of a person's name, below that of all people.
  [[nodiscard]] Index name_prefix(Index person, Index length) const {
    const Index n = config_.people_per_layer;
    return length == 0 ? 0 : person / n * n + person % n / place_value(length - 1);
  }
  void make_facts();
  [[nodiscard]] Level make_level(Index slice, Index hops) const;
  [[nodiscard]] Index draw_slice(RandomStream& draw, Index window) const;
  [[nodiscard]] Index longest_question() const { return config_.document_length(config_.max_hops); }
  /// Appends a question whose every token is the target of the previous position.
  void write(Index slice, Index question, Window window, QuestionWindow& questions) const;

  MultiHopFactsConfig config_;
  Index base_;                // of the digits of names
  std::vector<Index> facts_;  // row-major [people of all layers but the last, R]
  std::vector<Level> levels_;
};

inline MultiHopFacts::MultiHopFacts(MultiHopFactsConfig config)
    : config_((config.validate(), std::move(config))), base_(config_.name_base()) {
  make_facts();
  for (Index hops : config_.hops()) levels_.push_back(make_level(std::ssize(levels_), hops));
}

inline void MultiHopFacts::make_facts() {
  const Index n = config_.people_per_layer, relations = config_.num_relations;
  const Index people = n * (config_.num_layers - 1);
  facts_.resize(static_cast<std::size_t>(people * relations));
  std::vector<Index> next(static_cast<std::size_t>(n));
  for (Index layer = 0; layer + 1 < config_.num_layers; ++layer)
    for (Index relation = 0; relation < relations; ++relation) {
      RandomStream draw =
          data_stream(config_, "multi_hop_facts/graph", layer * relations + relation);
      for (Index i = 0; i < n; ++i)
        next[static_cast<std::size_t>(i)] = config_.permutations ? i : draw.below(n);
      if (config_.permutations) draw.shuffle(std::span(next));
      for (Index i = 0; i < n; ++i)
        facts_[static_cast<std::size_t>((layer * n + i) * relations + relation)] =
            (layer + 1) * n + next[static_cast<std::size_t>(i)];
    }
}

inline MultiHopFacts::Level MultiHopFacts::make_level(Index slice, Index hops) const {
  const auto count = static_cast<Index>(config_.num_questions(hops));
  const Index num_slices = std::ssize(config_.hops());
  Level made{.hops = hops,
             .starts = config_.num_starts(hops),
             .count = count,
             .weight = config_.mix.empty() ? 1 : config_.mix[static_cast<std::size_t>(slice)],
             .first_window = slice * config_.curriculum_windows / num_slices,
             .first = {0, 0, 0},
             .size = {count, count, count},
             .order = {count, data_stream(config_, "multi_hop_facts/splits", hops)}};
  if (config_.are_facts(hops)) return made;
  const Index test = config_.share_of(count, config_.test_share);
  const Index validation = config_.share_of(count, config_.validation_share);
  const Index train = config_.share_of(count, config_.train_share);
  made.first = {count - train, test, 0};
  made.size = {train, validation, test};
  return made;
}

inline Index MultiHopFacts::num_evaluation_sequences() const {
  Index most = 0;
  for (const Level& at : levels_) most = std::max({most, at.size[1], at.size[2]});
  const Index per_window = sequence_length() / longest_question();
  return (most * num_slices() + per_window - 1) / per_window;
}

inline Index MultiHopFacts::answer(Index slice, Index question) const {
  const Level& at = level(slice);
  Index person = question % at.starts, rest = question / at.starts;
  for (Index hop = 0; hop < at.hops; ++hop, rest /= config_.num_relations)
    person = fact(person, rest % config_.num_relations);
  return person;
}

inline Token MultiHopFacts::bridge(std::span<const Token> question, Index hop) const {
  Index person = -1;  // follows its relations, the last of which is applied first
  for (auto token = question.rbegin(); token != question.rend() && hop > 0; ++token) {
    const Index relation = *token - kNumWords;
    if (relation >= config_.num_relations)
      person = relation - config_.num_relations;
    else if (relation >= 0 && person >= 0 && hop-- > 0)
      person = fact(person, relation);
  }
  LOOPLAB_ASSERT(person >= 0 && hop == 0);
  return person_token(person);
}

inline std::string MultiHopFacts::token_name(Token token) const {
  const Index relation = token - kNumWords, of_names = relation - config_.num_relations;
  if (relation < 0) return std::string(kWords[static_cast<std::size_t>(token)]);
  if (of_names < 0) return "r" + to_text(relation);
  const Index place = of_names / base_, layer = place / config_.name_tokens;
  std::string number = to_text(of_names % base_);
  if (config_.name_tokens > 1) number = concat(place % config_.name_tokens + 1, '.', number);
  return layer < 26 ? static_cast<char>('a' + layer) + number : "l" + to_text(layer) + "." + number;
}

inline double MultiHopFacts::slice_floor(Index slice) const {
  const Level& at = level(slice);
  const auto people = static_cast<std::size_t>(config_.num_layers * config_.people_per_layer);
  std::vector<Index> times(people, 0), most(people, 0);  // by the tokens so far; by those before
  Index most_right = 0;
  for (Index part = 0, stride = 1; part <= at.hops; ++part) {
    const Index choices = part == 0 ? at.starts : config_.num_relations;
    Index right = 0;
    const auto count_token = [&](Index question, Index i) {
      const auto visit = [&](auto&& each) {
        for (Index choice = 0; choice < choices; ++choice) {
          const Index person = answer(slice, question + choice * stride);
          each(times[static_cast<std::size_t>(name_prefix(person, i + 1))],
               most[static_cast<std::size_t>(name_prefix(person, i))]);
        }
      };
      visit([&](Index& own, Index& best) {
        if (++own > best) ++best, ++right;
      });
      visit([](Index& own, Index& best) { own = best = 0; });
    };
    for (Index question = 0; question < at.count; ++question)
      if (question / stride % choices == 0)  // the missing part at its first value
        for (Index i = 0; i < config_.name_tokens; ++i) count_token(question, i);
    most_right = std::max(most_right, right);
    stride *= choices;
  }
  return static_cast<double>(most_right) / static_cast<double>(at.count * config_.name_tokens);
}

inline Index MultiHopFacts::draw_slice(RandomStream& draw, Index window) const {
  Index total = 0;
  for (const Level& at : levels_) total += at.first_window <= window ? at.weight : 0;
  Index left = draw.below(total);
  Index slice = 0;
  while (left >= level(slice).weight) left -= level(slice++).weight;
  return slice;
}

inline void MultiHopFacts::sample(Seed seed, Split split, Index index, Window window) const {
  QuestionWindow questions(window);
  if (split == Split::train) {
    RandomStream draw = split_stream(seed, kName, split, index);
    while (questions.room() >= longest_question()) {
      const Index slice = draw_slice(draw, index);
      const Index i = draw.below(num_questions(slice, split));
      write(slice, question(slice, split, i), window, questions);
    }
  } else {
    const Index per_window = sequence_length() / longest_question();
    for (Index i = index * per_window; i < (index + 1) * per_window; ++i) {
      const Index slice = i % num_slices();
      const Index turn = i / num_slices() % num_questions(slice, split);
      write(slice, question(slice, split, turn), window, questions);
    }
  }
}

inline void MultiHopFacts::write(Index slice, Index question, Window window,
                                 QuestionWindow& questions) const {
  const Level& at = level(slice);
  // A level has at most kMaxQuestions, so at most 26 hops.
  std::array<Token, 128> text;
  std::size_t length = 0;
  const auto words = [&](std::initializer_list<Token> list) {
    for (Token word : list)
      if (config_.prompt == PromptForm::sentence) text[length++] = word;
  };
  words({1, 2});
  Index divisor = at.count / at.starts;  // R^hops: the outermost relation is the leading digit
  for (Index hop = 0; hop < at.hops; ++hop) {
    divisor /= config_.num_relations;
    words({3});
    text[length++] = relation_token(question / at.starts / divisor % config_.num_relations);
    words({4});
  }
  const auto name = [&](Index person) {
    for (Index i = 0; i < config_.name_tokens; ++i) text[length++] = person_token(person, i);
  };
  name(question % at.starts);
  text[length++] = 0;
  words({5});
  const std::span<const Token> prompt(text.data(), length);
  name(answer(slice, question));
  const std::span<const Token> answer_name(text.data() + prompt.size(), length - prompt.size());
  const Index begin = std::ssize(window.tokens) - questions.room();
  questions.write(prompt, answer_name, static_cast<Token>(slice));
  std::ranges::copy(prompt.subspan(1),
                    window.targets.subspan(static_cast<std::size_t>(begin)).begin());
}

static_assert(Task<MultiHopFacts>);

}  // namespace looplab

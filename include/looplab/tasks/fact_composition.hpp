// SPDX-License-Identifier: MIT
//
// Two-hop facts over a random graph stored in weights, with some facts that training never
// composes.
//
//   tokens     e1  r3  r3 | e7  r0 | e3  r3  r1 | -      e1 -r3-> e5 -r3-> e7;  e7 -r0-> e3
//   targets     .   .  e7    .  e3    .   .  e7   .      answered at the last relation
//   slices      .   .   1    .   0    .   .   1   .      0 atomic, 1 inferred, 2 id, 3 ood
//
// Each of E entities has b different relations, each to a uniformly random entity: E b atomic
// facts, all of them trained. A random share of them is out of distribution (OOD), the others are
// in distribution (ID). Compositions (h, r1, r2) -> t of
//
//   two ID facts    are split at random: held out for validation, the same number for the test
//                   ("id"), phi times the number of ID facts for training ("inferred"); the
//                   rest is unused
//   two OOD facts   are never trained: one half for validation, the other for the test ("ood")
//   mixed facts     are unused
//
// A model that looks up both facts one after the other answers all of them. A model that stores the
// second fact only where training composed it has nothing stored for "ood".
//
// Source: Wang et al. 2024, arXiv:2405.15071 (theirs: 2000 entities, 20 of 200 relations each, 5 %
//         OOD, 0.5 % of compositions held out, phi 3.6 ... 18, at most 3000 questions per slice).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/tasks/detail/epoch_order.hpp"
#include "looplab/tasks/detail/question_window.hpp"
#include "looplab/tasks/detail/random_permutation.hpp"
#include "looplab/tasks/detail/split_streams.hpp"
#include "looplab/tasks/task.hpp"

namespace looplab {

/// Configuration of the task.
struct FactCompositionConfig {
  Index num_entities = 200;
  Index num_relations = 20;
  Index relations_per_entity = 10;
  double ood_share = 0.1;
  double phi = 7.2;
  Index held_out_questions = 500;
  Index evaluation_questions = 500;
  Index questions_per_window = 10;
  Index data_seed = 1;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"num_entities", "E, number of entities", 1, 1 << 20}, self.num_entities);
    visit(Field{"num_relations", "number of kinds of relations", 1, 1 << 16}, self.num_relations);
    visit(Field{"relations_per_entity", "b, facts per entity, all of different relations", 1,
                1 << 10},
          self.relations_per_entity);
    visit(Field{"ood_share", "fraction of facts that training never composes", 0, 1},
          self.ood_share);
    visit(Field{"phi", "trained compositions per in-distribution fact", 0, 1e6}, self.phi);
    visit(Field{"held_out_questions",
                "in-distribution compositions held out for validation, and again for the test", 1,
                1e8},
          self.held_out_questions);
    visit(Field{"evaluation_questions", "maximum questions per slice in an evaluation", 1, 1e8},
          self.evaluation_questions);
    visit(Field{"questions_per_window", "number of questions in a window", 1, 1 << 16},
          self.questions_per_window);
    visit(Field{"data_seed", "seed of the graph and its splits; equal for all seeds of a run", 0,
                0x1p53},
          self.data_seed);
  }

  /// Positions of a window, three for each question.
  [[nodiscard]] Index sequence_length() const { return 3 * questions_per_window; }
  [[nodiscard]] Index num_facts() const { return num_entities * relations_per_entity; }
  [[nodiscard]] Index num_ood_facts() const {
    return std::llround(ood_share * static_cast<double>(num_facts()));
  }
  /// Number of compositions in the training set.
  [[nodiscard]] Index num_inferred() const {
    return std::llround(phi * static_cast<double>(num_facts() - num_ood_facts()));
  }

  /// \throws ConfigError naming every problem that can be found without drawing the graph.
  void validate() const {
    Problems problems;
    check_ranges(*this, problems);
    problems.check(relations_per_entity <= num_relations, "relations_per_entity ",
                   relations_per_entity, " exceeds num_relations ", num_relations);
    problems.check(num_facts() * relations_per_entity < Index{1} << 31,
                   "there are more than 2^31 compositions");
    problems.throw_if_any("fact_composition");
  }
};

/// Satisfies `Task`. Tokens: blank, entities, relations.
class FactComposition {
 public:
  static constexpr std::string_view kName = "fact_composition";
  static constexpr std::string_view kHelp =
      "two-hop facts, including facts that were never composed";
  static constexpr Token kAtomicSlice = 0, kInferredSlice = 1, kIdSlice = 2, kOodSlice = 3;

  /// \throws ConfigError if a split would be empty or asks for more compositions than there are.
  explicit FactComposition(FactCompositionConfig config) : config_((config.validate(), config)) {
    draw_facts();
    draw_splits();
  }

  [[nodiscard]] const FactCompositionConfig& config() const { return config_; }
  [[nodiscard]] std::string name() const { return std::string(kName); }
  [[nodiscard]] Index vocab_size() const {
    return 1 + config_.num_entities + config_.num_relations;
  }
  [[nodiscard]] Index sequence_length() const { return config_.sequence_length(); }
  [[nodiscard]] Index num_slices() const { return 4; }
  [[nodiscard]] std::string slice_name(Index slice) const {
    static constexpr std::array<const char*, 4> kNames{"atomic", "inferred", "id", "ood"};
    return kNames.at(static_cast<std::size_t>(slice));
  }
  /// Number of windows that hold the evaluation questions of all slices once.
  [[nodiscard]] Index num_evaluation_sequences() const {
    Index questions = 0;
    for (Token slice = 0; slice < 4; ++slice) questions += num_evaluated(Split::test, slice);
    return (questions + config_.questions_per_window - 1) / config_.questions_per_window;
  }
  /// The text of a token: "e3", "r1", "-" for a blank.
  [[nodiscard]] std::string token_name(Token token) const {
    if (token == 0) return "-";
    return token <= config_.num_entities ? "e" + to_text(Index{token - 1})
                                         : "r" + to_text(token - 1 - config_.num_entities);
  }

  /// Number of questions in the training set: all atomic facts and the trained compositions.
  [[nodiscard]] Index num_train_questions() const {
    return config_.num_facts() + config_.num_inferred();
  }
  /// Number of questions of a slice in an evaluation on a held-out split.
  [[nodiscard]] Index num_evaluated(Split split, Token slice) const {
    return std::min(config_.evaluation_questions, num_available(split, slice));
  }

  /// Fills window `index` of a split. Training shows every question once per epoch, each epoch in a
  /// new order. Held-out windows show the evaluation questions slice by slice, followed by blanks.
  void sample(Seed seed, Split split, Index index, Window window) const;

  /// Exact accuracy of the best predictor that knows all facts but not which of them are OOD, and
  /// sees only a part of the question; over all atomic facts (slice 0) or all two-hop questions of
  /// the graph. Hiding one token suffices, because more of the question never hurts. The floor is
  /// the best of the two or three choices of the hidden token, with the most frequent answer for
  /// each value of the visible tokens. Cost: O(E b^2 log(E b^2)).
  [[nodiscard]] double slice_floor(Index slice) const;

 private:
  struct Question {
    std::array<Token, 3> tokens;
    std::size_t length;
    Token answer;
  };

  void draw_facts();
  void draw_splits();
  void check_sizes(Index num_id) const;
  [[nodiscard]] static std::size_t at(Index i) { return static_cast<std::size_t>(i); }
  [[nodiscard]] Token entity_token(Index entity) const { return static_cast<Token>(1 + entity); }
  [[nodiscard]] Token relation_token(Index fact) const {
    return 1 + static_cast<Token>(config_.num_entities) + relation_[at(fact)];
  }
  [[nodiscard]] Index num_available(Split split, Token slice) const;
  [[nodiscard]] Question atomic(Index fact) const;
  [[nodiscard]] Question composition(Index number) const;
  [[nodiscard]] Question evaluated(Split split, Token slice, Index number) const;

  FactCompositionConfig config_;
  // Fact h b + j is the j-th of entity h. Composition f b + j is fact f, then the j-th of its tail.
  std::vector<std::int32_t> relation_, tail_;
  std::vector<std::int32_t> id_, ood_;  // compositions; ID: validation, test, training, unused
};

inline void FactComposition::draw_facts() {
  RandomStream draw = data_stream(config_, "fact_composition/facts");
  std::vector<std::int32_t> relations(at(config_.num_relations));
  for (std::size_t r = 0; r < relations.size(); ++r) relations[r] = static_cast<std::int32_t>(r);
  for (Index head = 0; head < config_.num_entities; ++head) {
    draw.shuffle(std::span(relations));
    for (Index j = 0; j < config_.relations_per_entity; ++j) {
      relation_.push_back(relations[at(j)]);
      tail_.push_back(static_cast<std::int32_t>(draw.below(config_.num_entities)));
    }
  }
}

inline void FactComposition::draw_splits() {
  const Index num_facts = config_.num_facts(), b = config_.relations_per_entity;
  const RandomPermutation order(num_facts, data_stream(config_, "fact_composition/ood"));
  std::vector<bool> ood(at(num_facts));
  for (Index i = 0; i < config_.num_ood_facts(); ++i) ood[at(order(i))] = true;
  for (Index fact = 0; fact < num_facts; ++fact)
    for (Index j = 0; j < b; ++j) {
      if (ood[at(fact)] != ood[at(tail_[at(fact)] * b + j)]) continue;
      (ood[at(fact)] ? ood_ : id_).push_back(static_cast<std::int32_t>(fact * b + j));
    }
  data_stream(config_, "fact_composition/id_order").shuffle(std::span(id_));
  data_stream(config_, "fact_composition/ood_order").shuffle(std::span(ood_));
  check_sizes(std::ssize(id_));
}

inline void FactComposition::check_sizes(Index num_id) const {
  Problems problems;
  problems.check(std::ssize(ood_) >= 2, "ood_share ", config_.ood_share, " makes ",
                 config_.num_ood_facts(), " of ", config_.num_facts(), " facts OOD, which form ",
                 ood_.size(), " compositions, expected 2 or more (validation and test)");
  problems.check(config_.num_inferred() >= 1, "phi ", config_.phi, " of ",
                 config_.num_facts() - config_.num_ood_facts(),
                 " ID facts leaves no composition for training, expected 1 or more");
  const Index held_out = 2 * config_.held_out_questions;
  problems.check(held_out + config_.num_inferred() <= num_id, "phi ", config_.phi, " asks for ",
                 config_.num_inferred(), " trained compositions besides ", held_out,
                 " held out, but there are ", num_id, " of ID facts");
  problems.throw_if_any("fact_composition");
}

inline FactComposition::Question FactComposition::atomic(Index fact) const {
  const Index head = fact / config_.relations_per_entity;
  return {{entity_token(head), relation_token(fact), 0}, 2, entity_token(tail_[at(fact)])};
}

inline FactComposition::Question FactComposition::composition(Index number) const {
  const Index b = config_.relations_per_entity, first = number / b;
  const Index second = tail_[at(first)] * b + number % b;
  return {{entity_token(first / b), relation_token(first), relation_token(second)},
          3,
          entity_token(tail_[at(second)])};
}

inline Index FactComposition::num_available(Split split, Token slice) const {
  if (slice == kAtomicSlice) return config_.num_facts();
  if (slice == kInferredSlice) return config_.num_inferred();
  if (slice == kIdSlice) return config_.held_out_questions;
  const Index half = std::ssize(ood_) / 2;
  return split == Split::validation ? half : std::ssize(ood_) - half;
}

/// Question `number` of a slice, in evaluation order.
inline FactComposition::Question FactComposition::evaluated(Split split, Token slice,
                                                            Index number) const {
  const Index held_out = config_.held_out_questions, half = std::ssize(ood_) / 2;
  const bool test = split == Split::test;
  switch (slice) {
    case kAtomicSlice:
      return atomic(RandomPermutation(config_.num_facts(),
                                      data_stream(config_, "fact_composition/atomic"))(number));
    case kInferredSlice:
      return composition(id_[at(2 * held_out + number)]);
    case kIdSlice:
      return composition(id_[at(number + (test ? held_out : 0))]);
    default:
      return composition(ood_[at(number + (test ? half : 0))]);
  }
}

inline void FactComposition::sample(Seed seed, Split split, Index index, Window window) const {
  QuestionWindow questions(window);
  const auto write = [&](const Question& question, Token slice) {
    questions.write(std::span(question.tokens).first(question.length), question.answer, slice);
  };
  const Index first = index * config_.questions_per_window;
  EpochOrder order(num_train_questions(), seed, "fact_composition/train", first);
  for (Index i = first; i < first + config_.questions_per_window; ++i) {
    if (split == Split::train) {
      const Index question = order.next() - config_.num_facts();
      if (question < 0)
        write(atomic(question + config_.num_facts()), kAtomicSlice);
      else
        write(evaluated(split, kInferredSlice, question), kInferredSlice);
      continue;
    }
    Token slice = 0;
    Index number = i;
    while (slice < 4 && number >= num_evaluated(split, slice))
      number -= num_evaluated(split, slice++);
    if (slice == 4) return;
    write(evaluated(split, slice, number), slice);
  }
}

namespace detail {

/// Fraction of (seen, answer) pairs whose answer is the most frequent one among the pairs with the
/// same `seen`.
[[nodiscard]] inline double best_guess(std::vector<std::pair<std::int64_t, Token>> pairs) {
  std::ranges::sort(pairs);
  Index hits = 0, most = 0, run = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    run = i > 0 && pairs[i] == pairs[i - 1] ? run + 1 : 1;
    most = std::max(most, run);
    if (i + 1 < pairs.size() && pairs[i + 1].first == pairs[i].first) continue;
    hits += most;
    most = run = 0;
  }
  return static_cast<double>(hits) / static_cast<double>(pairs.size());
}

}  // namespace detail

inline double FactComposition::slice_floor(Index slice) const {
  const Index facts = config_.num_facts();
  const Index questions = slice == kAtomicSlice ? facts : facts * config_.relations_per_entity;
  const std::size_t length = slice == kAtomicSlice ? 2 : 3;
  double best = 0;
  std::vector<std::pair<std::int64_t, Token>> pairs(at(questions));
  for (std::size_t hidden = 0; hidden < length; ++hidden) {
    for (Index i = 0; i < questions; ++i) {
      const Question question = slice == kAtomicSlice ? atomic(i) : composition(i);
      std::int64_t seen = 0;
      for (std::size_t position = 0; position < length; ++position)
        if (position != hidden) seen = seen * vocab_size() + question.tokens[position];
      pairs[at(i)] = {seen, question.answer};
    }
    best = std::max(best, detail::best_guess(pairs));
  }
  return best;
}

static_assert(Task<FactComposition>);

}  // namespace looplab

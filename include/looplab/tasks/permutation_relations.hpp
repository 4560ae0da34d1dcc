// SPDX-License-Identifier: MIT
//
// Walks over a graph stored in weights: every relation is a random permutation of the entities. A
// question gives a start and k relations; the answer is the entity they lead to.
//
//   tokens     e0  r1  r0 | e3  r0  r0 | -        e0 -r1-> e3 -r0-> e2;  e3 -r0-> e2 -r0-> e3
//   targets     .   .  e2    .   .  e3   .        answered at the last relation, without steps
//   slices      .   .   1    .   .   1   .        k hops are slice k-1; a window has one k
//
//   answer(h, r_1 ... r_k) = p_{r_k}( ... p_{r_1}(h))
//
// All facts (k = 1) are in the training set: that slice measures what is stored. For k >= 2 the
// walks are numbered in a random order; the first held_out_walks are for validation, the next as
// many for the test, the next train_walks (or all that are left) for training. Hops above
// max_train_hops are never trained. With windows_per_stage training begins with few hops and adds
// one after each stage, keeping the earlier ones.
//
// Every relation must be a permutation: with random maps the last relations alone almost determine
// the answer.
//
// Source: Kohli et al. 2026, arXiv:2604.07822 (theirs: 200 entities, 10 relations, 15,000 training
//         and 750 test walks for each of 2 ... 40 hops; a stage ends at 95 % held-out accuracy,
//         here after a fixed number of windows, so that a window does not depend on the model).
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/tasks/detail/question_window.hpp"
#include "looplab/tasks/detail/random_permutation.hpp"
#include "looplab/tasks/detail/split_streams.hpp"
#include "looplab/tasks/task.hpp"

namespace looplab {

/// Configuration of the task.
struct PermutationRelationsConfig {
  Index num_entities = 50;
  Index num_relations = 5;
  Index max_train_hops = 6;
  Index max_hops = 8;
  Index train_walks = 10000;
  Index held_out_walks = 100;
  Index first_hops = 2;
  Index windows_per_stage = 0;
  Index sequence_length = 36;
  Index data_seed = 1;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"num_entities", "E, number of entities", 2, 1 << 24}, self.num_entities);
    visit(Field{"num_relations", "number of relations, permutations of the entities", 2, 1 << 16},
          self.num_relations);
    visit(Field{"max_train_hops", "maximum hops of questions in training", 1, 1000},
          self.max_train_hops);
    visit(Field{"max_hops", "maximum hops of questions in evaluations", 1, 1000}, self.max_hops);
    visit(Field{"train_walks", "training walks per number of hops above 1", 1, 1e7},
          self.train_walks);
    visit(Field{"held_out_walks",
                "walks held out for validation per number of hops above 1, and again for the test",
                1, 1e6},
          self.held_out_walks);
    visit(Field{"first_hops", "maximum hops of questions in the first stage", 1, 1000},
          self.first_hops);
    visit(Field{"windows_per_stage",
                "training windows per stage, which adds one hop; 0: all hops from the start", 0,
                1e12},
          self.windows_per_stage);
    visit(Field{"sequence_length", "positions of a window", 2, 1 << 20}, self.sequence_length);
    visit(Field{"data_seed", "seed of the graph and its splits; equal for all seeds of a run", 0,
                0x1p53},
          self.data_seed);
  }

  /// Number of different walks of `hops` hops, E R^hops. Where that exceeds 2^62, it is computed
  /// for the largest number of hops that does not.
  [[nodiscard]] Index num_walks(Index hops) const {
    Index count = num_entities;
    for (; hops > 0 && count <= RandomPermutation::kMaxSize / num_relations; --hops)
      count *= num_relations;
    return count;
  }

  /// \throws ConfigError naming every problem.
  void validate() const {
    Problems problems;
    check_ranges(*this, problems);
    problems.check(max_train_hops <= max_hops, "max_train_hops ", max_train_hops,
                   " exceeds max_hops ", max_hops);
    problems.check(first_hops <= max_train_hops, "first_hops ", first_hops,
                   " exceeds max_train_hops ", max_train_hops);
    problems.check(max_hops < sequence_length, "a question of max_hops ", max_hops, " needs ",
                   max_hops + 1, " positions, sequence_length is ", sequence_length);
    problems.check(max_hops < 2 || num_relations < 1 || num_walks(2) > 2 * held_out_walks,
                   "there are ", num_walks(2), " walks of 2 hops, expected more than the ",
                   2 * held_out_walks, " held out, so that some are left for training");
    problems.throw_if_any("permutation_relations");
  }
};

/// Satisfies `Task`. Tokens: blank, entities, relations. Slice k-1 holds the questions of k hops.
class PermutationRelations {
 public:
  static constexpr std::string_view kName = "permutation_relations";
  static constexpr std::string_view kHelp = "walks of many hops over stored permutations";

  explicit PermutationRelations(PermutationRelationsConfig config)
      : config_((config.validate(), config)) {
    for (Index relation = 0; relation < config_.num_relations; ++relation) {
      const RandomPermutation to(config_.num_entities,
                                 data_stream(config_, "permutation_relations/facts", relation));
      for (Index entity = 0; entity < config_.num_entities; ++entity)
        tails_.push_back(static_cast<Token>(to(entity)));
    }
    for (Index hops = 1; hops <= config_.max_hops; ++hops) {
      const RandomPermutation order(config_.num_walks(hops),
                                    data_stream(config_, "permutation_relations/walks", hops));
      const Index held_out = hops == 1 ? 0 : 2 * config_.held_out_walks;
      std::vector<Index>& walks = walks_.emplace_back();
      for (Index i = 0; i < held_out + num_questions(Split::train, hops); ++i)
        walks.push_back(order(i));
      const Index per_window = questions_per_window(hops);
      first_window_.push_back(num_windows_);
      num_windows_ += (num_questions(Split::test, hops) + per_window - 1) / per_window;
    }
  }

  [[nodiscard]] const PermutationRelationsConfig& config() const { return config_; }
  [[nodiscard]] std::string name() const { return std::string(kName); }
  [[nodiscard]] Index vocab_size() const {
    return 1 + config_.num_entities + config_.num_relations;
  }
  [[nodiscard]] Index sequence_length() const { return config_.sequence_length; }
  [[nodiscard]] Index num_slices() const { return config_.max_hops; }
  [[nodiscard]] std::string slice_name(Index slice) const { return "k=" + to_text(slice + 1); }
  /// Number of hops of a slice's questions.
  [[nodiscard]] Index slice_depth(Index slice) const { return slice + 1; }
  [[nodiscard]] Index trained_depth() const { return config_.max_train_hops; }
  /// Number of windows that hold every held-out question, and every fact, once.
  [[nodiscard]] Index num_evaluation_sequences() const { return num_windows_; }
  /// The text of a token: "e3", "r1", "-" for a blank.
  [[nodiscard]] std::string token_name(Token token) const {
    if (token == 0) return "-";
    return token <= config_.num_entities ? "e" + to_text(Index{token - 1})
                                         : "r" + to_text(token - 1 - config_.num_entities);
  }

  /// Number of different questions of `hops` hops in a split; the facts (1 hop) are in every split.
  [[nodiscard]] Index num_questions(Split split, Index hops) const {
    if (hops == 1) return config_.num_walks(1);
    if (split != Split::train) return config_.held_out_walks;
    if (hops > config_.max_train_hops) return 0;
    return std::min(config_.train_walks, config_.num_walks(hops) - 2 * config_.held_out_walks);
  }

  /// The maximum hops of questions in training window `index`.
  [[nodiscard]] Index trained_hops(Index index) const {
    if (config_.windows_per_stage == 0) return config_.max_train_hops;
    return config_.first_hops +
           std::min(index / config_.windows_per_stage, config_.max_train_hops - config_.first_hops);
  }

  /// Fills window `index` of a split. Training: every question of the split with up to
  /// trained_hops(index) hops is equally likely at every position. Held out: every question once,
  /// ordered by hops; then blank windows.
  void sample(Seed seed, Split split, Index index, Window window) const;

  /// Exact accuracy of the best predictor that knows all facts but sees only a part of the
  /// question, over all walks of `slice` + 1 hops. Hiding one token suffices, because more of the
  /// question never hurts:
  ///
  ///   start hidden:      the relations compose to a permutation, so all answers are equally
  ///                      likely: 1/E, for any number of visible relations
  ///   relation i hidden: the hops before and after it are permutations too, so it remains to guess
  ///                      p_r(x) for a uniform x: mean over x of max_y |{r: p_r(x) = y}| / R,
  ///                      which is at least 1/R: that of a model that stops one hop short
  ///
  /// The floor is the larger of the two, the same for every number of hops.
  [[nodiscard]] double slice_floor(Index /*slice*/) const {
    Index hits = 0;
    std::vector<Index> count(static_cast<std::size_t>(config_.num_entities));
    for (Index entity = 0; entity < config_.num_entities; ++entity) {
      std::ranges::fill(count, 0);
      Index most = 0;
      for (Index relation = 0; relation < config_.num_relations; ++relation)
        most = std::max(most, ++count[static_cast<std::size_t>(tail(entity, relation))]);
      hits += most;
    }
    const auto entities = static_cast<double>(config_.num_entities);
    return std::max(1 / entities, static_cast<double>(hits) / entities /
                                      static_cast<double>(config_.num_relations));
  }

 private:
  [[nodiscard]] Token tail(Index entity, Index relation) const {
    return tails_[static_cast<std::size_t>(relation * config_.num_entities + entity)];
  }
  [[nodiscard]] Index questions_per_window(Index hops) const {
    return config_.sequence_length / (hops + 1);
  }
  [[nodiscard]] Index draw_hops(RandomStream& stream, Index trained) const;
  void write_walk(Index hops, Index index, QuestionWindow& questions) const;

  PermutationRelationsConfig config_;
  std::vector<Token> tails_;               // [relation, entity]
  std::vector<std::vector<Index>> walks_;  // by hops - 1: numbers of the walks in use, in order
  std::vector<Index> first_window_;        // by hops - 1: of an evaluation
  Index num_windows_ = 0;
};

inline void PermutationRelations::sample(Seed seed, Split split, Index index, Window window) const {
  QuestionWindow questions(window);
  const Index held_out = config_.held_out_walks;
  if (split == Split::train) {
    RandomStream draw = split_stream(seed, kName, split, index);
    const Index hops = draw_hops(draw, trained_hops(index));
    const Index first = hops == 1 ? 0 : 2 * held_out;
    for (Index i = questions_per_window(hops); i > 0; --i)
      write_walk(hops, first + draw.below(num_questions(Split::train, hops)), questions);
    return;
  }
  if (index >= num_windows_) return;
  const Index hops = std::ranges::upper_bound(first_window_, index) - first_window_.begin();
  const Index per_window = questions_per_window(hops);
  const Index begin = (index - first_window_[static_cast<std::size_t>(hops - 1)]) * per_window;
  const Index end = std::min(begin + per_window, num_questions(split, hops));
  const Index first = hops > 1 && split == Split::test ? held_out : 0;
  for (Index i = begin; i < end; ++i) write_walk(hops, first + i, questions);
}

/// Draws the number of hops of a training window. It holds m_k questions of k hops, so with P(k)
/// proportional to n_k / m_k each of the n_k questions of every k is shown equally often.
inline Index PermutationRelations::draw_hops(RandomStream& stream, Index trained) const {
  const auto weight = [&](Index hops) {
    return static_cast<double>(num_questions(Split::train, hops)) /
           static_cast<double>(questions_per_window(hops));
  };
  double sum = 0;
  for (Index hops = 1; hops <= trained; ++hops) sum += weight(hops);
  double left = stream.uniform() * sum;
  Index hops = 1;
  while (hops < trained && (left -= weight(hops)) >= 0) ++hops;
  return hops;
}

/// Writes walk `index` in the order of the walks of `hops` hops: start and relations are the digits
/// of its number; relations beyond 2^62 walks are drawn with that number as index.
inline void PermutationRelations::write_walk(Index hops, Index index,
                                             QuestionWindow& questions) const {
  std::array<Token, 1001> question;
  const Index walk = walks_[static_cast<std::size_t>(hops - 1)][static_cast<std::size_t>(index)];
  std::optional<RandomStream> beyond;
  Index entity = walk % config_.num_entities, rest = walk / config_.num_entities;
  Index digits = config_.num_walks(hops) / config_.num_entities;
  question[0] = static_cast<Token>(1 + entity);
  for (std::size_t hop = 1; hop <= static_cast<std::size_t>(hops); ++hop) {
    Index relation = rest % config_.num_relations;
    if (digits == 1) {
      if (!beyond) beyond = data_stream(config_, "permutation_relations/beyond", walk);
      relation = beyond->below(config_.num_relations);
    } else {
      rest /= config_.num_relations;
      digits /= config_.num_relations;
    }
    question[hop] = static_cast<Token>(1 + config_.num_entities + relation);
    entity = tail(entity, relation);
  }
  questions.write(std::span(question).first(static_cast<std::size_t>(hops + 1)),
                  static_cast<Token>(1 + entity), static_cast<Token>(hops - 1));
}

static_assert(Task<PermutationRelations>);

}  // namespace looplab

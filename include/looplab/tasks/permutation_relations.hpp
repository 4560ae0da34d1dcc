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
// Composition of unseen facts. With uncomposed_share a random set of facts is uncomposed: training
// has them as facts and as the first hop of a walk, never at a later one. Their number in a walk
// decides on its use, in the random order of the walks:
//
//   uncomposed facts after the first hop      use of the walk
//   none                                      as above: validation, test, training
//   one                                       up to max_train_hops: slices "ood k=2", "ood k=3",
//                                             ...: the first held_out_walks for validation, the
//                                             next as many for the test, the others for nothing
//   several                                   none
//
// The ood slices together have the metric `accuracy ood`. `accuracy` includes them, depths do not.
//
// Every relation must be a permutation: with random maps the last relations alone almost determine
// the answer.
//
// Source: Kohli et al. 2026, arXiv:2604.07822 (permutations, hops, stages); Wang et al. 2024,
//         arXiv:2405.15071 (facts that were never composed).
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/tasks/detail/question_window.hpp"
#include "looplab/tasks/detail/random_permutation.hpp"
#include "looplab/tasks/detail/split_streams.hpp"
#include "looplab/tasks/permutation_relations_config.hpp"
#include "looplab/tasks/task.hpp"

namespace looplab {

/// Satisfies `Task`. Tokens: blank, entities, relations. Slice k-1 holds the questions of k hops;
/// with uncomposed facts slices "ood k=2", "ood k=3", ... follow.
class PermutationRelations {
 public:
  static constexpr std::string_view kName = "permutation_relations";
  static constexpr std::string_view kHelp = "walks of many hops over stored permutations";

  /// \throws ConfigError if the config has problems, or the graph has too few walks of some kind.
  explicit PermutationRelations(PermutationRelationsConfig config)
      : config_((config.validate(), config)) {
    draw_facts();
    walks_.resize(static_cast<std::size_t>(num_slices()));
    for (Index hops = 1; hops <= config_.max_hops; ++hops) draw_walks(hops);
    for (Index slice = 0; slice < num_slices(); ++slice) {
      const Index per_window = questions_per_window(slice_hops(slice));
      first_window_.push_back(num_windows_);
      num_windows_ += (num_held_out(slice) + per_window - 1) / per_window;
    }
  }

  [[nodiscard]] const PermutationRelationsConfig& config() const { return config_; }
  [[nodiscard]] std::string name() const { return std::string(kName); }
  [[nodiscard]] Index vocab_size() const {
    return 1 + config_.num_entities + config_.num_relations;
  }
  [[nodiscard]] Index sequence_length() const { return config_.sequence_length; }
  [[nodiscard]] Index num_slices() const {
    return config_.max_hops + (has_uncomposed() ? config_.max_train_hops - 1 : 0);
  }
  [[nodiscard]] std::string slice_name(Index slice) const {
    return (is_ood(slice) ? "ood k=" : "k=") + to_text(slice_hops(slice));
  }
  /// The group of a slice, with metrics of its own: "ood", or none.
  [[nodiscard]] std::string slice_group(Index slice) const { return is_ood(slice) ? "ood" : ""; }
  /// Number of hops of a slice's questions.
  [[nodiscard]] Index slice_hops(Index slice) const {
    return is_ood(slice) ? slice - config_.max_hops + 2 : slice + 1;
  }
  /// Whether a slice's questions have one uncomposed fact after the first hop.
  [[nodiscard]] bool is_ood(Index slice) const { return slice >= config_.max_hops; }
  /// Number of hops; 0 for ood slices.
  [[nodiscard]] Index slice_depth(Index slice) const { return is_ood(slice) ? 0 : slice + 1; }
  [[nodiscard]] Index trained_depth() const { return config_.max_train_hops; }
  /// Number of windows that hold every held-out question, and every fact, once.
  [[nodiscard]] Index num_evaluation_sequences() const { return num_windows_; }
  /// The text of a token: "e3", "r1", "-" for a blank.
  [[nodiscard]] std::string token_name(Token token) const {
    if (token == 0) return "-";
    return token <= config_.num_entities ? "e" + to_text(Index{token - 1})
                                         : "r" + to_text(token - 1 - config_.num_entities);
  }

  /// Number of different questions of `hops` hops in a split, ood ones not counted; the facts (1
  /// hop) are in every split.
  [[nodiscard]] Index num_questions(Split split, Index hops) const {
    if (hops == 1) return config_.num_facts();
    if (split != Split::train) return config_.held_out_walks;
    return hops > config_.max_train_hops
               ? 0
               : std::ssize(walks_[at(hops - 1)]) - 2 * config_.held_out_walks;
  }
  /// Whether training uses this fact only as a fact and at the first hop of a walk.
  [[nodiscard]] bool is_uncomposed(Index entity, Index relation) const {
    return has_uncomposed() && uncomposed_[fact(entity, relation)];
  }

  /// The maximum hops of questions in training window `index`.
  [[nodiscard]] Index trained_hops(Index index) const {
    if (config_.windows_per_stage == 0) return config_.max_train_hops;
    return config_.first_hops +
           std::min(index / config_.windows_per_stage, config_.max_train_hops - config_.first_hops);
  }

  /// Fills window `index` of a split. Training: every question of the split with up to
  /// trained_hops(index) hops is equally likely at every position. Held out: every question once,
  /// slice by slice; then blank windows.
  void sample(Seed seed, Split split, Index index, Window window) const;

  /// Accuracy of the best predictor without the ability in question.
  ///
  /// Of k hops: one that knows all facts, but not which of them are uncomposed, and sees only a part
  /// of the question; exact over all walks. Hiding one token suffices, because more of the question
  /// never hurts:
  ///
  ///   start hidden:      the relations compose to a permutation, so all answers are equally
  ///                      likely: 1/E, for any number of visible relations
  ///   relation i hidden: the hops before and after it are permutations too, so it remains to guess
  ///                      p_r(x) for a uniform x: mean over x of max_y |{r: p_r(x) = y}| / R,
  ///                      which is at least 1/R: that of a model that stops one hop short
  ///
  /// The floor is the larger of the two, the same for every number of hops. An ood slice has a third
  /// one: at later hops, the predictor knows the composed facts only, but also that relations are
  /// permutations. Where relation r has u_r uncomposed facts, it guesses among the u_r entities that
  /// r leads to by none of the others: 1/u_r, or, with every uncomposed fact counted equally,
  /// |{r: u_r > 0}| / sum_r u_r. That is exact for 2 hops; longer walks do not have all of these
  /// facts equally often.
  [[nodiscard]] double slice_floor(Index slice) const {
    return std::max(partial_question_floor(), is_ood(slice) ? elimination_floor() : 0);
  }

 private:
  [[nodiscard]] static std::size_t at(Index i) { return static_cast<std::size_t>(i); }
  [[nodiscard]] std::size_t fact(Index entity, Index relation) const {
    return at(relation * config_.num_entities + entity);
  }
  [[nodiscard]] Token tail(Index entity, Index relation) const {
    return tails_[fact(entity, relation)];
  }
  [[nodiscard]] bool has_uncomposed() const { return config_.uncomposed_share > 0; }
  [[nodiscard]] Index questions_per_window(Index hops) const {
    return config_.sequence_length / (hops + 1);
  }
  /// Number of questions of a slice in an evaluation.
  [[nodiscard]] Index num_held_out(Index slice) const {
    return slice == 0 ? config_.num_facts() : config_.held_out_walks;
  }

  void draw_facts();
  void draw_walks(Index hops);
  template <class Visit>
  Index follow(Index hops, Index number, const Visit& visit) const;
  [[nodiscard]] Index num_uncomposed_after_first(Index hops, Index number) const;
  [[nodiscard]] Index draw_hops(RandomStream& stream, Index trained) const;
  void write_walk(Index slice, Index index, QuestionWindow& questions) const;
  [[nodiscard]] double partial_question_floor() const;
  [[nodiscard]] double elimination_floor() const;

  PermutationRelationsConfig config_;
  std::vector<Token> tails_;               // [relation, entity]
  std::vector<bool> uncomposed_;           // [relation, entity]; empty: none
  std::vector<std::vector<Index>> walks_;  // by slice: numbers of the walks in use, in order
  std::vector<Index> first_window_;        // by slice: of an evaluation
  Index num_windows_ = 0;
};

inline void PermutationRelations::draw_facts() {
  for (Index relation = 0; relation < config_.num_relations; ++relation) {
    const RandomPermutation to(config_.num_entities,
                               data_stream(config_, "permutation_relations/facts", relation));
    for (Index entity = 0; entity < config_.num_entities; ++entity)
      tails_.push_back(static_cast<Token>(to(entity)));
  }
  if (!has_uncomposed()) return;
  uncomposed_.resize(tails_.size());
  const RandomPermutation order(config_.num_facts(),
                                data_stream(config_, "permutation_relations/uncomposed"));
  for (Index i = 0; i < config_.num_uncomposed(); ++i) uncomposed_[at(order(i))] = true;
}

/// Draws the walks of `hops` hops that are used: validation, test, training, and those of the ood
/// slice, each in the random order of all walks.
inline void PermutationRelations::draw_walks(Index hops) {
  constexpr Index kMaxDraws = 1000;  // per walk in use: rarer kinds would take too long to find
  const Index held_out = hops == 1 ? 0 : 2 * config_.held_out_walks;
  const bool trained = hops <= config_.max_train_hops;
  const bool has_ood = has_uncomposed() && trained && hops > 1;
  const Index all = config_.num_walks(hops), num_ood = has_ood ? held_out : 0;
  const Index wanted = hops == 1 ? all : held_out + (trained ? config_.train_walks : 0);
  const Index draws = std::min(all, kMaxDraws * (wanted + num_ood));
  const RandomPermutation order(all, data_stream(config_, "permutation_relations/walks", hops));
  std::vector<Index>& ordinary = walks_[at(hops - 1)];
  std::vector<Index> ood;
  for (Index i = 0; i < draws; ++i) {
    if (std::ssize(ordinary) >= wanted && std::ssize(ood) >= num_ood) break;
    const Index number = order(i), uncomposed = num_uncomposed_after_first(hops, number);
    if (uncomposed == 0 && std::ssize(ordinary) < wanted) ordinary.push_back(number);
    if (uncomposed == 1 && std::ssize(ood) < num_ood) ood.push_back(number);
  }
  // Training may have fewer walks than wanted, all that are left, but at least one.
  const Index least = draws == all ? held_out + (trained ? 1 : 0) : wanted;
  require<ConfigError>(std::ssize(ordinary) >= least && std::ssize(ood) >= num_ood,
                       "permutation_relations: of ", draws, " random walks of ", hops, " hops ",
                       ordinary.size(), " have no and ", ood.size(),
                       " have one uncomposed fact after the first hop, expected ", least, " and ",
                       num_ood, " or more; uncomposed_share is ", config_.uncomposed_share);
  if (has_ood) walks_[at(config_.max_hops + hops - 2)] = std::move(ood);
}

inline void PermutationRelations::sample(Seed seed, Split split, Index index, Window window) const {
  QuestionWindow questions(window);
  const Index held_out = config_.held_out_walks;
  if (split == Split::train) {
    RandomStream draw = split_stream(seed, kName, split, index);
    const Index hops = draw_hops(draw, trained_hops(index));
    const Index first = hops == 1 ? 0 : 2 * held_out;
    for (Index i = questions_per_window(hops); i > 0; --i)
      write_walk(hops - 1, first + draw.below(num_questions(Split::train, hops)), questions);
    return;
  }
  if (index >= num_windows_) return;
  const Index slice = std::ranges::upper_bound(first_window_, index) - first_window_.begin() - 1;
  const Index per_window = questions_per_window(slice_hops(slice));
  const Index begin = (index - first_window_[at(slice)]) * per_window;
  const Index end = std::min(begin + per_window, num_held_out(slice));
  const Index first = slice > 0 && split == Split::test ? held_out : 0;
  for (Index i = begin; i < end; ++i) write_walk(slice, first + i, questions);
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

/// Follows walk `number` of `hops` hops: calls visit(hop, entity, relation) for hop = 1 ... hops and
/// returns the last entity. Start and relations are the digits of the number; relations beyond 2^62
/// walks are drawn with it as index.
template <class Visit>
Index PermutationRelations::follow(Index hops, Index number, const Visit& visit) const {
  std::optional<RandomStream> beyond;
  Index entity = number % config_.num_entities, rest = number / config_.num_entities;
  Index digits = config_.num_walks(hops) / config_.num_entities;
  for (Index hop = 1; hop <= hops; ++hop) {
    Index relation = rest % config_.num_relations;
    if (digits == 1) {
      if (!beyond) beyond = data_stream(config_, "permutation_relations/beyond", number);
      relation = beyond->below(config_.num_relations);
    } else {
      rest /= config_.num_relations;
      digits /= config_.num_relations;
    }
    visit(hop, entity, relation);
    entity = tail(entity, relation);
  }
  return entity;
}

inline Index PermutationRelations::num_uncomposed_after_first(Index hops, Index number) const {
  Index count = 0;
  if (has_uncomposed())
    follow(hops, number, [&](Index hop, Index entity, Index relation) {
      count += hop > 1 && is_uncomposed(entity, relation);
    });
  return count;
}

/// Writes walk `index` of a slice.
inline void PermutationRelations::write_walk(Index slice, Index index,
                                             QuestionWindow& questions) const {
  std::array<Token, 1001> question;
  const Index hops = slice_hops(slice);
  const Index end =
      follow(hops, walks_[at(slice)][at(index)], [&](Index hop, Index entity, Index relation) {
        if (hop == 1) question[0] = static_cast<Token>(1 + entity);
        question[at(hop)] = static_cast<Token>(1 + config_.num_entities + relation);
      });
  questions.write(std::span(question).first(at(hops + 1)), static_cast<Token>(1 + end),
                  static_cast<Token>(slice));
}

inline double PermutationRelations::partial_question_floor() const {
  Index hits = 0;
  std::vector<Index> count(at(config_.num_entities));
  for (Index entity = 0; entity < config_.num_entities; ++entity) {
    std::ranges::fill(count, 0);
    Index most = 0;
    for (Index relation = 0; relation < config_.num_relations; ++relation)
      most = std::max(most, ++count[at(tail(entity, relation))]);
    hits += most;
  }
  const auto entities = static_cast<double>(config_.num_entities);
  return std::max(1 / entities, static_cast<double>(hits) / entities /
                                    static_cast<double>(config_.num_relations));
}

inline double PermutationRelations::elimination_floor() const {
  Index relations = 0;
  for (Index relation = 0; relation < config_.num_relations; ++relation) {
    const auto first = uncomposed_.begin() + static_cast<std::ptrdiff_t>(fact(0, relation));
    relations +=
        std::find(first, first + config_.num_entities, true) != first + config_.num_entities;
  }
  return static_cast<double>(relations) / static_cast<double>(config_.num_uncomposed());
}

static_assert(Task<PermutationRelations>);

}  // namespace looplab

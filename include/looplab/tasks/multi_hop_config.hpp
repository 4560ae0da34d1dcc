// SPDX-License-Identifier: MIT
//
// Configuration of `multi_hop_facts.hpp`: the graph, the questions, their splits, and which sizes
// fit together.
//
// Source: arXiv:2510.25741, section 6.2 and appendix B.3. Its sizes are num_layers = 5,
//         people_per_layer = 100, num_relations = 20, min_hops = max_hops = 3, start_layers = 1,
//         test_share = 0.00375 (3,000 of 800,000 questions), prompt = sentence; train_share is
//         swept from 0.025 to 0.25. The paper does not state whether facts are in the mix.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "looplab/core/config.hpp"

namespace looplab {

/// brief: "r2 r1 a7 ?"; sentence: "who is the r2 of the r1 of a7 ? answer:".
enum class PromptForm { brief, sentence };
[[nodiscard]] constexpr auto enum_names(PromptForm) {
  return std::array<std::string_view, 2>{"brief", "sentence"};
}

/// Configuration of the task. The defaults are the sizes of a small first experiment, not the
/// paper's.
struct MultiHopFactsConfig {
  Index num_layers = 5;
  Index people_per_layer = 20;
  Index num_relations = 8;
  bool permutations = false;
  Index min_hops = 2;
  Index max_hops = 3;
  Index start_layers = 1;
  bool atomic_facts = true;
  double train_share = 0.5;
  double validation_share = 0.1;
  double test_share = 0.1;
  std::vector<Index> mix = {};
  Index curriculum_windows = 0;
  PromptForm prompt = PromptForm::brief;
  Index name_tokens = 1;
  Index sequence_length = 60;
  Index data_seed = 1;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"num_layers", "K, number of layers of people", 2, 1024}, self.num_layers);
    visit(Field{"people_per_layer", "n, number of people per layer", 2, 1 << 20},
          self.people_per_layer);
    visit(Field{"num_relations", "R, number of relations of every person", 2, 1 << 16},
          self.num_relations);
    visit(Field{"permutations", "whether every relation maps the people of a layer one to one"},
          self.permutations);
    visit(Field{"min_hops", "minimum hops of a question", 1, 1024}, self.min_hops);
    visit(Field{"max_hops", "maximum hops of a question", 1, 1024}, self.max_hops);
    visit(
        Field{"start_layers", "number of layers, from the first, that questions start in", 1, 1024},
        self.start_layers);
    visit(Field{"atomic_facts", "whether training includes all single facts of all layers"},
          self.atomic_facts);
    visit(Field{"train_share", "fraction of the questions of each number of hops used in training",
                0, 1},
          self.train_share);
    visit(Field{"validation_share", "fraction of questions held out for validation", 0, 1},
          self.validation_share);
    visit(Field{"test_share", "fraction of questions held out for the test", 0, 1},
          self.test_share);
    visit(Field{"mix", "weights of the numbers of hops in training; empty: equal", 1, 1e6},
          self.mix);
    visit(
        Field{"curriculum_windows",
              "training windows until the largest number of hops joins the mix; 0: from the start",
              0, 1e12},
        self.curriculum_windows);
    visit(Field{"prompt", "form of the questions: brief or sentence"}, self.prompt);
    visit(Field{"name_tokens", "tokens of a person's name, in questions and answers", 1, 16},
          self.name_tokens);
    visit(Field{"sequence_length", "positions of a window", 1, 1 << 20}, self.sequence_length);
    visit(Field{"data_seed", "seed of the graph and its splits; equal for all seeds of a run", 0,
                0x1p53},
          self.data_seed);
  }

  /// The numbers of hops in training and test, ascending: 1 if there are atomic facts, then
  /// min_hops ... max_hops.
  [[nodiscard]] std::vector<Index> hops() const {
    std::vector<Index> result;
    if (atomic_facts) result.push_back(1);
    for (Index hops = std::max<Index>(min_hops, atomic_facts ? 2 : 1); hops <= max_hops; ++hops)
      result.push_back(hops);
    return result;
  }
  /// Whether questions with this number of hops are facts, all trained, so that none is held out.
  [[nodiscard]] bool are_facts(Index hops) const { return atomic_facts && hops == 1; }
  /// Number of people, those of the first layers, that questions with this number of hops start
  /// from.
  [[nodiscard]] Index num_starts(Index hops) const {
    const Index layers = num_layers - hops;
    return people_per_layer * (are_facts(hops) ? layers : std::min(start_layers, layers));
  }
  /// Starts times R^hops, as a double because it may be very large.
  [[nodiscard]] double num_questions(Index hops) const {
    double count = static_cast<double>(num_starts(hops));
    for (Index i = 0; i < hops; ++i) count *= static_cast<double>(num_relations);
    return count;
  }
  /// Number of questions in a fraction of `count`, rounded down.
  [[nodiscard]] static Index share_of(Index count, double share) {
    constexpr double kRounding = 1e-9;  // 0.29 * 100 is slightly below 29
    return static_cast<Index>(share * static_cast<double>(count) + kRounding);
  }
  /// Positions of a question and its answer, without the answer's last token, which is a target
  /// only.
  [[nodiscard]] Index document_length(Index hops) const {
    return (prompt == PromptForm::brief ? hops + 2 : 3 * hops + 5) + 2 * (name_tokens - 1);
  }
  /// b, the values of each token of a name: the smallest number with b^name_tokens of at least
  /// people_per_layer.
  [[nodiscard]] Index name_base() const {
    if (name_tokens == 1) return people_per_layer;
    const auto names = [&](Index base) {
      Index count = 1;
      for (Index i = 0; i < name_tokens && count < people_per_layer; ++i) count *= base;
      return count;
    };
    Index base = 1;
    while (names(base) < people_per_layer) ++base;
    return base;
  }

  static constexpr double kMaxQuestions = 1e8;

  /// \throws ConfigError naming every problem.
  void validate() const {
    Problems problems;
    check_ranges(*this, problems);
    problems.check(min_hops <= max_hops, "min_hops ", min_hops, " exceeds max_hops ", max_hops);
    problems.check(max_hops < num_layers, "max_hops ", max_hops, " needs num_layers ", max_hops + 1,
                   " or more, given ", num_layers);
    problems.check(start_layers < num_layers, "start_layers ", start_layers,
                   " leaves no layer to hop to, expected at most ", num_layers - 1);
    problems.check(train_share + validation_share + test_share <= 1 + 1e-9, "train_share ",
                   train_share, ", validation_share ", validation_share, " and test_share ",
                   test_share, " add up to more than 1");
    problems.check(sequence_length >= document_length(max_hops), "sequence_length ",
                   sequence_length, " is shorter than a question of ", max_hops,
                   " hops, which takes ", document_length(max_hops));
    problems.throw_if_any("multi_hop_facts");  // sizes in range: they may be multiplied below
    for (Index hops : this->hops()) check_splits(hops, problems);
    problems.check(mix.empty() || mix.size() == hops().size(), "mix has ", mix.size(),
                   " weights, expected ", hops().size(), ", one per number of hops");
    problems.throw_if_any("multi_hop_facts");
  }

 private:
  void check_splits(Index hops, Problems& problems) const {
    const double count = num_questions(hops);
    problems.check(count <= kMaxQuestions, "there are ", count, " questions of ", hops,
                   " hops, expected at most ", kMaxQuestions);
    if (count > kMaxQuestions || are_facts(hops)) return;
    const auto check_share = [&](std::string_view field, double share) {
      problems.check(share_of(static_cast<Index>(count), share) >= 1, field, ' ', share,
                     " leaves an empty set: there are ", count, " questions of ", hops, " hops");
    };
    check_share("train_share", train_share);
    check_share("validation_share", validation_share);
    check_share("test_share", test_share);
  }
};

}  // namespace looplab

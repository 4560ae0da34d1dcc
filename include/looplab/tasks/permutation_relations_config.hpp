// SPDX-License-Identifier: MIT
//
// Configuration of `permutation_relations.hpp`: the graph, the walks and their splits, and which
// sizes fit together.
//
// Source: Kohli et al. 2026, arXiv:2604.07822 (theirs: 200 entities, 10 relations, 15,000 training
//         and 750 test walks for each of 2 ... 40 hops; a stage ends at 95 % held-out accuracy,
//         here after a fixed number of windows, so that a window does not depend on the model).
#pragma once

#include <cmath>

#include "looplab/core/config.hpp"
#include "looplab/tasks/detail/random_permutation.hpp"

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
  double uncomposed_share = 0;
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
    visit(Field{"uncomposed_share",
                "fraction of facts that training uses only as facts and at the first hop", 0, 1},
          self.uncomposed_share);
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

  [[nodiscard]] Index num_facts() const { return num_entities * num_relations; }
  [[nodiscard]] Index num_uncomposed() const {
    return std::llround(uncomposed_share * static_cast<double>(num_facts()));
  }
  /// Number of walks of 2 hops whose second fact is uncomposed: every entity is reached by each
  /// relation once.
  [[nodiscard]] Index num_ood_pairs() const { return num_uncomposed() * num_relations; }

  /// \throws ConfigError naming every problem that can be found without drawing the graph.
  void validate() const {
    Problems problems;
    check_ranges(*this, problems);
    problems.check(max_train_hops <= max_hops, "max_train_hops ", max_train_hops,
                   " exceeds max_hops ", max_hops);
    problems.check(first_hops <= max_train_hops, "first_hops ", first_hops,
                   " exceeds max_train_hops ", max_train_hops);
    problems.check(max_hops < sequence_length, "a question of max_hops ", max_hops, " needs ",
                   max_hops + 1, " positions, sequence_length is ", sequence_length);
    problems.throw_if_any("permutation_relations");  // sizes in range: they may be multiplied below
    const Index pairs = num_walks(2) - num_ood_pairs();
    problems.check(max_hops < 2 || pairs > 2 * held_out_walks, "there are ", pairs,
                   " walks of 2 hops", num_uncomposed() > 0 ? " whose second fact is composed" : "",
                   ", expected more than the ", 2 * held_out_walks,
                   " held out, so that some are left for training");
    if (uncomposed_share > 0) check_uncomposed(problems);
    problems.throw_if_any("permutation_relations");
  }

 private:
  void check_uncomposed(Problems& problems) const {
    problems.check(max_train_hops >= 2, "uncomposed_share ", uncomposed_share,
                   " needs max_train_hops 2 or more, given ", max_train_hops);
    problems.check(num_ood_pairs() >= 2 * held_out_walks, "uncomposed_share ", uncomposed_share,
                   " makes ", num_uncomposed(), " of ", num_facts(),
                   " facts uncomposed, which are second in ", num_ood_pairs(),
                   " walks of 2 hops, expected ", 2 * held_out_walks,
                   " or more for validation and test");
  }
};

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// Deep supervision: the cross-entropies after all R loops, by fixed weights w_t (none given: 1).
//
//   L = sum over the scored rows of  sum_t w_t l_t / sum_t w_t
#pragma once

#include <algorithm>
#include <vector>

#include "looplab/train/objectives/objective.hpp"

namespace looplab {

struct EveryLoop {
  static constexpr ObjectiveName kName{"every_loop", 1};
  std::vector<Index> weights = {};  // [R]; empty: equal

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"loop_weights",
                "weights of the loops' losses for every, such as 1,1,2,4; empty: equal", 0, 1e6},
          self.weights);
  }
  void check(Problems& problems) const {
    problems.check(weights.empty() || std::ranges::max(weights) > 0, "loop_weights is ",
                   to_text(weights), ", expected one above 0");
  }

  /// \throws ConfigError if there are weights, but not one for each loop
  template <PerLoopModel M>
  [[nodiscard]] auto operator()(const ScoredWindows<M>& windows) const {
    using S = typename M::Scalar;
    Variable<S> loss;
    Index count = 0, total = 0;
    windows.for_each_loop([&](Index r, Variable<S> state) {
      count = r + 1;
      if (!weights.empty() && count > std::ssize(weights)) return;
      const Index weight = weights.empty() ? 1 : weights[static_cast<std::size_t>(r)];
      Variable<S> own = windows.loss(state).loss;
      if (weight != 1) own = scale(windows.tape(), static_cast<S>(weight), own);
      loss = r > 0 ? add(windows.tape(), loss, own) : own;
      total += weight;
    });
    require<ConfigError>(weights.empty() || count == std::ssize(weights), "loop_weights has ",
                         weights.size(), " numbers, expected one for each of ", count, " loops");
    return scale(windows.tape(), S{1} / static_cast<S>(total), loss);
  }
};

}  // namespace looplab

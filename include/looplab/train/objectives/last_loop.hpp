// SPDX-License-Identifier: MIT
//
// The usual objective: the cross-entropy after the last loop.
//
//   L = sum over the scored rows of l_R
#pragma once

#include "looplab/train/objectives/objective.hpp"

namespace looplab {

struct LastLoop {
  static constexpr ObjectiveName kName{"last_loop", 1};

  template <TokenModel M>
  [[nodiscard]] auto operator()(const ScoredWindows<M>& windows) const {
    return windows.loss(windows.last_state()).loss;
  }
};

}  // namespace looplab

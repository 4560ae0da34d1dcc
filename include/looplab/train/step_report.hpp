// SPDX-License-Identifier: MIT
//
// What one training step did: for callbacks, progress bars and the log.
#pragma once

#include "looplab/core/config.hpp"

namespace looplab {

struct StepReport {
  Index step = 0;       // steps done
  Index num_steps = 0;  // steps when the training is done; not in the log
  double loss = 0;      // mean over the scored targets before the update, nats
  double learning_rate = 0;
  double gradient_norm = 0;  // before clipping
  double tokens_per_second = 0;

  /// The fields of a log record, in its order.
  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"step", "steps done"}, self.step);
    visit(Field{"loss", "mean loss of the scored targets before the update, nats"}, self.loss);
    visit(Field{"learning_rate", "learning rate of the step"}, self.learning_rate);
    visit(Field{"gradient_norm", "norm of the gradient before clipping"}, self.gradient_norm);
    visit(Field{"tokens_per_second", "training tokens per second"}, self.tokens_per_second);
  }
};

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// How a model is trained, whatever the objective (train/objectives/).
#pragma once

#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include "looplab/core/config.hpp"

namespace looplab {

/// Course of the learning rate after warm-up: constant; linear to 0; cosine to a tenth; constant,
/// then linear to 0 over the last fifth.
enum class Schedule { constant, linear, cosine, stable_decay };
/// all: every target is scored; answers: only positions that belong to a slice of the task.
enum class LossOn { all, answers };

[[nodiscard]] constexpr auto enum_names(Schedule) {
  return std::array<std::string_view, 4>{"constant", "linear", "cosine", "stable_decay"};
}
[[nodiscard]] constexpr auto enum_names(LossOn) {
  return std::array<std::string_view, 2>{"all", "answers"};
}

struct TrainerConfig {
  Index num_steps = 1000;
  Index batch_size = 64;  // windows
  double learning_rate = 1e-3;
  Schedule schedule = Schedule::cosine;
  Index warmup_steps = 0;
  double repeat_tail = 0;
  double weight_decay = 0.1;
  double beta1 = 0.9;
  double beta2 = 0.98;
  double epsilon = 1e-8;
  double clip_norm = 1;
  LossOn loss_on = LossOn::all;
  double label_smoothing = 0;
  Index num_loops = 0;
  std::vector<Index> random_loops = {};
  Index chunk_tokens = 256;
  Index num_gradient_slots = 16;
  Index seed = 1;
  // The fields below never change a result.
  Index num_threads = 0;
  Index log_every = 50;
  Index checkpoint_every = 500;
  double checkpoint_seconds = 30;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    for_each_result_field(self, visit);
    visit(Field{"num_threads", "number of threads, which never changes a result; 0: all", 0, 4096},
          self.num_threads);
    visit(Field{"log_every", "number of steps between log records", 1, 1e9}, self.log_every);
    visit(Field{"checkpoint_every", "number of steps between checkpoints", 1, 1e9},
          self.checkpoint_every);
    visit(Field{"checkpoint_seconds", "maximum seconds between checkpoints; 0: no maximum", 0, 1e9},
          self.checkpoint_seconds);
  }

  /// The fields that a result depends on; a checkpoint must agree with them to be continued.
  template <class Self, class Visit>
  static void for_each_result_field(Self& self, Visit&& visit) {
    visit(Field{"num_steps", "number of optimizer steps of the schedule", 0, 1e9}, self.num_steps);
    visit(Field{"batch_size", "windows per step", 1, 1e6}, self.batch_size);
    visit(Field{"learning_rate", "peak learning rate", 0, 10}, self.learning_rate);
    visit(Field{"schedule",
                "decay of the learning rate: constant, linear (to 0), cosine (to a tenth) or "
                "stable_decay (constant, then linear to 0 over the last fifth)"},
          self.schedule);
    visit(Field{"warmup_steps", "number of steps of linear warm-up", 0, 1e9}, self.warmup_steps);
    visit(Field{"repeat_tail",
                "share of num_steps, from its end, that is repeated after it at half the rate; 0: "
                "none",
                0, 1},
          self.repeat_tail);
    visit(Field{"weight_decay", "decoupled weight decay, of matrices only", 0, 10},
          self.weight_decay);
    visit(Field{"beta1", "AdamW: decay of the first moment", 0, 0.999999}, self.beta1);
    visit(Field{"beta2", "AdamW: decay of the second moment", 0, 0.9999999}, self.beta2);
    visit(Field{"epsilon", "AdamW: added to the root of the second moment", 1e-16, 1},
          self.epsilon);
    visit(Field{"clip_norm", "largest gradient norm; 0: no clipping", 0, 1e9}, self.clip_norm);
    visit(Field{"loss_on", "all targets or answers only"}, self.loss_on);
    visit(Field{"label_smoothing", "share of the target spread over all classes", 0, 0.99},
          self.label_smoothing);
    visit(Field{"num_loops", "number of loops in training; 0: the model's", 0, 4096},
          self.num_loops);
    visit(Field{"random_loops",
                "mean, minimum, maximum of a Poisson number of loops per step; empty: fixed", 1,
                4096},
          self.random_loops);
    visit(Field{"chunk_tokens", "tokens per forward and backward pass", 1, 1 << 20},
          self.chunk_tokens);
    visit(Field{"num_gradient_slots", "number of gradient sums, reduced in a fixed tree", 1, 4096},
          self.num_gradient_slots);
    visit(Field{"seed", "seed of the run: initial values and order of the data", 0, 9e15},
          self.seed);
  }

  /// The last steps of the schedule that are repeated: repeat_tail of num_steps, rounded.
  [[nodiscard]] Index tail_steps() const {
    return std::llround(repeat_tail * static_cast<double>(num_steps));
  }
  /// All optimizer steps: those of the schedule, then those of its repeated tail.
  [[nodiscard]] Index total_steps() const { return num_steps + tail_steps(); }

  /// Notes everything but values out of range.
  void check(Problems& problems) const {
    problems.check(warmup_steps <= num_steps, "warmup_steps ", warmup_steps, " exceeds num_steps ",
                   num_steps);
    problems.check(repeat_tail == 0 || warmup_steps + tail_steps() <= num_steps, "repeat_tail ",
                   repeat_tail, " repeats the last ", tail_steps(), " of ", num_steps,
                   " steps, expected at most the ", num_steps - warmup_steps, " after warm-up");
    problems.check(
        random_loops.empty() || (random_loops.size() == 3 && random_loops[1] <= random_loops[2]),
        "random_loops is ", to_text(random_loops), ", expected three numbers: mean, least, most");
  }
  /// \throws ConfigError naming every problem
  void validate() const {
    Problems problems;
    check_ranges(*this, problems);
    check(problems);
    problems.throw_if_any("train");
  }
};

/// The part of a TrainerConfig a result depends on, as a configuration of its own.
struct ResultFields : TrainerConfig {
  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    for_each_result_field(self, visit);
  }
};

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// Everything that determines the bits of one run.
//
//   [task]        kind = any of `looplab tasks`, and the fields of its configuration
//   [model]       preset = standard | gpt2_rope | ouro, and the fields of LoopedTransformerConfig
//   [train]       fields of TrainSettings
//   [evaluation]  fields of RunEvaluationSettings
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/lab/config/train_settings.hpp"
#include "looplab/lab/registry/models/own_model.hpp"
#include "looplab/lab/registry/task_registry.hpp"
#include "looplab/models/looped_transformer_config.hpp"

namespace looplab::lab {

/// The defaults of the model's fields.
enum class ModelPreset { standard, gpt2_rope, ouro };
[[nodiscard]] constexpr auto enum_names(ModelPreset) {
  return std::array<std::string_view, 3>{"standard", "gpt2_rope", "ouro"};
}

/// How a trained model is evaluated.
struct RunEvaluationSettings {
  Index num_sequences = 0;
  Index num_loops = 0;
  Split split = Split::test;  // hyperparameters use validation windows, see lab/commands/tune.hpp
  std::vector<Index> test_loops;
  Index curve_points = 0;
  Index curve_sequences = 0;
  std::vector<Index> exit_quantiles, exit_loops;
  Index probe_sequences = 0;
  Index decode_sequences = 0;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"num_sequences", "windows of the evaluation; 0: the task's evaluation set", 0, 1e9},
          self.num_sequences);
    visit(Field{"num_loops", "loops at test time; 0: the model's", 0, 4096}, self.num_loops);
    visit(Field{"split", "split to evaluate: train, validation or test"}, self.split);
    visit(Field{"test_loops", "numbers of loops to evaluate in addition, such as 1,2,4,8", 1, 4096},
          self.test_loops);
    visit(Field{"curve_points", "evaluations during training, at equally spaced steps; 0: none", 0,
                1e4},
          self.curve_points);
    visit(Field{"curve_sequences", "windows of each evaluation during training; 0: num_sequences",
                0, 1e9},
          self.curve_sequences);
    visit(Field{"exit_quantiles",
                "percent of cumulative exit probability at which rows exit, evaluated in addition, "
                "such as 50,90",
                0, 100},
          self.exit_quantiles);
    visit(Field{"exit_loops", "mean loops at which early-exit rules are compared, such as 2,3", 1,
                4096},
          self.exit_loops);
    visit(
        Field{"probe_sequences",
              "windows to fit linear probes to, and as many to evaluate them on; 0: none", 0, 1e9},
        self.probe_sequences);
    visit(Field{"decode_sequences",
                "windows whose answers are generated with every sharing of the decoder's cache; 0: "
                "none",
                0, 1e9},
          self.decode_sequences);
  }
};

/// The numbers of loops R of a run. `num_loops` of [train] is that of [model] if it is 0,
/// and that of [evaluation] for the trained one.
struct RunLoops {
  Index trained = 0;    // in training, unless train.random_loops draws it for each step
  Index evaluated = 0;  // in the run's own evaluation; evaluation.test_loops come on top
};

/// One run: task, model, training, evaluation. The seed is `train.seed`. `task` to `evaluation`
/// hold the values as given, of which the run's name is made; `resolve_run` computes `loops` from
/// them.
struct RunConfig {
  AnyTaskConfig task = default_task_config("k_hop_induction");
  ModelPreset preset = ModelPreset::standard;
  LoopedTransformerConfig model;
  OwnModel own_model = {};  // of model.kind; takes the place of `model`, which keeps its loops
  std::string model_kind = kLoopedTransformerKind, objective_kind = {};
  TrainSettings train;
  RunEvaluationSettings evaluation;
  RunLoops loops = {};
};

/// The same model with `num_loops` loops.
[[nodiscard]] inline LoopedTransformerConfig with_loops(LoopedTransformerConfig model,
                                                        Index num_loops) {
  model.num_loops = num_loops;
  model.max_loops = std::max(model.max_loops, num_loops);
  model.backprop_loops = std::min(model.backprop_loops, num_loops);
  return model;
}

/// The model of a run, with the loops that it is trained with.
[[nodiscard]] inline LoopedTransformerConfig trained_model(const RunConfig& config) {
  return with_loops(config.model, config.loops.trained);
}

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// Everything that determines the bits of one run, and the hash that names it.
//
//   [task]        kind = any of `looplab tasks`, and the fields of its configuration
//   [model]       preset = standard | gpt2_rope | ouro, and the fields of LoopedTransformerConfig
//   [train]       fields of TrainSettings
//   [evaluation]  fields of RunEvaluationSettings
#pragma once

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/io/config_json.hpp"
#include "looplab/lab/config/options.hpp"
#include "looplab/lab/config/train_settings.hpp"
#include "looplab/lab/registry/models/own_model.hpp"
#include "looplab/lab/registry/task_registry.hpp"
#include "looplab/models/looped_transformer_config.hpp"
#include "looplab/models/model_cost.hpp"
#include "looplab/train/loop_schedule.hpp"

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
  AnyTaskConfig task = AnyTaskConfig::of<KHopInduction>();
  ModelPreset preset = ModelPreset::standard;
  LoopedTransformerConfig model;
  OwnModel own_model = {};  // of model.kind; takes the place of `model`, which keeps its loops
  std::string model_kind = kLoopedTransformerKind, objective_kind = {};
  TrainSettings train;
  RunEvaluationSettings evaluation;
  RunLoops loops = {};
};

/// The keys of a run, bound to `config`.
[[nodiscard]] inline OptionSet run_options(RunConfig& config, std::string& kind) {
  OptionSet options;
  options.add("task", Field{"kind", "name of the task"}, kind);
  config.task.add_to(options);
  if (!own_models().empty())
    options.add("model", Field{"kind", "type of the model"}, config.model_kind);
  if (config.own_model) {
    config.own_model->bind(options);
  } else {
    options.add("model", Field{"preset", "defaults of the model's fields"}, config.preset);
    options.add("model", config.model);
  }
  options.add("train", config.train);
  OwnObjective& objective = config.train.objective.own;
  if (!own_objectives().empty())
    options.add("objective",
                Field{"kind", "name of the program's own objective; empty: train.loss_per_loop"},
                config.objective_kind);
  if (objective) objective->bind(options);
  return options.add("evaluation", config.evaluation);
}

/// The defaults of the task, model and objective that `settings` name; the other settings are not
/// read. \throws ConfigError naming an unknown one and the nearest
[[nodiscard]] inline RunConfig default_run(const Settings& settings) {
  RunConfig config;
  config.task = default_task_config(last_value(settings, "task.kind"));
  config.own_model = own_model(last_value(settings, "model.kind", kLoopedTransformerKind));
  const std::string objective = last_value(settings, "objective.kind");
  if (!objective.empty()) config.train.objective.own = own_objective(objective);
  return config;
}

/// All keys and values as an INI text.
[[nodiscard]] inline std::string to_ini(RunConfig config) {
  std::string kind = task_kind(config.task);
  return run_options(config, kind).ini();
}

using looplab::to_json;  // of described configurations; hidden by the overloads below

/// All values that a result depends on, as JSON: without the number of threads and the frequency of
/// logging.
[[nodiscard]] inline nlohmann::ordered_json to_json(const RunConfig& config) {
  nlohmann::ordered_json json;
  json["task"] = to_json(config.task);
  json["model"] = config.own_model ? config.own_model->json() : to_json(config.model);
  json["train"] = to_json(TrainResultFields{config.train});
  json["evaluation"] = to_json(config.evaluation);
  const OwnObjective& objective = config.train.objective.own;
  if (objective) json["objective"] = objective->json();
  return json;
}

/// The values that differ from the defaults in code.
[[nodiscard]] inline nlohmann::ordered_json changed_values(const RunConfig& config) {
  RunConfig standard;
  standard.task = default_task_config(task_kind(config.task));
  const nlohmann::ordered_json defaults = to_json(standard), all = to_json(config);
  nlohmann::ordered_json json;
  json["task"] = config.task.kind_json();
  for (const auto& [section, values] : all.items())
    for (const auto& [key, value] : values.items())
      if (!defaults.contains(section) || !defaults[section].contains(key) ||
          value != defaults[section][key])
        json[section][key] = value;
  return json;
}

/// Twelve hexadecimal digits that identify the content: all values that are not defaults. A new
/// field therefore leaves the names of older results unchanged; a changed default needs a new
/// `kResultsVersion`.
[[nodiscard]] inline std::string short_hash(const RunConfig& config) {
  return config_hash(changed_values(config)).substr(0, 12);
}

/// The defaults of a preset; `ouro` depends on the width, which `given` may hold.
[[nodiscard]] inline LoopedTransformerConfig preset_config(ModelPreset preset,
                                                           const LoopedTransformerConfig& given) {
  switch (preset) {
    case ModelPreset::gpt2_rope:
      return gpt2_rope();
    case ModelPreset::ouro:
      return ouro(given.d_model, given.num_heads);
    case ModelPreset::standard:
      break;
  }
  return {};
}

/// Records numbers of loops at test time that occur twice or exceed the loop-index table.
inline void check_loops(const RunConfig& config, Problems& problems) {
  std::vector<Index> loops = config.evaluation.test_loops;
  std::ranges::sort(loops);
  const auto twice = std::ranges::adjacent_find(loops);
  if (twice != loops.end()) problems.check(false, "test_loops has ", *twice, " twice");
  loops.push_back(config.loops.evaluated);
  const Index most = std::ranges::max(loops);
  problems.check(
      config.model.loop_embedding == LoopEmbedding::none || most <= config.model.max_loops, most,
      " loops at test time, but the model's loop-index table has ", config.model.max_loops,
      " rows (model.max_loops)");
}

/// Records requirements of the training that the model does not meet.
inline void check_training(const RunConfig& config, Problems& problems) {
  const TrainSettings& train = config.train;
  const ObjectiveSettings& objective = train.objective;
  problems.check(objective.loss_per_loop != LossPerLoop::gate || config.model.exit_gate,
                 "loss_per_loop is gate, but the model has none (model.exit_gate)");
  problems.check(objective.stage_two_steps == 0 || config.model.exit_gate,
                 "gate_stage_two_steps is ", objective.stage_two_steps,
                 ", but the model has no gate (model.exit_gate)");
  const Index loops = config.loops.trained;
  const std::vector<Index>& weights = objective.every.weights;
  problems.check(weights.empty() || std::ssize(weights) == loops, "loop_weights has ",
                 weights.size(), " numbers, expected one for each of ", loops, " loops");
  const bool asks_for_gate = config.model.exit_gate && !config.evaluation.exit_quantiles.empty();
  problems.check(
      (!asks_for_gate && config.evaluation.exit_loops.empty()) || config.model.num_coda_layers == 0,
      asks_for_gate ? "exit_quantiles" : "exit_loops", " is given, but the model has ",
      "num_coda_layers ", config.model.num_coda_layers, ", expected 0");
  const bool random = train.random_loops.size() == 3;
  const Index most = random ? train.random_loops[2] : loops;
  problems.check(
      config.model.loop_embedding == LoopEmbedding::none || most <= config.model.max_loops,
      random ? "random_loops goes up to " : "num_loops is ", most,
      ", but the model's loop-index table has ", config.model.max_loops, " rows (model.max_loops)");
}

/// Records every problem of a run, across its parts.
inline void check(const RunConfig& config, Index task_vocab_size, Problems& problems) {
  problems.collect([&] { config.model.validate(); });
  problems.collect([&] { config.train.validate(); });
  problems.add_within("model", [&](Problems& own) {
    if (config.own_model) config.own_model->check(own);
  });
  problems.add_within("objective", [&](Problems& own) {
    if (config.train.objective.own) config.train.objective.own->check(own);
  });
  problems.add_within("train", [&](Problems& own) { check_training(config, own); });
  problems.add_within("evaluation", [&](Problems& own) {
    check_ranges(config.evaluation, own);
    check_loops(config, own);
  });
  problems.check(config.model.vocab_size >= task_vocab_size, "model: vocab_size is ",
                 config.model.vocab_size, ", the task needs ", task_vocab_size, " or more");
}

/// Resolves the zeros among the given numbers of loops (contract 10, CONTRIBUTING.md).
[[nodiscard]] inline RunLoops resolve_loops(const RunConfig& config) {
  const Index trained =
      config.train.num_loops > 0 ? config.train.num_loops : config.model.num_loops;
  return {trained, config.evaluation.num_loops > 0 ? config.evaluation.num_loops : trained};
}

/// The run described by `settings`, with every zero that means "by rule" replaced by its number.
/// \throws ConfigError naming every problem.
[[nodiscard]] inline RunConfig resolve_run(const Settings& settings) {
  require<ConfigError>(!last_value(settings, "task.kind").empty(),
                       "task.kind is missing, expected one of ", joined(task_names()));
  RunConfig config = default_run(settings);
  std::string kind = task_kind(config.task);
  Problems first_pass;  // the second pass finds its problems again
  run_options(config, kind).apply(settings, first_pass);
  config.model = preset_config(config.preset, config.model);

  Problems problems;
  run_options(config, kind).apply(settings, problems);
  Index vocab_size = 1;
  problems.collect([&] { vocab_size = config.task.resolve().vocab_size(); });
  if (config.model.vocab_size == 0) config.model.vocab_size = vocab_size;
  if (config.own_model) {
    if (config.own_model->vocab_size() == 0) config.own_model->vocab_size() = vocab_size;
    config.model.num_loops = config.own_model->num_loops();
  }
  if (config.model.num_heads > 0) config.model = config.model.resolved();
  config.loops = resolve_loops(config);
  check(config, vocab_size, problems);
  problems.throw_if_any();
  return config;
}

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

/// Cost of one run: the model, and its training in FLOP.
struct RunCost {
  ModelCost model;
  double training_flop = 0;
};

/// The cost of a model that is trained with `num_loops` loops; includes coda and head of every loop
/// if the loss needs them.
[[nodiscard]] inline ModelCost trained_cost(const RunConfig& config, Index length,
                                            Index num_loops) {
  if (config.own_model) return config.own_model->cost(length, num_loops);
  ModelCost cost = model_cost(with_loops(config.model, num_loops), length);
  const LossPerLoop read = config.train.objective.loss_per_loop;
  if (read != LossPerLoop::last)  // head and coda of each loop but one
    cost.flop_per_token += cost.read_out_flop_per_token * static_cast<double>(num_loops - 1);
  return cost;
}

/// `model` is the cost with the model's own number of loops. Training counts the mean of random
/// numbers of loops, and a step of Stage II as a third of one: its forward pass.
[[nodiscard]] inline RunCost run_cost(const RunConfig& config) {
  const TrainSettings& train = config.train;
  const Index length = config.task.sequence_length();
  const auto cost_at = [&](Index loops) { return trained_cost(config, length, loops); };
  const ModelCost cost = cost_at(config.loops.trained);
  double flop = cost.flop_per_token;
  if (!train.random_loops.empty()) {  // linear in the number of loops
    const double mean = mean_training_loops(train);
    const auto below = static_cast<Index>(mean);
    const double at_below = cost_at(below).flop_per_token;
    flop = at_below +
           (mean - static_cast<double>(below)) * (cost_at(below + 1).flop_per_token - at_below);
  }
  const double steps = static_cast<double>(train.num_steps) +
                       static_cast<double>(train.objective.stage_two_steps) / 3;
  return {cost, flop * static_cast<double>(length * train.batch_size) * steps};
}

/// Mean exposures per person in training: number of biographies divided by number of people; 0 for
/// tasks without biographies.
[[nodiscard]] inline double exposures(const RunConfig& config) {
  return config.task.exposures(config.train.num_steps * config.train.batch_size);
}

}  // namespace looplab::lab

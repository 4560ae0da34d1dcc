// SPDX-License-Identifier: MIT
//
// From settings to a run: defaults and presets, values by rule, and every problem in one message.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "looplab/core/compiled.hpp"
#include "looplab/lab/config/run_options.hpp"
#include "looplab/lab/config/settings.hpp"

namespace looplab::lab {

/// The run described by `settings`, with every zero that means "by rule" replaced by its number.
/// \throws ConfigError naming every problem.
[[nodiscard]] RunConfig resolve_run(const Settings& settings);

/// The defaults of the task, model and objective that `settings` name; the other settings are not
/// read. \throws ConfigError naming an unknown one and the nearest
[[nodiscard]] RunConfig default_run(const Settings& settings);

#if LOOPLAB_DEFINES_LAB

[[nodiscard]] LOOPLAB_LAB_FUNCTION RunConfig default_run(const Settings& settings) {
  RunConfig config;
  config.task = default_task_config(last_value(settings, "task.kind"));
  config.own_model = own_model(last_value(settings, "model.kind", kLoopedTransformerKind));
  const std::string objective = last_value(settings, "objective.kind");
  if (!objective.empty()) config.train.objective.own = own_objective(objective);
  return config;
}

/// The defaults of a preset; `ouro` depends on the width, which `given` may hold.
[[nodiscard]] LOOPLAB_LAB_FUNCTION LoopedTransformerConfig
preset_config(ModelPreset preset, const LoopedTransformerConfig& given) {
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
LOOPLAB_LAB_FUNCTION void check_loops(const RunConfig& config, Problems& problems) {
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
LOOPLAB_LAB_FUNCTION void check_training(const RunConfig& config, Problems& problems) {
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

/// Records what keeps a model from generating answers, if answers are to be generated.
LOOPLAB_LAB_FUNCTION void check_decoding(const RunConfig& config, Problems& problems) {
  const Index windows = config.evaluation.decode_sequences;
  if (windows == 0) return;
  problems.check(!config.own_model, "decode_sequences is ", windows, ", but only a ",
                 kLoopedTransformerKind, " has a decoder (model.kind)");
  problems.check(config.model.attention_mask == AttentionMask::causal, "decode_sequences is ",
                 windows, ", but a decoder needs attention_mask = causal (model.attention_mask)");
}

/// Records every problem of a run, across its parts.
LOOPLAB_LAB_FUNCTION void check(const RunConfig& config, Index task_vocab_size,
                                Problems& problems) {
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
    check_decoding(config, own);
  });
  problems.check(config.model.vocab_size >= task_vocab_size, "model: vocab_size is ",
                 config.model.vocab_size, ", the task needs ", task_vocab_size, " or more");
}

/// Resolves the zeros among the given numbers of loops (contract 10, CONTRIBUTING.md).
[[nodiscard]] LOOPLAB_LAB_FUNCTION RunLoops resolve_loops(const RunConfig& config) {
  const Index trained =
      config.train.num_loops > 0 ? config.train.num_loops : config.model.num_loops;
  return {trained, config.evaluation.num_loops > 0 ? config.evaluation.num_loops : trained};
}

[[nodiscard]] LOOPLAB_LAB_FUNCTION RunConfig resolve_run(const Settings& settings) {
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

#endif

}  // namespace looplab::lab

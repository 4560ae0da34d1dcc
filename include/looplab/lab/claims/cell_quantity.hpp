// SPDX-License-Identifier: MIT
//
// Quantities of a cell that are known before it is run, for the x axis of figures.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/lab/config/run_config.hpp"
#include "looplab/lab/config/run_cost.hpp"
#include "looplab/lab/config/run_options.hpp"

namespace looplab::lab {

/// Quantities that are computed from a configuration; any other is one of its keys.
inline constexpr std::array<std::string_view, 6> kCellQuantities{
    "parameters", "parameters_without_embeddings", "effective_parameters", "training_flop", "steps",
    "exposures"};

/// Quantities that grow with training.
inline constexpr std::array<std::string_view, 3> kGrowingQuantities{"steps", "exposures",
                                                                    "training_flop"};

/// A value of "section.key" as it stands in an INI file, if there is one.
[[nodiscard]] inline std::optional<std::string> config_value(RunConfig config,
                                                             std::string_view key) {
  std::string kind = task_kind(config.task);
  return run_options(config, kind).value(key);
}

/// The quantity of a cell; empty if it is not a number of this configuration.
[[nodiscard]] inline std::optional<double> cell_quantity(const RunConfig& config,
                                                         const std::string& name) {
  if (name == "steps") return static_cast<double>(config.train.total_steps());
  if (name == "exposures") {
    const double shown = exposures(config);
    return shown > 0 ? std::optional(shown) : std::nullopt;
  }
  if (std::ranges::find(kCellQuantities, name) != kCellQuantities.end()) {
    const RunCost cost = run_cost(config);
    const ModelCost& model = cost.model;
    if (name == "training_flop") return cost.training_flop;
    return static_cast<double>(name == "parameters" ? model.unique_parameters
                               : name == "effective_parameters"
                                   ? model.effective_parameters
                                   : model.unique_parameters_without_embeddings);
  }
  double value = 0;
  const std::optional<std::string> text = config_value(config, name);
  return text && from_text(*text, value) ? std::optional(value) : std::nullopt;
}

/// "2 x 4": k distinct layers, applied R times in training.
[[nodiscard]] inline std::string shape_text(const RunConfig& config) {
  return concat(config.model.num_block_layers, " x ", config.loops.trained);
}

/// "2 layers, 4 loops", "1 layer, once".
[[nodiscard]] inline std::string shape_words(const RunConfig& config) {
  const Index layers = config.model.num_block_layers, loops = config.loops.trained;
  return concat(layers, layers == 1 ? " layer, " : " layers, ",
                loops == 1 ? "once" : concat(loops, " loops"));
}

/// A cell's label with its places filled: {shape} by `shape_words`, {model.d_model} and other keys
/// by their value, {exposures} and other quantities by their number. \throws ConfigError naming a
/// placeholder that is none
[[nodiscard]] inline std::string filled_label(std::string label, const RunConfig& config) {
  for (std::size_t at = label.find('{'); at != std::string::npos; at = label.find('{', at)) {
    const std::size_t end = label.find('}', at);
    const std::string name = label.substr(at + 1, std::min(end, label.size()) - at - 1);
    std::string value = shape_words(config);
    if (name != "shape") {
      const std::optional<std::string> text = config_value(config, name);
      const std::optional<double> number = text ? std::nullopt : cell_quantity(config, name);
      require<ConfigError>(end != std::string::npos && (text || number), "label \"", label,
                           "\" has the placeholder {", name,
                           "}, expected {shape}, a key such as {model.d_model}, or a quantity");
      value = text ? *text : to_text(static_cast<Index>(*number + 0.5));
    }
    label.replace(at, end + 1 - at, value);
    at += value.size();
  }
  return label;
}

}  // namespace looplab::lab

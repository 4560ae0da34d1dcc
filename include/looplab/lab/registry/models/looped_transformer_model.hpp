// SPDX-License-Identifier: MIT
//
// LoopedTransformer<float> as AnyModel.
//
// In a program that links the compiled part (LOOPLAB_COMPILED_LAB, set by its CMake target) the
// function is declared here and defined there; else it is compiled with this header.
#pragma once

#include <optional>

#include "looplab/lab/registry/models/any_model.hpp"
#if !LOOPLAB_COMPILED_LAB
#include "looplab/lab/registry/models/model_of.hpp"
#endif

namespace looplab::lab {

/// A model with weights drawn from `seed`, or zeros without one. \throws ConfigError
#if LOOPLAB_COMPILED_LAB
[[nodiscard]] AnyModel looped_transformer_model(const LoopedTransformerConfig& config,
                                                std::optional<Seed> seed);
#else
[[nodiscard]] inline AnyModel looped_transformer_model(const LoopedTransformerConfig& config,
                                                       std::optional<Seed> seed) {
  return AnyModel(
      std::make_unique<ModelOf<LoopedTransformer<float>>>("looped_transformer", config, seed));
}
#endif

}  // namespace looplab::lab

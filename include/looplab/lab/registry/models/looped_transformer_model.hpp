// SPDX-License-Identifier: MIT
//
// LoopedTransformer<float> as AnyModel.
#pragma once

#include <optional>

#include "looplab/core/compiled.hpp"
#include "looplab/lab/registry/models/any_model.hpp"
#if LOOPLAB_DEFINES_MODELS
#include "looplab/lab/registry/models/model_of.hpp"
#endif

namespace looplab::lab {

/// A model with weights drawn from `seed`, or zeros without one. \throws ConfigError
[[nodiscard]] AnyModel looped_transformer_model(const LoopedTransformerConfig& config,
                                                std::optional<Seed> seed);

#if LOOPLAB_DEFINES_MODELS
LOOPLAB_LAB_FUNCTION AnyModel looped_transformer_model(const LoopedTransformerConfig& config,
                                                       std::optional<Seed> seed) {
  return AnyModel(
      std::make_unique<ModelOf<LoopedTransformer<float>>>("looped_transformer", config, seed));
}
#endif

}  // namespace looplab::lab

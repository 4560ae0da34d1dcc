// SPDX-License-Identifier: MIT
//
// The one file that instantiates training and evaluation of LoopedTransformer<float>.
#include "looplab/lab/registry/models/looped_transformer_model.hpp"
#include "looplab/lab/registry/models/model_of.hpp"

namespace looplab::lab {

AnyModel looped_transformer_model(const LoopedTransformerConfig& config, std::optional<Seed> seed) {
  return AnyModel(
      std::make_unique<ModelOf<LoopedTransformer<float>>>("looped_transformer", config, seed));
}

}  // namespace looplab::lab

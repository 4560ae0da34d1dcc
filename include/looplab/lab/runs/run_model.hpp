// SPDX-License-Identifier: MIT
//
// The model of a run.
#pragma once

#include "looplab/lab/config/run_config.hpp"
#include "looplab/lab/registry/models/looped_transformer_model.hpp"

namespace looplab::lab {

/// With weights drawn from the run's seed. \throws ConfigError
[[nodiscard]] inline AnyModel make_model(const RunConfig& config) {
  const Seed seed{static_cast<std::uint64_t>(config.train.seed)};
  return config.own_model ? config.own_model->make(seed)
                          : looped_transformer_model(config.model, seed);
}

/// With the loops that the run is trained with, to be filled from its checkpoint.
[[nodiscard]] inline AnyModel make_trained_model(const RunConfig& config) {
  return config.own_model ? config.own_model->make(Seed{0})
                          : looped_transformer_model(trained_model(config), std::nullopt);
}

}  // namespace looplab::lab

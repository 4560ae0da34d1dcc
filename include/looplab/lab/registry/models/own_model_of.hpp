// SPDX-License-Identifier: MIT
//
// A user's type of model M as OwnModel.
//
// A type of model M is a TokenModel of float (train/token_model.hpp) with
//
//   static constexpr std::string_view kName = "reinjected";
//   static constexpr int kVersion = 1;      part of a run's identity: raise it with the code
//   struct Config { Index vocab_size = 0, num_loops = 4; ...; for_each_field };
//   M(const Config& config, Seed seed);
// A vocab_size of 0 becomes the task's.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>

#include "looplab/lab/registry/models/model_of.hpp"
#include "looplab/lab/registry/models/own_model.hpp"

namespace looplab::lab {

template <class M>
concept OwnModelType = TokenModel<M> && DescribedConfig<typename M::Config> &&
    requires(typename M::Config config, Seed seed) {
  { M::kName } -> std::convertible_to<std::string_view>;
  { M::kVersion } -> std::convertible_to<int>;
  { config.vocab_size } -> std::convertible_to<Index>;
  { config.num_loops } -> std::convertible_to<Index>;
  M(config, seed);
};

/// M with its settings.
template <OwnModelType M>
struct OwnModelOf final : OwnModelInterface {
  typename M::Config config{};

  [[nodiscard]] std::string name() const override { return std::string(M::kName); }
  void bind(OptionSet& options) override { options.add("model", config); }
  [[nodiscard]] nlohmann::ordered_json json() const override {
    nlohmann::ordered_json json{{"kind", M::kName}, {"version", M::kVersion}};
    json.update(looplab::to_json(config));
    return json;
  }
  [[nodiscard]] Index& vocab_size() override { return config.vocab_size; }
  [[nodiscard]] Index num_loops() const override { return config.num_loops; }
  void check(Problems& problems) const override { check_ranges(config, problems); }
  [[nodiscard]] AnyModel make(Seed seed) const override {
    return AnyModel(std::make_unique<ModelOf<M>>(std::string(M::kName), config, seed));
  }
  [[nodiscard]] ModelCost cost(Index num_loops) const override {
    M model(config, Seed{0});
    ModelCost cost;
    for (const auto& [name, parameter] : ParameterList<float>(model)) {
      cost.unique_parameters += parameter->value.size();
      if (parameter->role != Role::embedding && parameter->role != Role::head)
        cost.unique_parameters_without_embeddings += parameter->value.size();
    }
    cost.effective_parameters = cost.unique_parameters;
    cost.flop_per_token = 6.0 * static_cast<double>(cost.unique_parameters * num_loops);
    return cost;
  }
};

/// M with the defaults of its configuration.
template <OwnModelType M>
[[nodiscard]] OwnModel own_model_of() {
  return OwnModel(OwnModelOf<M>());
}

}  // namespace looplab::lab

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
//
// and, if it wants to,
//
//   static ParameterShapes parameter_shapes(const Config& config);
//       the parameters that the constructor creates; without it they are counted on a model that is
//       made once for each configuration
//   static double flop_per_token(const Config& config, Index sequence_length, Index num_loops);
//       of a training step; without it, 6 for each parameter and loop
//
// A vocab_size of 0 becomes the task's.
#pragma once

#include <concepts>
#include <map>
#include <memory>
#include <mutex>
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

template <class M>
concept ListsShapes = requires(const typename M::Config& config) {
  { M::parameter_shapes(config) } -> std::convertible_to<ParameterShapes>;
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
    AnyModel model(std::make_unique<ModelOf<M>>(name(), config, seed));
    if constexpr (ListsShapes<M>) require_listed(model);
    return model;
  }
  [[nodiscard]] ModelCost cost([[maybe_unused]] Index sequence_length,
                               Index num_loops) const override {
    ModelCost cost;
    for (const ParameterShape& p : shapes()) {
      cost.unique_parameters += p.shape.size();
      if (!is_embedding(p.role)) cost.unique_parameters_without_embeddings += p.shape.size();
    }
    cost.effective_parameters = cost.unique_parameters;
    if constexpr (requires { M::flop_per_token(config, sequence_length, num_loops); })
      cost.flop_per_token = M::flop_per_token(config, sequence_length, num_loops);
    else
      cost.flop_per_token = 6.0 * static_cast<double>(cost.unique_parameters * num_loops);
    return cost;
  }

 private:
  [[nodiscard]] ParameterShapes shapes() const {
    if constexpr (ListsShapes<M>) {
      return M::parameter_shapes(config);
    } else {
      static std::mutex lock;
      static std::map<std::string, ParameterShapes> known;  // by configuration
      const std::scoped_lock hold(lock);
      const std::string key = looplab::to_json(config).dump();
      const auto found = known.find(key);
      if (found != known.end()) return found->second;
      return known[key] = shapes_of(M(config, Seed{0}));
    }
  }
  /// \throws ConfigError if parameter_shapes does not list as many parameters as there are
  void require_listed(AnyModel& model) const {
    Index listed = 0, created = 0;
    for (const ParameterShape& p : M::parameter_shapes(config)) listed += p.shape.size();
    for (const auto& [name, parameter] : model.parameters()) created += parameter->value.size();
    require<ConfigError>(listed == created, name(), ": parameter_shapes lists ", listed,
                         " parameters, but the constructor creates ", created);
  }
  [[nodiscard]] static ParameterShapes shapes_of(M model) {
    ParameterShapes shapes;
    for (const auto& [name, parameter] : ParameterList<float>(model))
      shapes.push_back({name, parameter->role, parameter->value.shape()});
    return shapes;
  }
};

/// M with the defaults of its configuration.
template <OwnModelType M>
[[nodiscard]] OwnModel own_model_of() {
  return OwnModel(OwnModelOf<M>());
}

}  // namespace looplab::lab

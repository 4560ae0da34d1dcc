// SPDX-License-Identifier: MIT
//
// A user's objective behind one type: chosen by name in a configuration file, with its own keys.
//
//   [objective]
//   kind = agreement          ObjectiveName of the type; its version is part of a run's identity
//   weight = 0.2              a field
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <typeindex>
#include <vector>

#include "looplab/lab/config/options.hpp"
#include "looplab/lab/registry/any_objective.hpp"
#include "looplab/lab/registry/polymorphic.hpp"

namespace looplab::lab {

/// An objective with its settings and the types of models that it can score.
class OwnObjectiveInterface {
 public:
  virtual ~OwnObjectiveInterface() = default;
  [[nodiscard]] virtual ObjectiveName name() const = 0;
  /// Adds its fields to `options` as keys of [objective].
  virtual void bind(OptionSet& options) = 0;
  /// {"kind": name, "version": version, fields ...}
  [[nodiscard]] virtual nlohmann::ordered_json json() const = 0;
  /// Notes what is wrong with its settings.
  virtual void check(Problems& problems) const = 0;

  /// \throws ConfigError if it cannot score models of this type
  template <TokenModel M>
  [[nodiscard]] AnyObjective<M> for_model() const {
    const auto made = std::static_pointer_cast<AnyObjective<M>>(make(typeid(M)));
    require<ConfigError>(made != nullptr, "objective ", name().name,
                         ": cannot score this type of model");
    return *made;
  }

 protected:
  /// An AnyObjective of that type of model; null if it cannot be scored.
  [[nodiscard]] virtual std::shared_ptr<void> make(std::type_index model) const = 0;
};

/// Empty, or an objective. A copy has settings of its own.
using OwnObjective = Polymorphic<OwnObjectiveInterface>;

/// An objective of type O, for those of `Models` that it can score.
template <class O, TokenModel... Models>
class OwnObjectiveOf final : public OwnObjectiveInterface {
 public:
  [[nodiscard]] ObjectiveName name() const override { return O::kName; }
  void bind([[maybe_unused]] OptionSet& options) override {
    if constexpr (DescribedConfig<O>) options.add("objective", objective_);
  }
  [[nodiscard]] nlohmann::ordered_json json() const override {
    nlohmann::ordered_json json{{"kind", O::kName.name}, {"version", O::kName.version}};
    if constexpr (DescribedConfig<O>) json.update(looplab::to_json(objective_));
    return json;
  }
  void check(Problems& problems) const override { check_objective(objective_, problems); }

 private:
  [[nodiscard]] std::shared_ptr<void> make(std::type_index model) const override {
    std::shared_ptr<void> made;
    (make_for<Models>(model, made), ...);
    return made;
  }
  template <class M>
  void make_for(std::type_index model, std::shared_ptr<void>& made) const {
    if constexpr (Objective<O, M>)
      if (model == typeid(M)) made = std::make_shared<AnyObjective<M>>(objective_);
  }

  O objective_{};
};

/// An objective of type O with its defaults, for those of `Models` that it can score.
template <class O, TokenModel... Models>
[[nodiscard]] OwnObjective own_objective_of() {
  return OwnObjective(OwnObjectiveOf<O, Models...>());
}

/// The objectives that a program has besides the built-in ones.
[[nodiscard]] inline std::vector<OwnObjective>& own_objectives() {
  static std::vector<OwnObjective> all;
  return all;
}

/// The objective of that name with its defaults. \throws ConfigError if there is none
[[nodiscard]] inline OwnObjective own_objective(const std::string& name) {
  require<ConfigError>(!own_objectives().empty(), "objective.kind is ", name,
                       ", but this program has no objectives besides those of "
                       "train.loss_per_loop");
  return find_named("objective.kind", "objective", name, own_objectives(),
                    [](const OwnObjective& objective) { return objective->name().name; });
}

}  // namespace looplab::lab

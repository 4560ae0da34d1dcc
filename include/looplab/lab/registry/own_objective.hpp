// SPDX-License-Identifier: MIT
//
// A user's objective behind one type: chosen by name in a configuration file, with its own keys.
//
//   [objective]
//   kind = agreement          ObjectiveName of the type; its version is part of a run's identity
//   weight = 0.2              a field
//
// Tests: tests/lab/registry/own_objective_test.cpp.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <typeindex>
#include <utility>
#include <vector>

#include "looplab/lab/config/options.hpp"
#include "looplab/lab/registry/any_objective.hpp"

namespace looplab::lab {

/// Empty, or an objective with its settings and the types of models that it can score. A copy has
/// settings of its own.
class OwnObjective {
 public:
  OwnObjective() = default;
  OwnObjective(const OwnObjective& other) : held_(other.held_ ? other.held_->clone() : nullptr) {}
  OwnObjective(OwnObjective&&) noexcept = default;
  OwnObjective& operator=(OwnObjective other) noexcept {
    held_ = std::move(other.held_);
    return *this;
  }
  ~OwnObjective() = default;

  /// An objective of type O with its defaults, for those of `Models` that it can score.
  template <class O, TokenModel... Models>
  [[nodiscard]] static OwnObjective of() {
    OwnObjective made;
    made.held_ = std::make_unique<Held<O, Models...>>();
    return made;
  }

  [[nodiscard]] explicit operator bool() const { return held_ != nullptr; }
  [[nodiscard]] ObjectiveName name() const { return held_->name(); }
  /// Adds its fields to `options` as keys of [objective].
  void bind(OptionSet& options) { held_->bind(options); }
  /// {"kind": name, "version": version, fields ...}
  [[nodiscard]] nlohmann::ordered_json json() const { return held_->json(); }
  /// Notes what is wrong with its settings.
  void check(Problems& problems) const { held_->check(problems); }

  /// \throws ConfigError if it cannot score models of this type
  template <TokenModel M>
  [[nodiscard]] AnyObjective<M> for_model() const {
    const auto made = std::static_pointer_cast<AnyObjective<M>>(held_->make(typeid(M)));
    require<ConfigError>(made != nullptr, "objective ", name().name,
                         ": cannot score this type of model");
    return *made;
  }

 private:
  struct Interface {
    virtual ~Interface() = default;
    [[nodiscard]] virtual std::unique_ptr<Interface> clone() const = 0;
    [[nodiscard]] virtual ObjectiveName name() const = 0;
    virtual void bind(OptionSet& options) = 0;
    [[nodiscard]] virtual nlohmann::ordered_json json() const = 0;
    virtual void check(Problems& problems) const = 0;
    /// An AnyObjective of that type of model; null if it cannot be scored.
    [[nodiscard]] virtual std::shared_ptr<void> make(std::type_index model) const = 0;
  };

  template <class O, TokenModel... Models>
  struct Held final : Interface {
    O objective{};

    [[nodiscard]] std::unique_ptr<Interface> clone() const override {
      return std::make_unique<Held>(*this);
    }
    [[nodiscard]] ObjectiveName name() const override { return O::kName; }
    void bind([[maybe_unused]] OptionSet& options) override {
      if constexpr (DescribedConfig<O>) options.add("objective", objective);
    }
    [[nodiscard]] nlohmann::ordered_json json() const override {
      nlohmann::ordered_json json{{"kind", O::kName.name}, {"version", O::kName.version}};
      if constexpr (DescribedConfig<O>) json.update(looplab::to_json(objective));
      return json;
    }
    void check(Problems& problems) const override { check_objective(objective, problems); }
    [[nodiscard]] std::shared_ptr<void> make(std::type_index model) const override {
      std::shared_ptr<void> made;
      (make_for<Models>(model, made), ...);
      return made;
    }
    template <class M>
    void make_for(std::type_index model, std::shared_ptr<void>& made) const {
      if constexpr (Objective<O, M>)
        if (model == typeid(M)) made = std::make_shared<AnyObjective<M>>(objective);
    }
  };

  std::unique_ptr<Interface> held_;
};

/// The objectives that a program has besides the built-in ones.
[[nodiscard]] inline std::vector<OwnObjective>& own_objectives() {
  static std::vector<OwnObjective> all;
  return all;
}

/// The objective of that name with its defaults. \throws ConfigError if there is none
[[nodiscard]] inline OwnObjective own_objective(const std::string& name) {
  std::vector<std::string> names;
  for (const OwnObjective& objective : own_objectives()) {
    if (objective.name().name == name) return objective;
    names.emplace_back(objective.name().name);
  }
  require<ConfigError>(!names.empty(), "objective.kind is ", name,
                       ", but this program has no objectives besides those of "
                       "train.loss_per_loop");
  throw ConfigError(unknown_name("objective", name, names));
}

}  // namespace looplab::lab

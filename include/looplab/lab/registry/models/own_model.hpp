// SPDX-License-Identifier: MIT
//
// A user's type of model behind one type: chosen by name in a configuration file, with its own keys.
//
//   [model]
//   kind = reinjected         M::kName
//   d_model = 32              a field of M::Config
//
// What such a type of model looks like: lab/registry/models/own_model_of.hpp. Tests: tests/lab/registry/models/own_model_test.cpp.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/lab/config/options.hpp"
#include "looplab/lab/registry/models/any_model.hpp"
#include "looplab/models/model_cost.hpp"

namespace looplab::lab {

/// Empty, or a type of model with its settings. A copy has settings of its own.
class OwnModel {
 public:
  /// What a type of model has to tell; OwnModelOf<M> (lab/registry/models/own_model_of.hpp) implements it.
  struct Interface {
    virtual ~Interface() = default;
    [[nodiscard]] virtual std::unique_ptr<Interface> clone() const = 0;
    [[nodiscard]] virtual std::string name() const = 0;
    virtual void bind(OptionSet& options) = 0;
    [[nodiscard]] virtual nlohmann::ordered_json json() const = 0;
    [[nodiscard]] virtual Index& vocab_size() = 0;
    [[nodiscard]] virtual Index num_loops() const = 0;
    virtual void check(Problems& problems) const = 0;
    [[nodiscard]] virtual AnyModel make(Seed seed) const = 0;
    [[nodiscard]] virtual ModelCost cost(Index num_loops) const = 0;
  };

  OwnModel() = default;
  explicit OwnModel(std::unique_ptr<Interface> held) : held_(std::move(held)) {}
  OwnModel(const OwnModel& other) : held_(other.held_ ? other.held_->clone() : nullptr) {}
  OwnModel(OwnModel&&) noexcept = default;
  OwnModel& operator=(OwnModel other) noexcept {
    held_ = std::move(other.held_);
    return *this;
  }
  ~OwnModel() = default;

  [[nodiscard]] explicit operator bool() const { return held_ != nullptr; }
  [[nodiscard]] std::string name() const { return held_->name(); }
  /// Adds its fields to `options` as keys of [model].
  void bind(OptionSet& options) { held_->bind(options); }
  /// {"kind": name, "version": version, fields ...}
  [[nodiscard]] nlohmann::ordered_json json() const { return held_->json(); }
  [[nodiscard]] Index& vocab_size() { return held_->vocab_size(); }
  [[nodiscard]] Index num_loops() const { return held_->num_loops(); }
  void check(Problems& problems) const { held_->check(problems); }
  /// \throws what M's constructor throws
  [[nodiscard]] AnyModel make(Seed seed) const { return held_->make(seed); }
  /// Parameters are counted on a model that is made for it; FLOP per token of training are
  /// estimated as 6 for each parameter and loop. \throws as make
  [[nodiscard]] ModelCost cost(Index num_loops) const { return held_->cost(num_loops); }

 private:
  std::unique_ptr<Interface> held_;
};

inline constexpr const char* kLoopedTransformerKind = "looped_transformer";

/// The types of models that a program has besides looped_transformer.
[[nodiscard]] inline std::vector<OwnModel>& own_models() {
  static std::vector<OwnModel> all;
  return all;
}

/// The type of that name with its defaults; empty for looped_transformer. \throws ConfigError if
/// there is none
[[nodiscard]] inline OwnModel own_model(const std::string& name) {
  std::vector<std::string> names{kLoopedTransformerKind};
  if (name == names[0]) return {};
  for (const OwnModel& model : own_models()) {
    if (model.name() == name) return model;
    names.push_back(model.name());
  }
  throw ConfigError(unknown_name("model", name, names));
}

}  // namespace looplab::lab

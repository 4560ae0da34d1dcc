// SPDX-License-Identifier: MIT
//
// A user's type of model behind one type: chosen by name in a configuration file, with its own keys.
//
//   [model]
//   kind = reinjected         M::kName
//   d_model = 32              a field of M::Config
//
// What such a type of model looks like: lab/registry/models/own_model_of.hpp.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "looplab/lab/config/options.hpp"
#include "looplab/lab/registry/models/any_model.hpp"
#include "looplab/lab/registry/polymorphic.hpp"
#include "looplab/models/model_cost.hpp"

namespace looplab::lab {

/// A type of model with its settings, implemented by OwnModelOf<M>
/// (lab/registry/models/own_model_of.hpp).
class OwnModelInterface {
 public:
  virtual ~OwnModelInterface() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  /// Adds its fields to `options` as keys of [model].
  virtual void bind(OptionSet& options) = 0;
  /// {"kind": name, "version": version, fields ...}
  [[nodiscard]] virtual nlohmann::ordered_json json() const = 0;
  [[nodiscard]] virtual Index& vocab_size() = 0;
  [[nodiscard]] virtual Index num_loops() const = 0;
  /// Notes what is wrong with its settings.
  virtual void check(Problems& problems) const = 0;
  /// \throws what M's constructor throws
  [[nodiscard]] virtual AnyModel make(Seed seed) const = 0;
  /// Of training on windows of `sequence_length` with `num_loops` loops. Effective parameters are
  /// those that exist. \throws as make
  [[nodiscard]] virtual ModelCost cost(Index sequence_length, Index num_loops) const = 0;
};

/// Empty, or a type of model. A copy has settings of its own.
using OwnModel = Polymorphic<OwnModelInterface>;

inline constexpr const char* kLoopedTransformerKind = "looped_transformer";

/// The types of models that a program has besides looped_transformer.
[[nodiscard]] inline std::vector<OwnModel>& own_models() {
  static std::vector<OwnModel> all;
  return all;
}

/// The type of that name with its defaults; empty for looped_transformer. \throws ConfigError if
/// there is none
[[nodiscard]] inline OwnModel own_model(const std::string& name) {
  if (name == kLoopedTransformerKind) return {};
  return find_named("model.kind", "model", name, own_models(),
                    [](const OwnModel& model) { return model->name(); }, {kLoopedTransformerKind});
}

}  // namespace looplab::lab

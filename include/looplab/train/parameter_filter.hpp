// SPDX-License-Identifier: MIT
//
// Which of a model's parameters are trained, chosen by name. The others keep their values and
// moments.
#pragma once

#include <functional>
#include <string>
#include <utility>

namespace looplab {

/// Whether the parameter of that name is trained; any callable of a name will do.
using ParameterFilter = std::function<bool(const std::string& name)>;

[[nodiscard]] inline ParameterFilter all_parameters() {
  return [](const std::string&) { return true; };
}
/// Those whose names begin with `prefix`.
[[nodiscard]] inline ParameterFilter only(std::string prefix) {
  return [prefix = std::move(prefix)](const std::string& name) { return name.starts_with(prefix); };
}
/// All but those whose names begin with `prefix`.
[[nodiscard]] inline ParameterFilter except(std::string prefix) {
  return
      [prefix = std::move(prefix)](const std::string& name) { return !name.starts_with(prefix); };
}

}  // namespace looplab

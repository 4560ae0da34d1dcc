// SPDX-License-Identifier: MIT
// Lists of parameters as text, one "name role [shape]" a line, to be compared.
#pragma once

#include <array>
#include <string>

#include "looplab/nn/parameter.hpp"

namespace looplab_test {

[[nodiscard]] inline std::string parameter_line(const std::string& name, looplab::Role role,
                                                const looplab::Shape& shape) {
  static constexpr std::array<const char*, 8> kRoles{
      "embedding", "tied_embedding", "weight", "residual_output", "head", "gate", "gain", "bias"};
  return looplab::concat(name, ' ', kRoles.at(static_cast<std::size_t>(role)), ' ', shape, '\n');
}

/// Of a list of shapes.
template <class Shapes>
[[nodiscard]] std::string listing(const Shapes& shapes) {
  std::string text;
  for (const looplab::ParameterShape& p : shapes) text += parameter_line(p.name, p.role, p.shape);
  return text;
}

/// Of the parameters that a module has, in walking order.
template <class Module>
[[nodiscard]] std::string listing_of(const Module& module) {
  std::string text;
  Module::for_each_parameter(module, "", [&](const std::string& name, const auto& p) {
    text += parameter_line(name, p.role, p.value.shape());
  });
  return text;
}

}  // namespace looplab_test

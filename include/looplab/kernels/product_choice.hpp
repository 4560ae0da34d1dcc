// SPDX-License-Identifier: MIT
//
// The code that computes a product with a weight W [k, n]: a fixed function of operation, type,
// instruction set and sizes. Nothing is measured at run time, so a run resumes to the same bits.
//
// A rule replaces the default route where another one is faster by more than 3 % in three quarters
// of the measurements. tests/bench/choose_products measures and writes the rules, on one core of a
// processor of that instruction set, at chunks of 256 rows.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "looplab/core/fnv1a.hpp"
#include "looplab/core/tensor.hpp"
#include "looplab/kernels/compute_type.hpp"

namespace looplab::kernels {

/// Y = X W, dX = dY W^T, dW += X^T dY.
enum class ProductOperation { forward, input_gradient, weight_gradient };
[[nodiscard]] constexpr auto enum_names(ProductOperation) {
  return std::array<std::string_view, 3>{"forward", "input_gradient", "weight_gradient"};
}

/// The instruction set that this program's own kernels are compiled for.
enum class InstructionSet { generic, avx2, avx512 };
[[nodiscard]] constexpr auto enum_names(InstructionSet) {
  return std::array<std::string_view, 3>{"generic", "avx2", "avx512"};
}
#if defined(__AVX512F__)
inline constexpr InstructionSet kInstructionSet = InstructionSet::avx512;
#elif defined(__AVX2__) && defined(__FMA__)
inline constexpr InstructionSet kInstructionSet = InstructionSet::avx2;
#else
inline constexpr InstructionSet kInstructionSet = InstructionSet::generic;
#endif

/// packed: oneDNN, with the weight packed in its preferred layout. plain: oneDNN, with the matrices
/// in their plain layout. tiles: our own register tiles (kernels/panel_product.hpp). eigen: Eigen.
enum class ProductRoute { packed, plain, tiles, eigen };
[[nodiscard]] constexpr auto enum_names(ProductRoute) {
  return std::array<std::string_view, 4>{"packed", "plain", "tiles", "eigen"};
}

/// The route of products with weights of k_low ... k_high by n_low ... n_high.
struct ProductRule {
  ProductOperation operation;
  ComputeType type;
  InstructionSet instruction_set;
  Index k_low, k_high, n_low, n_high;
  ProductRoute route;

  [[nodiscard]] constexpr bool covers(ProductOperation op, ComputeType t, InstructionSet set,
                                      Index k, Index n) const {
    return op == operation && t == type && set == instruction_set && k >= k_low && k <= k_high &&
           n >= n_low && n <= n_high;
  }
};
using ProductRules = std::initializer_list<ProductRule>;

namespace product_rules {

using enum ProductOperation;
using enum ComputeType;
using enum InstructionSet;
using enum ProductRoute;

// clang-format off
inline constexpr ProductRules kMeasured = {
    // operation, type, instruction set, k from, to, n from, to, route
    // choose_products: begin
    // choose_products: end
};
// clang-format on

}  // namespace product_rules

/// The route where no rule applies. Our tiles need AVX-512 to be as fast as oneDNN, and support
/// only one type.
[[nodiscard]] constexpr ProductRoute default_product_route(ProductOperation operation,
                                                           ComputeType type, bool with_onednn,
                                                           InstructionSet set) {
  const bool weight_gradient = operation == ProductOperation::weight_gradient;
  if (set == InstructionSet::avx512 && type == ComputeType::float32) return ProductRoute::tiles;
  if (!with_onednn) return ProductRoute::eigen;
  return weight_gradient ? ProductRoute::plain : ProductRoute::packed;
}

/// The route of a product with a weight [k, n]. Without oneDNN, rules that lead to it are ignored.
[[nodiscard]] constexpr ProductRoute product_route(ProductOperation operation, ComputeType type,
                                                   Index k, Index n, bool with_onednn,
                                                   InstructionSet set = kInstructionSet,
                                                   ProductRules rules = product_rules::kMeasured) {
  for (const ProductRule& rule : rules) {
    const bool exists =
        with_onednn || rule.route == ProductRoute::tiles || rule.route == ProductRoute::eigen;
    if (exists && rule.covers(operation, type, set, k, n)) return rule.route;
  }
  return default_product_route(operation, type, with_onednn, set);
}

/// Number and checksum of the rules for a run's record: "2 rules, 90b3a1f2".
[[nodiscard]] inline std::string product_rules_version(
    ProductRules rules = product_rules::kMeasured) {
  std::uint32_t sum = 2166136261U;  // FNV-1a
  const auto add = [&](auto value) { sum = (sum ^ static_cast<std::uint32_t>(value)) * 16777619U; };
  for (const ProductRule& r : rules) {
    add(r.operation), add(r.type), add(r.instruction_set), add(r.route);
    add(r.k_low), add(r.k_high), add(r.n_low), add(r.n_high);
  }
  return std::to_string(rules.size()) + " rules, " + hex_text(sum);
}

}  // namespace looplab::kernels

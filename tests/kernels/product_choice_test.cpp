// SPDX-License-Identifier: MIT
#include "looplab/kernels/product_choice.hpp"

#include <algorithm>

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::kernels;

namespace {

constexpr ProductOperation kOperations[] = {
    ProductOperation::forward, ProductOperation::input_gradient, ProductOperation::weight_gradient};
constexpr auto kForward = ProductOperation::forward;
constexpr auto kFloat = ComputeType::float32;
constexpr auto kSet = InstructionSet::avx2;

constexpr ProductRules kRules = {
    {kForward, kFloat, kSet, 64, 64, 192, 256, ProductRoute::tiles},
    {kForward, kFloat, kSet, 128, 128, 128, 128, ProductRoute::plain},
};

constexpr ProductRoute route_in_example(Index k, Index n, bool with_onednn = true) {
  return product_route(kForward, kFloat, k, n, with_onednn, kSet, kRules);
}

bool overlap(const ProductRule& a, const ProductRule& b) {
  return a.operation == b.operation && a.type == b.type && a.instruction_set == b.instruction_set &&
         a.k_low <= b.k_high && b.k_low <= a.k_high && a.n_low <= b.n_high && b.n_low <= a.n_high;
}

}  // namespace

TEST_CASE("a product takes the route of the rule that covers it, ends included", "[matmul]") {
  CHECK(route_in_example(64, 192) == ProductRoute::tiles);
  CHECK(route_in_example(64, 256) == ProductRoute::tiles);
  CHECK(route_in_example(128, 128) == ProductRoute::plain);
  for (const auto& [k, n] : {std::pair<Index, Index>{63, 192}, {65, 192}, {64, 191}, {64, 257}})
    CHECK(route_in_example(k, n) == ProductRoute::packed);
}

TEST_CASE("a rule holds for its operation, type and instruction set alone", "[matmul]") {
  const auto route = [](ProductOperation operation, ComputeType type, InstructionSet set) {
    return product_route(operation, type, 64, 192, true, set, kRules);
  };
  CHECK(route(kForward, kFloat, kSet) == ProductRoute::tiles);
  CHECK(route(ProductOperation::input_gradient, kFloat, kSet) == ProductRoute::packed);
  CHECK(route(ProductOperation::weight_gradient, kFloat, kSet) == ProductRoute::plain);
  CHECK(route(kForward, ComputeType::bfloat16, kSet) == ProductRoute::packed);
  CHECK(route(kForward, kFloat, InstructionSet::generic) == ProductRoute::packed);
}

TEST_CASE("without oneDNN no product takes a route through it", "[matmul]") {
  CHECK(route_in_example(64, 192, false) == ProductRoute::tiles);
  CHECK(route_in_example(128, 128, false) == ProductRoute::eigen);
  for (ProductOperation operation : kOperations)
    CHECK(product_route(operation, kFloat, 7, 9, false, kSet) == ProductRoute::eigen);
}

TEST_CASE("with AVX-512 our own tiles compute all products of floats", "[matmul]") {
  const auto route = [](ProductOperation operation, ComputeType type, bool with_onednn) {
    return product_route(operation, type, 128, 384, with_onednn, InstructionSet::avx512, {});
  };
  CHECK(route(kForward, kFloat, true) == ProductRoute::tiles);
  CHECK(route(ProductOperation::input_gradient, kFloat, false) == ProductRoute::tiles);
  for (bool with_onednn : {false, true})
    CHECK(route(ProductOperation::weight_gradient, kFloat, with_onednn) == ProductRoute::tiles);
  CHECK(route(kForward, ComputeType::bfloat16, true) == ProductRoute::packed);
}

TEST_CASE("the measured rules are in order: ranges are ranges, none overlap, none says the default",
          "[matmul]") {
  for (const ProductRule& rule : product_rules::kMeasured) {
    CAPTURE(rule.k_low, rule.k_high, rule.n_low, rule.n_high);
    CHECK(1 <= rule.k_low);
    CHECK(rule.k_low <= rule.k_high);
    CHECK(1 <= rule.n_low);
    CHECK(rule.n_low <= rule.n_high);
    CHECK(rule.route !=
          default_product_route(rule.operation, rule.type, true, rule.instruction_set));
    CHECK(1 == std::ranges::count_if(product_rules::kMeasured, [&](const ProductRule& other) {
            return overlap(rule, other);
          }));
    // There is no packed weight to multiply with in the weight's gradient.
    CHECK_FALSE((rule.operation == ProductOperation::weight_gradient &&
                 rule.route == ProductRoute::packed));
  }
}

TEST_CASE("the version of the rules changes with every number in them", "[matmul]") {
  const std::string version = product_rules_version(kRules);
  CHECK(version.starts_with("2 rules, "));
  CHECK(version == product_rules_version(kRules));
  const ProductRule rule = kRules.begin()[1];
  const auto with = [&](auto change) {
    ProductRule changed = rule;
    change(changed);
    return product_rules_version({kRules.begin()[0], changed});
  };
  CHECK(with([](ProductRule&) {}) == version);
  CHECK(with([](ProductRule& r) { r.operation = ProductOperation::input_gradient; }) != version);
  CHECK(with([](ProductRule& r) { r.type = ComputeType::bfloat16; }) != version);
  CHECK(with([](ProductRule& r) { r.instruction_set = InstructionSet::generic; }) != version);
  CHECK(with([](ProductRule& r) { r.route = ProductRoute::eigen; }) != version);
  CHECK(with([](ProductRule& r) { ++r.k_low; }) != version);
  CHECK(with([](ProductRule& r) { ++r.k_high; }) != version);
  CHECK(with([](ProductRule& r) { ++r.n_low; }) != version);
  CHECK(with([](ProductRule& r) { ++r.n_high; }) != version);
}

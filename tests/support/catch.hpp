// SPDX-License-Identifier: MIT
// The only file that includes the test framework: Catch2 2.13 (one header) or 3.x.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
namespace looplab_test {
inline auto contains(const std::string& text) { return Catch::Matchers::ContainsSubstring(text); }
}  // namespace looplab_test
#else
#include <catch2/catch.hpp>
namespace looplab_test {
inline auto contains(const std::string& text) { return Catch::Matchers::Contains(text); }
}  // namespace looplab_test
#endif

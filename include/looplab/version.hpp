// SPDX-License-Identifier: MIT
//
// The version of the library, defined only here: the build reads this line.
#pragma once

#include <string_view>

namespace looplab {

/// Major.minor.patch. Results may differ between versions; see `train/run_environment.hpp`.
inline constexpr std::string_view kVersion = "0.2.0";

}  // namespace looplab

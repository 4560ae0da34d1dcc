// SPDX-License-Identifier: MIT
// Runs from the text of a configuration file.
#pragma once

#include <string>

#include "looplab/lab/config/resolve_run.hpp"

namespace looplab_test {

inline const std::string kTask = "[task]\nkind = k_hop_induction\nmax_hops = 3\n";

/// \throws ConfigError as resolve_run
inline looplab::lab::RunConfig resolve(const std::string& text) {
  return looplab::lab::resolve_run(looplab::lab::parse_ini(text, "a.ini"));
}

}  // namespace looplab_test

// SPDX-License-Identifier: MIT
//
// The order of a claim's primary endpoints. Each is tested at its own level, alpha, and counts only
// if all that the claim states before it are reproduced: so the claim's own error rate is alpha as
// well, without a correction. Claims are not corrected for one another.
//
// Source: Maurer, Hothorn & Lehmacher 1995 (fixed-sequence testing).
#pragma once

#include <span>
#include <string>

#include "looplab/lab/verdicts/endpoint_row.hpp"

namespace looplab::lab {

/// Withholds the verdict "reproduced" from primary endpoints after the first that is not. `rows` are
/// those of one claim, in its order.
inline void keep_gate(std::span<EndpointRow> rows) {
  std::string closed;  // by this endpoint
  for (EndpointRow& row : rows) {
    if (!row.endpoint.primary) continue;
    if (row.verdict != stats::Verdict::reproduced) {
      if (closed.empty()) closed = row.endpoint.name;
    } else if (!closed.empty()) {
      row.verdict = stats::Verdict::inconclusive;
      row.notes.push_back(
          concat("would be reproduced on its own, but ", closed, ", stated before it, is not"));
    }
  }
}

}  // namespace looplab::lab

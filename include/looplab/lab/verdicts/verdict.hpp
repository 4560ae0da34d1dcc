// SPDX-License-Identifier: MIT
//
// All verdicts of a report: every endpoint and every gap of every claim.
#pragma once

#include <algorithm>
#include <vector>

#include "looplab/lab/verdicts/endpoint_verdict.hpp"
#include "looplab/lab/verdicts/gap_verdict.hpp"

namespace looplab::lab {

/// All rows of several claims.
struct Verdicts {
  std::vector<EndpointRow> endpoints;
  std::vector<GapRow> gaps;

  /// Whether every endpoint is reproduced.
  [[nodiscard]] bool all_reproduced() const {
    return count(stats::Verdict::reproduced) == std::ssize(endpoints);
  }
  /// Number of endpoints with this verdict.
  [[nodiscard]] Index count(stats::Verdict verdict) const {
    return std::ranges::count(endpoints, verdict, &EndpointRow::verdict);
  }
  /// Number of endpoints that are corrected together.
  [[nodiscard]] Index num_primary() const {
    return std::ranges::count_if(endpoints,
                                 [](const EndpointRow& row) { return row.endpoint.primary; });
  }
};

/// Evaluates all claims; the primary endpoints of all of them are corrected together.
[[nodiscard]] inline Verdicts judge_all(const std::vector<Claim>& experiments,
                                        const std::vector<RunResult>& results) {
  Verdicts verdicts;
  for (const Claim& experiment : experiments) {
    bool first = true;
    for (const Endpoint& endpoint : experiment.endpoints) {
      EndpointRow& row = verdicts.endpoints.emplace_back(judge(experiment, endpoint, results));
      if (first) row.title = experiment.text.title;
      if (first && row.paper.empty()) row.paper = experiment.text.paper;
      first = false;
    }
    for (const Gap& gap : experiment.gaps) verdicts.gaps.push_back(close(experiment, gap, results));
  }
  correct_together(verdicts.endpoints);
  return verdicts;
}

}  // namespace looplab::lab

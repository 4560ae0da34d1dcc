// SPDX-License-Identifier: MIT
//
// All verdicts of a report: every endpoint and every gap of every claim.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "looplab/lab/verdicts/endpoint_verdict.hpp"
#include "looplab/lab/verdicts/gap_verdict.hpp"

namespace looplab::lab {

/// Claims of one question, whose primary endpoints are corrected together.
struct Family {
  std::string name;
  std::vector<std::string> claims, missing;  // names; those without any finished run
  Index num_primary = 0;                     // endpoints, those of missing claims included
};

/// All rows of several claims.
struct Verdicts {
  std::vector<EndpointRow> endpoints;
  std::vector<GapRow> gaps;
  std::vector<Family> families;

  /// Whether every endpoint is reproduced.
  [[nodiscard]] bool all_reproduced() const {
    return count(stats::Verdict::reproduced) == std::ssize(endpoints);
  }
  /// Number of endpoints with this verdict.
  [[nodiscard]] Index count(stats::Verdict verdict) const {
    return std::ranges::count(endpoints, verdict, &EndpointRow::verdict);
  }
  /// The family of that name. \pre some claim is of it
  [[nodiscard]] const Family& family(const std::string& name) const {
    return *std::ranges::find(families, name, &Family::name);
  }
};

/// Adds a claim to its family.
inline void add_to_family(std::vector<Family>& families, const Claim& claim,
                          const std::vector<RunResult>& results) {
  auto family = std::ranges::find(families, family_of(claim), &Family::name);
  if (family == families.end()) {
    families.push_back({family_of(claim), {}, {}, 0});
    family = families.end() - 1;
  }
  family->claims.push_back(claim.name);
  if (std::ranges::find(results, claim.name, &RunResult::claim) == results.end())
    family->missing.push_back(claim.name);
  family->num_primary += std::ranges::count(claim.endpoints, true, &Endpoint::primary);
}

/// Judges `claims`. Their primary endpoints are corrected with those of the claims of their families,
/// of which `others` are those that are not among `claims`; `results` are of both.
[[nodiscard]] inline Verdicts judge_all(const std::vector<Claim>& claims,
                                        const std::vector<RunResult>& results,
                                        const std::vector<Claim>& others = {}) {
  Verdicts verdicts;
  for (const Claim& claim : claims) {
    add_to_family(verdicts.families, claim, results);
    const ClaimResults of_claim(claim.name, results);
    bool first = true;
    for (const Endpoint& endpoint : claim.endpoints) {
      EndpointRow& row = verdicts.endpoints.emplace_back(judge(claim, endpoint, of_claim));
      if (first) row.title = claim.text.title;
      if (first && row.paper.empty()) row.paper = claim.text.paper;
      first = false;
    }
    for (const Gap& gap : claim.gaps) verdicts.gaps.push_back(measure_gap(gap, of_claim));
  }
  const std::size_t num_own = verdicts.endpoints.size();
  for (const Claim& claim : others) {
    add_to_family(verdicts.families, claim, results);
    const ClaimResults of_claim(claim.name, results);
    for (const Endpoint& endpoint : claim.endpoints)
      verdicts.endpoints.push_back(judge(claim, endpoint, of_claim));
  }
  correct_by_family(verdicts.endpoints);
  verdicts.endpoints.resize(num_own);
  return verdicts;
}

}  // namespace looplab::lab

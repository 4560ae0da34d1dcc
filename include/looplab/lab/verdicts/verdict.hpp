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
  std::vector<std::string> claims, missing;  // names; those with a primary endpoint not measured
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

/// The family of that name, appended if there is none.
[[nodiscard]] inline Family& family_named(std::vector<Family>& families, const std::string& name) {
  const auto found = std::ranges::find(families, name, &Family::name);
  return found != families.end() ? *found : families.emplace_back(Family{name, {}, {}, 0});
}

/// Adds a claim to its family, and a row for each of its endpoints.
inline void add_claim(Verdicts& verdicts, const Claim& claim, const ClaimResults& results) {
  Family& family = family_named(verdicts.families, family_of(claim));
  family.claims.push_back(claim.name);
  bool missing = false;
  for (const Endpoint& endpoint : claim.endpoints) {
    const EndpointRow& row = verdicts.endpoints.emplace_back(judge(claim, endpoint, results));
    family.num_primary += endpoint.primary ? 1 : 0;
    missing = missing || (endpoint.primary && !row.measured);
  }
  if (missing) family.missing.push_back(claim.name);
}

/// Judges `claims`. Their primary endpoints are corrected with those of the claims of their families,
/// of which `others` are those that are not among `claims`; `results` are of both.
[[nodiscard]] inline Verdicts judge_all(const std::vector<Claim>& claims,
                                        const std::vector<RunResult>& results,
                                        const std::vector<Claim>& others = {}) {
  Verdicts verdicts;
  for (const Claim& claim : claims) {
    const ClaimResults of_claim(claim.name, results);
    const std::size_t first = verdicts.endpoints.size();
    add_claim(verdicts, claim, of_claim);
    for (const Gap& gap : claim.gaps) verdicts.gaps.push_back(measure_gap(gap, of_claim));
    if (claim.endpoints.empty()) continue;
    EndpointRow& row = verdicts.endpoints[first];
    row.title = claim.text.title;
    if (row.paper.empty()) row.paper = claim.text.paper;
  }
  const std::size_t num_own = verdicts.endpoints.size();
  for (const Claim& claim : others) add_claim(verdicts, claim, ClaimResults(claim.name, results));
  correct_by_family(verdicts.endpoints);
  verdicts.endpoints.resize(num_own);
  return verdicts;
}

}  // namespace looplab::lab

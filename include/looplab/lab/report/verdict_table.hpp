// SPDX-License-Identifier: MIT
//
// The tables of verdicts and of gaps, and the sentence on the correction of the verdicts.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/lab/report/table.hpp"
#include "looplab/lab/verdicts/verdict.hpp"

namespace looplab::lab {

/// "(1x4 - 1x1) / (4x1 - 1x1)".
[[nodiscard]] inline std::string ratio_text(const Gap& gap) {
  return concat('(', gap.loop, " - ", gap.iso_parameter, ") / (", gap.iso_flop, " - ",
                gap.iso_parameter, ')');
}

/// The difference, then p and other reasons for the verdict.
[[nodiscard]] inline TableCell measured_cell(const EndpointRow& row) {
  std::vector<std::string> details{p_text(row), row.note};
  std::erase(details, "");
  return {interval_text(row.difference), joined(details, "\n")};
}

/// A verdict as a badge of its own colour.
[[nodiscard]] inline TableCell verdict_cell(stats::Verdict verdict) {
  constexpr std::array<const char*, 4> kBadges{"reproduced", "not", "inconclusive", "beyond"};
  return {to_text(verdict), "", kBadges[static_cast<std::size_t>(verdict)]};
}

/// A row per endpoint of all claims, or of one, whose table has no column `paper` or `why`.
[[nodiscard]] inline Table verdict_table(const Verdicts& verdicts, std::string_view claim = "") {
  Table table({claim.empty() ? "claim" : "endpoint", "paper", "expected", "why",
               "measured (mean, 95 %)", "verdict"});
  for (const EndpointRow& row : verdicts.endpoints) {
    if (!claim.empty() && row.claim != claim) continue;
    const Endpoint& endpoint = row.endpoint;
    table.add({{claim.empty() ? row.title : "",
                concat(endpoint.name, endpoint.primary ? " (primary)" : "")},
               row.paper,
               expected_here(endpoint),
               endpoint.reason,
               measured_cell(row),
               verdict_cell(row.verdict)});
  }
  return claim.empty() ? table : table.without({"paper", "why"});
}

/// A row per gap of all claims, or of one, whose table has no column `claim`.
[[nodiscard]] inline Table gap_table(const Verdicts& verdicts, std::string_view claim = "") {
  Table table({"gap closed", "claim", "cells", "in its metric", "in nats of the answers"});
  for (const GapRow& row : verdicts.gaps)
    if (claim.empty() || row.claim == claim)
      table.add({row.gap.title(), row.claim, ratio_text(row.gap),
                 concat(row.gap.metric, ": ", gap_text(row.closed)), gap_text(row.nats)});
  return claim.empty() ? table : table.without({"claim"});
}

/// The correction of the primary endpoints of a family, and the members not measured yet.
[[nodiscard]] inline std::string correction_text(const Family& family) {
  const auto counted = [](std::size_t count, const std::string& what) {
    return concat(count, ' ', what, count == 1 ? "" : "s");
  };
  std::string text =
      concat("Holm's correction over the ",
             counted(static_cast<std::size_t>(family.num_primary), "primary endpoint"), " of the ",
             counted(family.claims.size(), "claim"), " of family ", family.name, ".");
  if (!family.missing.empty())
    text += concat(" Preliminary: a primary endpoint is not measured yet in ",
                   joined(family.missing), ", counted with p = 1.");
  return text;
}

/// The same for every family.
[[nodiscard]] inline std::string correction_text(const Verdicts& verdicts) {
  std::string text;
  for (const Family& family : verdicts.families)
    text += (text.empty() ? "" : " ") + correction_text(family);
  return text;
}

}  // namespace looplab::lab

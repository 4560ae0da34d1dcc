// SPDX-License-Identifier: MIT
//
// The tables of verdicts and of exchange rates.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/lab/report/table.hpp"
#include "looplab/lab/verdicts/verdict.hpp"

namespace looplab::lab {

/// The two statements on an effect: whether it is there (p), and whether it has the stated size.
[[nodiscard]] inline std::string statements_text(const EndpointRow& row) {
  std::string text = row.p && row.estimate.count >= 2 ? concat("p ", p_text(*row.p)) : "";
  if (!row.size) return text;
  const std::string size = to_text(row.endpoint.size);
  text += text.empty() ? "" : "; ";
  switch (*row.size) {
    case SizeReached::by_interval:
      return text + "at least " + size + ": yes, with the whole interval";
    case SizeReached::by_mean:
      return text + "at least " + size + ": yes, by its mean";
    default:
      return text + "at least " + size + ": no";
  }
}

/// The estimate with its interval, then the statements on it and other reasons for the verdict.
[[nodiscard]] inline TableCell measured_cell(const EndpointRow& row) {
  std::vector<std::string> details{statements_text(row)};
  if (row.shares) details.insert(details.begin(), shares_text(*row.shares));
  if (row.estimate.count >= 2 && row.estimate.confidence != stats::kConfidence)
    details.push_back(concat(percent(row.estimate.confidence), " interval"));
  details.insert(details.end(), row.notes.begin(), row.notes.end());
  std::erase(details, "");
  return {interval_text(row.estimate), joined(details, "\n")};
}

/// A verdict as a badge of its own colour.
[[nodiscard]] inline TableCell verdict_cell(stats::Verdict verdict) {
  constexpr std::array<const char*, 4> kBadges{"reproduced", "not", "inconclusive", "beyond"};
  return {to_text(verdict), "", kBadges[static_cast<std::size_t>(verdict)]};
}

/// A row per endpoint of all claims, or of one, whose table has no column `paper` or `why`.
[[nodiscard]] inline Table verdict_table(const Verdicts& verdicts, std::string_view claim = "") {
  Table table(
      {claim.empty() ? "claim" : "endpoint", "paper", "expected", "why", "measured", "verdict"});
  for (const EndpointRow& row : verdicts.endpoints) {
    if (!claim.empty() && row.claim != claim) continue;
    const Endpoint& endpoint = row.endpoint;
    table.add(
        {{claim.empty() ? row.title : "",
          concat(endpoint.name, endpoint.primary ? " (primary)" : "")},
         row.paper,
         {expected_here(endpoint), endpoint.power.empty() ? "" : concat("power: ", endpoint.power)},
         endpoint.reason,
         measured_cell(row),
         verdict_cell(row.verdict)});
  }
  return claim.empty() ? table : table.without({"paper", "why"});
}

/// A row per exchange rate of all claims, or of one, whose table has no column `claim`.
[[nodiscard]] inline Table exchange_table(const Verdicts& verdicts, std::string_view claim = "") {
  Table table({"exchange rate", "claim", "cell", "ladder", "in its metric",
               "in nats of the answers", "seeds"});
  for (const ExchangeRow& row : verdicts.exchanges)
    if (claim.empty() || row.claim == claim)
      table.add({row.exchange.title(), row.claim, row.exchange.cell, row.exchange.ladder,
                 concat(row.exchange.metric, ": ", exchange_text(row.rate)),
                 exchange_text(row.nats), row.count});
  return claim.empty() ? table : table.without({"claim"});
}

/// The verdict on a claim, by its primary endpoints: "2 of 2 primary endpoints reproduced".
[[nodiscard]] inline std::string claim_verdict_text(const Verdicts& verdicts,
                                                    const std::string& claim) {
  const auto primary = verdicts.primary(claim);
  if (primary.empty()) return "no primary endpoint";
  std::string text = verdicts.is_preliminary(claim) ? "preliminary: " : "";
  for (const EndpointRow* row : primary)
    text += concat(row == primary.front() ? "" : "; ", row->endpoint.name, ": ",
                   to_text(row->verdict), ", ", interval_text(row->estimate));
  return text;
}

/// How verdicts come about, for the reader of a table.
inline constexpr std::string_view kRules =
    "A primary endpoint is judged at its claim's alpha (99 % interval; a null and a bound: 95 %, "
    "each "
    "side at .025) and counts only if those stated before it are reproduced; no claim is corrected "
    "for another. Other endpoints are reported, with 95 % intervals. p is two-sided, of shares "
    "one-sided.";

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// All verdicts of a report: every endpoint and every exchange rate of every claim.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "looplab/lab/verdicts/cell_exchange.hpp"
#include "looplab/lab/verdicts/endpoint_verdict.hpp"
#include "looplab/lab/verdicts/gatekeeping.hpp"

namespace looplab::lab {

/// An exchange rate of a claim, in its metric and in nats of the answers; `count`: seeds; the cell's
/// layers and loops.
struct ExchangeRow {
  std::string claim;
  Exchange exchange;
  stats::ExchangeRate rate, nats;
  Index count = 0, layers = 1, loops = 1;
};

/// All rows of several claims.
struct Verdicts {
  std::vector<EndpointRow> endpoints;
  std::vector<ExchangeRow> exchanges;

  /// Whether every endpoint is reproduced.
  [[nodiscard]] bool all_reproduced() const {
    return count(stats::Verdict::reproduced) == std::ssize(endpoints);
  }
  /// Number of endpoints with this verdict.
  [[nodiscard]] Index count(stats::Verdict verdict) const {
    return std::ranges::count(endpoints, verdict, &EndpointRow::verdict);
  }
  /// The primary endpoints of a claim, in its order.
  [[nodiscard]] std::vector<const EndpointRow*> primary(const std::string& claim) const {
    std::vector<const EndpointRow*> rows;
    for (const EndpointRow& row : endpoints)
      if (row.claim == claim && row.endpoint.primary) rows.push_back(&row);
    return rows;
  }
  /// Whether a primary endpoint of the claim lacks results that decide it.
  [[nodiscard]] bool is_preliminary(const std::string& claim) const {
    return std::ranges::any_of(primary(claim), [](const auto* row) { return !row->measured; });
  }
};

/// Computes one exchange rate on both scales.
[[nodiscard]] inline ExchangeRow measure_exchange(const Claim& claim, const Exchange& exchange,
                                                  const ClaimResults& results) {
  const auto on = [&](const MetricKey& metric) {
    return cell_exchange(claim, results, exchange.cell, listed(exchange.ladder), metric,
                         stats::kConfidence);
  };
  const CellExchange own = on(exchange.metric), nats = on(exchange.nats());
  const RunConfig& config = find_cell(claim, exchange.cell)->config;
  return {claim.name,          exchange,  own.rate,
          nats.rate,           own.count, config.model.num_block_layers,
          config.loops.trained};
}

/// Judges the endpoints of `claims`, each claim by itself, and measures its exchange rates.
[[nodiscard]] inline Verdicts judge_all(const std::vector<Claim>& claims,
                                        const std::vector<RunResult>& results) {
  Verdicts verdicts;
  for (const Claim& claim : claims) {
    const ClaimResults of_claim(claim.name, results);
    const std::size_t first = verdicts.endpoints.size();
    for (const Endpoint& endpoint : claim.endpoints)
      verdicts.endpoints.push_back(judge(claim, endpoint, of_claim));
    for (const Exchange& exchange : claim.exchanges)
      verdicts.exchanges.push_back(measure_exchange(claim, exchange, of_claim));
    if (claim.endpoints.empty()) continue;
    keep_gate(std::span(verdicts.endpoints).subspan(first));
    EndpointRow& row = verdicts.endpoints[first];
    row.title = claim.text.title;
    if (row.paper.empty()) row.paper = claim.text.paper;
  }
  return verdicts;
}

}  // namespace looplab::lab

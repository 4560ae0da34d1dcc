// SPDX-License-Identifier: MIT
//
// An endpoint with its measurement: a row of the table of verdicts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "looplab/lab/claims/expectation.hpp"
#include "looplab/stats/fisher_exact.hpp"
#include "looplab/stats/judgement.hpp"

namespace looplab::lab {

/// The numbers of runs that reach an endpoint's threshold.
struct Shares {
  stats::Proportion cell, baseline;
};

/// "11 of 15 - 0 of 10".
[[nodiscard]] inline std::string shares_text(const Shares& shares) {
  return concat(shares.cell.successes, " of ", shares.cell.trials, " - ", shares.baseline.successes,
                " of ", shares.baseline.trials);
}

/// Whether a positive effect also has the stated size.
enum class SizeReached { by_interval, by_mean, no };

/// An endpoint with its measurement. The first row of a claim has its title and, unless the endpoint
/// has its own, its text of the paper.
struct EndpointRow {
  std::string claim, title, paper;
  Endpoint endpoint;
  bool measured = false;            // whether every cell that decides it has all its runs
  stats::Interval estimate;         // of the difference, share, slope or phi; count: seeds, 0: none
  std::optional<Shares> shares;     // kind proportion
  std::optional<double> p;          // of this endpoint; none for an exchange rate
  std::optional<SizeReached> size;  // kinds with a size, where one is stated
  std::vector<std::string> notes;   // blocks, controls, and other reasons for the verdict
  stats::Verdict verdict = stats::Verdict::inconclusive;
};

}  // namespace looplab::lab

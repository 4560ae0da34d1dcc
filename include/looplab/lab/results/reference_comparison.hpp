// SPDX-License-Identifier: MIT
//
// Results made here beside those recorded with the claims: how many are equal, bit for bit, and how
// far the others are apart. The same processor, compiler and libraries give the same bits.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/results/result.hpp"

namespace looplab::lab {

/// The comparison of results with the recorded ones of the same content and seed.
struct ReferenceComparison {
  Index num_same = 0, num_compared = 0, num_results = 0;
  double largest = 0;    // difference of a metric
  std::string farthest;  // where it is, such as "accuracy of 1x4-s6"
};

/// Compares all metrics at the end of training.
[[nodiscard]] inline ReferenceComparison compare_with_reference(
    const std::vector<RunResult>& results, const std::vector<RunResult>& reference) {
  ReferenceComparison comparison;
  comparison.num_results = std::ssize(results);
  for (const RunResult& result : results) {
    const auto found = std::ranges::find_if(reference, [&](const RunResult& other) {
      return other.claim == result.claim && other.hash == result.hash && other.seed == result.seed;
    });
    if (found == reference.end()) continue;
    ++comparison.num_compared;
    bool same = true;
    for (const Metric& metric : result.metrics) {
      const Metric* other = find_metric(found->metrics, metric.key);
      if (other == nullptr) continue;
      const double apart = std::abs(metric.value - other->value);
      same = same && metric.value == other->value;
      if (!(apart > comparison.largest)) continue;
      comparison.largest = apart;
      comparison.farthest = concat(metric.key, " of ", result.cell, "-s", result.seed);
    }
    comparison.num_same += same ? 1 : 0;
  }
  return comparison;
}

/// "Same as the reference: 12 of 12 runs, bit for bit."
[[nodiscard]] inline std::string comparison_text(const ReferenceComparison& comparison) {
  if (comparison.num_compared == 0) return "No run of this plan has a recorded reference.";
  std::string text = concat("Same as the reference: ", comparison.num_same, " of ",
                            comparison.num_compared, " runs, bit for bit");
  if (comparison.num_compared < comparison.num_results)
    text += concat(" (", comparison.num_results - comparison.num_compared, " have none)");
  if (comparison.num_same < comparison.num_compared)
    text += concat("; the others differ by at most ", short_number(comparison.largest), " (",
                   comparison.farthest,
                   "), as on another processor or with another compiler or library");
  return text + ".";
}

}  // namespace looplab::lab

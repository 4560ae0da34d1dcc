// SPDX-License-Identifier: MIT
#include "looplab/lab/results/reference_comparison.hpp"

#include "support/catch.hpp"
#include "support/made_results.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("results are the same as the reference, bit for bit, or some distance apart",
          "[reference_comparison]") {
  auto reference = three_cells();
  for (RunResult& result : reference) result.hash = result.cell;
  CHECK(comparison_text(compare_with_reference(reference, reference)) ==
        "Same as the reference: 9 of 9 runs, bit for bit.");
  auto results = reference;
  results[1].metrics[0].value += 0.25;
  results[2].metrics[1].value -= 1e-12;
  results[3].hash = "another";
  const auto comparison = compare_with_reference(results, reference);
  CHECK(comparison.num_same == 6);
  CHECK(comparison.num_compared == 8);
  CHECK(comparison.largest == Approx(0.25));
  CHECK(
      comparison_text(comparison) ==
      "Same as the reference: 6 of 8 runs, bit for bit (1 have none); the others differ by at most "
      "0.250 (accuracy of 1x4-s2), as on another processor or with another compiler or library.");
  CHECK(comparison_text(compare_with_reference(results, {})) ==
        "No run of this plan has a recorded reference.");
}

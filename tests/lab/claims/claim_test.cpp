// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/claim.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("cells are found by name, and shown by pattern", "[claim]") {
  Claim claim;
  claim.cells = {{"1x1", "", {}}, {"1x4", "the loop", {}}};
  CHECK(find_cell(claim, "1x4")->label == "the loop");
  CHECK(find_cell(claim, "4x1") == nullptr);
  FigureSpec figure;
  CHECK(matches_any(figure.cells, "1x4"));
  figure.cells = "2x*, 1x1";
  CHECK(matches_any(figure.cells, "1x1"));
  CHECK(matches_any(figure.cells, "2x4"));
  CHECK_FALSE(matches_any(figure.cells, "1x4"));
  CHECK_FALSE(matches_any(figure.cells, "1x1_long"));
}

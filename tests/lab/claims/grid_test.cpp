// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/grid.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {
Settings expanded(const std::string& grid) {
  Problems problems;
  const Settings settings = expand_grid(
      parse_ini("[task]\nkind = k_hop_induction\n[grid]\n" + grid, "claim.ini"), problems);
  problems.throw_if_any();
  return settings;
}
std::vector<std::string> cells(const std::string& grid) {
  return section_names(expanded(grid), "cell");
}
using Names = std::vector<std::string>;
}  // namespace

TEST_CASE("a grid makes the product of its axes, the first the slowest", "[grid]") {
  const Settings settings = expanded("cell.{k}x{R} = k: 1 2; R: 1 4\n");
  CHECK(section_names(settings, "cell") == Names{"1x1", "1x4", "2x1", "2x4"});
  CHECK(last_value(settings, "cell.2x4.model.num_block_layers") == "2");
  CHECK(last_value(settings, "cell.2x4.model.num_loops") == "4");
  CHECK(last_value(settings, "task.kind") == "k_hop_induction");
  CHECK(settings.front().where == "claim.ini:4");
}

TEST_CASE("an axis may be k x R at once, a key, a named key or a part of the name", "[grid]") {
  CHECK(cells("cell.{k}x{R} = kxR: 1x1 1x4 4x1\n") == Names{"1x1", "1x4", "4x1"});
  CHECK(cells("cell.{k}x{R}{case} = case: _a _b; kxR: 1x1 2x4\n") ==
        Names{"1x1_a", "2x4_a", "1x1_b", "2x4_b"});
  const Settings settings = expanded(
      "cell.{D}_h{hops} = D: 8 16; hops = task.max_hops: 2 4; train.num_steps: 30\n"
      "cell.b{batch_size} = train.batch_size: 2\ncell.4x4_wide = kxR: 4x4; model.d_model: 64\n");
  CHECK(section_names(settings, "cell") == Names{"8_h2", "8_h4", "16_h2", "16_h4", "b2", "4x4_wide"});
  CHECK(last_value(settings, "cell.16_h2.model.d_model") == "16");
  CHECK(last_value(settings, "cell.16_h2.task.max_hops") == "2");
  CHECK(last_value(settings, "cell.16_h2.train.num_steps") == "30");
  CHECK(last_value(settings, "cell.4x4_wide.model.num_loops") == "4");
}

TEST_CASE("each mistake in a grid has its own sentence", "[grid]") {
  CHECK_THROWS_WITH(cells("cell.{num_lops} = model.num_lops: 1 2\n"),
                    contains("claim.ini:4: grid: unknown key model.num_lops; did you mean "
                             "model.num_loops?"));
  CHECK_THROWS_WITH(
      cells("cell.{k}x{R} = k: 1 2\n"),
      contains("claim.ini:4: grid has the cell 1x{R}, whose placeholder has no axis"));
  CHECK_THROWS_WITH(cells("cell.{k} = k 1 2\n"), contains("expected NAME: VALUE VALUE"));
  CHECK_THROWS_WITH(cells("cell.a = k:\n"), contains("expected NAME: VALUE VALUE"));
  CHECK_THROWS_WITH(cells("{k}x{R} = kxR: 1x1\n"), contains("expected cell.NAME"));
  CHECK_THROWS_WITH(cells("cell.{k} = k: 1 2\ncell.2 = k: 2\n"),
                    contains("claim.ini:5: grid has the cell 2 twice (claim.ini:4)"));
}

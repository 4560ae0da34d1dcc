// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/endpoint_check.hpp"

#include "looplab/lab/claims/claim_reader.hpp"
#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

struct CheckScene {
  TemporaryDirectory directory;
  std::filesystem::path claim = write_claim(directory.path());

  [[nodiscard]] Claim load(const std::string& expected, const std::string& cells = "") const {
    write_claim_file(claim, TinyClaim{.expected = expected, .more = cells});
    return load_claim(claim, "tiny");
  }
};

const std::string kCompare = "[endpoint.a]\ncompare = 1x2 - 1x1\n";

}  // namespace

TEST_CASE("an endpoint may only speak of what is run", "[endpoint_check]") {
  const CheckScene scene;
  CHECK_THROWS_WITH(
      scene.load("[endpoint.a]\nmetric = acuracy\ncell = 1x3\nbaseline = 1x1\n"
                 "[endpoint.b]\nkind = null\nmetric = loss\ncell = 1x2\nbaseline = 1x1\n"
                 "[exchange.c]\nmetric = accuracy\ncell = 1x2\nladder = 1x1, 3x1\nladdr = 1\n"),
      contains("endpoint a: unknown metric acuracy; did you mean accuracy?") &&
          contains("endpoint a: unknown cell 1x3") && contains("endpoint b: margin is 0") &&
          contains("exchange c: unknown cell 3x1") && contains("did you mean ladder?"));
}

TEST_CASE("an endpoint has the keys of its kind and no others", "[endpoint_check]") {
  const CheckScene scene;
  CHECK_THROWS_WITH(
      scene.load(kCompare + "kind = proportion\nmetric = accuracy\n"),
      contains("endpoint a: kind is proportion, but accuracy is continuous, expected the "
               "threshold from which a run counts, such as threshold = 0.9"));
  CHECK(*scene.load(kCompare + "kind = proportion\nthreshold = 0.9\n").endpoints[0].threshold ==
        0.9);
  CHECK_THROWS_WITH(
      scene.load(kCompare + "kind = one_sided\n"),
      contains("endpoint a: kind is one_sided, expected a bound, such as bound = 0.1"));
  CHECK(scene.load(kCompare + "kind = one_sided\nbound = -0.1\nside = above\n").endpoints[0].side ==
        Side::above);
  CHECK_THROWS_WITH(
      scene.load(kCompare + "margin = 0.1\nthreshold = 0.5\nx = 1, 2\nladder = 1x1, 2x1\n"),
      contains("margin is given, but kind is difference, expected for null only") &&
          contains("threshold is given") && contains("x is given, but kind is difference") &&
          contains("ladder is given, but kind is difference, expected for exchange_rate only"));
  CHECK_THROWS_WITH(scene.load(kCompare + "budget_cells = 2x1\n"),
                    contains("budget_cells and learned_above have to be given together"));
  CHECK_THROWS_WITH(scene.load(kCompare + "budget_cells = 2x1, 3x1\nlearned_above = 0\n"),
                    contains("unknown cell 3x1"));
}

TEST_CASE("a trend has its metric at each x", "[endpoint_check]") {
  const CheckScene scene;
  const std::string trend = "[endpoint.a]\nkind = trend\ncell = 1x2\n";
  CHECK(scene.load(trend + "metric = accuracy k={x}\nx = 1, 2\n").endpoints.size() == 1);
  CHECK_THROWS_WITH(scene.load(trend + "metric = accuracy\nx = 1, 2\n"),
                    contains("metric is \"accuracy\", expected one with the word {x}"));
  CHECK_THROWS_WITH(scene.load(trend + "metric = accuracy k={x}\nx = 1, 77\n"),
                    contains("unknown metric accuracy k=77"));
  CHECK_THROWS_WITH(scene.load(trend + "metric = accuracy k={x}\nx = 2, 1\n"),
                    contains("x is \"2, 1\", expected 2 or more ascending numbers"));
}

TEST_CASE("a ladder has unlooped cells of ascending depth", "[endpoint_check]") {
  const CheckScene scene;
  const auto load = [&](const std::string& cell, const std::string& ladder) {
    return scene.load("[exchange.a]\ncell = " + cell + "\nladder = " + ladder + "\n");
  };
  CHECK(load("1x2", "1x1, 2x1").exchanges.size() == 1);
  CHECK_THROWS_WITH(load("1x2", "1x1"),
                    contains("exchange a: ladder is \"1x1\", expected 2 or more cells of ascending "
                             "depth, each applied once"));
  CHECK_THROWS_WITH(load("1x2", "2x1, 1x1"), contains("ladder has 1x1 of 1 layers and 1 loops"));
  CHECK_THROWS_WITH(load("1x2", "1x1, 1x2"), contains("ladder has 1x2 of 1 layers and 2 loops"));
  CHECK_THROWS_WITH(load("2x1", "1x1, 2x1"),
                    contains("cell 2x1 is applied once, expected a looped"));
  CHECK_THROWS_WITH(
      scene.load("[endpoint.a]\nkind = exchange_rate\ncell = 1x2\nladder = 1x1\nbound = 0.5\n"),
      contains("endpoint a: ladder is \"1x1\", expected 2 or more"));
}

TEST_CASE("pooled cells match within a block and across blocks", "[endpoint_check]") {
  const CheckScene scene;
  const std::string cells =
      "[cell.8_1x1]\nmodel.num_loops = 1\n[cell.8_1x2]\nmodel.num_loops = 2\n"
      "[cell.16_1x1]\nmodel.num_loops = 1\nmodel.d_model = 16\n"
      "[cell.16_1x2]\nmodel.num_loops = 2\nmodel.d_model = 16\n";
  const std::string pooled =
      "[endpoint.a]\nkind = null\nmargin = 0.1\ncompare = {block}_1x2 - {block}_1x1\n";
  const Claim claim = scene.load(pooled + "blocks = 8, 16\n", cells);
  const auto pairs = cell_pairs(claim.endpoints.at(0));
  REQUIRE(pairs.size() == 2);
  CHECK(pairs[1].cell == "16_1x2");
  CHECK(pairs[1].baseline == "16_1x1");
  CHECK_THROWS_WITH(scene.load(pooled + "blocks = 8, 32\n", cells),
                    contains("unknown cell 32_1x2"));
  CHECK_THROWS_WITH(
      scene.load(pooled + "blocks = 8\n", cells),
      contains("blocks is \"8\", expected 2 or more, and cell and baseline with the"));
  CHECK_THROWS_WITH(
      scene.load(pooled + "blocks = 8, 16\n",
                 cells + "[preset.tiny.cell.16_1x1]\nmodel.d_model = 8\n"),
      contains("in block 16 the cells 16_1x2 and 16_1x1 differ in task or width, so that they "
               "cannot be pooled"));
  CHECK_THROWS_WITH(scene.load(pooled + "blocks = 8, 16\n",
                               cells + "[preset.tiny.cell.16_1x2]\nmodel.num_loops = 3\n"),
                    contains("the cells 16_1x2 and 8_1x2 differ in layers or loops"));
}

TEST_CASE("a control is its cell trained for longer", "[endpoint_check]") {
  const CheckScene scene;
  const std::string null = kCompare + "kind = null\nmetric = loss\nmargin = 1\n";
  const std::string twice =
      "[cell.1x1_double]\ntrain.num_steps = 8\nmodel.num_loops = 1\n"
      "[cell.1x2_double]\ntrain.num_steps = 8\nmodel.num_loops = 2\n";
  CHECK(scene.load(null + "controls = _double\n", twice).endpoints.size() == 1);
  CHECK_THROWS_WITH(
      scene.load(null + "controls = _double\n",
                 twice + "[preset.tiny.cell.1x1_double]\ntrain.num_steps = 4\n"),
      contains("1x1_double is trained on 16 windows, expected more than the 16 of 1x1"));
  CHECK_THROWS_WITH(scene.load(null + "controls = _double\n",
                               twice + "[preset.tiny.cell.1x2_double]\nmodel.num_loops = 3\n"),
                    contains("1x2_double has another task or model than 1x2"));
  CHECK_THROWS_WITH(scene.load(null + "controls = _dbl\n", twice),
                    contains("unknown cell 1x2_dbl"));
}

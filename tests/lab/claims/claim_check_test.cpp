// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/claim_check.hpp"

#include "looplab/lab/claims/claim_reader.hpp"
#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("an endpoint may only speak of what is run", "[claim_check]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory.path());
  write_claim_file(
      claim, TinyClaim{.expected =
             "[endpoint.a]\nmetric = acuracy\ncell = 1x3\nbaseline = 1x1\n"
             "[endpoint.b]\nkind = null\nmetric = loss\ncell = 1x2\nbaseline = 1x1\n"
             "[gap.c]\nmetric = accuracy\nloop = 1x2\niso_parameter = 1x1\niso_flop = 3x1\n"
             "ceilling = 1\n"});
  CHECK_THROWS_WITH(load_claim(claim, "tiny"),
                    contains("endpoint a: unknown metric acuracy; did you mean accuracy?") &&
                        contains("endpoint a: unknown cell 1x3") &&
                        contains("endpoint b: margin is 0") &&
                        contains("gap c: unknown cell 3x1") && contains("did you mean ceiling?"));
}

TEST_CASE("control cells are their arms trained at least twice as long", "[claim_check]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory.path());
  const std::string null =
      "[endpoint.a]\nkind = null\nmetric = loss\ncell = 1x2\nbaseline = 1x1\nmargin = 1\n";
  const auto load = [&](const std::string& cells, const std::string& more) {
    write_claim_file(claim, TinyClaim{.expected = null + more, .more = cells});
    return load_claim(claim, "tiny");
  };
  const std::string controls = "control_cell = 1x2_double\ncontrol_baseline = 1x1_double\n",
                    twice =
                        "[cell.1x1_double]\ntrain.num_steps = 8\nmodel.num_loops = 1\n"
                        "[cell.1x2_double]\ntrain.num_steps = 8\nmodel.num_loops = 2\n";
  CHECK(load(twice, controls).endpoints.at(0).control_cell == "1x2_double");
  CHECK_THROWS_WITH(load("[cell.1x1_double]\ntrain.num_steps = 7\nmodel.num_loops = 1\n"
                         "[cell.1x2_double]\ntrain.num_steps = 8\nmodel.num_loops = 1\n",
                         controls),
                    contains("1x1_double is trained on 28 windows, expected twice the 16 of 1x1") &&
                        contains("1x2_double has another task or model than 1x2"));
  CHECK_THROWS_WITH(load(twice, "control_cell = 1x2_double\n"), contains("given together"));
  CHECK_THROWS_WITH(load(twice, controls + "budget_cell = 3x1\n"),
                    contains("unknown cell 3x1") && contains("budget_cell and learned_above"));
  CHECK_THROWS_WITH(load(twice, controls +
                                    "[endpoint.b]\nmetric = loss\ncell = 1x2\n"
                                    "baseline = 1x1\n" +
                                    controls),
                    contains("endpoint b: is a difference, expected control cells for a null"));
}

TEST_CASE("a figure may only speak of what is run at some preset", "[claim_check]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory.path());
  const auto load = [&](const std::string& figures) {
    write_claim_file(claim, figures + "[preset.other.cell.9x1]\nmodel.num_block_layers = 9\n");
    return load_claim(claim, "tiny").figures.size();
  };
  CHECK(load("[figure.a]\nkind = heatmap\ncells = 1x*, 9x1\n[figure.b]\nx = parameters\n"
             "kind = scatter\nslopes = 2,1\nlevel = 0.5\nseries = model.num_loops\n") == 2);
  CHECK(load("[figure.a]\nkind = metrics\nmetric = accuracy k=1, accuracy k=2\n") == 1);
  CHECK_THROWS_WITH(load("[figure.a]\nkind = curve\nmetric = accuracy k=1,accuracy k=2\n"),
                    contains("figure a: metric is \"accuracy k=1, accuracy k=2\", expected one"));
  CHECK_THROWS_WITH(
      load("[figure.a]\nkind = heat\n"),
      contains("kind is \"heat\", expected one of heatmap, curve, sweep, scatter, metrics"));
  CHECK_THROWS_WITH(
      load("[figure.b]\nkind = curve\nx = step\nmetric = acuracy\n[figure.c]\nkind = sweep\n"
           "x = task.kind\nseries = model.loops\ncells = 3*\nlevel = high\n"),
      contains("figure b: unknown x step; did you mean steps?") &&
          contains("figure b: unknown metric acuracy") &&
          contains("figure c: x is \"task.kind\", expected a key of the cells with a number") &&
          contains("figure c: series has \"model.loops\"") &&
          contains("figure c: unknown cell 3*") && contains("figure c: level has \"high\""));
}

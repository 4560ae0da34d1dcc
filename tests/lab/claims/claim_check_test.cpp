// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/claim_check.hpp"

#include "looplab/lab/claims/claim_reader.hpp"
#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

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

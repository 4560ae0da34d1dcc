// SPDX-License-Identifier: MIT
#include "looplab/lab/config/run_config.hpp"

#include "looplab/lab/config/run_cost.hpp"
#include "looplab/lab/config/run_identity.hpp"
#include "looplab/lab/config/run_options.hpp"
#include "support/catch.hpp"
#include "support/resolved_run.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("the numbers of loops are resolved once, the given ones stay for the run's name",
          "[run_config]") {
  const auto loops = [](const std::string& text) {
    const RunLoops all = resolve(kTask + text).loops;
    return std::pair(all.trained, all.evaluated);
  };
  const std::string model = "[model]\nnum_loops = 2\n";
  CHECK(loops(model) == std::pair<Index, Index>(2, 2));
  CHECK(loops(model + "[train]\nnum_loops = 4\n") == std::pair<Index, Index>(4, 4));
  CHECK(loops(model + "[evaluation]\nnum_loops = 3\n") == std::pair<Index, Index>(2, 3));
  CHECK(loops(model + "[train]\nnum_loops = 4\n[evaluation]\nnum_loops = 3\n") ==
        std::pair<Index, Index>(4, 3));
  const RunConfig run = resolve(kTask + model + "[train]\nnum_loops = 4\n");
  CHECK(trained_model(run).num_loops == 4);
  CHECK(run_cost(run).model.effective_parameters ==
        run_cost(resolve(kTask + "[model]\nnum_loops = 4\n")).model.effective_parameters);
  CHECK(changed_values(run)["model"]["num_loops"] == 2);
  CHECK_FALSE(changed_values(run).contains("evaluation"));
  CHECK(resolve(to_ini(run)).loops.evaluated == 4);
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/runs/run_model.hpp"

#include "looplab/lab/config/resolve_run.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("the model of a run has the weights of its configuration and seed", "[run_model]") {
  const RunConfig config = resolve_run(parse_ini(
      "[task]\nkind = k_hop_induction\n[model]\nd_model = 8\nnum_heads = 1\n[train]\nseed = 7\n",
      "i"));
  LoopedTransformer<float> same(config.model, Seed{7});
  AnyModel model = make_model(config);
  const auto& weights = model.parameters().at("embedding.weight").value;
  CHECK(std::ranges::equal(weights, ParameterList<float>(same).at("embedding.weight").value));
}

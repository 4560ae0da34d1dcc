// SPDX-License-Identifier: MIT
#include "looplab/lab/registry/any_objective.hpp"

#include "looplab/train/objectives/every_loop.hpp"
#include "support/scored_chunk.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("any objective scores and identifies itself as the one it holds") {
  const looplab_test::ThinnedTask task(2);
  LoopedTransformer<float> model(looplab_test::small_model(task), Seed{1});
  ChunkWorkspace<float> workspace;
  const auto loss = [&](const auto& objective) {
    return objective(draw_chunk(model, task, {.seed = {3}, .count = 2}, nullptr, workspace))
        .data()[0];
  };
  const EveryLoop every{{1, 3}};
  using Any = AnyObjective<LoopedTransformer<float>>;
  CHECK(loss(Any(every)) == loss(every));
  CHECK(objective_identity(Any(every)) == objective_identity(every));
  STATIC_REQUIRE(Objective<Any, LoopedTransformer<float>>);
}

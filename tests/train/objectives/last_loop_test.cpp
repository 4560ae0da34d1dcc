// SPDX-License-Identifier: MIT
#include "looplab/train/objectives/last_loop.hpp"

#include "support/scored_chunk.hpp"

using namespace looplab;

TEST_CASE("the loss of the last loop is the sum of its rows' losses, with the right gradients") {
  looplab_test::GatedScene scene;
  double expected = 0;
  scene.for_each_loop([&](const auto& loss, const auto&) {
    expected = 0;
    for (double x : loss) expected += x;
  });
  CHECK(scene.score(LastLoop{}).loss == Approx(expected).epsilon(1e-12));
  scene.check_gradients(LastLoop{});
}

TEST_CASE("every token model has a last loop") {
  STATIC_REQUIRE(Objective<LastLoop, looplab_test::LastOnly>);
  CHECK(objective_identity(LastLoop{}) == "last_loop 1");
}

// SPDX-License-Identifier: MIT
#include "looplab/train/objectives/every_loop.hpp"

#include "looplab/train/objectives/last_loop.hpp"
#include "support/scored_chunk.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using looplab_test::check_close;
using looplab_test::LossAndGradients;
using looplab_test::on_chunk;
using looplab_test::small_model;
using looplab_test::ThinnedTask;
using looplab_test::tolerance;

TEST_CASE("the loss of every loop is the mean of the losses after 1, 2, ... loops") {
  const ThinnedTask task(2);
  for (const Index coda : {0, 1}) {
    auto config = small_model(task);
    config.num_loops = 3;
    config.num_coda_layers = coda;
    LoopedTransformer<double> model(config, Seed{1});
    const ParameterList<double> parameters(model);
    const Index size = parameters.flat_size();
    ChunkRequest request{.seed = Seed{2}, .count = 3};
    LossAndGradients mean{0, Tensor<double>({size})};
    for (Index loops = 1; loops <= 3; ++loops) {
      request.scoring.loops.num_loops = loops;
      const LossAndGradients one = on_chunk(LastLoop{}, model, size, task, request);
      mean.loss += one.loss / 3;
      for (Index i = 0; i < size; ++i) mean.gradients.data()[i] += one.gradients.data()[i] / 3;
    }
    const LossAndGradients last = on_chunk(LastLoop{}, model, size, task, request);
    const LossAndGradients every = on_chunk(EveryLoop{}, model, size, task, request);
    CHECK(every.loss == Approx(mean.loss).epsilon(1e-12));
    CHECK(std::abs(every.loss - last.loss) > 1e-6);
    check_close(every.gradients, mean.gradients, tolerance<double>(55), 10);
  }
}

TEST_CASE("the losses of the loops can be weighted, and weights have to fit the loops") {
  const ThinnedTask task(2);
  LoopedTransformer<double> model(small_model(task), Seed{1});
  const ParameterList<double> parameters(model);
  const Index size = parameters.flat_size();
  const auto score = [&](const auto& objective, Index loops) {
    return on_chunk(objective, model, size, task,
                    {.seed = Seed{2}, .count = 3, .scoring = {.loops = {.num_loops = loops}}});
  };
  const LossAndGradients one = score(LastLoop{}, 1), two = score(LastLoop{}, 2),
                         weighted = score(EveryLoop{{1, 3}}, 2);
  CHECK(weighted.loss == Approx(0.25 * one.loss + 0.75 * two.loss).epsilon(1e-12));
  Tensor<double> gradients({size});
  for (Index i = 0; i < size; ++i)
    gradients.data()[i] = 0.25 * one.gradients.data()[i] + 0.75 * two.gradients.data()[i];
  check_close(weighted.gradients, gradients, tolerance<double>(55), 10);
  CHECK(score(EveryLoop{{0, 1}}, 2).loss == two.loss);
  for (const Index loops : {1, 3})
    CHECK_THROWS_WITH(score(EveryLoop{{1, 3}}, loops),
                      looplab_test::contains(concat("loop_weights has 2 numbers, expected one for "
                                                    "each of ",
                                                    loops, " loops")));
}

TEST_CASE("the gradient of every loop's loss agrees with central differences") {
  looplab_test::GatedScene().check_gradients(EveryLoop{{1, 2, 4}});
}

TEST_CASE("a model has to be readable after every loop, and weights above 0") {
  STATIC_REQUIRE(Objective<EveryLoop, LoopedTransformer<double>>);
  STATIC_REQUIRE_FALSE(Objective<EveryLoop, looplab_test::LastOnly>);
  CHECK(objective_identity(EveryLoop{{1, 3}}) == R"(every_loop 1 {"loop_weights":[1,3]})");
  Problems problems;
  check_objective(EveryLoop{{0, 0}}, problems);
  CHECK_THROWS_WITH(problems.throw_if_any("objective"),
                    looplab_test::contains("loop_weights is 0,0, expected one above 0"));
}

// SPDX-License-Identifier: MIT
#include "looplab/train/objectives/objective.hpp"

#include "looplab/train/trainer.hpp"
#include "support/scored_chunk.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

/// Last loop, plus its distance from the loop before: as in the header's file comment.
struct Smoothness {
  static constexpr ObjectiveName kName{"agreement", 1};
  double weight = 0.1;
  static void for_each_field(auto& self, auto&& visit) {
    visit(Field{"weight", "weight of the squared distance", 0, 1e6}, self.weight);
  }
  template <PerLoopModel M>
  auto operator()(const ScoredWindows<M>& windows) const {
    using S = typename M::Scalar;
    Variable<S> before, last;
    windows.for_each_loop(
        [&](Index, auto state) { before = std::exchange(last, windows.scored_rows(state)); });
    const auto step = add_scaled(windows.tape(), last, S{-1}, before);
    const auto distance = sum(windows.tape(), multiply(windows.tape(), step, step));
    return add_scaled(windows.tape(), sum(windows.tape(), windows.row_losses(last)),
                      static_cast<S>(weight), distance);
  }
};
struct EditedSmoothness : Smoothness {
  static constexpr ObjectiveName kName{"agreement", 2};
};

struct Nameless {
  auto operator()(const auto& windows) const { return windows.loss(windows.last_state()).loss; }
};
/// Its weight is in no identity.
struct Undescribed {
  static constexpr ObjectiveName kName{"undescribed", 1};
  double weight = 1;
  auto operator()(const auto& windows) const { return windows.loss(windows.last_state()).loss; }
};
struct GivesNumbers {
  static constexpr ObjectiveName kName{"numbers", 1};
  double operator()(const auto&) const { return 0; }
};
struct Checked {
  static constexpr ObjectiveName kName{"checked", 1};
  void check(Problems& problems) const { problems.check(false, "never right"); }
};

using Model = LoopedTransformer<double>;

}  // namespace

TEST_CASE("an objective has an identity with all that it depends on, and gives a variable") {
  STATIC_REQUIRE(Objective<Smoothness, Model>);
  STATIC_REQUIRE_FALSE(Objective<Smoothness, looplab_test::LastOnly>);
  STATIC_REQUIRE_FALSE(Objective<Nameless, Model>);
  STATIC_REQUIRE_FALSE(Objective<Undescribed, Model>);
  STATIC_REQUIRE_FALSE(Objective<GivesNumbers, Model>);
  CHECK(objective_identity(Smoothness{}) == R"(agreement 1 {"weight":0.1})");
  CHECK(objective_identity(EditedSmoothness{}) == R"(agreement 2 {"weight":0.1})");
}

TEST_CASE("ranges and an objective's own checks are noted") {
  Problems problems;
  check_objective(Smoothness{-1}, problems);
  check_objective(Checked{}, problems);
  CHECK_THROWS_WITH(problems.throw_if_any("objective"),
                    contains("weight is -1, expected 0 ...") && contains("never right"));
}

TEST_CASE("an objective of the user's own has the right gradients") {
  looplab_test::GatedScene scene;
  CHECK(scene.score(Smoothness{1}).loss > scene.score(Smoothness{0}).loss);
  scene.check_gradients(Smoothness{0.3});
}

TEST_CASE("it trains, alike on any number of threads, and no other objective continues its run") {
  const KHopInduction task = looplab_test::small_task();
  const auto config = looplab_test::small_model(task);
  const looplab_test::TemporaryDirectory directory;
  const auto train = [&](const auto& objective, Index threads, const std::filesystem::path& path) {
    LoopedTransformer<float> model(config, Seed{1});
    Trainer trainer(model, task, {.num_steps = 4, .batch_size = 8, .num_threads = threads},
                    objective);
    trainer.on_step([](const StepReport&) {});
    if (!path.empty()) trainer.directory(path);
    CHECK(trainer.run());
    return looplab_test::parameter_values(model);
  };
  const auto expected = train(Smoothness{0.5}, 1, directory.path());
  CHECK(train(Smoothness{0.5}, 3, "") == expected);
  CHECK(train(Smoothness{0.25}, 1, "") != expected);
  CHECK_THROWS_WITH(train(EditedSmoothness{0.5}, 1, directory.path()),
                    contains(R"(its objective is agreement 1 {"weight":0.5}, but this run has )"
                             R"(agreement 2 {"weight":0.5})"));
  CHECK_THROWS_WITH(train(LastLoop{}, 1, directory.path()), contains("but this run has last_loop"));
  LoopedTransformer<float> model(config, Seed{1});
  CHECK_THROWS_WITH(Trainer(model, task, {}, Smoothness{-1}), contains("weight is -1"));
}

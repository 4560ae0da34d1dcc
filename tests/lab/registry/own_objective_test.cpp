// SPDX-License-Identifier: MIT
#include "looplab/lab/registry/own_objective.hpp"

#include "support/scored_chunk.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {

/// The loss after the last loop, times `factor`.
struct Scaled {
  static constexpr ObjectiveName kName{"scaled", 3};
  double factor = 2;
  static void for_each_field(auto& self, auto&& visit) {
    visit(Field{"factor", "multiplies the loss", 0, 10}, self.factor);
  }
  template <TokenModel M>
  auto operator()(const ScoredWindows<M>& windows) const {
    using S = typename M::Scalar;
    return scale(windows.tape(), static_cast<S>(factor), windows.loss(windows.last_state()).loss);
  }
};

using Model = LoopedTransformer<float>;

}  // namespace

TEST_CASE("an objective of one's own is bound to keys, copied and used for a type of model") {
  OwnObjective objective = own_objective_of<Scaled, Model>();
  OptionSet options;
  objective->bind(options);
  options.apply({{"objective.factor", "0.5", "here"}});
  const OwnObjective copy = objective;
  options.apply({{"objective.factor", "4", "here"}});  // of the first alone
  CHECK(copy->json().dump() == R"({"kind":"scaled","version":3,"factor":0.5})");
  CHECK(copy->for_model<Model>().identity() == R"(scaled 3 {"factor":0.5})");
  const looplab_test::ThinnedTask task(2);
  const Model model(looplab_test::small_model(task), Seed{1});
  ChunkWorkspace<float> workspace;
  const auto loss = [&](const auto& score) {
    return score(draw_chunk(model, task, {.seed = {3}, .count = 2}, nullptr, workspace)).data()[0];
  };
  CHECK(loss(copy->for_model<Model>()) == loss(Scaled{0.5}));
  CHECK_THROWS_WITH(copy->for_model<LoopedTransformer<double>>(),
                    contains("objective scaled: cannot score this type of model"));
}

TEST_CASE("an unknown objective is refused by name") {
  CHECK_FALSE(OwnObjective());
  CHECK_THROWS_WITH(own_objective("scaled"), contains("this program has no objectives besides"));
  own_objectives().push_back(own_objective_of<Scaled, Model>());
  CHECK(own_objective("scaled")->name().version == 3);
  CHECK_THROWS_WITH(own_objective("scald"), contains("unknown objective scald, expected scaled"));
  own_objectives().clear();
}

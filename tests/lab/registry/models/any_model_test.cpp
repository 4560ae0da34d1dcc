// SPDX-License-Identifier: MIT
#include "looplab/lab/registry/models/any_model.hpp"

#include "looplab/lab/registry/models/looped_transformer_model.hpp"
#include "looplab/lab/registry/models/model_of.hpp"
#include "looplab/models/exit_rules.hpp"
#include "support/catch.hpp"
#include "support/small_training.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {

const AnyTask kSmallTask{looplab_test::small_task()};
const LoopedTransformerConfig kSmallConfig = looplab_test::small_model(looplab_test::small_task());

/// A model that offers no more than TokenModel asks for.
struct LastStateOnly {
  using Scalar = float;
  LoopedTransformer<float> model{kSmallConfig, Seed{1}};
  [[nodiscard]] auto hidden(const Pass<float>& pass, const Windows& windows,
                            LoopChoice loops) const {
    return model.hidden(pass, windows, loops);
  }
  [[nodiscard]] auto head(const Pass<float>& pass, Variable<float> state) const {
    return model.head(pass, state);
  }
  static void for_each_parameter(auto& self, const std::string& prefix, auto&& visit) {
    LoopedTransformer<float>::for_each_parameter(self.model, prefix, visit);
  }
};

}  // namespace

TEST_CASE("a model behind the interface trains, evaluates and exits as it does itself") {
  TrainSettings settings;
  settings.num_steps = 4;
  settings.batch_size = 4;
  const EvaluationConfig evaluation{.num_loops = 2, .num_sequences = 9, .seed = Seed{3}};
  LoopedTransformer<float> model(kSmallConfig, Seed{1});
  Trainer(model, kSmallTask, settings).on_step([](const StepReport&) {}).run();
  AnyModel any = looped_transformer_model(kSmallConfig, Seed{1});
  const auto training = any.train(kSmallTask, settings);
  training->on_step([](const StepReport&) {});
  CHECK(training->run());
  CHECK(training->steps_done() == 4);
  CHECK(any.evaluate(kSmallTask, evaluation).loss == evaluate(model, kSmallTask, evaluation).loss);
  CHECK(any.evaluate_exits(kSmallTask, FixedLoops{1}, evaluation).total.answers.nll ==
        evaluate_exits(model, kSmallTask, FixedLoops{1}, evaluation).total.answers.nll);
  CHECK(any.evaluate_decoding(kSmallTask, CacheSharing::last, evaluation)[0].correct ==
        evaluate_decoding(model, kSmallTask, CacheSharing::last, evaluation)[0].correct);
  CHECK(any.parameters().num_parameters() == ParameterList<float>(model).num_parameters());
  CHECK(any.looped_transformer("trace").config().d_model == kSmallConfig.d_model);
}

TEST_CASE("what a type of model lacks is refused by one sentence that names it") {
  AnyModel any(std::make_unique<ModelOf<LastStateOnly>>("plain"));
  CHECK(any.evaluate(kSmallTask, {.num_sequences = 2}).total.count > 0);
  CHECK_THROWS_WITH(any.looped_transformer("trace"),
                    contains("trace: works on looped_transformer, the model is plain"));
  CHECK_THROWS_WITH(any.evaluate_exits(kSmallTask, FixedLoops{1}, {}), contains("plain: rows"));
  CHECK_THROWS_WITH(any.evaluate_decoding(kSmallTask, CacheSharing::last, {}),
                    contains("plain: this model has no decoder with a cache"));
  CHECK_THROWS_WITH(any.states_per_loop({}, 1, [](Index, TensorView<const float>) {}),
                    contains("plain: this model has no states after every loop"));
  TrainSettings settings;
  settings.objective.loss_per_loop = LossPerLoop::every;
  CHECK_THROWS_WITH(any.train(kSmallTask, settings),
                    contains("train.loss_per_loop is every, which this model does not support"));
}

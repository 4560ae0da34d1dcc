// SPDX-License-Identifier: MIT
#include "looplab/lab/runs/staged_training.hpp"

#include "support/catch.hpp"
#include "support/small_training.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::parameter_values;

namespace {

struct StagedScene {
  AnyTask task{looplab_test::small_task()};
  LoopedTransformerConfig config = looplab_test::small_model(looplab_test::small_task());
  TrainSettings settings;

  StagedScene() {
    config.exit_gate = true;
    settings.num_steps = 6;
    settings.batch_size = 4;
    settings.num_threads = 1;
    settings.checkpoint_every = 4;
    settings.objective.loss_per_loop = LossPerLoop::gate;
    settings.objective.stage_two_steps = 5;
  }

  struct Outcome {
    std::vector<Index> steps;
    Index resumed = 0;
    bool done = false;
    std::vector<std::pair<std::string, std::vector<float>>> weights;
  };
  [[nodiscard]] Outcome train(const std::filesystem::path& directory, Index stop_after = -1) const {
    LoopedTransformer<float> model(config, Seed{1});
    StagedTraining<LoopedTransformer<float>> training(model, task, settings);
    if (!directory.empty()) training.directory(directory);
    Outcome outcome{.steps = {}, .resumed = training.steps_done(), .done = false, .weights = {}};
    training.on_step([&](const StepReport& report) {
      outcome.steps.push_back(report.step);
      if (report.step == stop_after) request_interrupt();
    });
    outcome.done = training.run();
    clear_interrupt();
    outcome.weights = parameter_values(model);
    return outcome;
  }
};

}  // namespace

TEST_CASE("the stages of a run follow one another, and go on where they were stopped") {
  const StagedScene scene;
  const auto whole = scene.train("");
  CHECK(whole.done);
  CHECK(whole.steps == std::vector<Index>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  for (const Index stop : {3, 6, 9}) {
    INFO("stopped after step " << stop);
    const looplab_test::TemporaryDirectory directory;
    CHECK_FALSE(scene.train(directory.path(), stop).done);
    const auto rest = scene.train(directory.path());
    CHECK(rest.done);
    CHECK(rest.resumed == stop);
    CHECK(std::ssize(rest.steps) == 11 - stop);
    CHECK(rest.weights == whole.weights);
    const auto nothing = scene.train(directory.path());
    CHECK(nothing.resumed == 11);
    CHECK(nothing.steps.empty());
    CHECK(nothing.weights == whole.weights);
  }
}

TEST_CASE("the second stage follows a repeated tail and has none") {
  StagedScene scene;
  scene.settings.repeat_tail = 0.5;  // 3 of 6 steps
  CHECK(scene.settings.all_steps() == 14);
  const auto whole = scene.train("");
  CHECK(whole.steps.size() == 14);
  for (const Index stop : {8, 9, 12}) {
    const looplab_test::TemporaryDirectory directory;
    CHECK_FALSE(scene.train(directory.path(), stop).done);
    CHECK(scene.train(directory.path()).weights == whole.weights);
  }
  const auto stages = training_stages<LoopedTransformer<float>>(scene.settings);
  CHECK(stages[0].config.total_steps() == 9);
  CHECK(stages[1].config.total_steps() == 5);
}

TEST_CASE("every checkpoint of every stage is reported") {
  const StagedScene scene;
  const looplab_test::TemporaryDirectory directory;
  LoopedTransformer<float> model(scene.config, Seed{1});
  StagedTraining<LoopedTransformer<float>> training(model, scene.task, scene.settings);
  std::vector<Index> saved;
  training.directory(directory.path()).on_step([](const StepReport&) {}).on_save([&] {
    saved.push_back(training.steps_done());
  });
  CHECK(training.run());
  CHECK(saved == std::vector<Index>{4, 6, 8, 11});
}

TEST_CASE("a run has one stage, or a second one for the gate alone at a constant rate") {
  TrainSettings settings;
  settings.num_steps = 30;
  settings.warmup_steps = 5;
  settings.batch_size = 7;
  settings.objective.loss_per_loop = LossPerLoop::gate;
  CHECK(training_stages<LoopedTransformer<float>>(settings).size() == 1);
  CHECK(settings.all_steps() == 30);
  settings.objective.stage_two_steps = 9;
  settings.objective.stage_two_learning_rate = 0.125;
  CHECK(settings.all_steps() == 39);
  const auto stages = training_stages<LoopedTransformer<float>>(settings);
  REQUIRE(stages.size() == 2);
  CHECK(stages[0].config.num_steps == 30);
  CHECK(stages[0].objective.identity().starts_with("expected_exit"));
  CHECK(stages[0].trained("head.weight"));
  CHECK(stages[1].config.num_steps == 9);
  CHECK(stages[1].config.batch_size == 7);
  for (const Index step : {0, 4, 8}) CHECK(learning_rate_at(stages[1].config, step) == 0.125);
  CHECK(stages[1].objective.identity().starts_with("gate_adaptation"));
  CHECK(stages[1].trained("exit_gate.bias"));
  CHECK_FALSE(stages[1].trained("head.weight"));
}

// SPDX-License-Identifier: MIT
#include "looplab/train/training_state.hpp"

#include "looplab/train/objectives/expected_exit.hpp"
#include "looplab/train/objectives/gate_adaptation.hpp"
#include "looplab/train/trainer.hpp"
#include "support/catch.hpp"
#include "support/small_training.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::parameter_values;
using looplab_test::TemporaryDirectory;

namespace {

using Model = LoopedTransformer<float>;
using Bits = std::vector<std::pair<std::string, std::vector<float>>>;

constexpr Index kFirst = 20, kSecond = 9;

[[nodiscard]] TrainerConfig first_config() {
  return {.num_steps = kFirst,
          .batch_size = 10,
          .learning_rate = 1e-2,
          .warmup_steps = 3,
          .chunk_tokens = 22,
          .num_gradient_slots = 4,
          .num_threads = 2,
          .log_every = 3,
          .checkpoint_every = 6};
}
[[nodiscard]] TrainerConfig second_config() {
  TrainerConfig config = first_config();
  config.num_steps = kSecond;
  config.learning_rate = 2e-2;
  config.schedule = Schedule::constant;
  config.warmup_steps = 0;
  return config;
}
[[nodiscard]] LoopedTransformerConfig gated(const KHopInduction& task) {
  auto config = looplab_test::small_model(task);
  config.exit_gate = true;
  return config;
}

struct Outcome {
  Bits weights;
  AdamMoments<float> moments;
  std::vector<StepReport> reports;
};

/// One process that trains both stages, in `directory` if one is given. Asks to stop after step
/// `stop_after` (-1: never).
[[nodiscard]] Outcome train(
    const std::filesystem::path& directory = "", Index stop_after = -1,
    const std::function<void(Index)>& watch = [](Index) {}) {
  const KHopInduction task = looplab_test::small_task();
  Model model(gated(task), Seed{1});
  Outcome outcome;
  const auto report = [&](const StepReport& step) {
    outcome.reports.push_back(step);
    watch(step.step);
    if (step.step == stop_after) request_interrupt();
  };
  Trainer first(model, task, first_config(), ExpectedExit{});
  if (!directory.empty()) first.directory(directory);
  bool done = first.on_step(report).run();
  if (done) {
    Trainer second(model, task, second_config(), GateAdaptation{}, only(kExitGatePrefix));
    second.continue_from(first.state()).on_step(report);
    if (!directory.empty()) second.directory(directory);
    done = second.run();
    outcome.moments = second.state().moments;
    CHECK(second.state().windows == second.steps_done() * 10);
  }
  CHECK(done == (stop_after < 0));
  clear_interrupt();
  outcome.weights = parameter_values(model);
  return outcome;
}

[[nodiscard]] std::vector<std::string> log_without_times(const std::filesystem::path& directory) {
  std::vector<std::string> lines;
  for (auto record : read_json_lines(directory / "log.jsonl")) {
    record.erase("tokens_per_second");
    lines.push_back(record.dump());
  }
  return lines;
}

[[nodiscard]] bool equal(const Tensor<float>& a, const Tensor<float>& b) {
  return std::ranges::equal(a, b);
}

}  // namespace

TEST_CASE("a second stage continues steps, windows and moments, and changes the gate alone") {
  const KHopInduction task = looplab_test::small_task();
  Model model(gated(task), Seed{1});
  Trainer first(model, task, first_config(), ExpectedExit{});
  first.on_step([](const StepReport&) {}).run();
  const Bits before = parameter_values(model);
  const AdamMoments<float> moments = first.state().moments;

  const Outcome outcome = train();
  REQUIRE(std::ssize(outcome.reports) == kFirst + kSecond);
  for (Index i = 0; i < kFirst + kSecond; ++i) {
    const StepReport& step = outcome.reports[static_cast<std::size_t>(i)];
    CHECK(step.step == i + 1);
    CHECK(step.num_steps == (i < kFirst ? kFirst : kFirst + kSecond));
    if (i >= kFirst) CHECK(step.learning_rate == 2e-2);
  }
  const ParameterList<float>& parameters = first.parameters();
  for (Index p = 0; p < parameters.count(); ++p) {
    const auto& [name, parameter] = parameters[p];
    INFO(name);
    const bool is_gate = name.starts_with(kExitGatePrefix);
    CHECK((outcome.weights[static_cast<std::size_t>(p)] == before[static_cast<std::size_t>(p)]) ==
          !is_gate);
    const auto same = [&, parameter = parameter](const Tensor<float>& a, const Tensor<float>& b) {
      return std::equal(a.data() + parameter->offset,
                        a.data() + parameter->offset + parameter->value.size(),
                        b.data() + parameter->offset);
    };
    CHECK(same(outcome.moments.first, moments.first) == !is_gate);
    CHECK(same(outcome.moments.second, moments.second) == !is_gate);
  }
}

TEST_CASE("a second stage of the same objective and rate is a longer first one") {
  const KHopInduction task = looplab_test::small_task();
  TrainerConfig config = first_config();
  config.schedule = Schedule::constant;
  config.warmup_steps = 0;
  config.random_loops = {2, 1, 4};
  Model whole(gated(task), Seed{1}), parts(gated(task), Seed{1});
  config.num_steps = 12;
  Trainer(whole, task, config).on_step([](const StepReport&) {}).run();
  config.num_steps = 5;
  Trainer first(parts, task, config);
  first.on_step([](const StepReport&) {}).run();
  config.num_steps = 7;
  Trainer(parts, task, config).continue_from(first.state()).on_step([](const StepReport&) {}).run();
  CHECK(parameter_values(parts) == parameter_values(whole));
}

TEST_CASE("training the model again afterwards trains all its parameters") {
  const KHopInduction task = looplab_test::small_task();
  Model model(gated(task), Seed{1});
  Trainer first(model, task, first_config(), ExpectedExit{});
  first.step();
  Trainer gate(model, task, second_config(), GateAdaptation{}, only(kExitGatePrefix));
  gate.continue_from(first.state());
  gate.step();
  const Bits before = parameter_values(model);
  Trainer again(model, task, first_config(), ExpectedExit{});
  again.step();
  const Bits after = parameter_values(model);
  for (std::size_t i = 0; i < before.size(); ++i) {
    INFO(before[i].first);
    CHECK(before[i].second != after[i].second);
  }
}

TEST_CASE("two stages stopped anywhere and continued end with the same bits and log") {
  const TemporaryDirectory whole;
  const Outcome expected = train(whole.path());
  CHECK(train().weights == expected.weights);
  for (const Index stop : {5, 20, 23, 29}) {
    INFO("stopped after step " << stop);
    const TemporaryDirectory parts;
    (void)train(parts.path(), stop < kFirst + kSecond ? stop : -1);
    const Outcome outcome = train(parts.path());
    CHECK(outcome.weights == expected.weights);
    CHECK(equal(outcome.moments.first, expected.moments.first));
    CHECK(equal(outcome.moments.second, expected.moments.second));
    CHECK(std::ssize(outcome.reports) == kFirst + kSecond - stop);
    CHECK(log_without_times(parts.path()) == log_without_times(whole.path()));
    CHECK(read_file(parts / "checkpoint.safetensors") ==
          read_file(whole / "checkpoint.safetensors"));
  }
}

TEST_CASE("two stages killed anywhere continue from the last checkpoint with the same bits") {
  const TemporaryDirectory whole, copies;
  const Outcome expected = train(whole.path(), -1, [&](Index step) {
    std::filesystem::copy(whole.path(), copies / to_text(step));  // as a kill would leave it
  });
  for (const Index step : {3, 20, 21, 22, 26}) {
    INFO("killed in step " << step);
    const Outcome outcome = train(copies / to_text(step));
    CHECK(outcome.weights == expected.weights);
    const Index saved = step > kFirst && step <= 24 ? kFirst : (step - 1) / 6 * 6;
    CHECK(outcome.reports.front().step == saved + 1);
    CHECK(log_without_times(copies / to_text(step)) == log_without_times(whole.path()));
  }
}

TEST_CASE("a checkpoint names its stages, and is refused where one of them differs") {
  const TemporaryDirectory directory;
  (void)train(directory.path());
  const auto metadata = SafetensorsFile(directory / "checkpoint.safetensors").metadata();
  CHECK(metadata.at("stages") == "2");
  CHECK(metadata.at("step") == "29");
  CHECK(metadata.at("windows_seen") == "290");
  CHECK(metadata.at("trained") == "all");
  CHECK(metadata.at("objective").starts_with("expected_exit 1 {"));
  CHECK(metadata.at("stage_2.objective").starts_with("gate_adaptation 1 {"));
  CHECK(metadata.at("stage_2.trained") == "exit_gate.weight,exit_gate.bias");
  CHECK(metadata.at("stage_2.from_step") == "20");

  const KHopInduction task = looplab_test::small_task();
  Model model(gated(task), Seed{1});
  Trainer other(model, task, first_config(), ExpectedExit{.beta = 0.5});
  CHECK_THROWS_WITH(other.directory(directory.path()),
                    contains("its objective is expected_exit 1 {\"gate_beta\":0.1") &&
                        contains("but this run has expected_exit 1 {\"gate_beta\":0.5"));
  Trainer first(model, task, first_config(), ExpectedExit{});
  first.directory(directory.path());
  CHECK(first.steps_done() == kFirst);  // nothing is left to do
  Trainer everything(model, task, second_config(), GateAdaptation{});
  everything.continue_from(first.state());
  CHECK_THROWS_WITH(everything.directory(directory.path()),
                    contains("its stage_2.trained is exit"));
}

TEST_CASE("a stage begins where the one before ended, before it has done anything else") {
  const KHopInduction task = looplab_test::small_task();
  const TemporaryDirectory directory;
  Model model(gated(task), Seed{1});
  Trainer first(model, task, first_config());
  first.directory(directory.path()).on_step([](const StepReport&) {}).run();
  TrainingState<float> earlier = first.state();
  earlier.steps = 7;
  Trainer second(model, task, second_config());
  second.continue_from(earlier);
  CHECK_THROWS_WITH(second.directory(directory.path()),
                    contains("its step is 20, but this stage begins after step 7"));
  second.step();
  CHECK_THROWS_WITH(second.continue_from(first.state()), contains("called after a step"));
  Trainer third(model, task, first_config());
  third.directory(directory / "other");
  CHECK_THROWS_WITH(third.continue_from(first.state()), contains("called after directory"));
  LoopedTransformerConfig small = gated(task);
  small.d_model = 8;
  Model other(small, Seed{1});
  Trainer fourth(other, task, first_config());
  CHECK_THROWS_AS(fourth.continue_from(first.state()), ShapeError);
}

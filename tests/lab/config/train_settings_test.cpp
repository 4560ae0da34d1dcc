// SPDX-License-Identifier: MIT
#include "looplab/lab/config/train_settings.hpp"

#include "looplab/train/schedule.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {

[[nodiscard]] std::string refusal(const TrainSettings& settings) {
  try {
    settings.validate();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

[[nodiscard]] std::string names(const auto& config) {
  std::string text;
  std::remove_cvref_t<decltype(config)>::for_each_field(
      config, [&](const Field& field, const auto&) { text += concat(field.name, ' '); });
  return text;
}

}  // namespace

TEST_CASE("the objective's keys stand where they name runs: between loss_on and label_smoothing") {
  CHECK_THAT(names(TrainResultFields{}),
             contains(" clip_norm loss_on loss_per_loop loop_weights gate_beta ") &&
                 contains(" gate_slope gate_threshold gate_target label_smoothing num_loops "));
  CHECK_THAT(names(TrainSettings{}),
             contains(" gate_target label_smoothing ") && contains(" seed num_threads log_every "));
}

TEST_CASE("one message names every problem of the training and its objective") {
  CHECK(refusal({}) == "accepted");
  TrainSettings settings;
  settings.batch_size = 0;
  settings.warmup_steps = 2000;
  settings.objective.loss_per_loop = LossPerLoop::every;
  settings.objective.every.weights = {0, 0};
  settings.objective.gate.beta = -1;
  settings.random_loops = {4, 2, 8};
  const std::string text = refusal(settings);
  CHECK(text.starts_with("train: "));
  CHECK_THAT(text, contains("batch_size is 0") && contains("warmup_steps 2000 exceeds") &&
                       contains("loop_weights is 0,0, expected one above 0") &&
                       contains("gate_beta is -1") && contains("are both given"));
}

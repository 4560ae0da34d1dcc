// SPDX-License-Identifier: MIT
#include "looplab/train/trainer_config.hpp"

#include <set>

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

[[nodiscard]] std::set<std::string> field_names(const auto& config) {
  std::set<std::string> names;
  std::remove_cvref_t<decltype(config)>::for_each_field(
      config, [&](const Field& field, const auto&) { names.emplace(field.name); });
  return names;
}

[[nodiscard]] std::string refusal(const TrainerConfig& config) {
  try {
    config.validate();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("the default training configuration is valid, and so are no steps at all") {
  CHECK(refusal({}) == "accepted");
  CHECK(refusal({.num_steps = 0}) == "accepted");
}

TEST_CASE("one message names every problem of a training configuration") {
  const std::string text = refusal({.num_steps = 10,
                                    .batch_size = 0,
                                    .learning_rate = -1,
                                    .warmup_steps = 11,
                                    .beta2 = 1,
                                    .label_smoothing = 2,
                                    .num_threads = -3});
  INFO(text);
  CHECK(text.starts_with("train: "));
  CHECK_THAT(text, contains("batch_size is 0, expected 1"));
  CHECK_THAT(text, contains("learning_rate is -1"));
  CHECK_THAT(text, contains("beta2 is 1, expected 0 ..."));
  CHECK_THAT(text, contains("label_smoothing is 2"));
  CHECK_THAT(text, contains("num_threads is -3"));
  CHECK_THAT(text, contains("warmup_steps 11 exceeds num_steps 10"));
  CHECK(std::ranges::count(text, ';') == 5);
}

TEST_CASE("a repeated tail is a share of the schedule after warm-up") {
  CHECK(refusal({.num_steps = 20, .warmup_steps = 18, .repeat_tail = 0.1}) == "accepted");
  CHECK(refusal({.num_steps = 20, .warmup_steps = 19, .repeat_tail = 0.1}) ==
        "train: repeat_tail 0.1 repeats the last 2 of 20 steps, expected at most the 1 after "
        "warm-up");
  CHECK_THAT(refusal({.repeat_tail = -0.1}), contains("repeat_tail is -0.1, expected 0 ... 1"));
  CHECK_THAT(refusal({.repeat_tail = 10}), contains("repeat_tail is 10, expected 0 ... 1"));
  CHECK_THAT(refusal({.repeat_tail = std::nan("")}), contains("repeat_tail is nan"));
}

TEST_CASE("what loops are drawn by has to make sense") {
  for (const std::vector<Index>& bad : {std::vector<Index>{4}, {4, 8, 2}})
    CHECK_THAT(refusal({.random_loops = bad}), contains("expected three numbers: mean, least"));
  CHECK(refusal({.random_loops = {4, 2, 8}}) == "accepted");
}

TEST_CASE("a number that is not finite is out of range") {
  CHECK_THAT(refusal({.learning_rate = std::nan("")}), contains("learning_rate is nan"));
  CHECK_THAT(refusal({.clip_norm = HUGE_VAL}), contains("clip_norm is inf"));
}

TEST_CASE("a result depends on all fields but those for threads and files") {
  std::set<std::string> others = field_names(TrainerConfig{});
  for (const std::string& name : field_names(ResultFields{})) CHECK(others.erase(name) == 1);
  CHECK(others == std::set<std::string>{"num_threads", "log_every", "checkpoint_every",
                                        "checkpoint_seconds"});
}

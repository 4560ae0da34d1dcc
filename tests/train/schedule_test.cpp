// SPDX-License-Identifier: MIT
#include "looplab/train/schedule.hpp"

#include "support/tolerance.hpp"

using namespace looplab;

namespace {

/// Learning rates of the steps 0 ... num_steps, peak 2, 4 warm-up steps of 12.
[[nodiscard]] std::vector<double> rates(Schedule schedule) {
  const TrainerConfig config{
      .num_steps = 12, .learning_rate = 2, .schedule = schedule, .warmup_steps = 4};
  std::vector<double> all;
  for (Index s = 0; s <= config.num_steps; ++s) all.push_back(learning_rate_at(config, s));
  return all;
}

}  // namespace

TEST_CASE("warm-up rises in equal parts and ends at the peak") {
  for (Schedule schedule :
       {Schedule::constant, Schedule::linear, Schedule::cosine, Schedule::stable_decay}) {
    const std::vector<double> rate = rates(schedule);
    CHECK(std::vector(rate.begin(), rate.begin() + 5) == std::vector<double>{.5, 1, 1.5, 2, 2});
  }
}

TEST_CASE("after warm-up the rate stays, falls to 0 or falls to a tenth, as the schedule says") {
  const double tolerance = looplab_test::tolerance<double>();
  const auto after = [](Schedule schedule) {  // at 0, 1/4, 1/2, 3/4 and all of the way
    const std::vector<double> rate = rates(schedule);
    return std::vector{rate[4], rate[6], rate[8], rate[10], rate[12]};
  };
  looplab_test::check_close(after(Schedule::constant), std::vector<double>{2, 2, 2, 2, 2},
                            tolerance);
  looplab_test::check_close(after(Schedule::linear), std::vector<double>{2, 1.5, 1, .5, 0},
                            tolerance);
  const double root_half = std::sqrt(0.5);  // cos(pi/4)
  looplab_test::check_close(
      after(Schedule::cosine),
      std::vector<double>{2, 1.1 + .9 * root_half, 1.1, 1.1 - .9 * root_half, .2}, tolerance);
}

TEST_CASE("linear and stable_decay end at 0, one step after the last") {
  CHECK(rates(Schedule::linear)[11] == 0.25);  // 1/8 of the way is left
  CHECK(rates(Schedule::linear)[12] == 0);
  const TrainerConfig config{
      .num_steps = 24, .learning_rate = 2, .schedule = Schedule::stable_decay, .warmup_steps = 4};
  std::vector<double> rate;  // 20 steps after warm-up, of which the last 4 decay
  for (Index s = 19; s <= 25; ++s) rate.push_back(learning_rate_at(config, s));
  looplab_test::check_close(rate, std::vector<double>{2, 2, 1.5, 1, .5, 0, 0},
                            looplab_test::tolerance<double>());
}

TEST_CASE("the tail of a schedule is repeated at half its rates") {
  // 20 steps, of which the last two are t = 7/8 and 15/16 of the way; cos of pi t by hand
  const auto tail = [](Schedule schedule) {
    const TrainerConfig config{.num_steps = 20,
                               .learning_rate = 2,
                               .schedule = schedule,
                               .warmup_steps = 4,
                               .repeat_tail = 0.1};
    CHECK(config.total_steps() == 22);
    TrainerConfig plain = config;
    plain.repeat_tail = 0;
    CHECK(plain.total_steps() == 20);
    for (Index s = 0; s < 20; ++s) CHECK(learning_rate_at(config, s) == learning_rate_at(plain, s));
    return std::vector{learning_rate_at(config, 20), learning_rate_at(config, 21)};
  };
  CHECK(tail(Schedule::constant) == std::vector<double>{1, 1});
  CHECK(tail(Schedule::linear) == std::vector<double>{.125, .0625});
  looplab_test::check_close(tail(Schedule::cosine),
                            std::vector<double>{.134254210371, .108646623814}, 1e-11);
}

TEST_CASE("a repeated tail is rounded to steps, and its schedule is defined past its end") {
  const auto total = [](Index num_steps, double share) {
    return TrainerConfig{.num_steps = num_steps, .repeat_tail = share}.total_steps();
  };
  CHECK(total(96000, .1) == 105600);
  CHECK(total(15, .1) == 17);
  CHECK(total(4, .1) == 4);
  CHECK(total(0, .1) == 0);
  const TrainerConfig config{.num_steps = 10, .schedule = Schedule::linear, .repeat_tail = .5};
  CHECK(learning_rate_at(config, 15) == 0);
  CHECK(learning_rate_at(config, 1000) == 0);
}

TEST_CASE("a schedule is defined without warm-up, with nothing but warm-up, and past its end") {
  TrainerConfig config{.num_steps = 10, .learning_rate = 1, .schedule = Schedule::linear};
  CHECK(learning_rate_at(config, 0) == 1);
  CHECK(learning_rate_at(config, 1000) == 0);
  config.warmup_steps = 10;
  CHECK(learning_rate_at(config, 9) == 1);
  CHECK(std::isfinite(learning_rate_at(config, 10)));
}

// SPDX-License-Identifier: MIT
#include "looplab/train/loop_schedule.hpp"

#include <set>

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("without random loops every step has the configured number") {
  CHECK(training_loops({}, 3) == 0);
  CHECK(training_loops({.num_loops = 5}, 3) == 5);
  CHECK(mean_training_loops({.num_loops = 5}) == 5);
}

TEST_CASE("random loops are a Poisson number, clipped, and a function of seed and step") {
  const TrainerConfig config{.random_loops = {4, 2, 8}};
  constexpr Index kSteps = 100000;
  double sum = 0;
  std::set<Index> seen;
  Index least = 0;
  for (Index s = 0; s < kSteps; ++s) {
    const Index loops = training_loops(config, s);
    seen.insert(loops);
    sum += static_cast<double>(loops);
    least += loops == 2;
  }
  CHECK(seen == std::set<Index>{2, 3, 4, 5, 6, 7, 8});
  const double at_most_two = std::exp(-4.0) * (1 + 4 + 8);
  CHECK(static_cast<double>(least) / kSteps == Approx(at_most_two).margin(0.007));
  CHECK(sum / kSteps == Approx(mean_training_loops(config)).margin(0.03));
  TrainerConfig other = config;
  other.seed = 2;
  bool same = true;
  for (Index s = 0; s < 20; ++s)
    same = same && training_loops(config, s) == training_loops(other, s);
  CHECK_FALSE(same);
}

// SPDX-License-Identifier: MIT
#include "looplab/train/step_report.hpp"

#include "looplab/io/json_lines.hpp"
#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("a step's record has the keys of the log, in their order") {
  const StepReport report{.step = 3,
                          .num_steps = 20,
                          .loss = 0.5,
                          .learning_rate = 0.25,
                          .gradient_norm = 2,
                          .tokens_per_second = 1000};
  CHECK(to_record("step", report).dump() ==
        R"({"kind":"step","step":3,"loss":0.5,"learning_rate":0.25,"gradient_norm":2.0,)"
        R"("tokens_per_second":1000.0})");
}

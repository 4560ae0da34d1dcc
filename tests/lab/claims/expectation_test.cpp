// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/expectation.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("every metric has its counterpart in nats of the answers", "[expectation]") {
  CHECK(in_nats("accuracy") == "answer_nats");
  CHECK(in_nats("bits") == "answer_nats");
  CHECK(in_nats("accuracy k=4") == "answer_nats k=4");
  CHECK(in_nats("accuracy 3 hops") == "answer_nats 3 hops");
}

TEST_CASE("a gap is called by its label, else by its name", "[expectation]") {
  Gap gap;
  gap.name = "bits";
  CHECK(gap.title() == "bits");
  gap.label = "capacity";
  CHECK(gap.title() == "capacity");
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/expectation.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("a gap in any metric has its counterpart in nats of the answers", "[expectation]") {
  Gap gap;
  for (const char* place : {"", " k=4", " 3 hops", " q=0.5 k=4 loops=8"}) {
    gap.metric = concat("accuracy", place);
    CHECK(gap.nats() == concat("answer_nats", place));
  }
  gap.metric = quantity::bits;
  CHECK(gap.nats() == quantity::answer_nats);
}

TEST_CASE("a gap is called by its label, else by its name", "[expectation]") {
  Gap gap;
  gap.name = "bits";
  CHECK(gap.title() == "bits");
  gap.label = "capacity";
  CHECK(gap.title() == "capacity");
}

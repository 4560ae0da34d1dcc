// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/figure_spec.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("lists are separated by commas, with spaces or without", "[figure_spec]") {
  CHECK(listed_numbers("2, 1e3", "x") == std::vector<double>{2, 1000});
  CHECK_THROWS_WITH(listed_numbers("2,one", "figure a: slopes"),
                    looplab_test::contains("figure a: slopes has \"one\", expected numbers"));
  CHECK_THROWS_AS(listed_numbers("nan", "x"), ConfigError);
}

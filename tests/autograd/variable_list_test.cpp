// SPDX-License-Identifier: MIT
#include "looplab/autograd/variable_list.hpp"

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("a list keeps its variables in order while it grows") {
  Tape<double> tape;
  for (const Index count : {0, 1, 8, 9, 40}) {
    tape.reset();
    VariableList<double> list(tape);
    std::vector<Variable<double>> expected;
    for (Index i = 0; i < count; ++i) {
      expected.push_back(tape.constant(tape.result({1})));
      list.push_back(expected.back());
    }
    REQUIRE(list.size() == count);
    CHECK(std::ranges::equal(list.span(), expected));
    if (count > 0) CHECK(list.back() == expected.back());
    if (count > 0) CHECK(list[0] == expected[0]);
  }
}

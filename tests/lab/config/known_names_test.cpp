// SPDX-License-Identifier: MIT
#include "looplab/lab/config/known_names.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

TEST_CASE("the edit distance counts insertions, deletions and replacements", "[known_names]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("num_loop", "num_loops") == 1);
  CHECK(edit_distance("loops", "num_loops") == 4);
}

TEST_CASE("an unknown name is answered with the nearest", "[known_names]") {
  CHECK_THAT(unknown_name("option", "modulus", std::vector<std::string>{"count", "task.modulus"}),
             contains("did you mean task.modulus?"));
  const std::vector<std::string> names{"smoke", "quick", "standard"};
  CHECK_NOTHROW(require_known("preset", "preset", "quick", names));
  CHECK_THROWS_WITH(
      require_known("x", "preset", "quik", names),
      contains("unknown preset quik; did you mean quick?") && contains("smoke, quick, standard"));
}

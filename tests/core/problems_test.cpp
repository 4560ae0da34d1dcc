// SPDX-License-Identifier: MIT
#include "looplab/core/problems.hpp"

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("problems are collected into one message in order, each once") {
  Problems problems;
  problems.check(true, "fine");
  CHECK(problems.empty());
  CHECK(problems.text().empty());
  CHECK_NOTHROW(problems.throw_if_any("model"));
  problems.check(false, "a is ", 1);
  problems.check(true, "fine");
  problems.add("b is 2");
  problems.check(false, "a is ", 1);
  CHECK_FALSE(problems.empty());
  CHECK_THROWS_AS(problems.throw_if_any("model"), ConfigError);
  CHECK_THROWS_WITH(problems.throw_if_any("model"), "model: a is 1; b is 2");
  CHECK_THROWS_WITH(problems.throw_if_any(), "a is 1; b is 2");
}

TEST_CASE("the problems of a part are one problem that begins with its name") {
  Problems problems;
  problems.add_within("train", [](Problems&) {});
  CHECK(problems.empty());
  problems.add_within("model", [](Problems& part) {
    part.add("a is 1");
    part.add("b is 2");
  });
  problems.add("c is 3");
  CHECK(problems.text() == "model: a is 1; b is 2; c is 3");
}

TEST_CASE("the message of a ConfigError is a problem, other errors pass through") {
  Problems problems;
  problems.collect([] {});
  CHECK(problems.empty());
  problems.collect([] { throw ConfigError("a is 1"); });
  CHECK(problems.text() == "a is 1");
  CHECK_THROWS_AS(problems.collect([] { throw FileError("gone"); }), FileError);
}

// SPDX-License-Identifier: MIT
#include "looplab/core/error.hpp"

#include <string>
#include <type_traits>

#include "support/catch.hpp"

using namespace looplab;

namespace {

/// Counts how often it is printed.
struct Counted {
  int& count;
  friend std::ostream& operator<<(std::ostream& out, const Counted& counted) {
    ++counted.count;
    return out;
  }
};

}  // namespace

TEST_CASE("an exception without words of its own gets some") {
  CHECK(error_text(ConfigError("a is 1")) == "a is 1");
  CHECK(error_text(std::bad_alloc()) == "there is not enough memory");
}

TEST_CASE("require throws the named type with the joined parts, and only on failure") {
  CHECK_NOTHROW(require<ShapeError>(true, "unused"));
  CHECK_THROWS_AS(require<ShapeError>(false, "x"), ShapeError);
  CHECK_THROWS_AS(require<ConfigError>(false, "x"), ConfigError);
  CHECK_THROWS_WITH(require<ShapeError>(false, "f: given ", 3, ", expected ", 0.5),
                    "f: given 3, expected 0.5");
}

TEMPLATE_TEST_CASE("every error type is an Error and no other", "", ShapeError, ConfigError,
                   NumericsError, BackendError, FileError) {
  STATIC_REQUIRE(std::is_base_of_v<Error, TestType>);
  STATIC_REQUIRE(std::is_base_of_v<std::runtime_error, TestType>);
  CHECK_THROWS_AS(require<TestType>(false, "x"), Error);
  if constexpr (!std::is_same_v<TestType, ShapeError>)
    STATIC_REQUIRE_FALSE(std::is_base_of_v<ShapeError, TestType>);
}

TEST_CASE("the text of a requirement is made only on failure") {
  int count = 0;
  require<Error>(true, Counted{count});
  CHECK(count == 0);
  CHECK_THROWS_AS(require<Error>(false, Counted{count}), Error);
  CHECK(count == 1);
}

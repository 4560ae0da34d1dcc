// SPDX-License-Identifier: MIT
#include "looplab/core/text_list.hpp"

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("trimmed removes blanks at both ends only") {
  CHECK(trimmed(" \ta b\t ") == "a b");
  CHECK(trimmed("ab") == "ab");
  CHECK(trimmed(" \t ").empty());
  CHECK(trimmed("").empty());
}

TEST_CASE("split gives the parts between separators as they are") {
  using Parts = std::vector<std::string_view>;
  CHECK(split("a, b;c", ',') == Parts{"a", " b;c"});
  CHECK(split(",a,,", ',') == Parts{"", "a", "", ""});
  CHECK(split("", ',') == Parts{""});
}

TEST_CASE("listed gives the trimmed entries that are not empty") {
  using Entries = std::vector<std::string>;
  CHECK(listed("a, b c ,\td,,") == Entries{"a", "b c", "d"});
  CHECK(listed("a, b; c", ';') == Entries{"a, b", "c"});
  CHECK(listed(" , ").empty());
  CHECK(listed("").empty());
}

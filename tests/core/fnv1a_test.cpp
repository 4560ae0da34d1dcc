// SPDX-License-Identifier: MIT
#include "looplab/core/fnv1a.hpp"

#include "support/catch.hpp"

namespace looplab {

TEST_CASE("fnv1a gives the published hashes") {
  CHECK(fnv1a("") == 0xcbf29ce484222325u);
  CHECK(fnv1a("a") == 0xaf63dc4c8601ec8cu);
  CHECK(fnv1a("foobar") == 0x85944171f73967e8u);
}

TEST_CASE("fnv1a of a text is one step per byte") {
  CHECK(fnv1a_step(fnv1a("fooba"), 'r') == fnv1a("foobar"));
  CHECK(fnv1a("\xff") == fnv1a_step(kFnv1aStart, 255));
}

TEST_CASE("hex_text writes all digits of a number") {
  CHECK(hex_text(fnv1a("foobar")) == "85944171f73967e8");
  CHECK(hex_text(std::uint64_t{0xa0}) == "00000000000000a0");
  CHECK(hex_text(std::uint32_t{0x811c9dc5}) == "811c9dc5");
}

}  // namespace looplab

// SPDX-License-Identifier: MIT
#include "looplab/lab/results/result_stamp.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {
[[nodiscard]] ResultStamp stored(const char* text) {
  return ResultStamp(nlohmann::ordered_json::parse(text));
}
}  // namespace

TEST_CASE("another rounding is recorded and never stale, another results version is") {
  const ResultStamp here = current_stamp();
  CHECK(here.is_current());
  CHECK_THAT(here.text(), contains(concat("version ", kResultsVersion, ", float32, ")) &&
                              contains(compiler_name()) && contains("kernels "));
  const ResultStamp elsewhere(kResultsVersion, "float32, eigen 3.4.0 256 bit");
  CHECK(elsewhere.is_current());
  CHECK_FALSE(elsewhere == here);
  CHECK_FALSE(ResultStamp(kResultsVersion + 1, "").is_current());
}

TEST_CASE("stamps of older and of newer programs are read, and kept as they are") {
  const char* old =
      R"({"results_version":1,"precision":"float32","kernel_path":"onednn 2.6.3 512 bit"})";
  CHECK(stored(old).json().dump() == old);
  CHECK(stored(old).text() == "version 1, float32, onednn 2.6.3 512 bit");
  const char* newer = R"({"results_version":1,"rounding":"x","weather":{"sun":true}})";
  CHECK(stored(newer).is_current());
  CHECK(stored(newer).json().dump() == newer);
  CHECK_THROWS(stored("{}"));
  CHECK_THROWS(stored(R"({"results_version":"one"})"));
}

TEST_CASE("the text of a stamp tells its results version") {
  CHECK(has_current_results_version(current_stamp().text()));
  CHECK_FALSE(has_current_results_version(concat("version ", kResultsVersion + 1, ", x")));
  CHECK_FALSE(has_current_results_version(concat("version ", kResultsVersion, "0, x")));
}

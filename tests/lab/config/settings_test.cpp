// SPDX-License-Identifier: MIT
#include "looplab/lab/config/settings.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

TEST_CASE("an INI text becomes keys with values and lines", "[settings]") {
  const Settings settings = parse_ini(
      "seeds = 3   # how often\n\n# a comment = none\n  ; another = one\n[model]\nnum_loops = 4\n"
      "[cell.1x4]\n  model.num_loops=8\n",
      "quick.ini");
  REQUIRE(settings.size() == 3);
  CHECK(settings[0].key == "seeds");
  CHECK(settings[0].value == "3");
  CHECK(settings[0].where == "quick.ini:1");
  CHECK(settings[1].key == "model.num_loops");
  CHECK(settings[1].where == "quick.ini:6");
  CHECK(settings[2].key == "cell.1x4.model.num_loops");
  CHECK(settings[2].value == "8");
  CHECK(settings[2].where == "quick.ini:8");
  CHECK(section_names(settings, "cell") == std::vector<std::string>{"1x4"});
  CHECK(last_value(settings, "seeds") == "3");
  CHECK(last_value(settings, "absent", "none") == "none");
}

TEST_CASE("duplicate keys are all named, with both lines", "[settings]") {
  const auto text = "[model]\nd_model = 1\nnum_loops = 4\n[model]\nnum_loops = 5\nd_model = 2\n";
  CHECK_THROWS_AS(parse_ini(text, "a.ini"), ConfigError);
  CHECK_THROWS_WITH(parse_ini(text, "a.ini"),
                    contains("a.ini:5: key model.num_loops was given before (a.ini:3)") &&
                        contains("a.ini:6: key model.d_model was given before (a.ini:2)"));
}

TEST_CASE("a line that is no setting and a missing file are errors", "[settings]") {
  CHECK_THROWS_AS(parse_ini("num_loops 4\n", "a.ini"), ConfigError);
  CHECK_THROWS_WITH(parse_ini("num_loops 4\n", "a.ini"),
                    contains("a.ini") && contains("num_loops 4"));
  const looplab_test::TemporaryDirectory directory;
  CHECK_THROWS_AS(read_ini(directory / "none.ini"), FileError);
}

// SPDX-License-Identifier: MIT
#include "looplab/io/config_json.hpp"

#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;
using Json = nlohmann::ordered_json;

namespace {

enum class Color { red, green };
[[nodiscard]] constexpr auto enum_names(Color) {
  return std::array<std::string_view, 2>{"red", "green"};
}

struct DemoConfig {
  bool flag = false;
  Index count = 3;
  double rate = 0.1;
  std::string text = "a \"b\"";
  std::vector<Index> sizes = {1, 2};
  Color color = Color::green;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"flag", ""}, self.flag);
    visit(Field{"count", ""}, self.count);
    visit(Field{"rate", ""}, self.rate);
    visit(Field{"text", ""}, self.text);
    visit(Field{"sizes", ""}, self.sizes);
    visit(Field{"color", ""}, self.color);
  }
};

}  // namespace

TEST_CASE("a configuration becomes JSON in the order of its fields") {
  CHECK(to_json(DemoConfig{}).dump() ==
        R"({"flag":false,"count":3,"rate":0.1,"text":"a \"b\"","sizes":[1,2],"color":"green"})");
}

TEST_CASE("a configuration comes back from JSON text with the same bits") {
  const DemoConfig config{true, -(Index{1} << 62), 1.0 / 3.0, "\n", {}, Color::red};
  DemoConfig read;
  from_json(Json::parse(to_json(config).dump()), read);
  CHECK(read.flag);
  CHECK(read.count == config.count);
  CHECK(read.rate == config.rate);
  CHECK(read.text == config.text);
  CHECK(read.sizes.empty());
  CHECK(read.color == Color::red);
}

TEST_CASE(
    "fields that the JSON lacks keep their value, and a double may be written as an integer") {
  DemoConfig config{.count = 7};
  from_json(Json::parse(R"({"rate":2,"sizes":[5]})"), config);
  CHECK(config.count == 7);
  CHECK(config.rate == 2.0);
  CHECK(config.sizes == std::vector<Index>{5});
}

TEST_CASE("bad JSON values are ConfigErrors that name key, value and what was expected") {
  struct Row {
    const char *json, *message;
  };
  const Row rows[] = {
      {R"([])", "demo: is array, expected a JSON object"},
      {R"({"flag":1})", "flag is 1, expected true or false"},
      {R"({"count":1.5})", "count is 1.5, expected a whole number"},
      {R"({"count":true})", "count is true, expected a whole number"},
      {R"({"count":9223372036854775808})", "count is 9223372036854775808, expected a whole"},
      {R"({"rate":null})", "rate is null, expected a number"},
      {R"({"rate":"1"})", "rate is \"1\", expected a number"},
      {R"({"text":1})", "text is 1, expected text"},
      {R"({"sizes":[1,2.5]})", "sizes is [1,2.5], expected whole numbers"},
      {R"({"sizes":3})", "sizes is 3, expected whole numbers"},
      {R"({"color":"blue"})", "color is \"blue\", expected one of red, green"},
      {R"({"color":0})", "color is 0, expected one of red, green"},
      {R"({"cuont":1})", "unknown key cuont, expected one of flag, count, rate"},
      {R"({"fla":1})", "unknown key fla"},
      {R"({"flag, count":1})", "unknown key flag, count,"},
      {R"({"flag":1,"cuont":1})", "flag is 1, expected true or false; unknown key cuont"},
  };
  for (const Row& row : rows) {
    INFO(row.message);
    DemoConfig config;
    CHECK_THROWS_AS(from_json(Json::parse(row.json), config, "demo"), ConfigError);
    CHECK_THROWS_WITH(from_json(Json::parse(row.json), config, "demo"),
                      contains("demo: ") && contains(row.message));
  }
}

TEST_CASE("a refused JSON leaves the configuration unchanged") {
  DemoConfig config;
  CHECK_THROWS_AS(from_json(Json::parse(R"({"count":9,"rate":"x"})"), config), ConfigError);
  CHECK(config.count == 3);
}

TEST_CASE("the hash of a configuration is 16 digits that change with any value") {
  CHECK(config_hash(Json::parse("{}")) == "08f44b07b5901a25");
  const std::string before = config_hash(to_json(DemoConfig{}));
  CHECK(before.size() == 16);
  CHECK(config_hash(to_json(DemoConfig{})) == before);
  CHECK(config_hash(to_json(DemoConfig{.rate = std::nextafter(0.1, 1.0)})) != before);
}

// SPDX-License-Identifier: MIT
#include "looplab/core/config.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/random.hpp"
#include "support/catch.hpp"

using namespace looplab;

namespace {

enum class Color { red, green, blue };
[[nodiscard]] constexpr auto enum_names(Color) {
  return std::array<std::string_view, 3>{"red", "green", "blue"};
}
enum class Nameless { a };

struct DemoConfig {
  Index count = 3;
  double rate = 0.5;
  std::vector<Index> sizes = {1, 2};
  std::string text = "";
  bool flag = false;
  Color color = Color::red;
  double any = 0;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"count", "a count", 1, 10}, self.count);
    visit(Field{"rate", "a rate", 0, 1}, self.rate);
    visit(Field{"sizes", "some sizes", 1, 8}, self.sizes);
    visit(Field{"text", "a text"}, self.text);
    visit(Field{"flag", "a flag"}, self.flag);
    visit(Field{"color", "a color"}, self.color);
    visit(Field{"any", "any finite number"}, self.any);
  }
};
struct NotDescribed {
  Index count = 3;
};

std::string range_problems(const DemoConfig& config) {
  Problems problems;
  check_ranges(config, problems);
  try {
    problems.throw_if_any("demo");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

template <class T>
T round_trip(const T& value) {
  T result{};
  const std::string text = to_text(value);
  INFO(text);
  CHECK(from_text(text, result));
  return result;
}

}  // namespace

TEST_CASE("described configurations and named enums are recognized, near misses are not") {
  STATIC_REQUIRE(DescribedConfig<DemoConfig>);
  STATIC_REQUIRE_FALSE(DescribedConfig<NotDescribed>);
  STATIC_REQUIRE(NamedEnum<Color>);
  STATIC_REQUIRE_FALSE(NamedEnum<Nameless>);
  STATIC_REQUIRE_FALSE(NamedEnum<int>);
}

TEST_CASE("values become text as they stand in an INI file") {
  CHECK(to_text(true) == "true");
  CHECK(to_text(Index{-12}) == "-12");
  CHECK(to_text(0.1) == "0.1");
  CHECK(to_text(1e-8) == "1e-08");
  CHECK(to_text(std::string("a b")) == "a b");
  CHECK(to_text(Color::green) == "green");
  CHECK(to_text(std::vector<Index>{1, -2, 3}) == "1,-2,3");
  CHECK(to_text(std::vector<Index>{}).empty());
}

TEST_CASE("values come back from their text to the same bits") {
  CHECK(round_trip(true));
  CHECK_FALSE(round_trip(false));
  CHECK(round_trip(std::string(" a=b; ")) == " a=b; ");
  for (Color color : {Color::red, Color::green, Color::blue}) CHECK(round_trip(color) == color);
  const std::vector<Index> lists[] = {{}, {5}, {0, -1, 1 << 20}};
  for (const auto& list : lists) CHECK(round_trip(list) == list);
  std::vector<Index> spaced;
  REQUIRE(from_text("1, 2 ,  3", spaced));
  CHECK(spaced == std::vector<Index>{1, 2, 3});
  for (Index value :
       {Index{0}, std::numeric_limits<Index>::min(), std::numeric_limits<Index>::max()})
    CHECK(round_trip(value) == value);
  using Limits = std::numeric_limits<double>;
  RandomStream stream(Seed{1}, "bits");
  std::vector<double> numbers = {
      0.0, -0.0, 0.1, 1.0 / 3, Limits::max(), Limits::min(), Limits::denorm_min(), -Limits::max()};
  while (numbers.size() < 1000) {
    const auto number = std::bit_cast<double>(stream.next_u64());
    if (std::isfinite(number)) numbers.push_back(number);
  }
  for (double number : numbers)
    CHECK(std::bit_cast<std::uint64_t>(round_trip(number)) == std::bit_cast<std::uint64_t>(number));
}

TEMPLATE_TEST_CASE_SIG("bad text is refused and leaves the value as it was", "",
                       ((typename T, int kRow), T, kRow), (Index, 0), (double, 1), (bool, 2),
                       (std::vector<Index>, 3), (Color, 4)) {
  const std::vector<std::string_view> bad[] = {
      {"", " 1", "1 ", "1.5", "one", "1e3", "+1", "0x10", "9223372036854775808", "1,2"},
      {"", " 1", "1 ", "one", "1.5.2", "1e999", "0x1p3x", "1,5"},
      {"", "yes", "True", "2", " true"},
      {",", "1,", ",1", "1,,2", "1;2", "1 2", "1, ", "a"},
      {"", "Red", "re", "red ", "0"},
  };
  T value{};
  REQUIRE(from_text(kRow == 4 ? "green" : "1", value));
  const T before = value;
  for (std::string_view text : bad[kRow]) {
    INFO("text '" << text << "'");
    CHECK_FALSE(from_text(text, value));
    CHECK(value == before);
  }
}

TEST_CASE("bool accepts digits too, a double accepts whole numbers") {
  bool flag = false;
  CHECK(from_text("1", flag));
  CHECK(flag);
  CHECK(from_text("0", flag));
  CHECK_FALSE(flag);
  double number = 0;
  CHECK(from_text("3", number));
  CHECK(number == 3.0);
}

TEST_CASE("messages can say what a field accepts") {
  CHECK(expected_text(true) == "true or false");
  CHECK(expected_text(Index{}) == "a whole number");
  CHECK(expected_text(0.0) == "a number");
  CHECK(expected_text(std::vector<Index>{}) == "whole numbers separated by commas");
  CHECK(expected_text(std::string()) == "text");
  CHECK(expected_text(Color::red) == "one of red, green, blue");
}

TEST_CASE("values outside their range are all named in one message") {
  CHECK(range_problems({}).empty());
  CHECK(range_problems({.count = 1, .rate = 1, .sizes = {1, 8}}).empty());
  CHECK(range_problems({.count = 0}) == "demo: count is 0, expected 1 ... 10");
  CHECK(range_problems({.count = 11, .rate = -0.5}) ==
        "demo: count is 11, expected 1 ... 10; rate is -0.5, expected 0 ... 1");
  CHECK(range_problems({.sizes = {1, 9, 0}}) ==
        "demo: sizes is 9, expected 1 ... 8; sizes is 0, expected 1 ... 8");
}

TEST_CASE("a number that is not finite is out of every range") {
  CHECK(range_problems({.rate = NAN}) == "demo: rate is nan, expected 0 ... 1");
  CHECK(range_problems({.any = -INFINITY}) == "demo: any is -inf, expected -inf ... inf");
  CHECK(range_problems({.rate = INFINITY}) == "demo: rate is inf, expected 0 ... 1");
}

TEST_CASE("an optional number is none or a number", "[config]") {
  std::optional<double> value;
  CHECK(to_text(value).empty());
  CHECK(from_text("0.25", value));
  CHECK(to_text(value) == "0.25");
  CHECK_FALSE(from_text("x", value));
  CHECK(*value == 0.25);
  CHECK(from_text("", value));
  CHECK_FALSE(value);
  CHECK(expected_text(value) == "a number");
}

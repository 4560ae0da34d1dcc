// SPDX-License-Identifier: MIT
#include "looplab/tasks/biographies/biographies_config.hpp"

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

TEST_CASE("alphabets are read from text, or refused") {
  using Alphabets = std::vector<std::vector<Index>>;
  CHECK(parse_alphabets("12x28x200,300") == Alphabets{{12, 28, 200}, {300}});
  CHECK(parse_alphabets("7 x 2, 3") == Alphabets{{7, 2}, {3}});
  for (const char* text : {"", ",", "1,", ",1", "x", "1x", "x1", "1xx2", "1 2", "a", "1.5", "1X2"})
    CHECK(parse_alphabets(text).empty());
}

TEST_CASE("a biographies config names all its problems at once") {
  BiographiesConfig config{.num_people = 9,
                           .name_alphabets = "2x4",
                           .diversity = 10,
                           .string_length = 2,
                           .string_alphabet = 3,
                           .value_alphabets = "5",
                           .pronoun = true,
                           .biographies_per_window = 0};
  CHECK_THROWS_AS(config.validate(), ConfigError);
  CHECK_THROWS_WITH(config.validate(),
                    contains("name_alphabets 2x4 has too few names for num_people 9") &&
                        contains("diversity 10 exceeds string_alphabet ^ string_length = 3 ^ 2") &&
                        contains("value_alphabets belongs to form bio_s") &&
                        contains("pronoun belongs to form bio_s") &&
                        contains("biographies_per_window is 0"));
  config = {.num_people = 8,
            .name_alphabets = "2x4",
            .diversity = 9,
            .string_length = 2,
            .string_alphabet = 3};
  CHECK_NOTHROW(config.validate());
}

TEST_CASE("alphabets that cannot be used are refused with their text") {
  const auto refused = [](BiographiesConfig config, const std::string& message) {
    CHECK_THROWS_WITH(config.validate(), contains(message));
  };
  refused({.name_alphabets = "16xx"}, "name_alphabets is \"16xx\"");
  refused({.name_alphabets = "16,16"}, "name_alphabets is \"16,16\"");
  refused({.name_alphabets = "0x5000"}, "name_alphabets has the size 0");
  refused({.name_alphabets = "1000000x1000000x1000000x1000"}, "more than 2^62 names");
  refused({.form = BiographyForm::bio_s}, "value_alphabets is \"\"");
  refused({.form = BiographyForm::bio_s, .value_alphabets = "12x9999999"}, "the size 9999999");
  refused({.num_attributes = 64, .diversity = 1 << 20, .string_length = 1024}, "2^28");
}

TEST_CASE("log2_names of the paper's names") {
  CHECK(BiographiesConfig{.name_alphabets = "400x400x1000"}.log2_names() == Approx(27.2535));
}

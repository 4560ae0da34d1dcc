// SPDX-License-Identifier: MIT
#include "looplab/tasks/biographies/biography_sentences_config.hpp"

#include "looplab/tasks/biographies/words/places_of_life.hpp"
#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

TEST_CASE("the defaults have the paper's name space and bits per person") {
  BiographySentencesConfig config;
  CHECK(config.num_names() == 160'000'000);
  CHECK(config.log2_values() == Approx(47.59).margin(0.005));
  config.pronoun = Pronoun::they;  // no pronoun, no bit
  CHECK(config.log2_values() == Approx(46.59).margin(0.005));
  CHECK_NOTHROW(config.validate());
}

TEST_CASE("the largest pools are the whole lists") {
  const BiographySentencesConfig config;
  CHECK(config.cities == std::ssize(cities()));
  CHECK(config.universities == std::ssize(universities()));
  CHECK(config.majors == std::ssize(majors()));
  CHECK(config.employers == std::ssize(employers()));
  CHECK(config.years == std::ssize(year_words()));
}

TEST_CASE("more people than names and pools above their lists are refused, all in one message") {
  BiographySentencesConfig config{
      .num_people = 61, .first_names = 5, .middle_names = 4, .last_names = 3};
  CHECK_THROWS_WITH(
      config.validate(),
      contains("num_people 61 exceeds the 60 names of 5 first, 4 middle and 3 last ones"));
  config.num_people = 60;
  CHECK_NOTHROW(config.validate());
  config.first_names = 401;
  config.employers = 264;
  config.sentences = 51;
  CHECK_THROWS_WITH(config.validate(), contains("first_names is 401, expected 1 ... 400") &&
                                           contains("employers is 264, expected 1 ... 263") &&
                                           contains("sentences is 51, expected 1 ... 50"));
  CHECK_THROWS_AS(config.validate(), ConfigError);
}

// SPDX-License-Identifier: MIT
//
// How many people `biography_sentences.hpp` tells about, and from how much of each list they and
// their sentences are made. The defaults are the paper's sizes; smaller pools (the first entries of
// each list) make a smaller vocabulary, for models whose embedding would hold most of their
// parameters.
//
//   bits to know about a person = log2(months days years cities universities majors employers)
//                                 + 1 with he_or_she,     and log2(names / people) of the name
//
// Source: Allen-Zhu & Li 2024, arXiv:2404.05405, bioS(N).
// Tests:  tests/tasks/biographies/biography_sentences_config_test.cpp.
#pragma once

#include <array>
#include <cmath>
#include <string_view>

#include "looplab/core/config.hpp"
#include "looplab/tasks/biographies/life_sentences.hpp"

namespace looplab {

/// he_or_she: drawn for each person, one bit to know; they: the same for all, nothing to know.
enum class Pronoun { he_or_she, they };
[[nodiscard]] constexpr auto enum_names(Pronoun) {
  return std::array<std::string_view, 2>{"he_or_she", "they"};
}

struct BiographySentencesConfig {
  Index num_people = 20000;
  Index first_names = 400;
  Index middle_names = 400;
  Index last_names = 1000;
  Index months = 12;
  Index days = 28;
  Index years = 200;
  Index cities = 200;
  Index universities = 300;
  Index majors = 100;
  Index employers = 263;
  Index sentences = kSentencesPerFact;
  Pronoun pronoun = Pronoun::he_or_she;
  Index window_length = 512;
  Index biographies_per_window = 9;
  Index data_seed = 1;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"num_people", "N", 1, 1.6e8}, self.num_people);
    visit(Field{"first_names", "of the list of 400", 1, 400}, self.first_names);
    visit(Field{"middle_names", "of the list of 400", 1, 400}, self.middle_names);
    visit(Field{"last_names", "of the list of 1000", 1, 1000}, self.last_names);
    visit(Field{"months", "of a birth date", 1, 12}, self.months);
    visit(Field{"days", "of a birth date", 1, 28}, self.days);
    visit(Field{"years", "of a birth date, from 1900 on", 1, 200}, self.years);
    visit(Field{"cities", "of the list of 200, for birth and headquarters", 1, 200}, self.cities);
    visit(Field{"universities", "of the list of 300", 1, 300}, self.universities);
    visit(Field{"majors", "of the list of 100", 1, 100}, self.majors);
    visit(Field{"employers", "of the list of 263", 1, 263}, self.employers);
    visit(Field{"sentences", "ways to tell each fact", 1, double(kSentencesPerFact)},
          self.sentences);
    visit(Field{"pronoun", "he_or_she (one bit of each person) or they"}, self.pronoun);
    visit(Field{"window_length", "tokens", 1, 1 << 20}, self.window_length);
    visit(Field{"biographies_per_window", "told in each window", 1, 1 << 16},
          self.biographies_per_window);
    visit(Field{"data_seed", "of names and values; the same over the seeds of a run", 0, 0x1p53},
          self.data_seed);
  }

  /// Names to choose from, N0.
  [[nodiscard]] Index num_names() const { return first_names * middle_names * last_names; }
  /// log2 S0, the bits of one person's values.
  [[nodiscard]] double log2_values() const {
    double sum = pronoun == Pronoun::he_or_she ? 1 : 0;
    for (Index count : {months, days, years, cities, universities, majors, employers})
      sum += std::log2(static_cast<double>(count));
    return sum;
  }

  /// \throws ConfigError naming every problem.
  void validate() const {
    Problems problems;
    check_ranges(*this, problems);
    problems.check(num_names() >= num_people, "num_people ", num_people, " exceeds the ",
                   num_names(), " names of ", first_names, " first, ", middle_names, " middle and ",
                   last_names, " last ones");
    problems.throw_if_any("biography_sentences");
  }
};

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// Configuration of `biography_sentences.hpp`: the number of people, and how much of each list they
// and their sentences use. The defaults are the paper's sizes. Smaller pools (the first entries of
// each list) give a smaller vocabulary, for models whose embedding would hold most of their
// parameters.
//
//   bits to know about a person = log2(months days years cities universities majors employers)
//                                 + 1 with he_or_she,     and log2(names / people) of the name
//
// Source: Allen-Zhu & Li 2024, arXiv:2404.05405, bioS(N).
#pragma once

#include <array>
#include <cmath>
#include <string_view>

#include "looplab/core/config.hpp"
#include "looplab/tasks/biographies/words/life_sentences.hpp"

namespace looplab {

/// he_or_she: drawn for each person, one bit of knowledge; they: the same for all, no bit.
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
    visit(Field{"num_people", "number of people", 1, 1.6e8}, self.num_people);
    visit(Field{"first_names", "number of first names in use, of 400", 1, 400}, self.first_names);
    visit(Field{"middle_names", "number of middle names in use, of 400", 1, 400},
          self.middle_names);
    visit(Field{"last_names", "number of last names in use, of 1000", 1, 1000}, self.last_names);
    visit(Field{"months", "number of birth months in use", 1, 12}, self.months);
    visit(Field{"days", "number of birth days in use", 1, 28}, self.days);
    visit(Field{"years", "number of birth years in use, from 1900 on", 1, 200}, self.years);
    visit(Field{"cities", "number of cities of birth and work in use, of 200", 1, 200},
          self.cities);
    visit(Field{"universities", "number of universities in use, of 300", 1, 300},
          self.universities);
    visit(Field{"majors", "number of majors in use, of 100", 1, 100}, self.majors);
    visit(Field{"employers", "number of employers in use, of 263", 1, 263}, self.employers);
    visit(Field{"sentences", "number of sentences for each fact", 1, double(kSentencesPerFact)},
          self.sentences);
    visit(Field{"pronoun", "he_or_she (one bit per person) or they"}, self.pronoun);
    visit(Field{"window_length", "tokens of a window", 1, 1 << 20}, self.window_length);
    visit(Field{"biographies_per_window", "number of biographies in a window", 1, 1 << 16},
          self.biographies_per_window);
    visit(Field{"data_seed", "seed of names and values; equal for all seeds of a run", 0, 0x1p53},
          self.data_seed);
  }

  /// Positions of a window.
  [[nodiscard]] Index sequence_length() const { return window_length; }
  /// N0, the number of different names.
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

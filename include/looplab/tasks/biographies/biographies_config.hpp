// SPDX-License-Identifier: MIT
//
// Configuration of `biographies.hpp`: two forms, their sizes, and which sizes fit together.
//
//   bio_d(N, K, C, D, L, T)   N people, K attributes; a value consists of C chunks, each one of the
//                             D distinct strings of its attribute, of L tokens from a shared
//                             alphabet of T
//   bio_s, reduced            attributes of several factors with their own tokens, such as a birth
//                             date of 12 x 28 x 200; with `pronoun`, one of two tokens follows the
//                             name and counts as a value
//
// Source: Allen-Zhu & Li 2024, arXiv:2404.05405. Its bioS is name_alphabets = 400x400x1000,
//         value_alphabets = 12x28x200,200,300,100,263, pronoun = true, without the sentences.
#pragma once

#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/core/text_list.hpp"

namespace looplab {

/// bio_d: values are strings over a shared alphabet; bio_s: each factor has its own tokens.
enum class BiographyForm { bio_d, bio_s };
[[nodiscard]] constexpr auto enum_names(BiographyForm) {
  return std::array<std::string_view, 2>{"bio_d", "bio_s"};
}

/// Reads "12x28x200,300" as {{12, 28, 200}, {300}}; empty if the text is not of that form.
[[nodiscard]] inline std::vector<std::vector<Index>> parse_alphabets(std::string_view text) {
  std::vector<std::vector<Index>> alphabets;
  for (std::string_view group : split(text, ',')) {
    std::vector<Index>& factors = alphabets.emplace_back();
    for (std::string_view factor : split(group, 'x'))
      if (!from_text(trimmed(factor), factors.emplace_back())) return {};
  }
  return alphabets;
}

/// Configuration of the task. The defaults are the sizes of a small first experiment, not the
/// paper's.
struct BiographiesConfig {
  BiographyForm form = BiographyForm::bio_d;
  Index num_people = 2000;
  std::string name_alphabets = "16x16x16";
  Index num_attributes = 6;          // bio_d: K
  Index num_chunks = 1;              // bio_d: C
  Index diversity = 64;              // bio_d: D
  Index string_length = 1;           // bio_d: L
  Index string_alphabet = 64;        // bio_d: T
  std::string value_alphabets = "";  // bio_s
  bool pronoun = false;              // bio_s
  Index biographies_per_window = 1;
  Index data_seed = 1;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"form", "form of the values: bio_d or bio_s"}, self.form);
    visit(Field{"num_people", "N, number of people to remember", 1, 1e9}, self.num_people);
    visit(Field{"name_alphabets", "number of tokens for each part of a name, such as 16x16x16"},
          self.name_alphabets);
    visit(Field{"num_attributes", "bio_d: K, number of attributes of a person", 1, 64},
          self.num_attributes);
    visit(Field{"num_chunks", "bio_d: C, number of chunks of a value", 1, 1024}, self.num_chunks);
    visit(Field{"diversity", "bio_d: D, number of different chunks of an attribute", 1, 1 << 20},
          self.diversity);
    visit(Field{"string_length", "bio_d: L, tokens of a chunk", 1, 1024}, self.string_length);
    visit(Field{"string_alphabet", "bio_d: T, number of value tokens", 1, 1 << 20},
          self.string_alphabet);
    visit(Field{"value_alphabets",
                "bio_s: sizes of the factors of each attribute, such as 12x28x200,300"},
          self.value_alphabets);
    visit(Field{"pronoun", "bio_s: whether a pronoun, one of two, follows the name"}, self.pronoun);
    visit(Field{"biographies_per_window", "number of biographies in a window", 1, 1 << 16},
          self.biographies_per_window);
    visit(Field{"data_seed", "seed of names and values; equal for all seeds of a run", 0, 0x1p53},
          self.data_seed);
  }

  /// \throws ConfigError naming every problem.
  void validate() const;

  /// log2 of the number of different names N0.
  [[nodiscard]] double log2_names() const {
    double sum = 0;
    for (const auto& sizes : parse_alphabets(name_alphabets))
      for (Index size : sizes) sum += std::log2(static_cast<double>(size));
    return sum;
  }
};

inline void BiographiesConfig::validate() const {
  constexpr double kMaxAlphabet = 1 << 20;
  Problems problems;
  check_ranges(*this, problems);
  const auto check_alphabets = [&](std::string_view field, const std::string& text,
                                   std::size_t max_groups, std::string_view example) {
    const auto alphabets = parse_alphabets(text);
    problems.check(!alphabets.empty() && alphabets.size() <= max_groups, field, " is \"", text,
                   "\", expected sizes such as ", example);
    for (const auto& factors : alphabets)
      for (Index size : factors)
        problems.check(size >= 1 && static_cast<double>(size) <= kMaxAlphabet, field,
                       " has the size ", size, ", expected 1 ... ", kMaxAlphabet);
    return !alphabets.empty();
  };
  if (check_alphabets("name_alphabets", name_alphabets, 1, "16x16x16")) {
    problems.check(log2_names() <= 62, "name_alphabets ", name_alphabets,
                   " has more than 2^62 names");
    problems.check(log2_names() > 62 || std::exp2(log2_names()) + 0.5 >= double(num_people),
                   "name_alphabets ", name_alphabets, " has too few names for num_people ",
                   num_people);
  }
  if (form == BiographyForm::bio_s) {
    check_alphabets("value_alphabets", value_alphabets, 64, "12x28x200,300");
  } else {
    const double log2_strings =
        static_cast<double>(string_length) * std::log2(static_cast<double>(string_alphabet));
    problems.check(log2_strings >= 62 || std::exp2(log2_strings) + 0.5 >= double(diversity),
                   "diversity ", diversity,
                   " exceeds string_alphabet ^ string_length = ", string_alphabet, " ^ ",
                   string_length);
    problems.check(double(num_attributes) * double(diversity) * double(string_length) <= 0x1p28,
                   "num_attributes * diversity * string_length exceeds 2^28 tokens");
    problems.check(value_alphabets.empty(), "value_alphabets belongs to form bio_s, given bio_d");
    problems.check(!pronoun, "pronoun belongs to form bio_s, given bio_d");
  }
  problems.throw_if_any("biographies");
}

}  // namespace looplab

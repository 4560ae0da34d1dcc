// SPDX-License-Identifier: MIT
//
// Biographies in English sentences: people with random names and random facts of life, repeated
// with newly drawn sentences in a new order each time. Nothing can be derived, everything has to be
// stored.
//
//   tokens  bos  Adam  Abner     Ashbridge was  born on       February 1,   1900 .     He  ...
//   targets Adam Abner Ashbridge was       born on   February 1,       1900 .    He    was
//   slices  name name  name      .         .    .    date     date     date .    pron. .
//
// A word is a token; so are "." and "1," of "February 1, 1900". The first of the six sentences
// begins with the full name, the others with the pronoun. All words of a name or value and the
// first pronoun are answers; positions marked '.' above are scored in training but are not answers.
// The working city follows from the employer and is not an answer; held-out biographies place it
// after the employer, which it would reveal. With `they` for everyone the pronoun is not an answer
// either.
//
// A window holds a fixed number of whole biographies, so that exposures are counted exactly;
// attention and positions restart at each. If the biographies of a window do not fit, their
// sentences are drawn again. The rest of a window is a blank document.
//
// Sources: Allen-Zhu & Li 2024, arXiv:2404.05405 (bioS); attention masked between biographies as in
//          arXiv:2510.25741, section 6.1. Bits: `tasks/biographies/capacity.hpp`.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/tasks/biographies/biography_sentences_config.hpp"
#include "looplab/tasks/biographies/people.hpp"
#include "looplab/tasks/biographies/words/person_names.hpp"
#include "looplab/tasks/biographies/words/places_of_life.hpp"
#include "looplab/tasks/biographies/words/vocabulary.hpp"
#include "looplab/tasks/detail/document_writer.hpp"
#include "looplab/tasks/detail/split_streams.hpp"

namespace looplab {

/// All facts about a person, as indices into the lists. A birth date is (month, day, year) with the
/// year fastest; `values` are in the order of `LifeFact`.
struct Life {
  std::array<Index, 3> name;
  Index pronoun = 0;  // 0 he, 1 she; always 0 with `they`
  std::array<Index, kNumLifeFacts> values;
};

/// Satisfies `Task`. Tokens: bos, then the words in use in the order of their first appearance in
/// the lists.
class BiographySentences {
 public:
  static constexpr std::string_view kName = "biography_sentences";
  static constexpr std::string_view kHelp = "the same in English sentences; capacity in bits";
  static constexpr Token kBos = 0;
  /// Slices: the name, the five counted facts in the order of `LifeFact`, and the pronoun.
  static constexpr Token kNameSlice = 0, kFirstFactSlice = 1, kPronounSlice = kNumLifeFacts;

  explicit BiographySentences(BiographySentencesConfig config);

  [[nodiscard]] const BiographySentencesConfig& config() const { return config_; }
  [[nodiscard]] std::string name() const { return std::string(kName); }
  [[nodiscard]] Index vocab_size() const { return vocabulary_.size(); }
  [[nodiscard]] Index sequence_length() const { return config_.window_length; }
  [[nodiscard]] Index num_slices() const {
    return kPronounSlice + (config_.pronoun == Pronoun::he_or_she ? 1 : 0);
  }
  [[nodiscard]] std::string slice_name(Index slice) const {
    if (slice == kNameSlice) return "name";
    if (slice == kPronounSlice) return "pronoun";
    return to_text(static_cast<LifeFact>(slice - kFirstFactSlice));
  }
  /// Number of windows that show everyone exactly once.
  [[nodiscard]] Index num_evaluation_sequences() const { return num_windows_for_exposures(1); }
  /// Number of training windows after which everyone has had `exposures` exposures.
  [[nodiscard]] Index num_windows_for_exposures(Index exposures) const {
    return exposures_.num_windows(exposures);
  }
  /// Number of tokens of the longest possible biography.
  [[nodiscard]] Index longest_biography() const { return longest_; }

  /// The sizes that `tasks/biographies/capacity.hpp` requires.
  [[nodiscard]] KnowledgeSpace knowledge_space() const {
    return {.num_people = config_.num_people,
            .log2_names = std::log2(static_cast<double>(config_.num_names())),
            .log2_values = config_.log2_values(),
            .num_attributes = kNumLifeFacts - 1};
  }
  [[nodiscard]] KnowledgePart knowledge_part(Index slice) const {
    return slice == kNameSlice ? KnowledgePart::name : KnowledgePart::value;
  }

  /// The word, or "bos".
  [[nodiscard]] const std::string& token_name(Token token) const { return vocabulary_.word(token); }

  /// The facts of a person in 0 ... num_people-1; a pure function of (data_seed, person).
  [[nodiscard]] Life life(Index person) const;

  /// Fills window `index` of a split; a pure function of its arguments.
  void sample(Seed seed, Split split, Index index, Window window) const;

 private:
  using Words = std::vector<Token>;
  /// The words of a sentence around its value; `begin` follows the subject "They".
  struct Sentence {
    Words before, before_plural, after;
  };
  /// The order of the facts of a biography and the sentence of each.
  struct Telling {
    std::array<std::size_t, kNumLifeFacts> order, sentence;
  };

  /// Writes the biographies of a window; returns their length, or -1 if they do not fit.
  Index fill(Seed seed, Split split, Index index, RandomStream& draw, Window& window) const;
  void add_sentences();
  void add_values();
  void set_lengths();
  [[nodiscard]] Telling draw_telling(RandomStream& stream, Split split) const;
  [[nodiscard]] Index length(const Life& life, const Telling& telling) const;
  void write_biography(const Life& life, const Telling& telling, DocumentWriter& writer) const;
  /// The words of a value; a birth date has three, written to `date`.
  [[nodiscard]] std::span<const Token> value_words(std::size_t fact, Index value,
                                                   std::array<Token, 3>& date) const {
    if (fact != static_cast<std::size_t>(LifeFact::birth_date))
      return values_[fact][static_cast<std::size_t>(value)];
    for (std::size_t part = date.size(); part-- > 0;) {
      const Index size = std::ssize(date_words_[part]);
      date[part] = date_words_[part][static_cast<std::size_t>(value % size)];
      value /= size;
    }
    return date;
  }

  BiographySentencesConfig config_;
  Exposures exposures_;
  RandomPermutation names_;  // person -> number of the name
  RandomStream facts_;
  Vocabulary vocabulary_;
  std::array<Words, 3> name_words_;
  std::array<Token, 2> pronouns_{};
  Token full_stop_ = 0;
  std::array<std::vector<Sentence>, kNumLifeFacts> sentences_;
  std::array<Words, 3> date_words_;                       // month, day, year
  std::array<std::vector<Words>, kNumLifeFacts> values_;  // empty for birth_date
  Index longest_ = 0;
};

inline BiographySentences::BiographySentences(BiographySentencesConfig config)
    : config_((config.validate(), config)),
      exposures_{config_.num_people, config_.biographies_per_window},
      names_(config_.num_names(), data_stream(config_, "biography_sentences/names")),
      facts_(data_stream(config_, "biography_sentences/values")) {
  vocabulary_.add("bos");
  full_stop_ = vocabulary_.add(".");
  const bool they = config_.pronoun == Pronoun::they;
  pronouns_ = {vocabulary_.add(they ? "They" : "He"), vocabulary_.add(they ? "They" : "She")};
  add_sentences();
  add_values();
  set_lengths();
}

inline void BiographySentences::add_sentences() {
  const bool they = config_.pronoun == Pronoun::they;
  for (std::size_t fact = 0; fact < kNumLifeFacts; ++fact) {
    const auto all = life_sentences(static_cast<LifeFact>(fact));
    for (Index i = 0; i < config_.sentences; ++i) {
      const std::string& text = all[static_cast<std::size_t>(i)];
      const std::size_t at = text.find('@');
      Sentence& sentence = sentences_[fact].emplace_back();
      sentence.before = vocabulary_.add_words(text.substr(0, at));
      sentence.before_plural =
          they ? vocabulary_.add_words(plural(text.substr(0, at))) : sentence.before;
      sentence.after = vocabulary_.add_words(text.substr(at + 1));
      sentence.after.push_back(full_stop_);
    }
  }
}

inline void BiographySentences::add_values() {
  const auto& c = config_;
  const auto set = [&](LifeFact fact, const std::vector<std::string>& list, Index count) {
    values_[static_cast<std::size_t>(fact)] = vocabulary_.add_phrases(list, count);
  };
  const auto words = [&](const std::vector<std::string>& list, Index count) {
    Words first;
    for (const Words& phrase : vocabulary_.add_phrases(list, count)) first.push_back(phrase.at(0));
    return first;
  };
  name_words_ = {words(first_names(), c.first_names), words(middle_names(), c.middle_names),
                 words(last_names(), c.last_names)};
  date_words_ = {words(month_words(), c.months), words(day_words(), c.days),
                 words(year_words(), c.years)};
  set(LifeFact::birth_city, cities(), c.cities);
  set(LifeFact::university, universities(), c.universities);
  set(LifeFact::major, majors(), c.majors);
  set(LifeFact::employer, employers(), c.employers);
  for (Index i = 0; i < c.employers; ++i)
    values_[static_cast<std::size_t>(LifeFact::working_city)].push_back(
        values_[static_cast<std::size_t>(LifeFact::birth_city)]
               [static_cast<std::size_t>(headquarters(i, c.cities))]);
}

/// Biographies of the longest values must fit into a window with sentences of mean length, so that
/// redrawing sentences succeeds in the end, and the biographies of most people fit at once.
inline void BiographySentences::set_lengths() {
  // bos, name, pronouns
  Index longest = 1 + 3 + (kNumLifeFacts - 1);
  double mean = static_cast<double>(longest);
  for (std::size_t fact = 0; fact < kNumLifeFacts; ++fact) {
    Index value = fact == static_cast<std::size_t>(LifeFact::birth_date) ? 3 : 0;
    Index sentence = 0, sum = 0;
    for (const Words& words : values_[fact]) value = std::max(value, std::ssize(words));
    for (const auto& [before, plural, after] : sentences_[fact]) {
      const Index words = std::ssize(before) + std::ssize(after);
      sentence = std::max(sentence, words);
      sum += words;
    }
    longest += value + sentence;
    mean += static_cast<double>(value) +
            static_cast<double>(sum) / static_cast<double>(config_.sentences);
  }
  longest_ = longest;
  const auto fitting = static_cast<Index>(static_cast<double>(config_.window_length) / mean);
  Problems problems;
  problems.check(config_.window_length >= longest, "window_length ", config_.window_length,
                 " is shorter than a biography, which has up to ", longest, " tokens");
  problems.check(config_.window_length < longest || config_.biographies_per_window <= fitting,
                 "biographies_per_window is ", config_.biographies_per_window, ", but only ",
                 fitting, " fit into window_length ", config_.window_length);
  problems.throw_if_any("biography_sentences");
}

inline Life BiographySentences::life(Index person) const {
  RandomStream draw = facts_.at(static_cast<std::uint64_t>(person));
  const auto& c = config_;
  Life life;
  Index number = names_(person);
  life.name[0] = number % c.first_names;
  number /= c.first_names;
  life.name[1] = number % c.middle_names;
  life.name[2] = number / c.middle_names;
  const Index employer = draw.below(c.employers);
  life.values = {draw.below(c.months * c.days * c.years),
                 draw.below(c.cities),
                 draw.below(c.universities),
                 draw.below(c.majors),
                 employer,
                 employer};  // the working city is that of the employer's headquarters
  life.pronoun = c.pronoun == Pronoun::he_or_she ? draw.below(2) : 0;
  return life;
}

inline void BiographySentences::sample(Seed seed, Split split, Index index, Window window) const {
  RandomStream draw = split_stream(seed, kName, split, index);
  Index end = 0;
  do end = fill(seed, split, index, draw, window);
  while (end < 0);
  const auto blank = [&](std::span<Token> row, Token token) {
    std::ranges::fill(row.subspan(static_cast<std::size_t>(end)), token);
  };
  blank(window.tokens, kBos);
  blank(window.targets, kIgnoreIndex);
  blank(window.slices, kNoSlice);
  blank(window.documents, static_cast<Token>(end));
}

inline Index BiographySentences::fill(Seed seed, Split split, Index index, RandomStream& draw,
                                      Window& window) const {
  Index position = 0;
  Exposures::People people = exposures_.people(seed, split, index);
  for (Index slot = 0; slot < exposures_.per_window; ++slot) {
    const auto person = people.next();
    if (!person) break;
    const Life told = life(*person);
    const Telling telling = draw_telling(draw, split);
    if (position + length(told, telling) > config_.window_length) return -1;
    DocumentWriter writer(window, position);
    write_biography(told, telling, writer);
    position = writer.end();
  }
  return position;
}

inline BiographySentences::Telling BiographySentences::draw_telling(RandomStream& stream,
                                                                    Split split) const {
  Telling telling;
  for (std::size_t fact = 0; fact < kNumLifeFacts; ++fact) {
    telling.order[fact] = fact;
    telling.sentence[fact] = static_cast<std::size_t>(stream.below(config_.sentences));
  }
  stream.shuffle(std::span<std::size_t>(telling.order));
  if (split == Split::train) return telling;
  const auto index_of = [&](LifeFact fact) {
    return std::ranges::find(telling.order, static_cast<std::size_t>(fact));
  };
  const auto employer = index_of(LifeFact::employer), city = index_of(LifeFact::working_city);
  if (city < employer) std::iter_swap(city, employer);
  return telling;
}

inline Index BiographySentences::length(const Life& life, const Telling& telling) const {
  std::array<Token, 3> date;
  Index tokens = 1 + 3 + (kNumLifeFacts - 1);
  for (std::size_t fact = 0; fact < kNumLifeFacts; ++fact) {
    const Sentence& sentence = sentences_[fact][telling.sentence[fact]];
    tokens += std::ssize(sentence.before) + std::ssize(value_words(fact, life.values[fact], date)) +
              std::ssize(sentence.after);
  }
  return tokens;
}

inline void BiographySentences::write_biography(const Life& life, const Telling& telling,
                                                DocumentWriter& writer) const {
  std::array<Token, 3> date;
  writer.write(kBos, kNoSlice);
  for (std::size_t i = 0; i < kNumLifeFacts; ++i) {
    const std::size_t fact = telling.order[i];
    const Sentence& sentence = sentences_[fact][telling.sentence[fact]];
    if (i == 0) {
      for (std::size_t word = 0; word < name_words_.size(); ++word)
        writer.write(name_words_[word][static_cast<std::size_t>(life.name[word])], kNameSlice);
    } else {
      const bool tells = i == 1 && config_.pronoun == Pronoun::he_or_she;
      writer.write(pronouns_[static_cast<std::size_t>(life.pronoun)],
                   tells ? kPronounSlice : kNoSlice);
    }
    writer.write(i == 0 ? sentence.before : sentence.before_plural, kNoSlice);
    writer.write(value_words(fact, life.values[fact], date),
                 fact == static_cast<std::size_t>(LifeFact::working_city)
                     ? kNoSlice
                     : kFirstFactSlice + static_cast<Token>(fact));
    writer.write(sentence.after, kNoSlice);
  }
}

static_assert(Task<BiographySentences>);

}  // namespace looplab

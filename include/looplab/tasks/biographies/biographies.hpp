// SPDX-License-Identifier: MIT
//
// Biographies: people with random names and random attributes, repeated with their sentences in a
// new order each time. Nothing can be derived, everything has to be stored: the task measures
// capacity.
//
//   tokens     bos  a2  b0  A1  v3  A0  v1     person "a2 b0"; attribute 1 is v3, attribute 0 is v1
//   targets     a2  b0  A1  v3  A0  v1   .     '.' is not scored
//   slices       0   0   .   1   .   1   .     0 name, 1 first chunk of a value, 2 other chunks
//
// A name has one token per part, from that part's own alphabet, and no two people share a name.
// Names and values are pure functions of (data_seed, person): no list of people is stored unless
// there are few. Training shows everyone once per epoch, each epoch in a new order; held-out
// windows show everyone once. A window holds whole biographies; attention and positions restart at
// each.
//
// Sources: Allen-Zhu & Li 2024, arXiv:2404.05405 (bioS, bioD); attention masked between biographies
//          as in arXiv:2510.25741, section 6.1. Bits: `tasks/biographies/capacity.hpp`.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/tasks/biographies/biographies_config.hpp"
#include "looplab/tasks/biographies/people.hpp"
#include "looplab/tasks/detail/document_writer.hpp"
#include "looplab/tasks/detail/split_streams.hpp"
#include "looplab/tasks/task.hpp"

namespace looplab {

/// Satisfies `Task`. Tokens: bos, names (part by part), pronouns, attributes, values.
class Biographies {
 public:
  static constexpr std::string_view kName = "biographies";
  static constexpr std::string_view kHelp = "random facts about people; capacity in bits";
  static constexpr Token kBos = 0;
  /// Up to this number of people, names and facts are cached, because a small model trains faster
  /// than they can be drawn.
  static constexpr Index kFewPeople = 1 << 12;
  static constexpr Token kNameSlice = 0, kFirstChunkSlice = 1, kValueSlice = 2;

  explicit Biographies(BiographiesConfig config)
      : config_((config.validate(), std::move(config))),
        name_sizes_(parse_alphabets(config_.name_alphabets).front()),
        exposures_{config_.num_people, config_.biographies_per_window},
        names_(product(name_sizes_), data_stream(config_, "biographies/names")),
        facts_(data_stream(config_, "biographies/values")) {
    first_pronoun_ = 1;
    for (Index size : name_sizes_) first_pronoun_ += static_cast<Token>(size);
    first_attribute_ = first_pronoun_ + (config_.pronoun ? 2 : 0);
    if (config_.form == BiographyForm::bio_d)
      make_strings();
    else
      make_factors();
    document_length_ = 1 + std::ssize(name_sizes_) + (config_.pronoun ? 1 : 0);
    for (const Attribute& attribute : attributes_) {
      ++document_length_;
      for (Index chunk : attribute.chunks) document_length_ += dictionary(chunk).length;
    }
    if (config_.num_people <= kFewPeople) know_people();
  }

  [[nodiscard]] const BiographiesConfig& config() const { return config_; }
  [[nodiscard]] std::string name() const { return std::string(kName); }
  [[nodiscard]] Index vocab_size() const { return end_of_values_; }
  [[nodiscard]] Index document_length() const { return document_length_; }
  [[nodiscard]] Index sequence_length() const {
    return config_.biographies_per_window * document_length_;
  }
  [[nodiscard]] Index num_slices() const { return 3; }
  [[nodiscard]] std::string slice_name(Index slice) const {
    static constexpr std::array<const char*, 3> kNames{"name", "first_chunk", "value"};
    return kNames.at(static_cast<std::size_t>(slice));
  }
  /// Number of windows that show everyone exactly once.
  [[nodiscard]] Index num_evaluation_sequences() const { return num_windows_for_exposures(1); }
  /// Number of training windows after which everyone has been shown `exposures` times.
  [[nodiscard]] Index num_windows_for_exposures(Index exposures) const {
    return exposures_.num_windows(exposures);
  }

  /// The sizes that `tasks/biographies/capacity.hpp` requires.
  [[nodiscard]] KnowledgeSpace knowledge_space() const;
  [[nodiscard]] KnowledgePart knowledge_part(Index slice) const {
    return static_cast<KnowledgePart>(slice);
  }

  /// The text of a token: "bos", names "a2 b0", "he", "she", attributes "A1", values "v3".
  [[nodiscard]] std::string token_name(Token token) const;

  /// Fills window `index` of a split; a pure function of its arguments. Biography i of training is
  /// that of person order_e(i mod N) with epoch e = i / N; held-out biography i is that of person
  /// i. Blank documents follow the last one: bos tokens without targets.
  void sample(Seed seed, Split split, Index index, Window window) const;

 private:
  /// Strings of equal length, from which values are drawn; row-major [size, length].
  struct Dictionary {
    Index length = 1;
    std::vector<Token> tokens;
    [[nodiscard]] Index size() const { return std::ssize(tokens) / length; }
  };
  struct Attribute {
    std::vector<Index> chunks;  // the dictionary of each chunk
    Index first_fact = 0;       // facts are numbered through all chunks of a person
  };

  [[nodiscard]] static Index product(const std::vector<Index>& sizes) {
    Index result = 1;
    for (Index size : sizes) result *= size;
    return result;
  }
  [[nodiscard]] const Dictionary& dictionary(Index i) const {
    return dictionaries_[static_cast<std::size_t>(i)];
  }
  void make_strings();
  void make_factors();
  void know_people();
  [[nodiscard]] Dictionary draw_strings(Index attribute) const;
  void write_biography(Index person, RandomStream order, DocumentWriter writer) const;
  void write_name(Index person, DocumentWriter& writer) const;
  void write_attribute(Index person, std::size_t attribute, DocumentWriter& writer) const;
  /// Fact 0, 1, ... of a person, uniform on 0 ... size-1.
  [[nodiscard]] Index fact(Index person, Index number, Index size) const {
    if (!known_facts_.empty())
      return known_facts_[static_cast<std::size_t>(person * num_facts_ + number)];
    return facts_.at(static_cast<std::uint64_t>(person * num_facts_ + number)).below(size);
  }

  BiographiesConfig config_;
  std::vector<Index> name_sizes_;
  Exposures exposures_;
  RandomPermutation names_;  // person -> number of the name
  RandomStream facts_;
  std::vector<Index> known_names_, known_facts_;  // cached for all people if they are few
  std::vector<Attribute> attributes_;
  std::vector<Dictionary> dictionaries_;
  Index num_facts_ = 0;
  Index document_length_ = 0;
  Token first_pronoun_ = 0, first_attribute_ = 0, first_value_ = 0, end_of_values_ = 0;
};

inline void Biographies::make_strings() {
  first_value_ = first_attribute_ + static_cast<Token>(config_.num_attributes);
  end_of_values_ = first_value_ + static_cast<Token>(config_.string_alphabet);
  for (Index a = 0; a < config_.num_attributes; ++a) {
    dictionaries_.push_back(draw_strings(a));
    attributes_.push_back(
        {std::vector<Index>(static_cast<std::size_t>(config_.num_chunks), a), num_facts_});
    num_facts_ += config_.num_chunks;
  }
}

/// D distinct strings of L tokens; a string that already exists is drawn again.
inline Biographies::Dictionary Biographies::draw_strings(Index attribute) const {
  RandomStream draw = data_stream(config_, "biographies/strings", attribute);
  std::set<std::vector<Token>> strings;
  Dictionary result{config_.string_length, {}};
  std::vector<Token> string(static_cast<std::size_t>(config_.string_length));
  while (std::ssize(strings) < config_.diversity) {
    for (Token& token : string)
      token = first_value_ + static_cast<Token>(draw.below(config_.string_alphabet));
    if (strings.insert(string).second)
      result.tokens.insert(result.tokens.end(), string.begin(), string.end());
  }
  return result;
}

inline void Biographies::make_factors() {
  const auto alphabets = parse_alphabets(config_.value_alphabets);
  first_value_ = end_of_values_ = first_attribute_ + static_cast<Token>(alphabets.size());
  for (const std::vector<Index>& factors : alphabets) {
    Attribute& attribute = attributes_.emplace_back();
    attribute.first_fact = num_facts_;
    for (Index size : factors) {
      attribute.chunks.push_back(std::ssize(dictionaries_));
      Dictionary& values = dictionaries_.emplace_back();
      for (Index i = 0; i < size; ++i) values.tokens.push_back(end_of_values_++);
      ++num_facts_;
    }
  }
  ++num_facts_;  // the pronoun
}

inline void Biographies::know_people() {
  std::vector<Index> names, facts;
  for (Index person = 0; person < config_.num_people; ++person) {
    names.push_back(names_(person));
    for (const auto& [chunks, first_fact] : attributes_)
      for (std::size_t i = 0; i < chunks.size(); ++i)
        facts.push_back(
            fact(person, first_fact + static_cast<Index>(i), dictionary(chunks[i]).size()));
    if (std::ssize(facts) < (person + 1) * num_facts_)
      facts.push_back(fact(person, num_facts_ - 1, 2));  // the pronoun
  }
  known_names_ = std::move(names);
  known_facts_ = std::move(facts);
}

inline KnowledgeSpace Biographies::knowledge_space() const {
  KnowledgeSpace space{.num_people = config_.num_people,
                       .log2_names = config_.log2_names(),
                       .log2_values = config_.pronoun ? 1.0 : 0.0,
                       .num_attributes = std::ssize(attributes_)};
  for (const Attribute& attribute : attributes_)
    for (Index chunk : attribute.chunks)
      space.log2_values += std::log2(static_cast<double>(dictionary(chunk).size()));
  if (config_.form == BiographyForm::bio_s) return space;
  space.num_chunks = config_.num_chunks;
  space.diversity = config_.diversity;
  space.log2_strings = static_cast<double>(config_.string_length) *
                       std::log2(static_cast<double>(config_.string_alphabet));
  return space;
}

inline std::string Biographies::token_name(Token token) const {
  if (token == kBos) return "bos";
  if (token >= first_value_) return "v" + to_text(Index{token - first_value_});
  if (token >= first_attribute_) return "A" + to_text(Index{token - first_attribute_});
  if (token >= first_pronoun_) return token == first_pronoun_ ? "he" : "she";
  Index symbol = token - 1;
  char letter = 'a';
  for (std::size_t i = 0; symbol >= name_sizes_[i]; ++i, ++letter) symbol -= name_sizes_[i];
  return letter + to_text(symbol);
}

inline void Biographies::sample(Seed seed, Split split, Index index, Window window) const {
  const Index m = config_.biographies_per_window;
  const RandomStream orders = split_stream(seed, kName, split);
  Exposures::People people = exposures_.people(seed, split, index);
  for (Index slot = 0; slot < m; ++slot) {
    const Index begin = slot * document_length_;
    if (const auto person = people.next()) {
      write_biography(*person, orders.at(static_cast<std::uint64_t>(index * m + slot)),
                      {window, begin});
    } else {
      std::ranges::fill(window.documents.subspan(static_cast<std::size_t>(begin),
                                                 static_cast<std::size_t>(document_length_)),
                        static_cast<Token>(begin));
    }
  }
}

inline void Biographies::write_biography(Index person, RandomStream order,
                                         DocumentWriter writer) const {
  std::array<std::size_t, 64> sentences;  // 64: the maximum number of attributes
  const std::span used(sentences.data(), attributes_.size());
  for (std::size_t i = 0; i < used.size(); ++i) used[i] = i;
  order.shuffle(used);
  writer.write(kBos, kNoSlice);
  write_name(person, writer);
  if (config_.pronoun)
    writer.write(first_pronoun_ + static_cast<Token>(fact(person, num_facts_ - 1, 2)), kValueSlice);
  for (std::size_t attribute : used) write_attribute(person, attribute, writer);
}

inline void Biographies::write_name(Index person, DocumentWriter& writer) const {
  Index number =
      known_names_.empty() ? names_(person) : known_names_[static_cast<std::size_t>(person)];
  Token first = 1;
  for (Index size : name_sizes_) {
    writer.write(first + static_cast<Token>(number % size), kNameSlice);
    number /= size;
    first += static_cast<Token>(size);
  }
}

inline void Biographies::write_attribute(Index person, std::size_t attribute,
                                         DocumentWriter& writer) const {
  const auto& [chunks, first_fact] = attributes_[attribute];
  writer.write(first_attribute_ + static_cast<Token>(attribute), kNoSlice);
  for (std::size_t chunk = 0; chunk < chunks.size(); ++chunk) {
    const Dictionary& values = dictionary(chunks[chunk]);
    const Index value =
        fact(person, first_fact + static_cast<Index>(chunk), values.size()) * values.length;
    for (Index i = 0; i < values.length; ++i)
      writer.write(values.tokens[static_cast<std::size_t>(value + i)],
                   chunk == 0 ? kFirstChunkSlice : kValueSlice);
  }
}

static_assert(Task<Biographies>);

}  // namespace looplab

// SPDX-License-Identifier: MIT
#include "looplab/tasks/biographies/capacity.hpp"

#include <limits>

#include "looplab/tasks/biographies/biographies.hpp"
#include "support/catch.hpp"

using namespace looplab;

namespace {

struct OwnSpace {  // the formulas need only the members, no task
  Index num_people;
  double log2_names, log2_values;
  Index num_attributes, num_chunks, diversity;
  double log2_strings;
};

// N = 4 of 64 names; 3 attributes of 2 chunks out of 8, strings 2^10.
constexpr OwnSpace kBioD{4, 6, 3 * 2 * 3, 3, 2, 8, 10};
constexpr OwnSpace kBioS{8, 10, 5, 2, 0, 0, 0};
const double kLn2 = std::log(2.);

}  // namespace

TEST_CASE("bits of knowledge of bio_d, worked by hand") {
  // Names: p1 = 3 bits: 4 (6 - 3) = 12. Values: p2 = 2 bits of 6: 4 3 (6 - 2) = 48.
  // Strings: p3 = 1.5 bits: 3 8 (10 - 3 - 1.5) = 132.
  CHECK(biod_bits(kBioD, {3 * kLn2, 2 * kLn2, 1.5 * kLn2}) == Approx(12 + 48 + 132));
  // Everything known: 4 (6 - 2) + 4 3 6 + 3 8 (10 - 3).
  CHECK(max_knowledge_bits(kBioD) == Approx(16 + 72 + 168));
  CHECK(bits_per_parameter(kBioD, perfect_losses(kBioD), 128) == Approx(2));
}

TEST_CASE("bits of knowledge of bio_s, worked by hand") {
  // 8 (10 - 4) + 8 (5 - 1.5); at most 8 (10 - 3) + 8 5.
  CHECK(knowledge_bits(kBioS, {4 * kLn2, 1.5 * kLn2, 0}) == Approx(48 + 28));
  CHECK(max_knowledge_bits(kBioS) == Approx(56 + 40));
}

TEST_CASE("a model that guesses evenly knows no names and no values") {
  // Of the strings it knows that there are D: with T^L = D nothing, even less if it must guess.
  const KnowledgeLosses even{6 * kLn2, 6 * kLn2, 10 * kLn2};
  CHECK(biod_bits(kBioD, even) == Approx(-3 * 8 * 3));
  CHECK(bios_bits(kBioS, {10 * kLn2, 5 * kLn2, 0}) == Approx(0).margin(1e-9));
}

TEST_CASE("knowledge_losses averages over people, for bio_d over attributes too") {
  const KnowledgeLosses d = knowledge_losses(kBioD, 40, 24, 12);
  CHECK(d.p1 == 10);
  CHECK(d.p2 == 3);
  CHECK(d.p3 == 2);
  const KnowledgeLosses s = knowledge_losses(kBioS, 40, 24, 12);
  CHECK(s.p1 == 5);
  CHECK(s.p2 == 4.5);
  CHECK(s.p3 == 0);
}

TEST_CASE("losses that cannot be are refused") {
  using looplab_test::contains;
  const double least = std::log(4.), nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_NOTHROW(biod_bits(kBioD, {least - 1e-6, 0, 0}));
  CHECK_THROWS_AS(biod_bits(kBioD, {least - 1e-3, 0, 0}), NumericsError);
  CHECK_THROWS_WITH(biod_bits(kBioD, {1, 0, 0}), contains("must be a bug"));
  CHECK_THROWS_AS(bios_bits(kBioS, {1, 0, 0}), NumericsError);
  CHECK_THROWS_AS(biod_bits(kBioD, {2, -0.1, 0}), NumericsError);
  CHECK_THROWS_AS(biod_bits(kBioD, {2, 0, -0.1}), NumericsError);
  CHECK_THROWS_AS(biod_bits(kBioD, {nan, 0, 0}), NumericsError);
  CHECK_THROWS_AS(bits_per_parameter(kBioD, {2, 0, 0}, 0), ConfigError);
}

TEST_CASE("the first capacity experiment asks for its stated bits per parameter") {
  const KnowledgeSpace space = Biographies(BiographiesConfig{}).knowledge_space();
  const double expected = 2000 * (12 - std::log2(2000.)) + 2000 * 6 * 6;
  CHECK(max_knowledge_bits(space) == Approx(expected));
  CHECK(bits_per_parameter(space, perfect_losses(space), 29280) == Approx(2.53).margin(0.005));
}

TEST_CASE("a perfect model, scored token by token, has exactly the bits there are to know") {
  const auto config = GENERATE(BiographiesConfig{.num_people = 30,
                                                 .name_alphabets = "4x5x6",
                                                 .num_attributes = 3,
                                                 .num_chunks = 2,
                                                 .diversity = 7,
                                                 .string_length = 2,
                                                 .string_alphabet = 5,
                                                 .biographies_per_window = 4},
                               BiographiesConfig{.form = BiographyForm::bio_s,
                                                 .num_people = 30,
                                                 .name_alphabets = "4x5x6",
                                                 .value_alphabets = "12x28,5",
                                                 .pronoun = true});
  const Biographies task(config);
  Batch batch;
  sample_batch(task, Seed{1}, Split::validation, 0, task.num_evaluation_sequences(), batch);
  // It knows the names: the first symbols of a name leave the people who have them, evenly.
  const auto length = static_cast<std::size_t>(task.document_length());
  std::vector<std::vector<Token>> names;
  for (std::size_t at = 0; at < batch.tokens.size(); at += length)
    if (batch.targets[at] != kIgnoreIndex)
      names.push_back({batch.tokens.begin() + static_cast<Index>(at) + 1,
                       batch.tokens.begin() + static_cast<Index>(at) + 4});
  const auto people_with = [&](const std::vector<Token>& name, Index symbols) {
    return static_cast<double>(std::ranges::count_if(names, [&](const auto& other) {
      return std::equal(name.begin(), name.begin() + symbols, other.begin());
    }));
  };
  double name_nll = 0;
  for (const auto& name : names)
    for (Index symbol = 0; symbol < 3; ++symbol)
      name_nll -= std::log(people_with(name, symbol + 1) / people_with(name, symbol));
  REQUIRE(names.size() == 30);
  const KnowledgeSpace space = task.knowledge_space();
  const KnowledgeLosses losses = knowledge_losses(space, name_nll, 0, 0);
  CHECK(knowledge_bits(space, losses) == Approx(max_knowledge_bits(space)).epsilon(1e-12));
}

TEST_CASE("a model that guesses every value token evenly knows the names alone") {
  const BiographiesConfig config{.num_people = 30,
                                 .name_alphabets = "4x5x6",
                                 .num_attributes = 3,
                                 .num_chunks = 2,
                                 .diversity = 25,
                                 .string_length = 2,
                                 .string_alphabet = 5};
  const Biographies task(config);
  Batch batch;
  sample_batch(task, Seed{1}, Split::validation, 0, 30, batch);
  const auto tokens_of = [&](Token slice) {
    return static_cast<double>(std::ranges::count(batch.slices, slice));
  };
  CHECK(tokens_of(Biographies::kNameSlice) == 30 * 3);
  const KnowledgeSpace space = task.knowledge_space();
  const KnowledgeLosses losses = knowledge_losses(
      space, 30 * std::log(30.), tokens_of(Biographies::kFirstChunkSlice) * std::log(5.),
      tokens_of(Biographies::kValueSlice) * std::log(5.));
  // D = T^L: values cost 2 chunks of log2 25 bits each, all unknown; strings add -K D log2 25.
  const double names = 30 * (std::log2(120.) - std::log2(30.));
  CHECK(knowledge_bits(space, losses) == Approx(names - 3 * 25 * std::log2(25.)));
}

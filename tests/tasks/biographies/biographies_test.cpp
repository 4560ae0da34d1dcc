// SPDX-License-Identifier: MIT
#include "looplab/tasks/biographies/biographies.hpp"

#include <map>
#include <set>
#include <string>

#include "support/catch.hpp"

using namespace looplab;

namespace {

static_assert(Task<Biographies>);

const BiographiesConfig kSmall{.num_people = 6,
                               .name_alphabets = "3x2",
                               .num_attributes = 2,
                               .diversity = 4,
                               .string_alphabet = 4};
const BiographiesConfig kChunks{.num_people = 23,
                                .name_alphabets = "5x7",
                                .num_attributes = 3,
                                .num_chunks = 2,
                                .diversity = 10,
                                .string_length = 3,
                                .string_alphabet = 4,
                                .biographies_per_window = 4};
const BiographiesConfig kFactors{.form = BiographyForm::bio_s,
                                 .num_people = 23,
                                 .name_alphabets = "5x7x2",
                                 .value_alphabets = "12x28x20,5,3x1",
                                 .pronoun = true,
                                 .biographies_per_window = 3};

// A biography read back from its tokens' printed names.
struct Person {
  std::string name, pronoun;
  std::vector<std::string> order;                          // attributes as they came
  std::map<std::string, std::vector<std::string>> values;  // by attribute
};

Person read_person(const Biographies& task, std::span<const Token> document) {
  Person person;
  for (Token token : document.subspan(1)) {
    const std::string text = task.token_name(token);
    if (text == "he" || text == "she") {
      person.pronoun += text;
    } else if (text.starts_with('A')) {
      person.order.push_back(text);
    } else if (text.starts_with('v')) {
      person.values[person.order.back()].push_back(text);
    } else {
      person.name += text + " ";
    }
  }
  return person;
}

// All biographies of windows first ... first + count - 1, blank ones left out.
std::vector<Person> read_people(const Biographies& task, Seed seed, Split split, Index first,
                                Index count) {
  Batch batch;
  sample_batch(task, seed, split, first, count, batch);
  std::vector<Person> people;
  const auto length = static_cast<std::size_t>(task.document_length());
  for (std::size_t begin = 0; begin < batch.tokens.size(); begin += length)
    if (batch.targets[begin] != kIgnoreIndex)
      people.push_back(read_person(task, std::span(batch.tokens).subspan(begin, length)));
  return people;
}

// The slice a target must have, by what it is and how many values its attribute already has.
Token expected_slice(const Biographies& task, const std::string& text, std::size_t values_before) {
  const auto& config = task.config();
  const bool bio_d = config.form == BiographyForm::bio_d;
  const auto first_chunk = static_cast<std::size_t>(bio_d ? config.string_length : 1);
  if (text == "he" || text == "she") return Biographies::kValueSlice;
  if (text.starts_with('A')) return kNoSlice;
  if (!text.starts_with('v')) return Biographies::kNameSlice;
  return values_before < first_chunk ? Biographies::kFirstChunkSlice : Biographies::kValueSlice;
}

}  // namespace

TEST_CASE("the first capacity experiment has its stated sizes") {
  const Biographies task(BiographiesConfig{});
  CHECK(task.vocab_size() == 119);
  CHECK(task.document_length() == 16);
  CHECK(task.num_evaluation_sequences() == 2000);
  CHECK(task.num_windows_for_exposures(1000) == 2'000'000);
  const KnowledgeSpace space = task.knowledge_space();
  CHECK(space.log2_names == 12);
  CHECK(space.log2_values == 36);
  CHECK(space.log2_strings == 6);
  CHECK(space.num_attributes == 6);
  CHECK(space.diversity == 64);
}

TEST_CASE("the paper's bioS has its stated bits") {
  const BiographiesConfig config{.form = BiographyForm::bio_s,
                                 .num_people = 10000,
                                 .name_alphabets = "400x400x1000",
                                 .value_alphabets = "12x28x200,200,300,100,263",
                                 .pronoun = true};
  const KnowledgeSpace space = Biographies(config).knowledge_space();
  CHECK(space.log2_values == Approx(47.59).margin(0.005));
  CHECK(space.log2_names - std::log2(1e4) == Approx(13.97).margin(0.005));
  CHECK(space.diversity == 0);
  const Biographies task(config);
  CHECK(task.vocab_size() == 1 + 1800 + 2 + 5 + 12 + 28 + 200 + 200 + 300 + 100 + 263);
  CHECK(task.document_length() == 1 + 3 + 1 + 5 + 7);
}

TEST_CASE("the biography drawn at the head of biographies.hpp stays as drawn") {
  const Biographies task(kSmall);
  Batch batch;
  sample_batch(task, Seed{1}, Split::train, 0, 1, batch);
  std::string tokens, targets, slices;
  for (std::size_t i = 0; i < 7; ++i) {
    tokens += task.token_name(batch.tokens[i]) + " ";
    targets += (batch.targets[i] < 0 ? "." : task.token_name(batch.targets[i])) + " ";
    slices += (batch.slices[i] < 0 ? "." : to_text(Index{batch.slices[i]})) + " ";
  }
  CHECK(tokens == "bos a2 b0 A1 v3 A0 v1 ");
  CHECK(targets == "a2 b0 A1 v3 A0 v1 . ");
  CHECK(slices == "0 0 . 1 . 1 . ");
}

TEST_CASE("biographies are whole, their targets are the next tokens, their slices what they are") {
  const Biographies task(GENERATE(kSmall, kChunks, kFactors));
  const Index length = task.document_length();
  Batch batch;
  for (std::uint64_t seed = 0; seed < 3; ++seed)
    for (const Split split : {Split::train, Split::validation, Split::test}) {
      sample_batch(task, Seed{seed}, split, 0, 5, batch);
      for (Index i = 0; i < batch.size(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        const Index column = i % task.sequence_length(), place = i % length;
        REQUIRE(batch.tokens[at] >= 0);
        REQUIRE(batch.tokens[at] < task.vocab_size());
        REQUIRE((place == 0) == (batch.tokens[at] == Biographies::kBos));
        REQUIRE(batch.documents[at] == column - place);
        REQUIRE(batch.targets[at] == (place == length - 1 ? kIgnoreIndex : batch.tokens[at + 1]));
      }
      for (std::size_t begin = 0; begin < batch.tokens.size();
           begin += static_cast<std::size_t>(length)) {
        std::size_t values = 0;
        for (std::size_t i = begin; batch.targets[i] != kIgnoreIndex; ++i) {
          const std::string text = task.token_name(batch.targets[i]);
          REQUIRE(batch.slices[i] == expected_slice(task, text, values));
          values = text.starts_with('A') ? 0 : values + text.starts_with('v');
        }
      }
    }
}

TEST_CASE("a sentence tells every attribute once, with all its chunks") {
  const Biographies bio_d(kChunks), bio_s(kFactors);
  for (const Person& person : read_people(bio_d, Seed{1}, Split::train, 0, 6)) {
    REQUIRE(person.order.size() == 3);
    REQUIRE(person.values.size() == 3);
    for (const auto& [attribute, values] : person.values) REQUIRE(values.size() == 2 * 3);
  }
  for (const Person& person : read_people(bio_s, Seed{1}, Split::train, 0, 6)) {
    REQUIRE(person.order.size() == 3);
    REQUIRE((person.pronoun == "he" || person.pronoun == "she"));
    REQUIRE(person.values.at("A0").size() == 3);
    REQUIRE(person.values.at("A1").size() == 1);
    REQUIRE(person.values.at("A2").size() == 2);
  }
}

TEST_CASE("training shows everyone once per epoch, in a new order") {
  const Biographies task(GENERATE(kSmall, kChunks, kFactors));
  const Index n = task.config().num_people, m = task.config().biographies_per_window;
  std::vector<Person> shown =
      read_people(task, Seed{7}, Split::train, 0, task.num_windows_for_exposures(3));
  REQUIRE(std::ssize(shown) >= 3 * n);
  REQUIRE(std::ssize(shown) < 3 * n + m);
  std::set<std::vector<std::string>> orders;
  std::set<std::string> everyone;
  for (Index epoch = 0; epoch < 3; ++epoch) {
    std::vector<std::string> names;
    for (Index i = epoch * n; i < (epoch + 1) * n; ++i)
      names.push_back(shown[static_cast<std::size_t>(i)].name);
    orders.insert(names);
    everyone.insert(names.begin(), names.end());
    CHECK(std::ssize(std::set(names.begin(), names.end())) == n);
  }
  CHECK(orders.size() == 3);
  CHECK(std::ssize(everyone) == n);
}

TEST_CASE("an evaluation shows everyone once; the rest of its last window is not scored") {
  const Biographies task(GENERATE(kSmall, kChunks, kFactors));
  const Index windows = task.num_evaluation_sequences();
  for (const Split split : {Split::validation, Split::test}) {
    const auto shown = read_people(task, Seed{7}, split, 0, windows);
    std::set<std::string> names;
    for (const Person& person : shown) names.insert(person.name);
    CHECK(std::ssize(shown) == task.config().num_people);
    CHECK(names.size() == shown.size());
  }
  // One window further everything is blank, but still whole documents of known tokens.
  Batch batch;
  sample_batch(task, Seed{7}, Split::validation, windows, 1, batch);
  for (Index i = 0; i < batch.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    REQUIRE(batch.tokens[at] == Biographies::kBos);
    REQUIRE(batch.targets[at] == kIgnoreIndex);
    REQUIRE(batch.slices[at] == kNoSlice);
    REQUIRE(batch.documents[at] == i - i % task.document_length());
  }
}

TEST_CASE("what is known of a person depends on data_seed alone") {
  BiographiesConfig config = GENERATE(kSmall, kChunks, kFactors);
  const Biographies task(config);
  const Index windows = task.num_windows_for_exposures(4);
  std::map<std::string, Person> known;
  for (const Person& person : read_people(task, Seed{1}, Split::validation, 0, windows))
    known[person.name] = person;
  for (const auto& [seed, split] : {std::pair{1, Split::train}, std::pair{2, Split::train},
                                    std::pair{1, Split::test}, std::pair{2, Split::validation}})
    for (const Person& person :
         read_people(task, Seed{static_cast<std::uint64_t>(seed)}, split, 0, windows)) {
      REQUIRE(known.contains(person.name));
      REQUIRE(person.values == known[person.name].values);
      REQUIRE(person.pronoun == known[person.name].pronoun);
    }

  config.data_seed = 2;
  Index same = 0, shared = 0;
  for (const Person& person :
       read_people(Biographies(config), Seed{1}, Split::validation, 0, windows))
    if (known.contains(person.name)) {
      ++shared;
      same += person.values == known[person.name].values;
    }
  CHECK(same < std::max<Index>(1, shared));
}

TEST_CASE("sentences come in a fresh, uniform order at each exposure") {
  const Biographies task(kChunks);
  std::map<std::vector<std::string>, double> orders;
  std::map<std::string, std::set<std::vector<std::string>>> orders_of;
  const auto shown =
      read_people(task, Seed{1}, Split::train, 0, task.num_windows_for_exposures(200));
  for (const Person& person : shown) {
    ++orders[person.order];
    orders_of[person.name].insert(person.order);
  }
  CHECK(orders.size() == 6);
  const double expected = static_cast<double>(shown.size()) / 6;
  for (const auto& [order, count] : orders)
    CHECK(std::abs(count - expected) < 5 * std::sqrt(expected));
  for (const auto& [name, seen] : orders_of) CHECK(seen.size() == 6);
}

TEST_CASE("an attribute of bio_d has exactly D chunks, all equally likely") {
  BiographiesConfig config = kChunks;
  config.num_people = 1000;
  config.name_alphabets = "50x50";
  const Biographies task(config);
  std::map<std::string, std::map<std::vector<std::string>, double>> chunks;
  for (const Person& person :
       read_people(task, Seed{1}, Split::test, 0, task.num_evaluation_sequences()))
    for (const auto& [attribute, values] : person.values) {
      ++chunks[attribute][{values.begin(), values.begin() + 3}];
      ++chunks[attribute][{values.begin() + 3, values.end()}];
    }
  CHECK(chunks.size() == 3);
  CHECK(chunks["A0"] != chunks["A1"]);
  for (const auto& [attribute, counts] : chunks) {
    CHECK(counts.size() == 10);
    for (const auto& [chunk, count] : counts) CHECK(std::abs(count - 200) < 5 * std::sqrt(200.));
  }
}

TEST_CASE("all T^L strings are used if the diversity asks for them") {
  BiographiesConfig config = kSmall;
  config.num_people = 500;
  config.name_alphabets = "30x30";
  config.diversity = 16;
  config.string_length = 2;
  const Biographies task(config);
  std::set<std::vector<std::string>> seen;
  for (const Person& person : read_people(task, Seed{1}, Split::test, 0, 500))
    seen.insert(person.values.at("A0"));
  CHECK(seen.size() == 16);
}

TEST_CASE("names are drawn from the whole name space") {
  BiographiesConfig config = kSmall;
  config.num_people = 4000;
  config.name_alphabets = "20x400";
  const Biographies task(config);
  std::map<std::string, double> first_symbols;
  for (const Person& person : read_people(task, Seed{1}, Split::test, 0, 4000))
    ++first_symbols[person.name.substr(0, person.name.find(' '))];
  CHECK(first_symbols.size() == 20);
  for (const auto& [symbol, count] : first_symbols)
    CHECK(std::abs(count - 200) < 5 * std::sqrt(200.));
}

TEST_CASE("a window of biographies is a pure function of seed, split and index") {
  const Biographies task(kChunks);
  Batch together, alone;
  sample_batch(task, Seed{3}, Split::train, 0, 30, together);
  for (Index index : {29, 0, 7}) {
    sample_batch(task, Seed{3}, Split::train, index, 1, alone);
    CHECK(std::ranges::equal(together.window(index).tokens, alone.tokens));
    CHECK(std::ranges::equal(together.window(index).slices, alone.slices));
  }
  sample_batch(task, Seed{4}, Split::train, 7, 1, alone);
  CHECK(!std::ranges::equal(together.window(7).tokens, alone.tokens));
}

TEST_CASE("people are the same whether they are few and noted or many and drawn each time") {
  BiographiesConfig few = GENERATE(kChunks, kFactors);
  few.name_alphabets = "50x80x2";
  few.num_people = Biographies::kFewPeople;
  BiographiesConfig many = few;
  ++many.num_people;
  const auto noted = read_people(Biographies(few), Seed{1}, Split::test, 0, 50);
  const auto drawn = read_people(Biographies(many), Seed{1}, Split::test, 0, 50);
  REQUIRE(noted.size() == drawn.size());
  for (std::size_t i = 0; i < noted.size(); ++i) {
    REQUIRE(noted[i].name == drawn[i].name);
    REQUIRE(noted[i].pronoun == drawn[i].pronoun);
    REQUIRE(noted[i].values == drawn[i].values);
  }
}

TEST_CASE("biographies refuse a config that is not valid") {
  CHECK_THROWS_AS(Biographies({.num_people = 5000}), ConfigError);
}

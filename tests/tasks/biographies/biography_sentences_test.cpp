// SPDX-License-Identifier: MIT
#include "looplab/tasks/biographies/biography_sentences.hpp"

#include <map>
#include <optional>
#include <set>

#include "looplab/tasks/biographies/capacity.hpp"
#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

const BiographySentencesConfig kSmall{.num_people = 40,
                                      .first_names = 5,
                                      .middle_names = 4,
                                      .last_names = 3,
                                      .months = 3,
                                      .days = 4,
                                      .years = 5,
                                      .cities = 9,
                                      .universities = 6,
                                      .majors = 8,
                                      .employers = 7,
                                      .sentences = 3,
                                      .window_length = 150,
                                      .biographies_per_window = 3};
const BiographySentencesConfig kFull{.num_people = 100};
BiographySentencesConfig with_they(BiographySentencesConfig config) {
  config.pronoun = Pronoun::they;
  return config;
}
const BiographySentencesConfig kSmallThey = with_they(kSmall), kFullThey = with_they(kFull);

/// A biography read back from its text alone: no numbers of the task, only words.
struct ReadLife {
  std::string name;
  std::set<std::string> pronouns;
  std::vector<LifeFact> order;
  std::map<LifeFact, std::string> values, sentences;
  std::vector<std::string> slices;  // what each word should be an answer of, "" if of nothing
};

/// All that can be said of a fact.
std::vector<std::string> all_values(LifeFact fact) {
  switch (fact) {
    case LifeFact::birth_city:
    case LifeFact::working_city:
      return cities();
    case LifeFact::university:
      return universities();
    case LifeFact::major:
      return majors();
    case LifeFact::employer:
      return employers();
    default:
      break;
  }
  std::vector<std::string> dates;
  for (const std::string& month : month_words())
    for (const std::string& day : day_words())
      for (const std::string& year : year_words()) dates.push_back(month + ' ' + day + ' ' + year);
  return dates;
}

/// All ways to tell a fact and all that can be said of it, made once.
struct Reader {
  std::vector<std::string> sentences;
  std::set<std::string> values;
};
const Reader& reader_of(LifeFact fact) {
  static std::map<LifeFact, Reader> readers;
  if (!readers.contains(fact)) {
    const auto list = all_values(fact);
    readers[fact] = {life_sentences(fact), {list.begin(), list.end()}};
  }
  return readers[fact];
}

/// Reads "was born in New Haven" (without subject and full stop) in every way it can be read; there
/// must be one.
void read_sentence(const std::string& text, bool is_first, ReadLife& life) {
  int readings = 0;
  for (std::size_t i = 0; i < kNumLifeFacts; ++i) {
    const auto fact = static_cast<LifeFact>(i);
    const Reader& reader = reader_of(fact);
    for (const std::string& sentence : reader.sentences) {
      std::string before = sentence.substr(0, sentence.find('@'));
      const std::string after = sentence.substr(sentence.find('@') + 1);
      if (!is_first && life.pronouns.contains("They")) before = plural(before);
      if (!text.starts_with(before) || !text.ends_with(after) ||
          text.size() < before.size() + after.size())
        continue;
      const std::string value =
          text.substr(before.size(), text.size() - before.size() - after.size());
      if (!reader.values.contains(value)) continue;
      ++readings;
      life.order.push_back(fact);
      life.values[fact] = value;
      life.sentences[fact] = sentence;
      life.slices.resize(life.slices.size() + words_of(before).size());
      life.slices.resize(life.slices.size() + words_of(value).size(),
                         fact == LifeFact::working_city ? "" : to_text(fact));
      life.slices.resize(life.slices.size() + words_of(after).size() + 1);  // and the full stop
    }
  }
  INFO(text);
  REQUIRE(readings == 1);
}

ReadLife read_life(const std::vector<std::string>& words) {
  ReadLife life;
  life.name = words.at(1) + ' ' + words.at(2) + ' ' + words.at(3);
  life.slices = {"", "name", "name", "name"};
  for (std::size_t at = 4; at < words.size();) {
    const bool is_first = at == 4;
    if (!is_first) {
      life.slices.push_back(life.pronouns.empty() && words[at] != "They" ? "pronoun" : "");
      life.pronouns.insert(words[at++]);
    }
    std::string text;
    for (; words.at(at) != "."; ++at) text += (text.empty() ? "" : " ") + words[at];
    ++at;
    read_sentence(text, is_first, life);
  }
  return life;
}

/// The biographies of some windows, read back; checks on the way that targets are the next tokens,
/// that slices are what the words are, and that what is left of a window is blank.
std::vector<ReadLife> read_lives(const BiographySentences& task, Seed seed, Split split,
                                 Index first, Index count) {
  std::vector<ReadLife> lives;
  Batch batch;
  for (Index window = first; window < first + count; ++window) {
    sample_batch(task, seed, split, window, 1, batch);
    for (std::size_t begin = 0, end = 0; begin < batch.tokens.size(); begin = end) {
      for (end = begin;
           end < batch.tokens.size() && batch.documents[end] == static_cast<Token>(begin);)
        ++end;
      REQUIRE(end > begin);
      if (batch.targets[begin] == kIgnoreIndex) {  // the blank document stands last
        REQUIRE(end == batch.tokens.size());
        REQUIRE(std::ranges::count(batch.tokens.begin() + static_cast<Index>(begin),
                                   batch.tokens.end(),
                                   BiographySentences::kBos) == static_cast<Index>(end - begin));
        for (std::size_t i = begin; i < end; ++i) {
          REQUIRE(batch.targets[i] == kIgnoreIndex);
          REQUIRE(batch.slices[i] == kNoSlice);
        }
        break;
      }
      std::vector<std::string> words;
      for (std::size_t i = begin; i < end; ++i) words.push_back(task.token_name(batch.tokens[i]));
      REQUIRE(words[0] == "bos");
      lives.push_back(read_life(words));
      for (std::size_t i = begin; i < end; ++i) {
        const bool last = i + 1 == end;
        REQUIRE(batch.targets[i] == (last ? kIgnoreIndex : batch.tokens[i + 1]));
        const std::string slice =
            batch.slices[i] == kNoSlice ? "" : task.slice_name(batch.slices[i]);
        INFO(words[i - begin]);
        REQUIRE(slice == (last ? "" : lives.back().slices.at(i + 1 - begin)));
      }
    }
  }
  return lives;
}

std::vector<ReadLife> read_everyone(const BiographySentences& task, Split split = Split::test) {
  return read_lives(task, Seed{1}, split, 0, task.num_evaluation_sequences());
}

std::string full_name(const Life& life) {
  return first_names()[static_cast<std::size_t>(life.name[0])] + ' ' +
         middle_names()[static_cast<std::size_t>(life.name[1])] + ' ' +
         last_names()[static_cast<std::size_t>(life.name[2])];
}

void check_even(const std::map<std::string, double>& counts, double different) {
  double sum = 0;
  for (const auto& [what, count] : counts) sum += count;
  CHECK(static_cast<double>(counts.size()) == different);
  for (const auto& [what, count] : counts) {
    INFO(what);
    CHECK(std::abs(count - sum / different) < 5 * std::sqrt(sum / different));
  }
}

}  // namespace

TEST_CASE("the biography drawn at the head of biography_sentences.hpp stays as drawn") {
  const BiographySentences task(kSmall);
  Batch batch;
  sample_batch(task, Seed{1}, Split::train, 0, 1, batch);
  std::string text;
  for (std::size_t i = 0; i < 17; ++i) text += task.token_name(batch.tokens[i]) + ' ';
  CHECK(text ==
        "bos Adam Abner Ashbridge was born on February 1, 1900 . He was employed by Acorn Energy ");
}

TEST_CASE("what is read back from the text is what is true of the person") {
  const BiographySentences task(GENERATE(kSmall, kSmallThey, kFull, kFullThey));
  const auto& config = task.config();
  const auto at = [](const auto& list, Index i) { return list[static_cast<std::size_t>(i)]; };
  for (const Split split : {Split::validation, Split::test}) {
    const auto lives = read_everyone(task, split);
    REQUIRE(std::ssize(lives) == config.num_people);
    for (Index person = 0; person < config.num_people; ++person) {
      const ReadLife& read = at(lives, person);
      const Life life = task.life(person);
      REQUIRE(read.name == full_name(life));
      const bool they = config.pronoun == Pronoun::they;
      REQUIRE(read.pronouns == std::set<std::string>{they                ? "They"
                                                     : life.pronoun == 0 ? "He"
                                                                         : "She"});
      REQUIRE(read.values.size() == kNumLifeFacts);
      REQUIRE(read.order.size() == kNumLifeFacts);
      Index date = life.values[0];
      const Index year = date % config.years;
      date /= config.years;
      REQUIRE(read.values.at(LifeFact::birth_date) == at(month_words(), date / config.days) + ' ' +
                                                          at(day_words(), date % config.days) +
                                                          ' ' + at(year_words(), year));
      REQUIRE(read.values.at(LifeFact::birth_city) == at(cities(), life.values[1]));
      REQUIRE(read.values.at(LifeFact::university) == at(universities(), life.values[2]));
      REQUIRE(read.values.at(LifeFact::major) == at(majors(), life.values[3]));
      REQUIRE(read.values.at(LifeFact::employer) == at(employers(), life.values[4]));
      REQUIRE(read.values.at(LifeFact::working_city) ==
              at(cities(), headquarters(life.values[4], config.cities)));
    }
  }
}

TEST_CASE("training tells the same facts as held-out splits, whatever the seed of the run") {
  const BiographySentences task(GENERATE(kSmall, kSmallThey));
  std::map<std::string, ReadLife> known;
  for (const ReadLife& life : read_everyone(task)) known[life.name] = life;
  REQUIRE(std::ssize(known) == task.config().num_people);
  for (const std::uint64_t seed : {1u, 2u}) {
    std::map<std::string, int> told;
    const Index windows = task.num_windows_for_exposures(3);
    for (const ReadLife& life : read_lives(task, Seed{seed}, Split::train, 0, windows)) {
      REQUIRE(known.contains(life.name));
      REQUIRE(life.values == known[life.name].values);
      REQUIRE(life.pronouns == known[life.name].pronouns);
      ++told[life.name];
    }
    for (const auto& [name, times] : told) CHECK(times >= 3);  // 4: the last window is full
    CHECK(told.size() == known.size());
  }
  BiographySentencesConfig other = task.config();
  other.data_seed = 2;
  Index same = 0;
  for (const ReadLife& life : read_everyone(BiographySentences(other)))
    same += known.contains(life.name) && life.values == known[life.name].values;
  CHECK(same < 5);
}

TEST_CASE("names are given without replacement and from all of the pools") {
  BiographySentencesConfig config = kSmall;
  config.num_people = 60;  // as many as there are names
  std::set<std::string> names;
  for (const ReadLife& life : read_everyone(BiographySentences(config))) names.insert(life.name);
  CHECK(names.size() == 60);

  const BiographySentences task({.num_people = 20000});
  std::map<std::string, double> last;
  std::set<std::array<Index, 3>> different;
  for (Index person = 0; person < 20000; ++person) {
    const Life life = task.life(person);
    different.insert(life.name);
    ++last[last_names()[static_cast<std::size_t>(life.name[2])]];
  }
  CHECK(different.size() == 20000);
  check_even(last, 1000);
}

TEST_CASE("values are even and do not depend on one another") {
  BiographySentencesConfig config = kSmall;
  config.num_people = 8000;
  config.first_names = 400;
  config.middle_names = 40;
  const BiographySentences task(config);
  std::array<std::map<std::string, double>, kNumLifeFacts> counts;
  std::map<std::string, double> pairs, pronouns;
  for (Index person = 0; person < config.num_people; ++person) {
    const Life life = task.life(person);
    for (std::size_t fact = 0; fact < kNumLifeFacts; ++fact)
      ++counts[fact][to_text(life.values[fact])];
    ++pairs[to_text(life.values[2]) + '/' + to_text(life.values[4]) + '/' + to_text(life.pronoun)];
    ++pronouns[to_text(life.pronoun)];
  }
  check_even(counts[0], 3 * 4 * 5);
  check_even(counts[1], 9);
  check_even(counts[2], 6);
  check_even(counts[3], 8);
  check_even(counts[4], 7);
  check_even(pairs, 6 * 7 * 2);
  check_even(pronouns, 2);
}

TEST_CASE("each exposure has fresh sentences in a fresh order, all equally likely") {
  const BiographySentences task(kSmall);
  std::map<std::string, double> orders, sentences;
  std::map<std::string, std::set<std::string>> tellings_of;
  const Index windows = task.num_windows_for_exposures(300);
  for (const ReadLife& life : read_lives(task, Seed{1}, Split::train, 0, windows)) {
    std::string order, telling;
    for (const LifeFact fact : life.order) {
      order += to_text(fact) + ' ';
      telling += life.sentences.at(fact) + '.';
      ++sentences[to_text(fact) + life.sentences.at(fact)];
    }
    ++orders[order];
    tellings_of[life.name].insert(telling);
  }
  check_even(orders, 720);
  check_even(sentences, 18);
  for (const auto& [name, tellings] : tellings_of) CHECK(tellings.size() > 290);  // of 300
}

TEST_CASE("held-out biographies never tell the working city before the employer") {
  const BiographySentences task(kSmall);
  std::map<std::string, double> orders;
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    for (const ReadLife& life :
         read_lives(task, Seed{seed}, Split::validation, 0, task.num_evaluation_sequences())) {
      std::string order;
      for (const LifeFact fact : life.order) order += to_text(fact) + ' ';
      ++orders[order];
      REQUIRE(order.find("employer") < order.find("working_city"));
    }
  check_even(orders, 360);
}

TEST_CASE("the vocabulary holds the words in use and no other") {
  const BiographySentences small(kSmall), they(kSmallThey);
  std::set<Token> used;
  Batch batch;
  for (Index window = 0; window < 3000; ++window) {
    sample_batch(small, Seed{1}, Split::train, window, 1, batch);
    used.insert(batch.tokens.begin(), batch.tokens.end());
  }
  CHECK(*used.rbegin() == small.vocab_size() - 1);
  // All but those no person of this data_seed needs: 40 people do not have every value.
  std::set<std::string> missing;
  for (Token token = 0; token < small.vocab_size(); ++token)
    if (!used.contains(token)) missing.insert(small.token_name(token));
  CHECK(missing.size() <= 3);
  CHECK(they.vocab_size() == small.vocab_size() - 1 + 1);  // They for He and She; were

  std::set<std::string> words{"bos", ".", "He", "She"};
  for (std::size_t fact = 0; fact < kNumLifeFacts; ++fact)
    for (const auto& list :
         {life_sentences(static_cast<LifeFact>(fact)), all_values(static_cast<LifeFact>(fact))})
      for (const std::string& text : list)
        for (const std::string& word : words_of(text)) words.insert(word);
  for (const auto& list : {first_names(), middle_names(), last_names()})
    words.insert(list.begin(), list.end());
  words.erase("@");
  CHECK(BiographySentences(kFull).vocab_size() == std::ssize(words));
}

TEST_CASE("a window of sentences is a pure function of seed, split and index") {
  const BiographySentences task(kSmall);
  Batch together, alone;
  sample_batch(task, Seed{3}, Split::train, 0, 30, together);
  for (const Index index : {29, 0, 7}) {
    sample_batch(task, Seed{3}, Split::train, index, 1, alone);
    CHECK(std::ranges::equal(together.window(index).tokens, alone.tokens));
    CHECK(std::ranges::equal(together.window(index).targets, alone.targets));
    CHECK(std::ranges::equal(together.window(index).slices, alone.slices));
    CHECK(std::ranges::equal(together.window(index).documents, alone.documents));
  }
  sample_batch(task, Seed{4}, Split::train, 7, 1, alone);
  CHECK(!std::ranges::equal(together.window(7).tokens, alone.tokens));
}

TEST_CASE("windows are filled well, though biographies that would not fit are told again") {
  const BiographySentences task(kFull);
  CHECK(task.config().biographies_per_window * task.longest_biography() > task.sequence_length());
  double used = 0;
  const Index windows = 500;
  Batch batch;
  for (Index window = 0; window < windows; ++window) {
    sample_batch(task, Seed{5}, Split::train, window, 1, batch);
    used += static_cast<double>(batch.size() - std::ranges::count(batch.targets, kIgnoreIndex));
  }
  CHECK(used / static_cast<double>(windows * batch.size()) > 0.85);
  // The shortest window that is allowed.
  BiographySentencesConfig tight = kSmall;
  tight.sentences = 50;
  tight.biographies_per_window = 1;
  tight.window_length = BiographySentences(tight).longest_biography();
  CHECK(std::ssize(read_everyone(BiographySentences(tight))) == 40);
}

TEST_CASE("a predictor that knows everyone has all bits, one that knows the lists alone has none") {
  const BiographySentences task(GENERATE(kSmall, kSmallThey, kFull));
  const auto& config = task.config();
  // The ignorant one: each next word by the share of the pool's entries that go on with it.
  std::map<std::string, std::vector<std::string>> pools;
  const auto first = [](std::vector<std::string> list, Index count) {
    list.resize(static_cast<std::size_t>(count));
    return list;
  };
  const auto pool = composed(composed(first(month_words(), config.months), {" "}),
                             composed(composed(first(day_words(), config.days), {" "}),
                                      first(year_words(), config.years)));
  pools["birth_date"] = pool;
  pools["birth_city"] = first(cities(), config.cities);
  pools["university"] = first(universities(), config.universities);
  pools["major"] = first(majors(), config.majors);
  pools["employer"] = first(employers(), config.employers);
  pools["pronoun"] = {"He", "She"};
  const auto nats = [](const std::vector<std::string>& list, const std::string& text) {
    double sum = 0, before = static_cast<double>(list.size());
    std::string beginning;
    for (const std::string& word : words_of(text)) {
      beginning += (beginning.empty() ? "" : " ") + word;
      const auto after = static_cast<double>(std::ranges::count_if(
          list, [&](const auto& entry) { return (entry + ' ').starts_with(beginning + ' '); }));
      sum -= std::log(after / before);
      before = after;
    }
    return sum;
  };
  // Those who know the names go on by the people who are left.
  std::vector<std::string> names;
  const auto lives = read_everyone(task);
  for (const ReadLife& life : lives) names.push_back(life.name);
  double name_nll = 0, ignorant_value_nll = 0;
  for (const ReadLife& life : lives) {
    name_nll += nats(names, life.name);
    for (const auto& [fact, value] : life.values)
      if (fact != LifeFact::working_city) ignorant_value_nll += nats(pools[to_text(fact)], value);
    if (!life.pronouns.contains("They"))
      ignorant_value_nll += nats(pools["pronoun"], *life.pronouns.begin());
  }
  const KnowledgeSpace space = task.knowledge_space();
  const auto people = static_cast<double>(config.num_people);
  const KnowledgeLosses perfect = knowledge_losses(space, name_nll, 0, 0);
  CHECK(perfect.p1 == Approx(std::log(people)));
  CHECK(knowledge_bits(space, perfect) ==
        Approx(people * (space.log2_names - std::log2(people) + space.log2_values)));
  CHECK(knowledge_bits(space, perfect) == Approx(max_knowledge_bits(space)));
  const KnowledgeLosses ignorant =
      knowledge_losses(space, people * space.log2_names * std::log(2.0), 0, ignorant_value_nll);
  CHECK(knowledge_bits(space, ignorant) == Approx(0).margin(1e-6 * people));
}

TEST_CASE("he or she is one bit of each person, they is none") {
  const KnowledgeSpace two = BiographySentences(kSmall).knowledge_space();
  const KnowledgeSpace one = BiographySentences(kSmallThey).knowledge_space();
  CHECK(two.log2_values - one.log2_values == 1);
  CHECK(BiographySentences(kSmall).num_slices() == 7);
  CHECK(BiographySentences(kSmallThey).num_slices() == 6);
  CHECK(max_knowledge_bits(two) - max_knowledge_bits(one) == Approx(40));
}

TEST_CASE("the paper's bioS has its stated bits, and the paper's window fits its biographies") {
  const BiographySentences task({.num_people = 10000});
  const KnowledgeSpace space = task.knowledge_space();
  CHECK(max_knowledge_bits(space) == Approx(0.616e6).epsilon(0.001));
  CHECK(task.sequence_length() == 512);
  CHECK(task.vocab_size() < 3275);  // GPT-2's tokens in the paper's text
}

TEST_CASE("windows that cannot hold their biographies are refused") {
  BiographySentencesConfig config = kSmall;
  config.window_length = 40;
  CHECK_THROWS_WITH(BiographySentences(config),
                    contains("window_length 40 is shorter than a biography, which has up to"));
  config.window_length = 150;
  config.biographies_per_window = 4;
  CHECK_THROWS_WITH(BiographySentences(config),
                    contains("biographies_per_window is 4, but only 3 fit into window_length 150"));
  config.num_people = 61;
  CHECK_THROWS_AS(BiographySentences(config), ConfigError);
}

// SPDX-License-Identifier: MIT
#include "looplab/tasks/biographies/words/life_sentences.hpp"

#include <set>

#include "support/catch.hpp"

using namespace looplab;

namespace {

std::vector<LifeFact> all_facts() {
  std::vector<LifeFact> facts;
  for (std::size_t fact = 0; fact < kNumLifeFacts; ++fact)
    facts.push_back(static_cast<LifeFact>(fact));
  return facts;
}

}  // namespace

TEST_CASE("each fact has 50 different sentences, each with one place for its value") {
  for (const LifeFact fact : all_facts()) {
    const auto sentences = life_sentences(fact);
    CHECK(std::ssize(sentences) == kSentencesPerFact);
    CHECK(std::set(sentences.begin(), sentences.end()).size() == sentences.size());
    for (const std::string& sentence : sentences) {
      INFO(sentence);
      const auto words = words_of(sentence);
      CHECK(std::ranges::count(words, "@") == 1);
      CHECK(words[0] != "@");
      CHECK(std::ranges::count(sentence, '@') == 1);
    }
  }
}

TEST_CASE("the words before a value say which fact follows, and that it follows now") {
  std::vector<std::pair<std::string, LifeFact>> beginnings;
  for (const LifeFact fact : all_facts())
    for (const std::string& sentence : life_sentences(fact))
      beginnings.emplace_back(sentence.substr(0, sentence.find('@')), fact);
  for (const auto& [one, fact] : beginnings)
    for (const auto& [other, other_fact] : beginnings)
      if (other.starts_with(one)) {  // both end with a space
        INFO(one << '|' << other);
        CHECK(other == one);
        CHECK(other_fact == fact);
      }
}

TEST_CASE("verbs agree with They") {
  CHECK(plural("was born on ") == "were born on ");
  CHECK(plural("has a desk at ") == "have a desk at ");
  CHECK(plural("washed up in ") == "washed up in ");
  // No present tense but "has", which would not agree.
  for (const LifeFact fact : all_facts())
    for (const std::string& sentence : life_sentences(fact)) {
      const std::string verb = words_of(sentence)[0];
      INFO(sentence);
      CHECK((!verb.ends_with('s') || verb == "was" || verb == "has"));
    }
}

// SPDX-License-Identifier: MIT
#include "looplab/tasks/fact_composition.hpp"

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

static_assert(Task<FactComposition>);

// phi such that the training set has every composition of ID facts that is not held out
// (the test of the splits checks that it does).
const FactCompositionConfig kSmall{.num_entities = 30,
                                   .num_relations = 6,
                                   .relations_per_entity = 4,
                                   .ood_share = 0.2,
                                   .phi = 2,
                                   .held_out_questions = 40,
                                   .evaluation_questions = 1000,
                                   .questions_per_window = 7};

using Question = std::vector<Token>;
using Answers = std::map<Question, Token>;
using Fact = std::pair<Token, Token>;

// All questions of windows first ... first + count - 1, by slice, in order.
std::map<Token, std::vector<std::pair<Question, Token>>> read(const FactComposition& task,
                                                              Seed seed, Split split, Index first,
                                                              Index count) {
  Batch batch;
  sample_batch(task, seed, split, first, count, batch);
  std::map<Token, std::vector<std::pair<Question, Token>>> asked;
  Question question;
  for (std::size_t i = 0; i < batch.tokens.size(); ++i) {
    if (batch.documents[i] == static_cast<Index>(i) % task.sequence_length()) question.clear();
    question.push_back(batch.tokens[i]);
    REQUIRE((batch.targets[i] == kIgnoreIndex) == (batch.slices[i] == kNoSlice));
    if (batch.targets[i] != kIgnoreIndex)
      asked[batch.slices[i]].emplace_back(question, batch.targets[i]);
  }
  return asked;
}

// The questions of a slice, each of which must be there once.
Answers once(const std::vector<std::pair<Question, Token>>& asked) {
  Answers answers;
  for (const auto& [question, answer] : asked) REQUIRE(answers.emplace(question, answer).second);
  return answers;
}

struct Everything {
  Answers facts, train;
  std::map<Split, Answers> id, ood;
};

// One epoch of training (the windows may begin another) and both held-out splits.
Everything read_everything(const FactComposition& task) {
  Everything all;
  const Index m = task.config().questions_per_window;
  auto asked = read(task, Seed{1}, Split::train, 0, (task.num_train_questions() + m - 1) / m);
  CHECK(asked.size() == 2);
  for (const auto& [question, answer] : asked[0]) all.facts[question] = answer;
  for (const auto& [question, answer] : asked[1]) all.train[question] = answer;
  for (const Split split : {Split::validation, Split::test}) {
    asked = read(task, Seed{1}, split, 0, task.num_evaluation_sequences());
    all.id[split] = once(asked[2]);
    all.ood[split] = once(asked[3]);
    CHECK(read(task, Seed{1}, split, task.num_evaluation_sequences(), 2).empty());
  }
  return all;
}

// The answer by looking up one fact after the other.
Token solve(const Answers& facts, const Question& question) {
  Token entity = question[0];
  for (std::size_t i = 1; i < question.size(); ++i) entity = facts.at({entity, question[i]});
  return entity;
}

// Every composition there is.
Answers compose(const Answers& facts) {
  Answers all;
  for (const auto& [first, bridge] : facts)
    for (const auto& [second, tail] : facts)
      if (second[0] == bridge) all[{first[0], first[1], second[1]}] = tail;
  return all;
}

// The two facts of a composition.
std::array<Fact, 2> facts_of(const Answers& facts, const Question& question) {
  return {Fact{question[0], question[1]}, Fact{facts.at({question[0], question[1]}), question[2]}};
}

FactCompositionConfig with_all_compositions(FactCompositionConfig config) {
  const double one = 1 / static_cast<double>(config.num_facts() - config.num_ood_facts());
  config.phi = 0;
  for (Index n = 1;; ++n) {
    FactCompositionConfig more = config;
    more.phi = static_cast<double>(n) * one;
    try {
      FactComposition task(more);
    } catch (const ConfigError&) {
      return config;
    }
    config = more;
  }
}

}  // namespace

TEST_CASE("facts to compose have different relations and uniform tails") {
  const FactComposition task(FactCompositionConfig{});
  const auto& config = task.config();
  const Answers facts = read_everything(task).facts;
  CHECK(std::ssize(facts) == 2000);
  std::map<Token, double> of_head, of_relation, of_tail;
  for (const auto& [question, tail] : facts) {
    REQUIRE(question.size() == 2);
    ++of_head[question[0]];
    ++of_relation[question[1]];
    ++of_tail[tail];
  }
  CHECK(std::ssize(of_head) == config.num_entities);
  for (const auto& [head, count] : of_head) CHECK(count == 10);
  CHECK(of_relation.size() == 20);
  for (const auto& [relation, count] : of_relation)
    CHECK(std::abs(count - 100) < 5 * std::sqrt(50.));
  double chi_squared = 0;  // of 200 tails, 10 expected each
  for (const auto& [tail, count] : of_tail) chi_squared += (count - 10) * (count - 10) / 10;
  chi_squared += 10 * static_cast<double>(200 - std::ssize(of_tail));
  CHECK(std::abs(chi_squared - 199) < 5 * std::sqrt(2 * 199.));
}

TEST_CASE("looking up one fact after the other answers every question") {
  const FactComposition task(GENERATE(FactCompositionConfig{}, kSmall));
  const Everything all = read_everything(task);
  for (const Answers* answers : {&all.train, &all.id.at(Split::validation), &all.id.at(Split::test),
                                 &all.ood.at(Split::validation), &all.ood.at(Split::test)}) {
    REQUIRE_FALSE(answers->empty());
    for (const auto& [question, answer] : *answers) {
      REQUIRE(question.size() == 3);
      REQUIRE(solve(all.facts, question) == answer);
    }
  }
}

TEST_CASE("compositions of ID facts and of OOD facts are split exactly, mixed ones are unused") {
  const FactComposition task(with_all_compositions(kSmall));
  const auto& config = task.config();
  const Everything all = read_everything(task);
  CHECK(std::ssize(all.facts) == 120);
  CHECK(std::ssize(all.train) == config.num_inferred());
  CHECK(task.num_train_questions() == 120 + config.num_inferred());

  Answers id = all.train, ood;
  std::size_t count = all.train.size();
  for (const Split split : {Split::validation, Split::test}) {
    CHECK(all.id.at(split).size() == 40);
    count += 40;
    id.insert(all.id.at(split).begin(), all.id.at(split).end());
    ood.insert(all.ood.at(split).begin(), all.ood.at(split).end());
  }
  CHECK(id.size() == count);  // no composition is in two splits
  const std::size_t validation = all.ood.at(Split::validation).size();
  CHECK(ood.size() == validation + all.ood.at(Split::test).size());
  CHECK(validation == ood.size() / 2);

  std::set<Fact> id_facts, ood_facts;
  for (const auto& [question, answer] : id)
    for (const Fact& fact : facts_of(all.facts, question)) id_facts.insert(fact);
  for (const auto& [question, answer] : all.facts)
    if (!id_facts.contains({question[0], question[1]}))
      ood_facts.insert({question[0], question[1]});
  CHECK(std::ssize(ood_facts) == 24);
  CHECK(std::ssize(ood_facts) == config.num_ood_facts());
  for (const auto& [question, answer] : compose(all.facts)) {
    const auto [first, second] = facts_of(all.facts, question);
    const auto num_ood = ood_facts.count(first) + ood_facts.count(second);
    REQUIRE(id.contains(question) == (num_ood == 0));
    REQUIRE(ood.contains(question) == (num_ood == 2));
  }
}

TEST_CASE("phi sets how many compositions are trained; held-out ones stay the same") {
  FactCompositionConfig config = kSmall;
  const Everything more = read_everything(FactComposition(config));
  config.phi = 1;
  const Everything fewer = read_everything(FactComposition(config));
  CHECK(std::ssize(more.train) == 2 * (120 - 24));
  CHECK(std::ssize(fewer.train) == 120 - 24);
  CHECK(more.facts == fewer.facts);
  CHECK(more.id == fewer.id);
  CHECK(more.ood == fewer.ood);
  CHECK(std::ranges::includes(more.train, fewer.train));
}

TEST_CASE("training shows facts and compositions once per epoch, in a new order") {
  FactCompositionConfig config = kSmall;
  config.questions_per_window = 8;  // 120 + 192 = 39 windows of 8: epochs end with a window
  const FactComposition task(config);
  REQUIRE(task.num_train_questions() == 39 * 8);
  std::set<std::vector<std::pair<Question, Token>>> orders;
  for (Index epoch = 0; epoch < 3; ++epoch) {
    auto asked = read(task, Seed{1}, Split::train, 39 * epoch, 39);
    CHECK(once(asked[0]).size() == 120);
    CHECK(once(asked[1]).size() == 192);
    orders.insert(asked[1]);
  }
  CHECK(orders.size() == 3);
}

TEST_CASE("an evaluation asks at most evaluation_questions of each slice") {
  FactCompositionConfig config = kSmall;
  config.evaluation_questions = 25;
  const FactComposition task(config);
  const Everything all = read_everything(FactComposition(kSmall));
  auto asked = read(task, Seed{1}, Split::test, 0, task.num_evaluation_sequences());
  const Index ood = std::ssize(all.ood.at(Split::test));
  REQUIRE(ood < 25);
  for (Token slice = 0; slice < 4; ++slice) {
    CHECK(std::ssize(once(asked[slice])) == (slice == 3 ? ood : 25));
    CHECK(task.num_evaluated(Split::test, slice) == (slice == 3 ? ood : 25));
  }
  for (const auto& [question, answer] : once(asked[1])) CHECK(all.train.contains(question));
  for (const auto& [question, answer] : once(asked[0])) CHECK(all.facts.contains(question));
}

TEST_CASE("the floor of compositions is that of the best predictor from any proper part") {
  const FactComposition task(kSmall);
  const Answers facts = read_everything(task).facts;
  for (const auto& [slice, questions] : {std::pair{FactComposition::kAtomicSlice, facts},
                                         std::pair{FactComposition::kIdSlice, compose(facts)}}) {
    const std::size_t length = questions.begin()->first.size();
    double best = 0;
    for (unsigned seen = 0; seen + 1 < 1u << length; ++seen) {
      std::map<Question, std::map<Token, double>> answers;
      for (const auto& [question, answer] : questions) {
        Question part;
        for (std::size_t i = 0; i < length; ++i) part.push_back(seen >> i & 1 ? question[i] : -1);
        ++answers[part][answer];
      }
      double hits = 0;
      for (const auto& [part, counts] : answers) {
        double most = 0;
        for (const auto& [answer, count] : counts) most = std::max(most, count);
        hits += most;
      }
      best = std::max(best, hits / static_cast<double>(questions.size()));
    }
    CHECK(task.slice_floor(slice) == Approx(best));
  }
  for (Index slice : {1, 3}) CHECK(task.slice_floor(slice) == task.slice_floor(2));
}

TEST_CASE("the graph of Wang et al. has its stated sizes") {
  const FactComposition task({.num_entities = 2000,
                              .num_relations = 200,
                              .relations_per_entity = 20,
                              .ood_share = 0.05,
                              .phi = 7.2,
                              .held_out_questions = 3600,
                              .evaluation_questions = 3000});
  CHECK(task.config().num_facts() == 40000);
  CHECK(task.config().num_inferred() == 273600);
  CHECK(task.num_train_questions() == 313600);
  CHECK(task.vocab_size() == 2201);
  // 800,000 two-hop questions; 0.05^2 of them, about 2000, are OOD, half of that in each split.
  CHECK(std::abs(static_cast<double>(task.num_evaluated(Split::test, 3)) - 1000) < 150);
}

TEST_CASE("the window drawn at the head of fact_composition.hpp stays as drawn") {
  const FactComposition task({.num_entities = 8,
                              .num_relations = 4,
                              .relations_per_entity = 3,
                              .ood_share = 0.3,
                              .phi = 1,
                              .held_out_questions = 3,
                              .questions_per_window = 3});
  Batch batch;
  sample_batch(task, Seed{1}, Split::train, 28, 1, batch);
  std::string tokens, targets, slices, documents;
  for (std::size_t i = 0; i < 9; ++i) {
    tokens += task.token_name(batch.tokens[i]) + " ";
    targets += (batch.targets[i] < 0 ? "." : task.token_name(batch.targets[i])) + " ";
    slices += (batch.slices[i] < 0 ? "." : to_text(Index{batch.slices[i]})) + " ";
    documents += to_text(Index{batch.documents[i]}) + " ";
  }
  CHECK(tokens == "e1 r3 r3 e7 r0 e3 r3 r1 - ");
  CHECK(targets == ". . e7 . e3 . . e7 . ");
  CHECK(slices == ". . 1 . 0 . . 1 . ");
  CHECK(documents == "0 0 0 3 3 5 5 5 8 ");
}

TEST_CASE("composition windows are pure functions; the graph depends on data_seed alone") {
  const FactComposition task(kSmall), again(kSmall);
  Batch together, alone;
  sample_batch(task, Seed{3}, Split::train, 0, 8, together);
  sample_batch(again, Seed{3}, Split::train, 5, 1, alone);
  CHECK(std::ranges::equal(together.window(5).tokens, alone.tokens));
  CHECK(std::ranges::equal(together.window(5).targets, alone.targets));
  std::set<std::vector<Token>> different;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    sample_batch(task, Seed{seed}, Split::train, 0, 8, together);
    different.insert(together.tokens);
  }
  CHECK(different.size() == 5);
  FactCompositionConfig config = kSmall;
  config.data_seed = 2;
  CHECK(read_everything(FactComposition(config)).facts != read_everything(task).facts);
}

TEST_CASE("a fact_composition config that leaves a split empty is refused in one sentence") {
  const auto refused = [](FactCompositionConfig config, const std::string& message) {
    CHECK_THROWS_AS(FactComposition(config), ConfigError);
    CHECK_THROWS_WITH(FactComposition(config), contains(message));
  };
  refused({.num_relations = 9}, "relations_per_entity 10 exceeds num_relations 9");
  refused({.ood_share = 0}, "ood_share 0 makes 0 of 2000 facts OOD, which form 0 compositions");
  refused({.ood_share = 1, .phi = 1}, "phi 1 of 0 ID facts leaves no composition for training");
  refused({.phi = 0}, "phi 0 of 1800 ID facts leaves no composition for training");
  refused({.phi = 10}, "phi 10 asks for 18000 trained compositions besides 1000 held out");
  refused({.held_out_questions = 0}, "held_out_questions is 0, expected 1");
  refused({.num_entities = 1 << 20, .num_relations = 200, .relations_per_entity = 200},
          "more than 2^31 compositions");
  refused({.num_entities = 0, .ood_share = 2},
          "num_entities is 0, expected 1 ... 1.04858e+06; "
          "ood_share is 2");
}

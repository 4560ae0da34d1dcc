// SPDX-License-Identifier: MIT
#include "looplab/tasks/permutation_relations.hpp"

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "support/catch.hpp"
#include "support/windows_hash.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

static_assert(Task<PermutationRelations>);

const PermutationRelationsConfig kSmall{.num_entities = 6,
                                        .num_relations = 3,
                                        .max_train_hops = 3,
                                        .max_hops = 4,
                                        .train_walks = 1000,
                                        .held_out_walks = 10,
                                        .sequence_length = 11};
const PermutationRelationsConfig kDeep{.num_entities = 200,
                                       .num_relations = 10,
                                       .max_train_hops = 38,
                                       .max_hops = 40,
                                       .train_walks = 300,
                                       .held_out_walks = 50,
                                       .sequence_length = 41};

// 4 of 18 facts are uncomposed: 12 of the 54 walks of 2 hops have one as the second.
const PermutationRelationsConfig kUncomposed{.num_entities = 6,
                                             .num_relations = 3,
                                             .max_train_hops = 3,
                                             .max_hops = 4,
                                             .train_walks = 1000,
                                             .held_out_walks = 6,
                                             .uncomposed_share = 0.2,
                                             .sequence_length = 11};

using Walk = std::vector<Token>;
struct Asked {
  Walk walk;  // start and relations
  Token answer;
};

// All questions of windows first ... first + count - 1, by slice, in order.
std::map<Index, std::vector<Asked>> read_slices(const PermutationRelations& task, Seed seed,
                                                Split split, Index first, Index count) {
  Batch batch;
  sample_batch(task, seed, split, first, count, batch);
  std::map<Index, std::vector<Asked>> asked;
  Walk walk;
  for (std::size_t i = 0; i < batch.tokens.size(); ++i) {
    const Index column = static_cast<Index>(i) % task.sequence_length();
    if (batch.documents[i] == column) walk.clear();
    walk.push_back(batch.tokens[i]);
    if (batch.targets[i] == kIgnoreIndex) {
      REQUIRE(batch.slices[i] == kNoSlice);
      continue;
    }
    REQUIRE(task.slice_hops(batch.slices[i]) == std::ssize(walk) - 1);
    asked[batch.slices[i]].push_back({walk, batch.targets[i]});
  }
  return asked;
}

std::map<Index, std::vector<Asked>> evaluation_of(const PermutationRelations& task, Split split) {
  return read_slices(task, Seed{1}, split, 0, task.num_evaluation_sequences());
}

// The same by hops, without ood slices.
std::map<Index, std::vector<Asked>> read(const PermutationRelations& task, Seed seed, Split split,
                                         Index first, Index count) {
  std::map<Index, std::vector<Asked>> asked;
  for (const auto& [slice, questions] : read_slices(task, seed, split, first, count))
    if (!task.is_ood(slice)) asked[slice + 1] = questions;
  return asked;
}

std::map<Index, std::vector<Asked>> read_all(const PermutationRelations& task, Split split) {
  return read(task, Seed{1}, split, 0, task.num_evaluation_sequences());
}

// (entity, relation) -> entity, from the questions of one hop.
std::map<std::pair<Token, Token>, Token> read_facts(const PermutationRelations& task) {
  std::map<std::pair<Token, Token>, Token> facts;
  const auto asked = read_all(task, Split::validation);
  for (const Asked& fact : asked.at(1))
    REQUIRE(facts.emplace(std::pair{fact.walk[0], fact.walk[1]}, fact.answer).second);
  return facts;
}

std::set<Walk> walks_of(const std::vector<Asked>& asked) {
  std::set<Walk> walks;
  for (const Asked& question : asked) walks.insert(question.walk);
  return walks;
}

// Number of uncomposed facts after the first hop of a walk.
Index num_uncomposed(const PermutationRelations& task,
                     const std::map<std::pair<Token, Token>, Token>& facts, const Walk& walk) {
  Index count = 0;
  Token entity = walk[0];
  for (std::size_t i = 1; i < walk.size(); ++i) {
    count += i > 1 && task.is_uncomposed(entity - 1, walk[i] - 1 - task.config().num_entities);
    entity = facts.at({entity, walk[i]});
  }
  return count;
}

// Calls `visit` with every walk of the kSmall graph.
template <class Visit>
void for_each_walk(const PermutationRelations& task, Index hops, Walk& walk, const Visit& visit) {
  const auto [entities, relations] =
      std::pair{task.config().num_entities, task.config().num_relations};
  if (std::ssize(walk) == hops + 1) return visit(walk);
  const Index first = walk.empty() ? 1 : 1 + entities, count = walk.empty() ? entities : relations;
  for (Index token = first; token < first + count; ++token) {
    walk.push_back(static_cast<Token>(token));
    for_each_walk(task, hops, walk, visit);
    walk.pop_back();
  }
}

}  // namespace

TEST_CASE("every relation is a permutation, and following facts answers every question") {
  const PermutationRelations task(
      GENERATE(PermutationRelationsConfig{}, kSmall, kDeep, kUncomposed));
  const auto& config = task.config();
  const auto facts = read_facts(task);
  REQUIRE(std::ssize(facts) == config.num_entities * config.num_relations);
  std::map<Token, std::set<Token>> tails;
  for (const auto& [key, tail] : facts) tails[key.second].insert(tail);
  REQUIRE(std::ssize(tails) == config.num_relations);
  for (const auto& [relation, reached] : tails) REQUIRE(std::ssize(reached) == config.num_entities);

  for (const Split split : {Split::train, Split::validation, Split::test})
    for (const auto& [slice, asked] : read_slices(task, Seed{2}, split, 0, 300)) {
      const Index hops = task.slice_hops(slice);
      REQUIRE(hops >= 1);
      REQUIRE(hops <= (split == Split::train ? config.max_train_hops : config.max_hops));
      for (const auto& [walk, answer] : asked) {
        Token entity = walk[0];
        for (std::size_t i = 1; i < walk.size(); ++i) entity = facts.at({entity, walk[i]});
        REQUIRE(answer == entity);
      }
    }
}

TEST_CASE("an evaluation asks every fact and every held-out walk once, then nothing") {
  const PermutationRelations task(GENERATE(PermutationRelationsConfig{}, kSmall, kDeep));
  for (const Split split : {Split::validation, Split::test}) {
    const auto asked = read_all(task, split);
    CHECK(std::ssize(asked) == task.config().max_hops);
    for (const auto& [hops, questions] : asked) {
      CHECK(std::ssize(questions) == task.num_questions(split, hops));
      CHECK(walks_of(questions).size() == questions.size());
    }
    CHECK(read(task, Seed{1}, split, task.num_evaluation_sequences(), 3).empty());
  }
}

TEST_CASE("training, validation and test walks of all hops are disjoint, and are all there are") {
  const PermutationRelations task(kSmall);  // 1000 training walks are more than are left
  const auto train = read(task, Seed{1}, Split::train, 0, 4000);
  const auto validation = read_all(task, Split::validation), test = read_all(task, Split::test);
  for (Index hops = 2; hops <= 3; ++hops) {
    const Index all = 6 * static_cast<Index>(std::pow(3, hops));
    CHECK(task.num_questions(Split::train, hops) == all - 20);
    const auto trained = walks_of(train.at(hops));
    CHECK(std::ssize(trained) == all - 20);
    auto together = trained;
    for (const auto& [held_out, count] : {std::pair{&validation, 10}, std::pair{&test, 10}}) {
      const auto walks = walks_of(held_out->at(hops));
      CHECK(std::ssize(walks) == count);
      together.insert(walks.begin(), walks.end());
    }
    CHECK(std::ssize(together) == all);
  }
  CHECK(walks_of(train.at(1)) == walks_of(test.at(1)));  // facts are known to all
  CHECK_FALSE(train.contains(4));
  CHECK(task.num_questions(Split::train, 4) == 0);
}

TEST_CASE("held-out walks do not depend on how many are trained") {
  PermutationRelationsConfig config = kSmall;
  config.train_walks = 5;
  const PermutationRelations few(config), many(kSmall);
  const auto trained = read(few, Seed{1}, Split::train, 0, 2000);
  for (Index hops = 2; hops <= 3; ++hops) {
    CHECK(walks_of(trained.at(hops)).size() == 5);
    CHECK(walks_of(read_all(few, Split::test).at(hops)) ==
          walks_of(read_all(many, Split::test).at(hops)));
  }
}

TEST_CASE("walks beyond 2^62 are distinct and held apart too") {
  const PermutationRelations task(kDeep);
  std::set<Walk> held_out;
  for (const Split split : {Split::validation, Split::test})
    for (const auto& [hops, asked] : read_all(task, split))
      if (hops == 38)
        for (const Asked& question : asked) held_out.insert(question.walk);
  CHECK(held_out.size() == 100);
  const auto trained = walks_of(read(task, Seed{1}, Split::train, 0, 60000).at(38));
  CHECK(trained.size() == 300);
  std::map<Token, double> last;  // relations at the far end are still uniform
  for (const Walk& walk : trained) {
    CHECK_FALSE(held_out.contains(walk));
    ++last[walk.back()];
  }
  for (const auto& [relation, count] : last) CHECK(std::abs(count - 30) < 5 * std::sqrt(30.));
  CHECK(last.size() == 10);
}

TEST_CASE("every trained walk is shown equally often") {
  const PermutationRelations task(kSmall);
  std::map<Walk, double> shown;
  double total = 0;
  for (const auto& [hops, asked] : read(task, Seed{3}, Split::train, 0, 60000))
    for (const Asked& question : asked) ++shown[question.walk], ++total;
  const double questions = 18 + (54 - 20) + (162 - 20), expected = total / questions;
  CHECK(static_cast<double>(shown.size()) == questions);
  // The number of windows of k hops varies: at most 5 questions of one k stand together.
  for (const auto& [walk, count] : shown)
    CHECK(std::abs(count - expected) < 5 * std::sqrt(5 * expected));
}

TEST_CASE("the curriculum adds a hop after each stage and keeps the earlier ones") {
  PermutationRelationsConfig config = kDeep;
  config.max_train_hops = 5;
  config.first_hops = 2;
  config.windows_per_stage = 400;
  const PermutationRelations task(config);
  for (const auto& [window, hops] : {std::pair{0, 2}, std::pair{399, 2}, std::pair{400, 3},
                                     std::pair{1199, 4}, std::pair{1200, 5}, std::pair{90000, 5}})
    CHECK(task.trained_hops(window) == hops);
  for (Index stage = 0; stage < 5; ++stage) {
    const auto asked = read(task, Seed{1}, Split::train, 400 * stage, 400);
    CHECK(std::ssize(asked) == std::min<Index>(2 + stage, 5));  // 1, 2, ... and nothing deeper
  }
  config.windows_per_stage = 0;
  CHECK(PermutationRelations(config).trained_hops(0) == 5);
}

TEST_CASE("the floor of permutation walks is that of the best predictor from any proper part") {
  for (const PermutationRelationsConfig& config :
       {kSmall, PermutationRelationsConfig{.num_entities = 2,
                .num_relations = 9,
                .max_train_hops = 2,
                .max_hops = 3,
                .held_out_walks = 5}}) {
    const PermutationRelations task(config);
    const auto facts = read_facts(task);
    for (Index hops = 1; hops <= 3; ++hops) {
      double best = 0, without_start = 0;
      for (unsigned seen = 0; seen + 1 < 1u << (hops + 1); ++seen) {
        std::map<Walk, std::map<Token, double>> answers;
        double total = 0, hits = 0;
        Walk scratch;
        for_each_walk(task, hops, scratch, [&](const Walk& walk) {
          Walk part;
          Token entity = walk[0];
          for (std::size_t i = 0; i < walk.size(); ++i) {
            part.push_back(seen >> i & 1 ? walk[i] : -1);
            if (i > 0) entity = facts.at({entity, walk[i]});
          }
          ++answers[part][entity];
          ++total;
        });
        for (const auto& [part, counts] : answers) {
          double most = 0;
          for (const auto& [answer, count] : counts) most = std::max(most, count);
          hits += most;
        }
        best = std::max(best, hits / total);
        if ((seen & 1) == 0) without_start = std::max(without_start, hits / total);
      }
      INFO("entities " << config.num_entities << ", hops " << hops);
      CHECK(task.slice_floor(hops - 1) == Approx(best));
      CHECK(without_start == Approx(1.0 / static_cast<double>(config.num_entities)));
    }
  }
}

TEST_CASE("without uncomposed facts windows are those of recorded results") {
  using looplab_test::windows_hash;
  CHECK(windows_hash(PermutationRelations({}), 200) == 0x0f05e0c651b97f4cu);
  const PermutationRelations stages({.num_entities = 30,
                                     .num_relations = 10,
                                     .max_train_hops = 8,
                                     .max_hops = 12,
                                     .windows_per_stage = 20,
                                     .sequence_length = 26});
  CHECK(windows_hash(stages, 400) == 0xd555dd70f1ec0b1fu);
  CHECK(stages.slice_floor(1) == 0x1.70a3d70a3d70ap-3);
  CHECK(windows_hash(PermutationRelations(kDeep), 400) == 0xf2f912de5f833833u);
}

TEST_CASE("training has uncomposed facts, but at the first hop only") {
  const PermutationRelations task(kUncomposed);
  const auto facts = read_facts(task);
  std::set<Walk> uncomposed, firsts;
  for (const auto& [key, tail] : facts)
    if (task.is_uncomposed(key.first - 1, key.second - 7))
      uncomposed.insert({key.first, key.second});
  CHECK(uncomposed.size() == 4);
  const auto train = read_slices(task, Seed{1}, Split::train, 0, 6000);
  const auto validation = evaluation_of(task, Split::validation);
  const auto test = evaluation_of(task, Split::test);
  CHECK(std::ssize(train) == 3);  // 1, 2, 3 hops, and no ood slice
  CHECK(walks_of(train.at(0)).size() == 18);
  for (Index hops = 2; hops <= 3; ++hops) {
    std::set<Walk> expected, trained = walks_of(train.at(hops - 1));
    Walk scratch;
    for_each_walk(task, hops, scratch, [&](const Walk& walk) {
      if (num_uncomposed(task, facts, walk) == 0) expected.insert(walk);
    });
    if (hops == 2) CHECK(expected.size() == 42);
    for (const Walk& walk : trained) firsts.insert({walk[0], walk[1]});
    CHECK(task.num_questions(Split::train, hops) == std::ssize(expected) - 12);
    CHECK(trained.size() == expected.size() - 12);
    for (const auto* held_out : {&validation, &test}) {
      const auto walks = walks_of(held_out->at(hops - 1));
      CHECK(walks.size() == 6);
      trained.insert(walks.begin(), walks.end());
    }
    CHECK(trained == expected);  // the splits are disjoint, and all there is
  }
  for (const Walk& fact : uncomposed) CHECK(firsts.contains(fact));
  for (const auto* held_out : {&validation, &test})
    for (const Asked& question : held_out->at(3))
      CHECK(num_uncomposed(task, facts, question.walk) == 0);
}

TEST_CASE("ood slices have one uncomposed fact after the first hop, once in each evaluation") {
  PermutationRelationsConfig deep = kDeep;  // with walks beyond 2^62
  deep.uncomposed_share = 0.03;
  deep.held_out_walks = 20;
  deep.train_walks = 30;
  for (const PermutationRelationsConfig& config : {kUncomposed, deep}) {
    const PermutationRelations task(config);
    CHECK(task.num_slices() == config.max_hops + config.max_train_hops - 1);
    const auto facts = read_facts(task);
    std::map<Index, std::set<Walk>> seen;
    for (const Split split : {Split::validation, Split::test}) {
      const auto asked = evaluation_of(task, split);
      CHECK(std::ssize(asked) == task.num_slices());
      for (const auto& [slice, questions] : asked) {
        CHECK(std::ssize(questions) == (slice == 0 ? config.num_facts() : config.held_out_walks));
        if (!task.is_ood(slice)) continue;
        for (const Asked& question : questions) CHECK(seen[slice].insert(question.walk).second);
      }
      CHECK(read_slices(task, Seed{1}, split, task.num_evaluation_sequences(), 3).empty());
    }
    for (const auto& [slice, walks] : seen) {
      CHECK(std::ssize(walks) == 2 * config.held_out_walks);
      for (const Walk& walk : walks) CHECK(num_uncomposed(task, facts, walk) == 1);
    }
  }
}

TEST_CASE("ood slices are named by their hops, form a group, and are no depth") {
  const PermutationRelations task(kUncomposed), plain(kSmall);
  std::vector<std::string> names, groups;
  std::vector<Index> depths;
  for (Index slice = 0; slice < task.num_slices(); ++slice) {
    names.push_back(task.slice_name(slice));
    groups.push_back(task.slice_group(slice));
    depths.push_back(task.slice_depth(slice));
  }
  CHECK(names == std::vector<std::string>{"k=1", "k=2", "k=3", "k=4", "ood k=2", "ood k=3"});
  CHECK(groups == std::vector<std::string>{"", "", "", "", "ood", "ood"});
  CHECK(depths == std::vector<Index>{1, 2, 3, 4, 0, 0});
  CHECK(plain.num_slices() == 4);
  CHECK_FALSE(plain.is_uncomposed(0, 0));
}

TEST_CASE("the floor of ood walks is that of guessing among the tails a relation has left") {
  const PermutationRelations task({.num_entities = 12,
                                   .num_relations = 6,
                                   .max_train_hops = 2,
                                   .max_hops = 3,
                                   .held_out_walks = 10,
                                   .uncomposed_share = 0.15});
  const auto facts = read_facts(task);
  std::map<Token, std::vector<Token>> heads, tails;  // of uncomposed facts, by relation
  for (const auto& [key, tail] : facts)
    if (task.is_uncomposed(key.first - 1, key.second - 13)) {
      heads[key.second].push_back(key.first);
      tails[key.second].push_back(tail);
    }
  double hits = 0, walks = 0;
  Walk scratch;
  for_each_walk(task, 2, scratch, [&](const Walk& walk) {
    if (num_uncomposed(task, facts, walk) == 0) return;
    const Token bridge = facts.at({walk[0], walk[1]}), relation = walk[2];
    std::vector<Token> guess = tails.at(relation);  // all one-to-one maps that facts leave open
    std::ranges::sort(guess);
    double right = 0, maps = 0;
    do {
      for (std::size_t i = 0; i < guess.size(); ++i)
        right += heads.at(relation)[i] == bridge && guess[i] == facts.at({bridge, relation});
      ++maps;
    } while (std::ranges::next_permutation(guess).found);
    hits += right / maps;
    ++walks;
  });
  CHECK(walks == 11 * 6);
  CHECK(task.slice_floor(3) == Approx(hits / walks));
  CHECK(task.slice_floor(3) > task.slice_floor(1));
  CHECK(PermutationRelations(kUncomposed).slice_floor(1) ==
        PermutationRelations(kSmall).slice_floor(1));
  PermutationRelationsConfig half = kUncomposed;  // with many left, other floors are higher
  half.num_entities = 40;
  half.uncomposed_share = 0.4;
  const PermutationRelations many(half);
  CHECK(many.slice_floor(4) == many.slice_floor(1));
}

TEST_CASE("a graph without enough walks of some kind is refused") {
  PermutationRelationsConfig config = kUncomposed;
  config.uncomposed_share = 0.7;
  CHECK_THROWS_WITH(PermutationRelations(config), contains("of 162 random walks of 3 hops"));
  config = kDeep;  // half of the facts: one walk of k hops in 2^(k-1) has none
  config.train_walks = 10;
  config.held_out_walks = 5;
  config.uncomposed_share = 0.5;
  CHECK_THROWS_AS(PermutationRelations(config), ConfigError);
  CHECK_THROWS_WITH(PermutationRelations(config),
                    contains("of 30000 random walks of 1") &&
                        contains("one uncomposed fact after the first hop, expected 20 and 10 or "
                                 "more; uncomposed_share is 0.5"));
}

TEST_CASE("the window drawn at the head of permutation_relations.hpp stays as drawn") {
  const PermutationRelations task({.num_entities = 4,
                                   .num_relations = 2,
                                   .max_train_hops = 2,
                                   .max_hops = 2,
                                   .held_out_walks = 3,
                                   .sequence_length = 7});
  Batch batch;
  sample_batch(task, Seed{1}, Split::train, 6, 1, batch);
  std::string tokens, targets, slices, documents;
  for (std::size_t i = 0; i < 7; ++i) {
    tokens += task.token_name(batch.tokens[i]) + " ";
    targets += (batch.targets[i] < 0 ? "." : task.token_name(batch.targets[i])) + " ";
    slices += (batch.slices[i] < 0 ? "." : to_text(Index{batch.slices[i]})) + " ";
    documents += to_text(Index{batch.documents[i]}) + " ";
  }
  CHECK(tokens == "e0 r1 r0 e3 r0 r0 - ");
  CHECK(targets == ". . e2 . . e3 . ");
  CHECK(slices == ". . 1 . . 1 . ");
  CHECK(documents == "0 0 0 3 3 3 6 ");
  CHECK(task.slice_name(1) == "k=2");
  CHECK(task.slice_depth(1) == 2);
  CHECK(task.vocab_size() == 7);
}

TEST_CASE("permutation windows are pure functions; the graph depends on data_seed alone") {
  const PermutationRelations task(kSmall), again(kSmall);
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
  PermutationRelationsConfig config = kSmall;
  config.data_seed = 2;
  CHECK(read_facts(PermutationRelations(config)) != read_facts(task));
}

TEST_CASE("a permutation_relations config names all its problems at once") {
  const auto refused = [](PermutationRelationsConfig config, const std::string& message) {
    CHECK_THROWS_AS(PermutationRelations(config), ConfigError);
    CHECK_THROWS_WITH(PermutationRelations(config), contains(message));
  };
  refused({.max_train_hops = 9}, "max_train_hops 9 exceeds max_hops 8");
  refused({.first_hops = 7}, "first_hops 7 exceeds max_train_hops 6");
  refused({.sequence_length = 8},
          "a question of max_hops 8 needs 9 positions, sequence_length is 8");
  refused({.held_out_walks = 625},
          "there are 1250 walks of 2 hops, expected more than the 1250 held out");
  refused({.train_walks = 0, .held_out_walks = 0}, "held_out_walks is 0, expected 1");
  refused({.num_entities = 1, .num_relations = 1, .max_train_hops = 9},
          "num_relations is 1, expected 2 ... 65536; max_train_hops 9");
  CHECK_NOTHROW(PermutationRelations({.held_out_walks = 624}));
  CHECK_NOTHROW(PermutationRelations({.sequence_length = 9}));
}

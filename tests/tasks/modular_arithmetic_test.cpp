// SPDX-License-Identifier: MIT
#include "looplab/tasks/modular_arithmetic.hpp"

#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "support/catch.hpp"

using namespace looplab;

namespace {

static_assert(Task<ModularArithmetic>);

constexpr double kLawTolerance = 1e-12;  // sums of at most 1e5 doubles below 1
const ModularArithmeticConfig kSmall{.modulus = 5, .max_length = 4, .sequence_length = 40};
const ModularArithmeticConfig kUsual{.modulus = 7, .max_length = 6, .sequence_length = 128};
const ModularArithmeticConfig kPaper{.modulus = 23, .max_length = 24, .sequence_length = 300};
const ModularArithmeticConfig kAliases{
    .modulus = 11, .max_length = 3, .sequence_length = 50, .aliases = true};

// A problem read back from the printed names of its tokens, aliases removed.
struct Problem {
  Index length = 0;
  std::vector<std::string> expression;
  Index answer = 0;
  std::vector<Token> tokens;  // of the expression, as they came
};

std::string plain_name(const ModularArithmetic& task, Token token) {
  std::string text = task.token_name(token);
  if (text.ends_with('\'')) text.pop_back();
  return text;
}

// All problems of a window.
std::vector<Problem> problems_of(const ModularArithmetic& task, const Window& window) {
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < window.tokens.size(); ++i) {
    const std::string text = plain_name(task, window.tokens[i]);
    if (text == "bos") {
      const std::string length = plain_name(task, window.tokens[++i]);
      REQUIRE(length.starts_with("len"));
      problems.push_back({std::stol(length.substr(3)), {}, 0, {}});
    } else if (text == "ans") {
      problems.back().answer = std::stol(plain_name(task, window.tokens[++i]));
    } else if (!problems.empty() && std::ssize(problems.back().expression) <
                                        2 * problems.back().length + 1) {  // else it is blank
      problems.back().expression.push_back(text);
      problems.back().tokens.push_back(window.tokens[i]);
    }
  }
  return problems;
}

std::vector<Problem> draw_problems(const ModularArithmetic& task, Split split, Index windows,
                                   Seed seed = {1}) {
  Batch batch;
  sample_batch(task, seed, split, 0, windows, batch);
  std::vector<Problem> problems;
  for (Index w = 0; w < windows; ++w)
    for (auto& problem : problems_of(task, batch.window(w))) problems.push_back(problem);
  return problems;
}

// The value of the printed expression, parsed word by word and reduced to 0 ... p-1.
struct Parser {
  const std::vector<std::string>& words;
  Index modulus;
  std::size_t place = 0;

  Index evaluate() {
    const std::string& word = words.at(place++);
    if (word != "+" && word != "-" && word != "*") return std::stol(word);
    const Index left = evaluate();
    const Index right = evaluate();
    Index result = 0;
    if (word == "+") result = left + right;
    if (word == "-") result = left - right;
    if (word == "*")
      for (Index i = 0; i < right; ++i) result += left;
    while (result < 0) result += modulus;
    while (result >= modulus) result -= modulus;
    return result;
  }
  // Words that the subexpression at `place` takes.
  std::size_t skip() {
    const std::size_t begin = place;
    evaluate();
    return place - begin;
  }
};

// Upper 0.1 % point of chi-square (Wilson & Hilferty 1931).
double chi_square_limit(double degrees) {
  const double c = 2 / (9 * degrees);
  return degrees * std::pow(1 - c + 3.0902 * std::sqrt(c), 3);
}
// Pearson's statistic of counts against a law, which has no zeros, with its limit.
void check_law(const std::vector<double>& counts, const std::vector<double>& law) {
  double total = 0, statistic = 0;
  for (double count : counts) total += count;
  for (std::size_t i = 0; i < law.size(); ++i) {
    REQUIRE(total * law[i] > 5);
    statistic += std::pow(counts[i] - total * law[i], 2) / (total * law[i]);
  }
  CHECK(statistic < chi_square_limit(static_cast<double>(law.size() - 1)));
}
std::vector<double> uniform(Index size) {
  return std::vector<double>(static_cast<std::size_t>(size), 1 / static_cast<double>(size));
}

// Calls `visit(expression, probability)` for every expression of a length, by the definition.
using Words = std::vector<std::string>;
void for_each_expression(Index length, Index modulus, double probability,
                         const std::function<void(const Words&, double)>& visit) {
  if (length == 0) {
    for (Index v = 0; v < modulus; ++v)
      visit({std::to_string(v)}, probability / static_cast<double>(modulus));
    return;
  }
  for (const std::string op : {"+", "-", "*"})
    for (Index a = 0; a < length; ++a)
      for_each_expression(a, modulus, probability / 3 / static_cast<double>(length),
                          [&](const Words& left, double so_far) {
                            for_each_expression(length - 1 - a, modulus, so_far,
                                                [&](const Words& right, double p) {
                                                  Words all{op};
                                                  all.insert(all.end(), left.begin(), left.end());
                                                  all.insert(all.end(), right.begin(), right.end());
                                                  visit(all, p);
                                                });
                          });
}

}  // namespace

TEST_CASE("answers of modular arithmetic are those of a parser that reads the printed words") {
  const ModularArithmetic task(GENERATE(kSmall, kUsual, kPaper, kAliases));
  for (std::uint64_t seed = 0; seed < 3; ++seed)
    for (const Split split : {Split::train, Split::validation, Split::test}) {
      const auto problems = draw_problems(task, split, 40, Seed{seed});
      REQUIRE(problems.size() > 40);
      for (const Problem& problem : problems) {
        Parser parser{problem.expression, task.config().modulus};
        REQUIRE(parser.evaluate() == problem.answer);
        REQUIRE(parser.place == problem.expression.size());
        REQUIRE(std::ssize(problem.expression) == 2 * problem.length + 1);
        REQUIRE(task.split_of(problem.tokens) == split);
      }
    }
}

TEST_CASE("the problem drawn at the head of modular_arithmetic.hpp stays as drawn") {
  const ModularArithmetic task(kSmall);
  Batch batch;
  sample_batch(task, Seed{1}, Split::train, 342, 1, batch);
  std::string tokens, targets, slices, documents;
  for (std::size_t i = 0; i < 11; ++i) {
    tokens += task.token_name(batch.tokens[i]) + " ";
    targets += (batch.targets[i] < 0 ? "." : task.token_name(batch.targets[i])) + " ";
    slices += (batch.slices[i] < 0 ? "." : task.slice_name(batch.slices[i])) + " ";
    documents += to_text(Index{batch.documents[i]}) + " ";
  }
  CHECK(tokens == "bos len3 + * - 4 0 3 1 ans 3 ");
  CHECK(targets == "len3 + * - 4 0 3 1 ans 3 . ");
  CHECK(slices == ". . . . . . . . . l=3 . ");
  CHECK(documents == "0 0 0 0 0 0 0 0 0 0 0 ");
}

TEST_CASE("a window holds whole problems, and then blanks for less than the longest one") {
  const ModularArithmetic task(GENERATE(kSmall, kUsual, kPaper, kAliases));
  Batch batch;
  for (const Split split : {Split::train, Split::validation, Split::test})
    for (Index index = 0; index < 40; ++index) {
      sample_batch(task, Seed{5}, split, index, 1, batch);
      const auto problems = problems_of(task, batch.window(0));
      std::size_t at = 0;
      for (const Problem& problem : problems) {
        const auto end = at + static_cast<std::size_t>(2 * problem.length + 5);
        for (std::size_t i = at; i < end; ++i) {
          REQUIRE(batch.tokens[i] >= 0);
          REQUIRE(batch.tokens[i] < task.vocab_size());
          REQUIRE(batch.documents[i] == static_cast<Token>(at));
          REQUIRE(batch.targets[i] == (i + 1 == end ? kIgnoreIndex : batch.tokens[i + 1]));
          if (i + 2 != end) REQUIRE(batch.slices[i] == kNoSlice);
        }
        const bool judged = problem.length >= task.config().first_held_out();
        REQUIRE(task.slice_name(batch.slices[end - 2]) ==
                "l=" + std::to_string(judged ? problem.length : task.config().first_held_out()));
        at = end;
      }
      REQUIRE(batch.size() - static_cast<Index>(at) < task.config().longest_problem());
      for (std::size_t i = at; i < batch.tokens.size(); ++i) {
        REQUIRE(batch.targets[i] == kIgnoreIndex);
        REQUIRE(batch.slices[i] == kNoSlice);
        REQUIRE(batch.documents[i] == static_cast<Token>(at));
      }
    }
}

TEST_CASE("training never shows a held-out problem of modular arithmetic") {
  // 84375 problems of length 3: with some 20000 draws, splits that shared problems would show it.
  const ModularArithmetic task({.modulus = 5, .max_length = 3, .sequence_length = 64});
  std::map<Split, std::set<Words>> seen;
  for (const auto& [split, windows] :
       {std::pair{Split::train, 12000}, std::pair{Split::validation, 8000},
        std::pair{Split::test, 8000}})
    for (const Problem& problem : draw_problems(task, split, windows))
      if (problem.length == 3) seen[split].insert(problem.expression);
  CHECK(seen[Split::train].size() > 10000);
  // A sixteenth of 84375, give or take four standard deviations; nearly all are drawn.
  CHECK(std::abs(std::ssize(seen[Split::validation]) - 84375 / 16) < 4 * 70);
  CHECK(std::abs(std::ssize(seen[Split::test]) - 84375 / 16) < 4 * 70);
  for (const auto& [one, other] :
       {std::pair{Split::train, Split::validation}, std::pair{Split::train, Split::test},
        std::pair{Split::validation, Split::test}}) {
    Index shared = 0;
    for (const Words& expression : seen[one]) shared += seen[other].contains(expression);
    CHECK(shared == 0);
  }
}

TEST_CASE("lengths too short to be held out are shown whole, and never judged") {
  const ModularArithmetic task({.modulus = 5, .max_length = 4, .sequence_length = 64});
  REQUIRE(task.config().first_held_out() == 3);
  CHECK(task.num_slices() == 2);
  std::map<Words, double> counts;
  for (const Problem& problem : draw_problems(task, Split::train, 4000))
    if (problem.length == 1) ++counts[problem.expression];
  std::vector<double> flat;
  for (const auto& [expression, count] : counts) flat.push_back(count);
  REQUIRE(flat.size() == 75);
  check_law(flat, uniform(75));
  for (const Split split : {Split::validation, Split::test})
    for (const Problem& problem : draw_problems(task, split, 500)) REQUIRE(problem.length >= 3);
}

TEST_CASE("modular arithmetic follows its exact law in every split") {
  const Split split = GENERATE(Split::train, Split::validation, Split::test);
  const ModularArithmetic task(kUsual);
  const Index first = split == Split::train ? 1 : task.config().first_held_out();
  const Index longest = task.config().max_length;
  std::vector<double> lengths(static_cast<std::size_t>(longest - first + 1));
  std::vector<double> operators(3), operands(7), splits(static_cast<std::size_t>(longest));
  std::map<Index, std::vector<double>> answers;
  for (const Problem& problem : draw_problems(task, split, 2500)) {
    ++lengths[static_cast<std::size_t>(problem.length - first)];
    auto& of_length = answers[problem.length];
    of_length.resize(7);
    ++of_length[static_cast<std::size_t>(problem.answer)];
    if (problem.length != longest) continue;
    ++operators[std::string("+-*").find(problem.expression[0])];
    ++operands[static_cast<std::size_t>(std::stol(problem.expression.back()))];
    Parser left{problem.expression, 7, 1};
    ++splits[left.skip() / 2];
  }
  check_law(lengths, uniform(std::ssize(lengths)));
  check_law(operators, uniform(3));
  check_law(operands, uniform(7));
  check_law(splits, uniform(longest));
  for (const auto& [length, counts] : answers) {
    INFO("length " << length);
    check_law(counts, task.answer_law(length));
  }
}

TEST_CASE("narrow windows do not favour short problems") {
  // Room for one longest problem and a bit: packing until one fails to fit would drop long ones.
  const ModularArithmetic task({.modulus = 7, .max_length = 6, .sequence_length = 26});
  std::vector<double> lengths(6);
  for (const Problem& problem : draw_problems(task, Split::train, 6000))
    ++lengths[static_cast<std::size_t>(problem.length - 1)];
  check_law(lengths, uniform(6));
}

TEST_CASE("answer_law and num_problems equal a count over all expressions") {
  for (const auto& sizes : {std::pair<Index, Index>{2, 3}, {3, 3}, {5, 1}, {5, 2}, {7, 2}}) {
    const Index modulus = sizes.first, length = sizes.second;
    INFO("modulus " << modulus << ", length " << length);
    const ModularArithmeticConfig config{.modulus = modulus, .max_length = 6};
    std::vector<double> law(static_cast<std::size_t>(modulus));
    std::map<std::string, std::vector<double>> by_operator;
    double count = 0;
    for_each_expression(length, modulus, 1, [&](const Words& expression, double probability) {
      const Index value = Parser{expression, modulus}.evaluate();
      ++count;
      law[static_cast<std::size_t>(value)] += probability;
      auto& conditional = by_operator[expression[0]];
      conditional.resize(law.size());
      conditional[static_cast<std::size_t>(value)] += probability;
    });
    CHECK(config.num_problems(length) == Approx(count));
    const auto computed = ModularArithmetic(config).answer_law(length);
    double seeing_operator = 0;
    for (const auto& [op, conditional] : by_operator)
      seeing_operator += std::ranges::max(conditional);
    for (std::size_t v = 0; v < law.size(); ++v)
      CHECK(std::abs(computed[v] - law[v]) < kLawTolerance);
    // To see the outermost operator does not help the predictor of the floor.
    CHECK(std::abs(seeing_operator - law[0]) < kLawTolerance);
  }
}

TEST_CASE("the floors of modular arithmetic are those derived for the paper") {
  struct Row {
    Index modulus, length;
    double percent, margin;
  };
  for (const auto& [modulus, length, percent, margin] :
       {Row{23, 1, 5.73, .005}, {23, 3, 6.42, .005},  {23, 6, 6.79, .005},  {23, 10, 7.03, .005},
        {23, 13, 7.13, .005},   {23, 16, 7.21, .005}, {23, 24, 7.35, .005}, {5, 1, 25.3, .05},
        {5, 3, 27.5, .05},      {5, 6, 28.7, .05},    {5, 10, 29.4, .05},   {7, 1, 18.4, .05},
        {7, 3, 20.2, .05},      {7, 6, 21.1, .05},    {7, 10, 21.7, .05},   {11, 1, 11.9, .06},
        {11, 3, 13.1, .05},     {11, 6, 13.8, .05},   {11, 10, 14.3, .05},  {13, 1, 10.1, .05},
        {13, 3, 11.2, .05},     {13, 6, 11.8, .05},   {13, 10, 12.2, .05}}) {
    INFO("modulus " << modulus << ", length " << length);
    const ModularArithmetic task({.modulus = modulus, .max_length = 24});
    const auto law = task.answer_law(length);
    CHECK(100 * std::ranges::max(law) == Approx(percent).margin(margin));
    CHECK(law[0] == std::ranges::max(law));
    if (length >= task.config().first_held_out())
      CHECK(task.slice_floor(length - task.config().first_held_out()) == law[0]);
  }
}

TEST_CASE("aliases double the symbols and change nothing else") {
  ModularArithmeticConfig config = kAliases;
  const ModularArithmetic with(config);
  config.aliases = false;
  const ModularArithmetic without(config);
  CHECK(without.vocab_size() == 11 + 5 + 3);
  CHECK(with.vocab_size() == 11 + 2 * (5 + 3));
  std::map<std::string, std::vector<double>> counts;
  Batch batch;
  sample_batch(with, Seed{1}, Split::train, 0, 1000, batch);
  for (Token token : batch.tokens) {
    const std::string text = with.token_name(token);
    auto& count = counts[plain_name(with, token)];
    count.resize(2);
    ++count[text.ends_with('\'') ? 1 : 0];
  }
  CHECK(counts.size() == 11 + 5 + 3);
  for (const auto& [symbol, count] : counts) {
    INFO(symbol);
    if (std::isdigit(static_cast<unsigned char>(symbol[0])))
      CHECK(count[1] == 0);
    else
      check_law(count, uniform(2));
  }
  for (const Problem& problem : draw_problems(with, Split::test, 50)) {
    std::vector<Token> plain;
    for (Token token : problem.tokens)
      plain.push_back(token < without.vocab_size() ? token : token - (5 + 3));
    REQUIRE(without.split_of(plain) == Split::test);
  }
}

TEST_CASE("a window of modular arithmetic is a pure function of seed, split and index") {
  const ModularArithmetic task(kUsual);
  Batch together, alone;
  sample_batch(task, Seed{3}, Split::train, 0, 8, together);
  sample_batch(task, Seed{3}, Split::train, 5, 1, alone);
  const auto fifth = together.window(5);
  CHECK(std::ranges::equal(fifth.tokens, alone.tokens));
  CHECK(std::ranges::equal(fifth.targets, alone.targets));
  CHECK(std::ranges::equal(fifth.slices, alone.slices));
  std::set<std::vector<Token>> different{alone.tokens};
  for (const auto& [seed, split, index] :
       {std::tuple{4u, Split::train, 5}, std::tuple{3u, Split::validation, 5},
        std::tuple{3u, Split::test, 5}, std::tuple{3u, Split::train, 6}}) {
    sample_batch(task, Seed{seed}, split, index, 1, alone);
    different.insert(alone.tokens);
  }
  CHECK(different.size() == 5);
}

TEST_CASE("a modular arithmetic config names all its problems at once") {
  const auto fails = [](ModularArithmeticConfig config, const std::string& text) {
    CHECK_THROWS_WITH(ModularArithmetic(config), looplab_test::contains(text));
  };
  fails({.modulus = 1}, "modulus is 1, expected 2 ... 251");
  fails({.modulus = 15}, "modulus is 15, expected a prime");
  fails({.modulus = 49, .sequence_length = 24},
        "modulus is 49, expected a prime; sequence_length is 24, but a problem of max_length 10 "
        "takes 25 tokens");
  fails({.max_length = 0}, "max_length is 0, expected 1 ... 128");
  fails({.modulus = 5, .max_length = 2},
        "modulus 5 and max_length 2 give only 2250 different problems, expected 65536 or more");
  CHECK_NOTHROW(ModularArithmetic({.modulus = 5, .max_length = 3, .sequence_length = 11}));
  const ModularArithmetic task(kUsual);
  CHECK_THROWS_WITH(task.answer_law(7), looplab_test::contains("length is 7, expected 0 ... 6"));
  CHECK_THROWS_AS(task.answer_law(-1), ConfigError);
}

// SPDX-License-Identifier: MIT
//
// Modular arithmetic in prefix form (Mano): evaluate an expression without intermediate steps.
//
//   tokens     bos  len3   +   *   -   4   0   3   1  ans   3     (4 - 0) * 3 + 1 = 3 modulo 5
//   targets   len3     +   *   -   4   0   3   1  ans   3   .     '.' is not scored
//   slices       .     .   .   .   .   .   .   .   .    0   .     the answer; 0 is "l=3" here
//   documents    0     0   0   0   0   0   0   0   0    0   0     every problem is a document
//
//   gen(0) = a value, uniform on 0 ... p-1
//   gen(l) = op gen(a) gen(l-1-a),   op uniform on + - *,   a uniform on 0 ... l-1
//
// The length l, the number of operators, is uniform on 1 ... L in training; a problem takes 2l + 5
// tokens. The only knowledge is 3 tables of p^2 results; everything else is manipulation. A window
// is filled with whole problems for as long as the longest would still fit: whether another problem
// is drawn never depends on that problem, so packing does not favour short ones. The rest of the
// window is blank.
//
// Held out. A hash of the expression assigns it to a split: 14/16 train, 1/16 validation, 1/16
// test. A problem of another split is drawn again at its length, so lengths stay uniform. For
// lengths with few problems (below kMinDistinct = 2^16) a sixteenth of them would have a different
// distribution of answers from all of them: all problems of those lengths are used in training and
// none is evaluated. From 2^16 on a split has about 4096 problems or more of a length, and the
// frequency of an answer deviates by less than 0.008 (one standard deviation) from the exact one.
//
// Sources: Allen-Zhu 2025, arXiv:2512.17351 (Mano) and its released generator; Ouro,
//          arXiv:2510.25741, appendix B.2 (attention masked between problems).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/core/fnv1a.hpp"
#include "looplab/tasks/detail/split_streams.hpp"
#include "looplab/tasks/task.hpp"

namespace looplab {

/// Configuration of the task. The paper uses modulus 23, lengths to 10, 16 or 24, windows of 1024.
struct ModularArithmeticConfig {
  Index modulus = 23;
  Index max_length = 10;
  Index sequence_length = 128;
  bool aliases = false;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"modulus", "p, a prime: values are 0 ... p-1", 2, 251}, self.modulus);
    visit(Field{"max_length", "L, maximum number of operators of a problem", 1, 128},
          self.max_length);
    visit(Field{"sequence_length", "positions of a window, 2 L + 5 or more", 1, 1 << 20},
          self.sequence_length);
    visit(Field{"aliases", "two interchangeable tokens for every symbol except values"},
          self.aliases);
  }

  /// \throws ConfigError naming every problem.
  void validate() const;

  /// Number of different expressions with `length` operators: C_l 3^l p^(l+1), with C_l the l-th
  /// Catalan number (tree shapes). Infinite beyond the range of double.
  [[nodiscard]] double num_problems(Index length) const {
    double count = static_cast<double>(modulus);
    for (Index l = 1; l <= length; ++l)
      count *= static_cast<double>(2 * (2 * l - 1) * 3 * modulus) / static_cast<double>(l + 1);
    return count;
  }
  /// Minimum number of problems of a length for it to be divided among the splits.
  static constexpr double kMinDistinct = 1 << 16;
  /// The shortest length with held-out problems; max_length + 1 if there is none.
  [[nodiscard]] Index first_held_out() const {
    Index length = 1;
    while (length <= max_length && num_problems(length) < kMinDistinct) ++length;
    return length;
  }
  /// Number of tokens of the longest problem.
  [[nodiscard]] Index longest_problem() const { return 2 * max_length + 5; }
};

inline void ModularArithmeticConfig::validate() const {
  Problems problems;
  check_ranges(*this, problems);
  bool prime = true;
  for (Index d = 2; d * d <= modulus; ++d) prime = prime && modulus % d != 0;
  problems.check(prime, "modulus is ", modulus, ", expected a prime");
  problems.check(sequence_length >= longest_problem(), "sequence_length is ", sequence_length,
                 ", but a problem of max_length ", max_length, " takes ", longest_problem(),
                 " tokens");
  if (modulus >= 2 && max_length >= 1 && max_length <= 128)
    problems.check(first_held_out() <= max_length, "modulus ", modulus, " and max_length ",
                   max_length, " give only ", num_problems(max_length),
                   " different problems, expected ", kMinDistinct, " or more to hold some out");
  problems.throw_if_any("modular_arithmetic");
}

/// Satisfies `Task`. Tokens: values 0 ... p-1, then + - * bos ans len1 ... lenL, and these a second
/// time if there are aliases.
class ModularArithmetic {
 public:
  static constexpr std::string_view kName = "modular_arithmetic";
  static constexpr std::string_view kHelp = "evaluate prefix expressions modulo a prime";

  explicit ModularArithmetic(ModularArithmeticConfig config) : config_(config) {
    config_.validate();
    first_held_out_ = config_.first_held_out();
  }

  [[nodiscard]] const ModularArithmeticConfig& config() const { return config_; }
  [[nodiscard]] std::string name() const { return std::string(kName); }
  [[nodiscard]] Index vocab_size() const {
    return config_.modulus + num_symbols() * (config_.aliases ? 2 : 1);
  }
  [[nodiscard]] Index sequence_length() const { return config_.sequence_length; }

  /// Slice s: answers of length first_held_out + s. In training the answers of shorter problems
  /// belong to slice 0, so that a loss on answers includes them; held-out windows have none.
  [[nodiscard]] Index num_slices() const { return config_.max_length - first_held_out_ + 1; }
  [[nodiscard]] std::string slice_name(Index slice) const {
    return "l=" + to_text(first_held_out_ + slice);
  }
  /// 0: held-out windows are drawn without end.
  [[nodiscard]] Index num_evaluation_sequences() const { return 0; }

  /// The text of a token: "0" ... "22", "+", "-", "*", "bos", "ans", "len3"; aliases end with "'".
  [[nodiscard]] std::string token_name(Token token) const;

  /// Exact distribution of the answer at a length, by dynamic programming over the lengths:
  ///   P_l(v) = 1/(3 l) sum_op sum_a P(x op y = v),   x ~ P_a,   y ~ P_{l-1-a},   P_0 uniform.
  /// \throws ConfigError if `length` is not in 0 ... max_length. Cost: O(length^2 p^2).
  [[nodiscard]] std::vector<double> answer_law(Index length) const;

  /// Exact accuracy of the best predictor that does not evaluate: it always gives the likeliest
  /// answer, 0. Knowing the outermost operator does not help it, because 0 is the likeliest result
  /// of each of the three.
  [[nodiscard]] double slice_floor(Index slice) const {
    return std::ranges::max(answer_law(first_held_out_ + slice));
  }

  /// The split of an expression (its tokens without bos, length and answer).
  [[nodiscard]] Split split_of(std::span<const Token> expression) const {
    std::uint64_t hash = kFnv1aStart;
    for (Token token : expression) hash = hashed(hash, token);
    return split_of(hash, std::ssize(expression) / 2);
  }

  /// Fills window `index` of a split; a pure function of its arguments.
  void sample(Seed seed, Split split, Index index, Window window) const {
    RandomStream stream = split_stream(seed, kName, split, index);
    Index begin = 0;
    while (begin + config_.longest_problem() <= config_.sequence_length)
      begin += write_problem(stream, split, begin, window);
    std::ranges::fill(window.documents.subspan(static_cast<std::size_t>(begin)),
                      static_cast<Token>(begin));
  }

 private:
  /// Symbols that are not values, in the order of their tokens; lengths follow.
  enum Symbol : Index { kPlus, kMinus, kTimes, kBos, kAnswer, kFirstLength };
  /// An expression being drawn into `tokens`.
  struct Draft {
    RandomStream& stream;
    std::span<Token> tokens;
    std::size_t size = 0;
    std::uint64_t hash = kFnv1aStart;
  };

  [[nodiscard]] Index num_symbols() const { return kFirstLength + config_.max_length; }
  /// The token of a symbol, either alias with equal probability.
  [[nodiscard]] Token symbol(Index which, RandomStream& stream) const {
    const Index alias = config_.aliases ? stream.below(2) : 0;
    return static_cast<Token>(config_.modulus + which + alias * num_symbols());
  }
  /// The first alias of a token.
  [[nodiscard]] Token plain(Token token) const {
    return static_cast<Token>(token < config_.modulus + num_symbols() ? token
                                                                      : token - num_symbols());
  }
  /// The hash after one more token; aliases count as one.
  [[nodiscard]] std::uint64_t hashed(std::uint64_t hash, Token token) const {
    return fnv1a_step(hash, static_cast<std::uint64_t>(plain(token)));
  }
  [[nodiscard]] Split split_of(std::uint64_t hash, Index length) const {
    return length < first_held_out_ ? Split::train : split_of_hash(hash);
  }

  [[nodiscard]] Index apply(Index op, Index x, Index y) const {
    const Index result = op == kPlus ? x + y : op == kMinus ? x - y + config_.modulus : x * y;
    return result % config_.modulus;
  }
  /// gen(length) of the file comment; returns its value.
  Index draw(Index length, Draft& draft) const {
    const auto put = [&](Token token) {
      draft.tokens[draft.size++] = token;
      draft.hash = hashed(draft.hash, token);
    };
    if (length == 0) {
      const Index value = draft.stream.below(config_.modulus);
      put(static_cast<Token>(value));
      return value;
    }
    const Index op = draft.stream.below(3);
    put(symbol(op, draft.stream));
    const Index left_length = draft.stream.below(length);
    const Index left = draw(left_length, draft);
    return apply(op, left, draw(length - 1 - left_length, draft));
  }

  /// Writes a problem of the split from position `begin` on; returns the number of its tokens.
  Index write_problem(RandomStream& stream, Split split, Index begin, Window& window) const {
    const Index shortest = split == Split::train ? 1 : first_held_out_;
    const Index length = shortest + stream.below(config_.max_length - shortest + 1);
    const Index size = 2 * length + 5;
    const auto own = [&](std::span<Token> row) {
      return row.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(size));
    };
    const auto tokens = own(window.tokens), targets = own(window.targets);
    tokens[0] = symbol(kBos, stream);
    tokens[1] = symbol(kFirstLength + length - 1, stream);
    for (bool found = false; !found;) {
      Draft draft{stream, tokens.subspan(2)};
      tokens.back() = static_cast<Token>(draw(length, draft));
      found = split_of(draft.hash, length) == split;
    }
    tokens[tokens.size() - 2] = symbol(kAnswer, stream);
    std::ranges::copy(tokens.subspan(1), targets.begin());
    own(window.slices)[tokens.size() - 2] =
        static_cast<Token>(std::max(length, first_held_out_) - first_held_out_);
    std::ranges::fill(own(window.documents), static_cast<Token>(begin));
    return size;
  }

  ModularArithmeticConfig config_;
  Index first_held_out_ = 1;
};

inline std::string ModularArithmetic::token_name(Token token) const {
  if (token < config_.modulus) return to_text(Index{token});
  static constexpr std::array<std::string_view, kFirstLength> kNames{"+", "-", "*", "bos", "ans"};
  const Index which = plain(token) - config_.modulus;
  return (which < kFirstLength ? std::string(kNames[static_cast<std::size_t>(which)])
                               : "len" + to_text(which - kFirstLength + 1)) +
         (token == plain(token) ? "" : "'");
}

inline std::vector<double> ModularArithmetic::answer_law(Index length) const {
  require<ConfigError>(length >= 0 && length <= config_.max_length, "answer_law: length is ",
                       length, ", expected 0 ... ", config_.max_length);
  const Index p = config_.modulus;
  using Law = std::vector<double>;
  std::vector<Law> laws{Law(static_cast<std::size_t>(p), 1 / static_cast<double>(p))};
  for (Index l = 1; l <= length; ++l) {
    Law law(static_cast<std::size_t>(p), 0);
    for (Index a = 0; a < l; ++a)
      for (Index x = 0; x < p; ++x)
        for (Index y = 0; y < p; ++y) {
          const double both =
              laws[static_cast<std::size_t>(a)][static_cast<std::size_t>(x)] *
              laws[static_cast<std::size_t>(l - 1 - a)][static_cast<std::size_t>(y)];
          for (const Index op : {kPlus, kMinus, kTimes})
            law[static_cast<std::size_t>(apply(op, x, y))] += both;
        }
    for (double& probability : law) probability /= static_cast<double>(3 * l);
    laws.push_back(std::move(law));
  }
  return laws.back();
}

static_assert(Task<ModularArithmetic>);

}  // namespace looplab

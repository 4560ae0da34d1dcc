// SPDX-License-Identifier: MIT
//
// k-hop induction: k times, jump back to the letter that followed the last earlier occurrence of
// the current letter; the answer is the letter reached.
//
//   tokens    k=2  a  d  b  d  a  b  d  b  a      hop token, then letters; no equal neighbours
//   targets    .   -  -  -  -  -  b  d  a  d      '.' is not scored, '-' is "does not exist"
//   slices     .   1  1  1  1  1  1  1  1  1      hops are 1 ... 2 here, so slice 1 is "k=2"
//
//   find_1(i) = max{ j <= i : v_{j-1} = v_i },   find_k = find_1 o find_{k-1}
//   y_i       = v_{find_k(i)}
//
// The last letter above: a occurred at position 5 before, followed by b (hop 1); b occurred at
// position 3 before that, followed by d (hop 2). Every letter is scored against the hops within its
// own prefix; for k = 0 the answer is the letter itself. Nothing has to be stored in weights: the
// task measures manipulation.
//
// Source: Sanford, Hsu & Telgarsky 2024, arXiv:2402.09268 (theirs: 98 letters, k uniform in 0..16).
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/tasks/detail/split_streams.hpp"
#include "looplab/tasks/task.hpp"

namespace looplab {

/// Configuration of the task. `hops` of a window are uniform on min_hops ... max_hops.
struct KHopInductionConfig {
  Index sequence_length = 31;
  Index alphabet_size = 4;
  Index min_hops = 1;
  Index max_hops = 4;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"sequence_length", "positions of a window: hop token and letters", 2, 1 << 20},
          self.sequence_length);
    visit(Field{"alphabet_size", "number of different letters", 2, 1 << 20}, self.alphabet_size);
    visit(Field{"min_hops", "minimum hops of a window", 0, 1 << 16}, self.min_hops);
    visit(Field{"max_hops", "maximum hops of a window", 0, 1 << 16}, self.max_hops);
  }

  /// \throws ConfigError naming every problem.
  void validate() const {
    Problems problems;
    check_ranges(*this, problems);
    problems.check(min_hops <= max_hops, "min_hops ", min_hops, " exceeds max_hops ", max_hops);
    // The last of n letters, at position n, allows n - 2 hops: one position each, down to 2.
    problems.check(max_hops <= std::max<Index>(0, sequence_length - 3), "max_hops ", max_hops,
                   " needs sequence_length ", max_hops + 3, " or more, given ", sequence_length);
    problems.throw_if_any("k_hop_induction");
  }
};

/// Satisfies `Task`. Tokens: letters 0 ... A-1, one per number of hops, "does not exist".
class KHopInduction {
 public:
  static constexpr std::string_view kName = "k_hop_induction";
  static constexpr std::string_view kHelp = "k jumps in context; manipulation, nothing is stored";

  explicit KHopInduction(KHopInductionConfig config) : config_(config) { config_.validate(); }

  [[nodiscard]] const KHopInductionConfig& config() const { return config_; }
  [[nodiscard]] std::string name() const { return std::string(kName); }
  [[nodiscard]] Index vocab_size() const { return config_.alphabet_size + num_slices() + 1; }
  [[nodiscard]] Index sequence_length() const { return config_.sequence_length; }
  [[nodiscard]] Index num_slices() const { return config_.max_hops - config_.min_hops + 1; }
  [[nodiscard]] std::string slice_name(Index slice) const {
    return "k=" + to_text(config_.min_hops + slice);
  }
  /// 0: held-out windows are drawn without end.
  [[nodiscard]] Index num_evaluation_sequences() const { return 0; }

  /// The token that requests `hops` hops.
  [[nodiscard]] Token hop_token(Index hops) const {
    return static_cast<Token>(config_.alphabet_size + hops - config_.min_hops);
  }
  /// The answer where any of the hops does not exist.
  [[nodiscard]] Token none_token() const { return static_cast<Token>(vocab_size() - 1); }
  /// The text of a token: letters "a" ... "z" (then "l26" ...), "k=2", "-".
  [[nodiscard]] std::string token_name(Token token) const {
    if (token == none_token()) return "-";
    if (token >= config_.alphabet_size) return slice_name(token - config_.alphabet_size);
    return token < 26 ? std::string(1, static_cast<char>('a' + token))
                      : "l" + to_text(Index{token});
  }

  /// Fills window `index` of a split; a pure function of its arguments.
  void sample(Seed seed, Split split, Index index, Window window) const {
    RandomStream stream = split_stream(seed, kName, split, index);
    const Index slice = stream.below(num_slices());
    window.tokens[0] = hop_token(config_.min_hops + slice);
    write_letters(stream, window.tokens.subspan(1));
    write_answers(window.tokens.subspan(1), config_.min_hops + slice, window.targets.subspan(1));
    std::ranges::fill(window.slices.subspan(1), static_cast<Token>(slice));
  }

  /// Exact accuracy of the best predictor that sees the number of hops, the position and the
  /// current letter but no earlier letter, averaged over positions 1 ... n. Accuracy above this
  /// floor is due to hops.
  ///
  /// Read backwards, the letters are again a walk that moves to each of the A-1 other letters with
  /// equal probability. Before a hop we are at position p on letter x and have seen back to
  /// position p-1, on letter y != x. The hop ends at position p-t if the walk from y first meets x
  /// after t steps:
  ///
  ///   P(t) = ((A-2)/(A-1))^{t-1} / (A-1),   1 <= t <= p-2   (else the hop does not exist)
  ///
  /// and lands on the letter z that the walk had reached before meeting x, so the next hop starts
  /// from (z, x). Given t, that walk made t-1 uniform steps among the A-1 letters other than x:
  ///
  ///   r_t = P(z = y | t):   r_1 = 1,   r_{t+1} = (1 - r_t) / (A-2),
  ///
  /// and every letter but x and y is reached with equal probability, r_{t+1}. To decide whether the
  /// answer is the current letter c it suffices to know which of x and y, if any, is c: a chain of
  /// three states. The predictor then gives the likeliest of "none", c, and one of the A-1 other
  /// letters, which are equally likely by symmetry.
  ///
  /// \throws ConfigError if `hops` is negative. Cost: O(hops n^2).
  [[nodiscard]] double floor_accuracy(Index hops) const {
    require<ConfigError>(hops >= 0, "floor_accuracy: hops is ", hops, ", expected 0 or more");
    const Index num_letters = config_.sequence_length - 1;
    const double others = static_cast<double>(config_.alphabet_size - 1);
    // By position p: probability that the remaining hops all exist, and that they end on c.
    std::vector<Chances> chances(static_cast<std::size_t>(num_letters + 1));
    for (Index hop = 0; hop < hops; ++hop) chances = one_more_hop(chances);
    double sum = 0;
    for (Index position = 1; position <= num_letters; ++position) {
      const Chances& at = chances[static_cast<std::size_t>(position)];
      sum += std::max({1 - at.exists, at.from_c, (at.exists - at.from_c) / others});
    }
    return sum / static_cast<double>(num_letters);
  }
  /// `floor_accuracy` of a slice's number of hops.
  [[nodiscard]] double slice_floor(Index slice) const {
    return floor_accuracy(config_.min_hops + slice);
  }

 private:
  /// Probabilities from one position on. `exists`: all remaining hops exist (for any letters); the
  /// others: they exist and end on c, if x = c, if y = c, and if neither is.
  struct Chances {
    double exists = 1, from_c = 1, from_after_c = 0, from_elsewhere = 0;
  };

  [[nodiscard]] std::vector<Chances> one_more_hop(const std::vector<Chances>& rest) const {
    const double others = static_cast<double>(config_.alphabet_size - 1);
    std::vector<Chances> chances(rest.size(), Chances{0, 0, 0, 0});
    for (std::size_t position = 0; position < rest.size(); ++position) {
      Chances& sum = chances[position];
      double meets = 1 / others;           // P(t)
      double back_at_y = 1, at_other = 0;  // r_t, r_{t+1}
      for (std::size_t t = 1; t + 2 <= position; ++t) {
        const Chances& next = rest[position - t];
        const auto ends_on_c = [&](double z_is_c) {
          return z_is_c * next.from_c + (1 - z_is_c) * next.from_elsewhere;
        };
        at_other = others > 1 ? (1 - back_at_y) / (others - 1) : 0;
        sum.exists += meets * next.exists;
        sum.from_c += meets * next.from_after_c;  // x = c becomes the new y
        sum.from_after_c += meets * ends_on_c(back_at_y);
        sum.from_elsewhere += meets * ends_on_c(at_other);
        meets *= (others - 1) / others;
        back_at_y = at_other;
      }
    }
    return chances;
  }

  void write_letters(RandomStream& stream, std::span<Token> letters) const {
    letters[0] = static_cast<Token>(stream.below(config_.alphabet_size));
    for (std::size_t i = 1; i < letters.size(); ++i) {
      const auto other = static_cast<Token>(stream.below(config_.alphabet_size - 1));
      letters[i] = other + (other >= letters[i - 1] ? 1 : 0);
    }
  }

  /// `answers` first holds find_1 (0: does not exist; a hop never ends on position 0). The answers
  /// then replace it from the end, where only earlier positions are still needed.
  void write_answers(std::span<const Token> letters, Index hops, std::span<Token> answers) const {
    for (std::size_t i = 0; i < letters.size(); ++i) {
      std::size_t j = i;
      while (j > 0 && letters[j - 1] != letters[i]) --j;
      answers[i] = static_cast<Token>(j);
    }
    for (std::size_t i = letters.size(); i-- > 0;) {
      std::size_t position = i;
      Index left = hops;
      for (; left > 0 && answers[position] > 0; --left)
        position = static_cast<std::size_t>(answers[position]);
      answers[i] = left > 0 ? none_token() : letters[position];
    }
  }

  KHopInductionConfig config_;
};

static_assert(Task<KHopInduction>);

}  // namespace looplab

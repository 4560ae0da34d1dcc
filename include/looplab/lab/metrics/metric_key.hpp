// SPDX-License-Identifier: MIT
//
// The key of a measured number: a quantity, and the conditions of the measurement. One parser, one
// printer.
//
//   accuracy                              over all answers
//   accuracy k=4                          over the answers of the task's slice "k=4"
//   accuracy k=4 loops=8                  the same with 8 loops at test time
//   loops q=0.5 k=2                       rows exit at quantile 0.5 of the exit gate
//   accuracy gate=3                       rows exit by the rule `gate`, after 3 loops on average
//   accuracy exit:entropy=3               the same for a rule that is not in `kShortRuleNames`
//   accuracy cache=last                   whole answers that a decoder generates whose loops share the
//                                         cache of the last loop (models/key_value_cache.hpp)
//   probe hop=1 input                     a linear probe for hop 1 on the input tokens
//   probe hop=1 loop=2 shuffled           on the state after loop 2, fitted to shuffled labels
//
// The words have this order. Every text is a key and is printed unchanged: other words are the name
// of the slice. So a file keeps metrics that no task has any more.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/core/text_list.hpp"
#include "looplab/models/key_value_cache.hpp"

namespace looplab::lab {

/// Names of the quantities that looplab measures; a key may have any other.
namespace quantity {
inline constexpr const char* accuracy = "accuracy";        // fraction of correct answers
inline constexpr const char* answer_nats = "answer_nats";  // mean loss of the answers' tokens
inline constexpr const char* loss = "loss";                // mean loss of all scored tokens, nats
inline constexpr const char* learned_depth = "learned_depth";
inline constexpr const char* expected_depth = "expected_depth";
inline constexpr const char* bits = "bits";      // of knowledge
inline constexpr const char* demand = "demand";  // bits of all knowledge in the data
inline constexpr const char* bits_per_parameter = "bits_per_parameter";
inline constexpr const char* demand_per_parameter = "demand_per_parameter";
inline constexpr const char* loops = "loops";  // mean loops of the answers
inline constexpr const char* extra_loops = "extra_loops";
inline constexpr const char* probe = "probe";  // accuracy of a linear probe
}  // namespace quantity

/// An exit rule at the threshold where answers take `mean_loops` loops on average.
struct ExitPoint {
  std::string rule;
  Index mean_loops = 1;
  friend bool operator==(const ExitPoint&, const ExitPoint&) = default;
};

/// Rules whose keys are written "gate=3"; that of any other rule is written "exit:name=3", since
/// "name=3" may be a slice.
inline constexpr std::array<std::string_view, 3> kShortRuleNames{"gate", "difference",
                                                                 "divergence"};

/// The label and the state of a linear probe.
struct ProbePoint {
  Index hop = 1;
  Index loop = 0;         // state after this loop; 0: the input tokens
  bool shuffled = false;  // fitted to shuffled labels
  friend bool operator==(const ProbePoint&, const ProbePoint&) = default;
};

/// See the file comment. Constructed from its text; `to_text` prints the same text.
struct MetricKey {
  std::string quantity;
  std::optional<double> quantile;     // of the exit gate
  std::optional<ExitPoint> exits;     // of a rule, compared at equal loops
  std::optional<CacheSharing> cache;  // of the decoder that generates the answers
  std::optional<ProbePoint> probe;    // of the quantity `probe`
  std::optional<std::string> slice;   // the answers' kind as the task names it; none: all answers
  std::optional<Index> loops;         // at test time; none: those of the run's evaluation

  MetricKey() = default;
  template <std::convertible_to<std::string_view> Text>
  MetricKey(const Text& text) {  // NOLINT(google-explicit-constructor): every text is a key
    (void)from_text(std::string_view(text), *this);
  }

  [[nodiscard]] bool empty() const { return *this == MetricKey(); }
  /// The same with another quantity, of one slice, at a quantile, with a sharing of the decoder's
  /// cache, or with loops at test time.
  [[nodiscard]] MetricKey of(std::string_view other_quantity) const {
    MetricKey key = *this;
    key.quantity = other_quantity;
    return key;
  }
  [[nodiscard]] MetricKey of_slice(std::string_view name) const {
    MetricKey key = *this;
    key.slice = name;
    return key;
  }
  [[nodiscard]] MetricKey at_quantile(double share) const {
    MetricKey key = *this;
    key.quantile = share;
    return key;
  }
  [[nodiscard]] MetricKey with_cache(CacheSharing sharing) const {
    MetricKey key = *this;
    key.cache = sharing;
    return key;
  }
  [[nodiscard]] MetricKey at_loops(Index num_loops) const {
    MetricKey key = *this;
    key.loops = num_loops;
    return key;
  }

  friend bool operator==(const MetricKey&, const MetricKey&) = default;

  friend std::string to_text(const MetricKey& key) {
    std::string text = key.quantity;
    for (const std::string& word : key.words()) text += ' ' + word;
    return text;
  }
  /// The text without the quantity: "q=0.5 k=2"; "" of all answers.
  [[nodiscard]] std::string condition() const {
    const std::string text = to_text(*this);
    return text.substr(std::min(text.size(), quantity.size() + 1));
  }
  friend std::ostream& operator<<(std::ostream& out, const MetricKey& key) {
    return out << to_text(key);
  }

  /// Reads any text; always true.
  friend bool from_text(std::string_view text, MetricKey& key) {
    key = MetricKey();
    std::vector<std::string_view> words = split(text, ' ');
    key.quantity = words[0];
    auto word = words.begin() + 1, end = words.end();
    if (word != end && (key.loops = number<Index>(*(end - 1), "loops="))) --end;
    if (word != end && (key.quantile = number<double>(*word, "q="))) ++word;
    if (word != end && (key.exits = exit_point(*word))) ++word;
    if (word != end && (key.cache = cache_sharing(*word))) ++word;
    if (key.quantity == quantity::probe) key.probe = probe_point(word, end);
    if (word != end) {
      const char* last = (end - 1)->data() + (end - 1)->size();
      key.slice = std::string(word->data(), last);
    }
    return true;
  }

  /// Keys separated by commas.
  friend std::string to_text(const std::vector<MetricKey>& keys) {
    std::string text;
    for (const MetricKey& key : keys) text += (text.empty() ? "" : ", ") + to_text(key);
    return text;
  }
  friend bool from_text(std::string_view text, std::vector<MetricKey>& keys) {
    keys.clear();
    for (const std::string& key : listed(text)) keys.emplace_back(key);
    return true;
  }

 private:
  using Words = std::vector<std::string_view>;
  static constexpr std::string_view kLongRule = "exit:", kCache = "cache=";

  [[nodiscard]] static bool is_short(std::string_view rule) {
    return std::ranges::find(kShortRuleNames, rule) != kShortRuleNames.end();
  }
  /// The words after the quantity.
  [[nodiscard]] std::vector<std::string> words() const {
    std::vector<std::string> words;
    const auto add = [&](const auto&... parts) { words.push_back(concat(parts...)); };
    if (quantile) add("q=", looplab::to_text(*quantile));
    if (exits) add(is_short(exits->rule) ? "" : kLongRule, exits->rule, '=', exits->mean_loops);
    if (cache) add(kCache, looplab::to_text(*cache));
    if (probe) {
      add("hop=", probe->hop);
      add(probe->loop == 0 ? "input" : concat("loop=", probe->loop));
      if (probe->shuffled) add("shuffled");
    }
    if (slice) add(*slice);
    if (loops) add("loops=", *loops);
    return words;
  }
  /// The number of a word such as "q=0.5", if it is written as `to_text` writes it.
  template <class T>
  [[nodiscard]] static std::optional<T> number(std::string_view word, std::string_view prefix) {
    T value{};
    if (!word.starts_with(prefix)) return std::nullopt;
    const std::string_view digits = word.substr(prefix.size());
    const bool is_number = looplab::from_text(digits, value) && value == value &&
                           looplab::to_text(value) == digits;  // NaN is no number
    return is_number ? std::optional(value) : std::nullopt;
  }
  [[nodiscard]] static std::optional<ExitPoint> exit_point(std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == word.npos) return std::nullopt;
    std::string_view rule = word.substr(0, equals);
    const bool is_long = rule.starts_with(kLongRule);
    if (is_long) rule.remove_prefix(kLongRule.size());
    const auto mean_loops = number<Index>(word, word.substr(0, equals + 1));
    if (is_long == is_short(rule) || !mean_loops) return std::nullopt;
    return ExitPoint{std::string(rule), *mean_loops};
  }
  [[nodiscard]] static std::optional<CacheSharing> cache_sharing(std::string_view word) {
    CacheSharing sharing{};
    const bool is_sharing =
        word.starts_with(kCache) && looplab::from_text(word.substr(kCache.size()), sharing);
    return is_sharing ? std::optional(sharing) : std::nullopt;
  }
  /// Reads "hop=1 input" or "hop=1 loop=2", and "shuffled"; moves `word` past what it reads.
  [[nodiscard]] static std::optional<ProbePoint> probe_point(Words::iterator& word,
                                                             Words::iterator end) {
    if (end - word < 2) return std::nullopt;
    const auto hop = number<Index>(word[0], "hop="), loop = number<Index>(word[1], "loop=");
    if (!hop || (word[1] != "input" && loop.value_or(0) < 1)) return std::nullopt;
    word += 2;
    const bool shuffled = word != end && *word == "shuffled";
    if (shuffled) ++word;
    return ProbePoint{*hop, loop.value_or(0), shuffled};
  }
};

}  // namespace looplab::lab

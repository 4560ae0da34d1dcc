// SPDX-License-Identifier: MIT
//
// A forward pass in which every row leaves the loop when a rule says so, and then costs nothing.
//
// Rows that stay are moved together between loops: products, norms and attention run on them alone.
// A row that has left is still seen by later tokens: by the keys and values of the last loop that
// it did, in every layer. (In the full forward pass all rows of a loop are in the same loop.)
//
//   rule         a row leaves                                             threshold
//   fixed        after loop n                                             n
//   gate         after the first t with 1 - prod_{j<=t} (1 - lambda_j) >= q    q
//   difference   where |h_t - h_{t-1}|_2 < epsilon                        epsilon
//   divergence   where KL(y_t || y_{t-1}) < kappa, entropy < most_entropy kappa
//   oracle       where the likeliest token is the target                  none
//
// The oracle knows what no rule can, and is no bound: who leaves early shows later tokens less.
// h is what the head reads, y the distribution over tokens; both rules that need y pay for the head
// of every loop. After the last loop every row leaves.
// Sources: Ouro, arXiv:2510.25741, section 3.5 (gate, difference); Kohli et al. 2026,
// arXiv:2604.07822 (divergence with entropy). Tests: tests/models/adaptive_loops_test.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "looplab/autograd/recompute.hpp"
#include "looplab/kernels/exit_gate.hpp"
#include "looplab/models/key_value_cache.hpp"
#include "looplab/models/looped_transformer.hpp"

namespace looplab {

enum class ExitRule { fixed, gate, difference, divergence, oracle };
[[nodiscard]] constexpr auto enum_names(ExitRule) {
  return std::array<std::string_view, 5>{"fixed", "gate", "difference", "divergence", "oracle"};
}

struct ExitPolicy {
  ExitRule rule = ExitRule::fixed;
  double threshold = 0;
  double most_entropy = 3;  // nats, for divergence

  /// \throws ConfigError
  void validate() const {
    require<ConfigError>(rule != ExitRule::gate || (threshold >= 0 && threshold <= 1),
                         "exit rule gate: q is ", threshold, ", expected 0 ... 1");
    require<ConfigError>(rule != ExitRule::fixed || threshold >= 1, "exit rule fixed: loops is ",
                         threshold, ", expected 1 or more");
    require<ConfigError>(threshold >= 0, "exit rule ", to_text(rule), ": threshold is ", threshold,
                         ", expected 0 or more");
  }
};

/// Where every row left; valid until the next pass.
template <Real S>
struct AdaptiveResult {
  TensorView<const S> states;        // [B T, D], what the head reads
  std::span<const Index> num_loops;  // [B T], loops that the row did
};

template <Real S>
class AdaptiveLoops {
 public:
  /// `model` is kept by reference. \throws ConfigError if it has a coda, whose layers would have to
  /// see every row in every loop
  explicit AdaptiveLoops(const LoopedTransformer<S>& model) : model_(model) {
    require<ConfigError>(model.config().num_coda_layers == 0, "AdaptiveLoops: num_coda_layers is ",
                         model.config().num_coda_layers, ", expected 0");
    tape_.set_recording(false);
    head_tape_.set_recording(false);
  }

  /// At most `max_loops` loops (0: the model's). `targets` [B T], for the oracle alone; rows with
  /// `ignore` do all loops then. \throws ConfigError, ShapeError
  AdaptiveResult<S> run(const TokenWindows& windows, const ExitPolicy& policy, Index max_loops = 0,
                        std::span<const Token> targets = {}, Token ignore = -100) {
    policy.validate();
    const LoopedTransformerConfig& c = model_.config();
    const Index R = max_loops > 0 ? max_loops : c.num_loops;
    const Index N = windows.num_windows * windows.length;
    model_.require_loops(R);
    require<ConfigError>(policy.rule != ExitRule::gate || c.exit_gate,
                         "exit rule gate: this model has no exit gate (model.exit_gate)");
    require<ShapeError>(policy.rule != ExitRule::oracle || std::ssize(targets) == N,
                        "exit rule oracle: ", targets.size(), " targets for ", N, " rows");
    start(windows, R);
    const Pass<S> pass{tape_, nullptr};
    const auto attend_on = [this](Tape<S>& tape) {
      return [this, &tape](Index layer, Variable<S> qkv, kernels::ComputeType as) {
        return attend(tape, layer, qkv, as);
      };
    };
    Variable<S> e =
        model_.enter(pass, windows.tokens.data(), positions_.data(), N, attend_on(tape_));
    Variable<S> s = e;
    const TensorView<S> states = tape_.result({N, c.d_model});
    for (Index r = 0; r < R && !rows_.empty(); ++r) {
      s = recompute(tape_, std::array{s, e},
                    [&](Tape<S>& inner, const std::array<Variable<S>, 2>& x) {
                      return model_.loop({inner, nullptr}, x[0], x[1], r, R, attend_on(inner));
                    });
      const Variable<S> h = model_.read_out(pass, s, attend_on(tape_));
      leaves_.assign(rows_.size(), r + 1 == R);
      if (r + 1 < R) decide(policy, h, r, targets, ignore);
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (!leaves_[i]) continue;
        const S* row = h.data() + static_cast<Index>(i) * c.d_model;
        std::copy_n(row, c.d_model, states.data() + number_[i] * c.d_model);
        num_loops_[static_cast<std::size_t>(number_[i])] = r + 1;
      }
      std::tie(s, e) = stay(s, e, h);
    }
    return {states, num_loops_};
  }

  /// The head on rows `index` [count] of the last result: logits [count, V], valid until the next.
  TensorView<const S> logits(const AdaptiveResult<S>& result, const Index* index, Index count) {
    head_tape_.reset();
    const Pass<S> pass{head_tape_, nullptr};
    return model_
        .head(pass, gather_rows(head_tape_, head_tape_.constant(result.states), index, count))
        .value();
  }

 private:
  /// Rows of whole windows, none of which has left.
  void start(const TokenWindows& windows, Index R) {
    const Index N = windows.num_windows * windows.length;
    require<ShapeError>(std::ssize(windows.tokens) == N, "AdaptiveLoops: ", windows.tokens.size(),
                        " tokens for ", windows.num_windows, " windows of ", windows.length);
    if (!cache_ || sequences_ < windows.num_windows || capacity_ < windows.length) {
      sequences_ = windows.num_windows;
      capacity_ = windows.length;
      cache_.emplace(model_.config(), sequences_, capacity_, R, CacheSharing::last);
    }
    tape_.reset();
    const auto size = static_cast<std::size_t>(N);
    rows_.resize(size);
    number_.resize(size);
    positions_.resize(size);
    num_loops_.assign(size, 0);
    survival_.assign(size, 1);
    before_.clear();
    const bool causal = model_.config().attention_mask == AttentionMask::causal;
    Index end = 0;
    for (Index n = N - 1; n >= 0; --n) {
      const auto i = static_cast<std::size_t>(n);
      const Index t = n % windows.length;
      const Index begin = windows.documents.empty() ? 0 : windows.documents[i];
      if (t + 1 == windows.length || rows_[i + 1].begin != begin) end = t + 1;
      rows_[i] = {n / windows.length, t, begin, causal ? t + 1 : end};
      number_[i] = n;
      positions_[i] = static_cast<Token>(t - begin);
    }
  }

  Variable<S> attend(Tape<S>& tape, Index layer, Variable<S> qkv, kernels::ComputeType as) {
    const auto place = cache_->at(layer, 0);
    const auto* rotary = model_.rotary().empty() ? nullptr : &model_.rotary();
    const Scratch<S> scratch(tape, kernels::padded_capacity<S>(place.d_head) + place.capacity);
    kernels::keep_keys_and_values(place, rows_.data(), qkv.rows(), qkv.data(), rotary,
                                  scratch.data());
    const auto out = detail::make_result(tape, {qkv.rows(), place.width()}, as, [&](auto* to) {
      kernels::cached_attention(place, rows_.data(), qkv.rows(), qkv.data(), rotary, to,
                                scratch.data());
    });
    return tape.record(out, {qkv}, [](const S*) {});
  }

  /// Marks the rows that leave after loop r, by their states h.
  void decide(const ExitPolicy& policy, Variable<S> h, Index r, std::span<const Token> targets,
              Token ignore) {
    const Pass<S> pass{tape_, nullptr};
    const Index width = h.cols();
    const bool needs_logits =
        policy.rule == ExitRule::divergence || policy.rule == ExitRule::oracle;
    const Variable<S> of_head = needs_logits ? model_.head(pass, h) : Variable<S>{};
    const Variable<S> of_gate =
        policy.rule == ExitRule::gate ? model_.gate(pass, h) : Variable<S>{};
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const auto n = static_cast<Index>(i);
      switch (policy.rule) {
        case ExitRule::fixed:
          leaves_[i] = static_cast<double>(r + 1) >= policy.threshold;
          break;
        case ExitRule::gate:
          survival_[i] *= 1 - static_cast<double>(kernels::sigmoid(of_gate.data()[n]));
          leaves_[i] = 1 - survival_[i] >= policy.threshold;
          break;
        case ExitRule::difference:
          leaves_[i] = r > 0 && distance(h.data() + n * width, before_.data() + n * width, width) <
                                    policy.threshold;
          break;
        case ExitRule::divergence:
          leaves_[i] = diverges_little(policy, of_head.data() + n * of_head.cols(),
                                       before_.data() + n * of_head.cols(), of_head.cols(), r);
          break;
        case ExitRule::oracle: {
          const S* row = of_head.data() + n * of_head.cols();
          const Token target = targets[static_cast<std::size_t>(number_[i])];
          leaves_[i] =
              target != ignore && std::max_element(row, row + of_head.cols()) - row == target;
          break;
        }
      }
    }
    // What the next loop is compared with: states, or distributions.
    if (policy.rule == ExitRule::difference) before_.assign(h.data(), h.data() + h.size());
    if (policy.rule == ExitRule::divergence)
      before_.assign(of_head.data(), of_head.data() + of_head.size());
  }

  [[nodiscard]] static double distance(const S* a, const S* b, Index n) {
    double sum = 0;
    for (Index i = 0; i < n; ++i) {
      const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
      sum += d * d;
    }
    return std::sqrt(sum);
  }

  /// KL(softmax(now) || softmax(before)) and the entropy of softmax(now) against the policy.
  [[nodiscard]] static bool diverges_little(const ExitPolicy& policy, const S* now, const S* before,
                                            Index n, Index r) {
    if (r == 0) return false;
    const auto log_sum = [n](const S* x) {
      const auto largest = static_cast<double>(*std::max_element(x, x + n));
      double sum = 0;
      for (Index i = 0; i < n; ++i) sum += std::exp(static_cast<double>(x[i]) - largest);
      return largest + std::log(sum);
    };
    const double log_now = log_sum(now), log_before = log_sum(before);
    double divergence = 0, entropy = 0;
    for (Index i = 0; i < n; ++i) {
      const double log_p = static_cast<double>(now[i]) - log_now, p = std::exp(log_p);
      divergence += p * (log_p - (static_cast<double>(before[i]) - log_before));
      entropy -= p * log_p;
    }
    return divergence < policy.threshold && entropy < policy.most_entropy;
  }

  /// Moves the rows that stay together. Returns their s and e.
  std::pair<Variable<S>, Variable<S>> stay(Variable<S> s, Variable<S> e, Variable<S> h) {
    const std::size_t width = before_.empty() ? 0 : before_.size() / rows_.size();
    auto* kept = tape_.template allocate<Index>(h.rows());
    std::size_t count = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (leaves_[i]) continue;
      kept[count] = static_cast<Index>(i);
      rows_[count] = rows_[i];
      number_[count] = number_[i];
      survival_[count] = survival_[i];
      std::copy_n(before_.begin() + static_cast<Index>(i * width), width,
                  before_.begin() + static_cast<Index>(count * width));
      ++count;
    }
    const bool all = count == rows_.size();
    rows_.resize(count);
    number_.resize(count);
    survival_.resize(count);
    before_.resize(count * width);
    if (all || count == 0) return {s, e};
    const auto n = static_cast<Index>(count);
    const bool same = s == e || model_.config().input_injection == InputInjection::none;
    s = gather_rows(tape_, s, kept, n);
    return {s, same ? s : gather_rows(tape_, e, kept, n)};
  }

  const LoopedTransformer<S>& model_;
  std::optional<KeyValueCache<S>> cache_;
  Index sequences_ = 0, capacity_ = 0;
  Tape<S> tape_, head_tape_;
  std::vector<kernels::CachedRow> rows_;  // of the rows that are left, in order
  std::vector<Index> number_;             // their numbers in the windows
  std::vector<double> survival_;          // chance to have stayed so far, by the gate
  std::vector<S> before_;                 // states or logits of the loop before
  std::vector<char> leaves_;
  std::vector<Token> positions_;
  std::vector<Index> num_loops_;  // [B T]
};

}  // namespace looplab

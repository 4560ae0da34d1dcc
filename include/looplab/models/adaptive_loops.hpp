// SPDX-License-Identifier: MIT
//
// A forward pass in which every row leaves the loop when a rule says so, and then costs nothing.
//
// Rows that stay are moved together between loops: products, norms and attention run on them alone.
// A row that has left is still seen by later tokens: by the keys and values of the last loop that
// it did, in every layer. (In the full forward pass all rows of a loop are in the same loop.)
//
// When a row leaves is decided by an exit rule (models/exit_rule.hpp, models/exit_rules.hpp); after
// the last loop every row leaves. A rule that needs logits pays for the head in every loop.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "looplab/autograd/recompute.hpp"
#include "looplab/kernels/exit_gate.hpp"
#include "looplab/models/exit_rules.hpp"
#include "looplab/models/key_value_cache.hpp"
#include "looplab/models/looped_transformer.hpp"

namespace looplab {

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

  /// At most `max_loops` loops (0: the model's). Targets are for rules that need them; kIgnoreIndex
  /// is given to a rule as none. \throws ConfigError, ShapeError
  AdaptiveResult<S> run(const Windows& windows, const AnyExitRule& rule, Index max_loops = 0) {
    const LoopedTransformerConfig& c = model_.config();
    const Index R = max_loops > 0 ? max_loops : c.num_loops;
    const Index N = windows.size();
    model_.require_loops(R);
    require<ConfigError>(!rule.needs(Needs::gate) || c.exit_gate, "exit rule ", rule.name(),
                         ": this model has no exit gate (model.exit_gate)");
    require<ShapeError>(!rule.needs(Needs::target) || std::ssize(windows.targets) == N,
                        "exit rule ", rule.name(), ": ", windows.targets.size(), " targets for ", N,
                        " rows");
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
      if (r + 1 < R) decide(rule, h, r, windows.targets);
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
  void start(const Windows& windows, Index R) {
    windows.validate("AdaptiveLoops");
    const Index N = windows.size();
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
    windows.write_positions(positions_.data());
    num_loops_.assign(size, 0);
    survival_.assign(size, {});
    states_before_.clear();
    logits_before_.clear();
    const bool causal = model_.config().attention_mask == AttentionMask::causal;
    Index end = 0;
    for (Index n = N - 1; n >= 0; --n) {
      const auto i = static_cast<std::size_t>(n);
      const Index t = n % windows.length;
      const Index begin = windows.document_begin(n);
      if (t + 1 == windows.length || rows_[i + 1].begin != begin) end = t + 1;
      rows_[i] = {n / windows.length, t, begin, causal ? t + 1 : end};
      number_[i] = n;
    }
  }

  Variable<S> attend(Tape<S>& tape, Index layer, Variable<S> qkv, kernels::ComputeType as) {
    const auto cache = cache_->at(layer, 0);
    const auto* rotary = model_.rotary().empty() ? nullptr : &model_.rotary();
    const Scratch<S> scratch(tape, kernels::padded_capacity<S>(cache.d_head) + cache.capacity);
    kernels::keep_keys_and_values(cache, rows_.data(), qkv.rows(), qkv.data(), rotary,
                                  scratch.data());
    const auto out = detail::make_result(tape, {qkv.rows(), cache.width()}, as, [&](auto* to) {
      kernels::cached_attention(cache, rows_.data(), qkv.rows(), qkv.data(), rotary, to,
                                scratch.data());
    });
    return tape.record(out, {qkv}, [](const S*) {});
  }

  /// Marks the rows that leave after loop r, whose states are h [rows, D].
  void decide(const AnyExitRule& rule, Variable<S> h, Index r, std::span<const Token> targets) {
    const Pass<S> pass{tape_, nullptr};
    const bool by_state = rule.needs(Needs::state), by_logits = rule.needs(Needs::logits),
               by_gate = rule.needs(Needs::gate), by_target = rule.needs(Needs::target),
               by_previous = rule.needs(Needs::previous);
    const Variable<S> logits = by_logits ? model_.head(pass, h) : Variable<S>{};
    const Variable<S> gate = by_gate ? model_.gate(pass, h) : Variable<S>{};
    LoopRow row;
    row.loop = r + 1;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const auto n = static_cast<Index>(i);
      if (by_state) row.state = in_double(h.data() + n * h.cols(), h.cols(), 0);
      if (by_logits) row.logits = in_double(logits.data() + n * logits.cols(), logits.cols(), 1);
      if (by_previous && r > 0) {
        if (by_state) row.previous_state = in_double(states_before_.row(n), h.cols(), 2);
        if (by_logits) row.previous_logits = in_double(logits_before_.row(n), logits.cols(), 3);
      }
      if (by_gate) {
        row.exit_probability = static_cast<double>(kernels::sigmoid(gate.data()[n]));
        survival_[i].leave(row.exit_probability);
        row.exit_cdf = 1 - survival_[i].value;
      }
      if (by_target) {
        const Token target = targets[static_cast<std::size_t>(number_[i])];
        row.target = target == kIgnoreIndex ? std::nullopt : std::optional(target);
      }
      leaves_[i] = rule.leaves(row);
    }
    if (by_previous && by_state) states_before_.assign(h);
    if (by_previous && by_logits) logits_before_.assign(logits);
  }

  /// A row as a rule reads it: in double, valid until the next of the same `slot`.
  [[nodiscard]] std::span<const double> in_double(const S* row, Index width, std::size_t slot) {
    if constexpr (std::same_as<S, double>) {
      return {row, static_cast<std::size_t>(width)};
    } else {
      in_double_[slot].assign(row, row + width);
      return in_double_[slot];
    }
  }

  /// Rows of the loop before, in the order of rows_.
  struct RowsBefore {
    std::vector<S> values;
    Index width = 0;

    void clear() { values.clear(), width = 0; }
    void assign(Variable<S> x) {
      values.assign(x.data(), x.data() + x.size());
      width = x.cols();
    }
    [[nodiscard]] const S* row(Index n) const { return values.data() + n * width; }
    void move_row(std::size_t from, std::size_t to) {
      std::copy_n(row(static_cast<Index>(from)), width,
                  values.begin() + static_cast<Index>(to) * width);
    }
    void keep(std::size_t rows) { values.resize(rows * static_cast<std::size_t>(width)); }
  };

  /// Moves the rows that stay together. Returns their s and e.
  std::pair<Variable<S>, Variable<S>> stay(Variable<S> s, Variable<S> e, Variable<S> h) {
    auto* kept = tape_.template allocate<Index>(h.rows());
    std::size_t count = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (leaves_[i]) continue;
      kept[count] = static_cast<Index>(i);
      rows_[count] = rows_[i];
      number_[count] = number_[i];
      survival_[count] = survival_[i];
      states_before_.move_row(i, count);
      logits_before_.move_row(i, count);
      ++count;
    }
    const bool all = count == rows_.size();
    rows_.resize(count);
    number_.resize(count);
    survival_.resize(count);
    states_before_.keep(count);
    logits_before_.keep(count);
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
  std::vector<kernels::ExitSurvival> survival_;
  RowsBefore states_before_, logits_before_;      // empty where the rule does not need them
  std::array<std::vector<double>, 4> in_double_;  // see in_double
  std::vector<char> leaves_;
  std::vector<Token> positions_;
  std::vector<Index> num_loops_;  // [B T]
};

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// Token-by-token decoding: a looped transformer with a cache of keys and values per (loop, layer).
//
//   Decoder decoder(model, {.num_sequences = 32, .capacity = 64});
//   logits = decoder.prefill(prompts);        // [B, V] after the last token of each prompt
//   logits = decoder.step(next_tokens);       // [B, V] after one more token
//
// In a prompt every loop attends to its own keys and values, for any sharing; sharing affects the
// tokens that follow (Ouro, arXiv:2510.25741, section 5.4). With `full` sharing the logits equal
// those of `LoopedTransformer::forward` up to rounding.
// Tests: tests/models/decoder_test.cpp. Lesson: examples/130_decode.cpp.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "looplab/models/key_value_cache.hpp"
#include "looplab/models/looped_transformer.hpp"

namespace looplab {

struct DecoderConfig {
  Index num_sequences = 1;
  Index capacity = 0;   // positions; 0: the model's max_sequence_length
  Index num_loops = 0;  // 0: the model's
  CacheSharing sharing = CacheSharing::full;
};

template <Real S>
class Decoder {
 public:
  /// `model` is kept by reference; its weights must be prepared (ParameterList::prepare).
  /// \throws ConfigError
  Decoder(const LoopedTransformer<S>& model, const DecoderConfig& config)
      : model_(model),
        config_(resolved(model, config)),
        cache_(model.config(), config_.num_sequences, config_.capacity, config_.num_loops,
               config_.sharing),
        rows_(static_cast<std::size_t>(config_.num_sequences)) {
    tape_.set_recording(false);
  }

  /// Clears the cache and processes prompts [B, T] of equal length T of 1 or more. Returns the
  /// logits [B, V] after each prompt, which are valid until the next call. \throws ShapeError
  TensorView<const S> prefill(std::span<const Token> tokens) {
    const Index B = config_.num_sequences;
    require<ShapeError>(!tokens.empty() && std::ssize(tokens) % B == 0, "Decoder: prompts have ",
                        tokens.size(), " tokens, expected the same number for each of ", B,
                        " sequences");
    length_ = 0;
    return run(tokens, std::ssize(tokens) / B, config_.num_loops);
  }

  /// Processes one more token per sequence. With fewer loops than the cache has slots for, the
  /// slots of later loops get the keys and values of the last executed loop. \throws ShapeError;
  /// ConfigError if `num_loops` exceeds the slots of the cache
  TensorView<const S> step(std::span<const Token> tokens, Index num_loops = 0) {
    require<ShapeError>(std::ssize(tokens) == config_.num_sequences, "Decoder: ", tokens.size(),
                        " tokens for ", config_.num_sequences, " sequences");
    require<ConfigError>(num_loops >= 0 && num_loops <= config_.num_loops, "Decoder: ", num_loops,
                         " loops, but the cache has slots for ", config_.num_loops);
    return run(tokens, 1, num_loops > 0 ? num_loops : config_.num_loops);
  }

  /// Number of filled positions.
  [[nodiscard]] Index length() const { return length_; }
  [[nodiscard]] const DecoderConfig& config() const { return config_; }
  /// Bytes of keys and values.
  [[nodiscard]] Index cache_bytes() const { return cache_.bytes(); }

 private:
  static DecoderConfig resolved(const LoopedTransformer<S>& model, DecoderConfig c) {
    const LoopedTransformerConfig& m = model.config();
    if (c.capacity == 0) c.capacity = m.max_sequence_length;
    if (c.num_loops == 0) c.num_loops = m.num_loops;
    require<ConfigError>(c.num_sequences >= 1 && c.capacity >= 1 && c.num_loops >= 1,
                         "Decoder: num_sequences ", c.num_sequences, ", capacity ", c.capacity,
                         ", num_loops ", c.num_loops, ", expected 1 or more of each");
    require<ConfigError>(c.capacity <= m.max_sequence_length, "Decoder: capacity ", c.capacity,
                         " exceeds the model's max_sequence_length ", m.max_sequence_length);
    require<ConfigError>(m.attention_mask == AttentionMask::causal,
                         "Decoder: attention_mask is full, expected causal");
    model.require_loops(c.num_loops);
    return c;
  }

  /// Processes the next `count` positions of every sequence.
  TensorView<const S> run(std::span<const Token> tokens, Index count, Index num_loops) {
    require<ShapeError>(length_ + count <= config_.capacity, "Decoder: position ",
                        length_ + count - 1, ", but the cache has room for ", config_.capacity);
    const Index B = config_.num_sequences, N = B * count;
    tape_.reset();
    const Pass<S> pass{tape_, nullptr};
    rows_.resize(static_cast<std::size_t>(N));
    auto* positions = tape_.template allocate<Token>(N);
    for (Index n = 0; n < N; ++n) {
      const Index position = length_ + n % count;
      rows_[static_cast<std::size_t>(n)] = {n / count, position, 0, position + 1};
      positions[n] = static_cast<Token>(position);
    }
    latest_.assign(static_cast<std::size_t>(model_.config().num_block_layers), {});
    kept_ = latest_;
    loop_ = 0;
    loops_ = num_loops;
    const auto attend = [&](Index layer, Variable<S> qkv, kernels::ComputeType as) {
      return count == 1 && length_ > 0 ? attend_to_kept(layer, qkv, as)
                                       : attend_in_prompt(layer, qkv, as, count);
    };
    const Variable<S> e = model_.enter(pass, tokens.data(), positions, N, attend);
    Variable<S> s = e;
    for (loop_ = 0; loop_ < num_loops; ++loop_)
      s = model_.loop(pass, s, e, loop_, config_.num_loops, attend);
    if (length_ > 0) settle();
    auto* last = tape_.template allocate<Index>(B);  // only the last position of each needs logits
    for (Index b = 0; b < B; ++b) last[b] = (b + 1) * count - 1;
    Variable<S> state = model_.read_out(pass, s, attend);
    if (count > 1) state = gather_rows(tape_, state, last, B);
    length_ += count;
    return model_.head(pass, state).value();
  }

  /// A prompt: attention within whole windows; keys and values are stored for later tokens.
  Variable<S> attend_in_prompt(Index layer, Variable<S> qkv, kernels::ComputeType as,
                               Index length) {
    if (!cache_.in_block(layer) || config_.sharing == CacheSharing::full ||
        config_.sharing == CacheSharing::last)
      keep(layer, loop_, qkv);
    else if (config_.sharing == CacheSharing::averaged)
      keep(layer, loop_, qkv, S{1} / static_cast<S>(loops_), loop_ > 0);
    else if (loop_ == 0)
      keep(layer, loop_, qkv);
    const LoopedTransformerConfig& c = model_.config();
    return attention(tape_, qkv,
                     {config_.num_sequences, length, c.num_heads, c.d_model / c.num_heads, true,
                      nullptr, rotary()},
                     as);
  }

  /// One more token: it attends to itself as of this loop, and to the cached keys and values.
  Variable<S> attend_to_kept(Index layer, Variable<S> qkv, kernels::ComputeType as) {
    keep(layer, loop_, qkv);
    if (cache_.in_block(layer)) note(layer - model_.config().num_prelude_layers, qkv);
    const auto cache = cache_.at(layer, loop_);
    const Scratch<S> scratch(tape_, kernels::padded_capacity<S>(cache.d_head) + cache.capacity);
    const auto out = detail::make_result(tape_, {qkv.rows(), cache.width()}, as, [&](auto* to) {
      kernels::cached_attention(cache, rows_.data(), qkv.rows(), qkv.data(), rotary(), to,
                                scratch.data());
    });
    return tape_.record(out, {qkv}, [](const S*) {});
  }

  /// Stores q | k | v of a block layer: those of the latest loop, and those to cache for all loops.
  void note(Index block_layer, Variable<S> qkv) {
    const auto l = static_cast<std::size_t>(block_layer);
    latest_[l] = qkv;
    if (config_.sharing == CacheSharing::averaged && loop_ > 0)
      kept_[l] = add(tape_, *kept_[l], qkv);
    else if (loop_ == 0)
      kept_[l] = qkv;
  }

  /// After the last loop: writes what later tokens attend to into the cache.
  void settle() {
    const Index first = model_.config().num_prelude_layers;
    for (std::size_t l = 0; l < kept_.size(); ++l) {
      const Index layer = first + static_cast<Index>(l);
      if (config_.sharing == CacheSharing::full)
        for (Index r = loops_; r < config_.num_loops; ++r) keep(layer, r, *latest_[l]);
      if (config_.sharing == CacheSharing::first) keep(layer, 0, *kept_[l]);
      if (config_.sharing == CacheSharing::averaged)
        keep(layer, 0, *kept_[l], S{1} / static_cast<S>(loops_));
    }
  }

  void keep(Index layer, Index r, Variable<S> qkv, S factor = S{1}, bool add = false) {
    const auto cache = cache_.at(layer, r);
    const Scratch<S> scratch(tape_, cache.d_head);
    kernels::keep_keys_and_values(cache, rows_.data(), qkv.rows(), qkv.data(), rotary(),
                                  scratch.data(), factor, add);
  }
  [[nodiscard]] const kernels::RotaryTable<S>* rotary() const {
    return model_.rotary().empty() ? nullptr : &model_.rotary();
  }

  const LoopedTransformer<S>& model_;
  DecoderConfig config_;
  KeyValueCache<S> cache_;
  Tape<S> tape_;
  std::vector<kernels::CachedRow> rows_;
  std::vector<std::optional<Variable<S>>> latest_, kept_;  // q | k | v of the block layers
  Index length_ = 0, loop_ = 0, loops_ = 0;
};

}  // namespace looplab

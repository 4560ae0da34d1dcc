// SPDX-License-Identifier: MIT
//
// Cached keys and values of all earlier tokens, per layer; for layers of the block either per loop
// or shared by all loops.
//
//   full      one slot per loop, as in the forward pass                 R slots per block layer
//   last      all loops attend to those of the last loop                1
//   first     all loops attend to those of the first loop               1
//   averaged  all loops attend to the mean over the loops               1
//
// A token always attends to itself as of the current loop; sharing only affects how later tokens
// attend to it. Source: Ouro, arXiv:2510.25741, section 5.4 and table 14.
#pragma once

#include <array>
#include <string_view>

#include "looplab/kernels/cached_attention.hpp"
#include "looplab/models/looped_transformer_config.hpp"

namespace looplab {

enum class CacheSharing { full, last, first, averaged };
[[nodiscard]] constexpr auto enum_names(CacheSharing) {
  return std::array<std::string_view, 4>{"full", "last", "first", "averaged"};
}

template <Real S>
class KeyValueCache {
 public:
  /// For up to `capacity` positions of `num_sequences` sequences and `num_loops` loops.
  KeyValueCache(const LoopedTransformerConfig& c, Index num_sequences, Index capacity,
                Index num_loops, CacheSharing sharing)
      : prelude_layers_(c.num_prelude_layers),
        block_layers_(c.num_block_layers),
        slots_of_block_(sharing == CacheSharing::full ? num_loops : 1),
        shape_{num_sequences, c.num_heads, c.d_model / c.num_heads,
               kernels::padded_capacity<S>(capacity)},
        memory_({2 * num_slots(c.num_coda_layers) * shape_.size()}) {}

  /// The keys and values of a layer in loop r; layers are counted through prelude, block and coda.
  /// A shared block layer has one slot for all loops.
  [[nodiscard]] kernels::KeysAndValues<S> at(Index layer, Index r) {
    const Index of_block = block_layers_ * slots_of_block_;
    Index slot = layer;
    if (in_block(layer))
      slot = prelude_layers_ + (slots_of_block_ == 1 ? 0 : r) * block_layers_ + layer -
             prelude_layers_;
    else if (layer >= prelude_layers_)
      slot = layer - block_layers_ + of_block;
    kernels::KeysAndValues<S> cache = shape_;
    cache.keys = memory_.data() + 2 * slot * shape_.size();
    cache.values = cache.keys + shape_.size();
    return cache;
  }
  [[nodiscard]] bool in_block(Index layer) const {
    return layer >= prelude_layers_ && layer < prelude_layers_ + block_layers_;
  }
  [[nodiscard]] Index bytes() const { return memory_.size() * static_cast<Index>(sizeof(S)); }

 private:
  [[nodiscard]] Index num_slots(Index coda_layers) const {
    return prelude_layers_ + block_layers_ * slots_of_block_ + coda_layers;
  }

  Index prelude_layers_, block_layers_, slots_of_block_;
  kernels::KeysAndValues<S> shape_;
  Tensor<S> memory_;
};

}  // namespace looplab

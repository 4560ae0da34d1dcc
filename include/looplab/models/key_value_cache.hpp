// SPDX-License-Identifier: MIT
//
// Keys and values of the tokens so far, for every layer, and of the block for every loop or for all
// loops together.
//
//   full      every loop has its own, as in the forward pass            R slots for a block layer
//   last      those of the last loop serve all loops                    1
//   first     those of the first loop                                   1
//   averaged  the mean over the loops                                   1
//
// A token that is being computed always sees itself as its present loop has it; what is shared is
// how later tokens see it. Source: Ouro, arXiv:2510.25741, section 5.4 and table 14.
// Tests: tests/models/key_value_cache_test.cpp.
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
  /// Room for `capacity` positions of `num_sequences` sequences and `num_loops` loops.
  KeyValueCache(const LoopedTransformerConfig& c, Index num_sequences, Index capacity,
                Index num_loops, CacheSharing sharing)
      : prelude_layers_(c.num_prelude_layers),
        block_layers_(c.num_block_layers),
        slots_of_block_(sharing == CacheSharing::full ? num_loops : 1),
        shape_{num_sequences, c.num_heads, c.d_model / c.num_heads,
               kernels::padded_capacity<S>(capacity)},
        memory_({2 * num_slots(c.num_coda_layers) * shape_.size()}) {}

  /// The keys and values of a layer, counted through prelude, block and coda, in loop r. A block
  /// layer that is shared has one slot for all loops.
  [[nodiscard]] kernels::KeysAndValues<S> at(Index layer, Index r) {
    const Index of_block = block_layers_ * slots_of_block_;
    Index slot = layer;
    if (in_block(layer))
      slot = prelude_layers_ + (slots_of_block_ == 1 ? 0 : r) * block_layers_ + layer -
             prelude_layers_;
    else if (layer >= prelude_layers_)
      slot = layer - block_layers_ + of_block;
    kernels::KeysAndValues<S> place = shape_;
    place.keys = memory_.data() + 2 * slot * shape_.size();
    place.values = place.keys + shape_.size();
    return place;
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

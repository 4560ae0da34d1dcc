// SPDX-License-Identifier: MIT
#include "looplab/models/key_value_cache.hpp"

#include <set>

#include "support/catch.hpp"

using namespace looplab;

namespace {

/// A prelude layer, two layers of the block, a coda layer.
[[nodiscard]] LoopedTransformerConfig layers_of_all_kinds() {
  return {.vocab_size = 5,
          .d_model = 8,
          .num_heads = 2,
          .num_prelude_layers = 1,
          .num_block_layers = 2,
          .num_coda_layers = 1};
}

}  // namespace

TEST_CASE("every layer has a place of its own, block layers one per loop unless they share it") {
  for (const auto sharing : {CacheSharing::full, CacheSharing::last}) {
    KeyValueCache<float> cache(layers_of_all_kinds(), 3, 5, 4, sharing);
    const bool full = sharing == CacheSharing::full;
    const Index slots = full ? 2 + 2 * 4 : 2 + 2;
    std::set<const float*> places;
    for (Index layer = 0; layer < 4; ++layer)
      for (Index r = 0; r < 4; ++r) {
        const auto place = cache.at(layer, r);
        CHECK(place.d_head == 4);
        CHECK(place.capacity == kernels::padded_capacity<float>(5));
        CHECK(place.values - place.keys == place.size());
        places.insert(place.keys);
        if (!full || !cache.in_block(layer)) CHECK(place.keys == cache.at(layer, 0).keys);
      }
    CHECK(std::ssize(places) == slots);
    // Places lie side by side and none reaches into another.
    const Index step = 2 * cache.at(0, 0).size();
    const float* expected = *places.begin();
    for (const float* place : places) {
      CHECK(place == expected);
      expected += step;
    }
    CHECK(cache.bytes() == slots * step * static_cast<Index>(sizeof(float)));
  }
}

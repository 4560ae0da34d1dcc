// SPDX-License-Identifier: MIT
#include "looplab/tasks/detail/epoch_order.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("an epoch order is the permutation of each epoch, from wherever it starts") {
  for (Index size : {1, 5, 8, 50}) {
    std::vector<Index> all;
    for (Index epoch = 0; epoch < 3; ++epoch) {
      const RandomPermutation order(
          size, RandomStream(Seed{4}, "epochs", static_cast<std::uint64_t>(epoch)));
      for (Index i = 0; i < size; ++i) all.push_back(order(i));
    }
    for (Index first = 0; first < 3 * size; ++first) {
      EpochOrder order(size, Seed{4}, "epochs", first);
      for (Index i = first; i < 3 * size; ++i)
        REQUIRE(order.next() == all[static_cast<std::size_t>(i)]);
    }
  }
}

// SPDX-License-Identifier: MIT
#include "looplab/tasks/detail/split_streams.hpp"

#include <array>

#include "looplab/core/fnv1a.hpp"
#include "support/catch.hpp"

namespace looplab {

TEST_CASE("a split's stream is named after the task and the split") {
  const auto first = [](RandomStream stream) { return stream.next_u64(); };
  CHECK(first(split_stream(Seed{7}, "fruit", Split::train, 3)) ==
        first({Seed{7}, "fruit/train", 3}));
  CHECK(first(split_stream(Seed{7}, "fruit", Split::validation)) ==
        first({Seed{7}, "fruit/validation"}));
  CHECK(first(split_stream(Seed{7}, "fruit", Split::test, 3)) == first({Seed{7}, "fruit/test", 3}));
}

TEST_CASE("a data stream is that of the data's seed") {
  struct {
    Index data_seed = 5;
  } config;
  CHECK(data_stream(config, "fruit/facts", 2).next_u64() ==
        RandomStream(Seed{5}, "fruit/facts", 2).next_u64());
}

TEST_CASE("a sixteenth of all hashes each belongs to validation and test") {
  std::array<Index, 3> count{};
  for (std::uint64_t example = 0; example < 16000; ++example)
    ++count[static_cast<std::size_t>(split_of_hash(fnv1a_step(kFnv1aStart, example)))];
  CHECK(count[0] == Approx(14000).epsilon(.02));
  CHECK(count[1] == Approx(1000).epsilon(.1));
  CHECK(count[2] == Approx(1000).epsilon(.1));
}

}  // namespace looplab

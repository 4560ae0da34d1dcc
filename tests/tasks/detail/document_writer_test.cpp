// SPDX-License-Identifier: MIT
#include "looplab/tasks/detail/document_writer.hpp"

#include <array>

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("each token of a document is the target of the position before it") {
  Batch batch;
  batch.reset(1, 7);
  DocumentWriter first(batch.window(0), 0);
  first.write(5, 3);
  first.write(std::array<Token, 2>{6, 7}, 1);
  CHECK(first.end() == 3);
  DocumentWriter second(batch.window(0), first.end());
  second.write(8, kNoSlice);
  second.write(9, 0);
  CHECK(second.end() == 5);
  constexpr Token no = kIgnoreIndex;
  CHECK(batch.tokens == std::vector<Token>{5, 6, 7, 8, 9, 0, 0});
  CHECK(batch.targets == std::vector<Token>{6, 7, no, 9, no, no, no});
  CHECK(batch.slices == std::vector<Token>{1, 1, -1, 0, -1, -1, -1});
  CHECK(batch.documents == std::vector<Token>{0, 0, 0, 3, 3, 0, 0});
}

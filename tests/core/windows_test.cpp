// SPDX-License-Identifier: MIT
#include "looplab/core/windows.hpp"

#include <algorithm>
#include <array>

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

TEST_CASE("a batch hands out blank windows, and is blank again after a reset", "[windows]") {
  Batch batch;
  batch.reset(2, 3);
  CHECK(batch.size() == 6);
  for (const auto& row : {batch.window(1).tokens, batch.window(1).targets, batch.window(1).slices,
                          batch.window(1).documents})
    std::ranges::fill(row, 7);
  CHECK(batch.tokens == std::vector<Token>{0, 0, 0, 7, 7, 7});
  CHECK(batch.targets == std::vector<Token>{-100, -100, -100, 7, 7, 7});
  batch.reset(1, 4);
  CHECK(batch.tokens == std::vector<Token>(4, 0));
  CHECK(batch.targets == std::vector<Token>(4, kIgnoreIndex));
  CHECK(batch.slices == std::vector<Token>(4, kNoSlice));
  CHECK(batch.documents == std::vector<Token>(4, 0));
}

TEST_CASE("a model reads a batch where it lies", "[windows]") {
  Batch batch;
  batch.reset(2, 2);
  const Windows windows = batch;
  CHECK((windows.num_windows == 2 && windows.length == 2 && windows.size() == 4));
  CHECK(windows.tokens.data() == batch.tokens.data());
  CHECK(windows.targets.data() == batch.targets.data());
  CHECK(windows.documents.data() == batch.documents.data());
}

TEST_CASE("positions count from the begin of the document", "[windows]") {
  const std::array<Token, 8> tokens{}, documents{0, 0, 2, 2, 0, 1, 1, 1};
  std::array<Token, 8> positions{};
  const Windows packed{2, 4, tokens, documents};
  packed.write_positions(positions.data());
  CHECK(positions == std::array<Token, 8>{0, 1, 0, 1, 0, 0, 1, 2});
  CHECK(packed.document_begin(6) == 1);
  Windows{2, 4, tokens}.write_positions(positions.data());
  CHECK(positions == std::array<Token, 8>{0, 1, 2, 3, 0, 1, 2, 3});
}

TEST_CASE("windows whose parts do not fit are refused in a sentence", "[windows]") {
  const std::array<Token, 4> row{};
  const std::array<Token, 3> short_row{};
  CHECK_NOTHROW(Windows{1, 4, row}.validate("model"));
  CHECK_NOTHROW((Windows{1, 4, row, row, row}.validate("model")));
  CHECK_THROWS_WITH((Windows{2, 4, row}.validate("model")),
                    contains("model: 4 tokens for 2 windows of 4 tokens"));
  CHECK_THROWS_WITH((Windows{1, 4, row, short_row}.validate("model")),
                    contains("3 document entries for 1 windows of 4"));
  CHECK_THROWS_WITH((Windows{1, 4, row, {}, short_row}.validate("model")),
                    contains("3 targets for 1 windows of 4"));
  const std::array<Token, 4> late{0, 0, 3, 3}, other_window{0, 0, 2, 2};
  CHECK_THROWS_WITH((Windows{1, 4, row, late}.validate("model")),
                    contains("the document of position 2 begins at 3, expected 2 or"));
  CHECK_THROWS_AS((Windows{2, 2, row, other_window}.validate("model")), ShapeError);
}

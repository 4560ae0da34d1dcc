// SPDX-License-Identifier: MIT
#include "looplab/tasks/detail/question_window.hpp"

#include <array>

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("questions stand side by side, each its own document, answered at its last token") {
  Batch batch;
  batch.reset(1, 8);
  QuestionWindow window(batch.window(0));
  CHECK(window.room() == 8);
  window.write(std::array<Token, 2>{5, 6}, 1, 0);
  window.write(std::array<Token, 3>{7, 8, 9}, 2, 1);
  window.write(std::array<Token, 2>{3, 4}, 3, 0);
  CHECK(window.room() == 1);
  constexpr Token no = kIgnoreIndex;
  CHECK(batch.tokens == std::vector<Token>{5, 6, 7, 8, 9, 3, 4, 0});
  CHECK(batch.targets == std::vector<Token>{no, 1, no, no, 2, no, 3, no});
  CHECK(batch.slices == std::vector<Token>{-1, 0, -1, -1, 1, -1, 0, -1});
  CHECK(batch.documents == std::vector<Token>{0, 0, 2, 2, 2, 5, 5, 7});
}

TEST_CASE("an answer of several tokens is read up to its last, and each of them is a target") {
  Batch batch;
  batch.reset(1, 7);
  QuestionWindow window(batch.window(0));
  window.write(std::array<Token, 2>{5, 6}, std::array<Token, 3>{1, 2, 3}, 1);
  CHECK(window.room() == 3);
  window.write(std::array<Token, 1>{7}, std::array<Token, 1>{4}, 0);
  constexpr Token no = kIgnoreIndex;
  CHECK(batch.tokens == std::vector<Token>{5, 6, 1, 2, 7, 0, 0});
  CHECK(batch.targets == std::vector<Token>{no, 1, 2, 3, 4, no, no});
  CHECK(batch.slices == std::vector<Token>{-1, 1, 1, 1, 0, -1, -1});
  CHECK(batch.documents == std::vector<Token>{0, 0, 0, 0, 4, 5, 5});
}

TEST_CASE("a window can be filled to its last position, or stay blank") {
  Batch batch;
  batch.reset(1, 3);
  QuestionWindow(batch.window(0)).write(std::array<Token, 3>{1, 2, 3}, 4, 0);
  CHECK(batch.documents == std::vector<Token>{0, 0, 0});
  CHECK(batch.targets.back() == 4);
  batch.reset(1, 3);
  CHECK(QuestionWindow(batch.window(0)).room() == 3);
  CHECK(batch.documents == std::vector<Token>{0, 0, 0});
}

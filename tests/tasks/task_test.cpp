// SPDX-License-Identifier: MIT
#include "looplab/tasks/task.hpp"

#include "support/catch.hpp"

using namespace looplab;

namespace {

// Counts on: 0, 1, 2, ... from the window's index, the next number being the target.
struct Counting {
  std::string name() const { return "counting"; }
  Index vocab_size() const { return 1000; }
  Index sequence_length() const { return 3; }
  Index num_slices() const { return 1; }
  std::string slice_name(Index) const { return "next"; }
  Index num_evaluation_sequences() const { return 0; }
  void sample(Seed, Split, Index index, Window window) const {
    for (std::size_t i = 0; i < 2; ++i) {
      window.tokens[i] = static_cast<Token>(index) + static_cast<Token>(i);
      window.targets[i] = window.tokens[i] + 1;
      window.slices[i] = 0;
    }
  }
};
static_assert(Task<Counting>);

struct SampleIsNotConst : Counting {
  void sample(Seed, Split, Index, Window) {}
};
struct SampleTakesNoSplit : Counting {
  void sample(Seed, Index, Window) const {}
};
struct HasNoVocabulary {
  std::string name() const;
  Index sequence_length() const, num_slices() const, num_evaluation_sequences() const;
  std::string slice_name(Index) const;
  void sample(Seed, Split, Index, Window) const;
};
static_assert(!Task<SampleIsNotConst>);
static_assert(!Task<SampleTakesNoSplit>);
static_assert(!Task<HasNoVocabulary>);

}  // namespace

TEST_CASE("sample_batch fills the windows it is asked for and leaves the rest blank") {
  Batch batch;
  sample_batch(Counting{}, Seed{1}, Split::train, 10, 2, batch);
  CHECK(batch.num_windows == 2);
  CHECK(batch.size() == 6);
  CHECK(batch.tokens == std::vector<Token>{10, 11, 0, 11, 12, 0});
  CHECK(batch.targets == std::vector<Token>{11, 12, kIgnoreIndex, 12, 13, kIgnoreIndex});
  CHECK(batch.slices == std::vector<Token>{0, 0, kNoSlice, 0, 0, kNoSlice});
  CHECK(batch.documents == std::vector<Token>(6, 0));
}

TEST_CASE("splits have names") {
  CHECK(enum_names(Split{})[static_cast<std::size_t>(Split::validation)] == "validation");
}

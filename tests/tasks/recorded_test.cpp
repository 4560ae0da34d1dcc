// SPDX-License-Identifier: MIT
#include "looplab/tasks/recorded.hpp"

#include <set>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

/// Writes `count` windows of two positions; window i reads the tokens i, i.
std::string write_windows(const TemporaryDirectory& directory, const std::string& name, Index count,
                          Index vocab_size = 9) {
  const std::filesystem::path path = directory / name;
  WindowWriter writer(
      path, {.vocab_size = vocab_size, .length = 2, .slices = {"all"}, .slice_floors = {0.25}});
  for (Token i = 0; i < count; ++i) {
    const std::array<Token, 2> tokens{i, i}, targets{i, -100}, slices{0, -1}, documents{0, 1};
    writer.add(tokens, targets, slices, documents);
  }
  writer.commit();
  return path.string();
}

Token window(const Recorded& task, Split split, Index index, std::uint64_t seed = 1) {
  Batch batch;
  sample_batch(task, Seed{seed}, split, index, 1, batch);
  CHECK(batch.targets == std::vector<Token>{batch.tokens[0], kIgnoreIndex});
  CHECK(batch.slices == std::vector<Token>{0, kNoSlice});
  CHECK(batch.documents == std::vector<Token>{0, 1});
  return batch.tokens[0];
}

}  // namespace

TEST_CASE("recorded training windows come again in new orders, or in the file's", "[recorded]") {
  const TemporaryDirectory directory;
  const std::string path = write_windows(directory, "train.jsonl", 7);
  const Recorded in_order({.path = path, .shuffle = false}), shuffled({.path = path});
  std::vector<std::vector<Token>> epochs;
  for (Index epoch = 0; epoch < 3; ++epoch) {
    std::vector<Token> order;
    for (Index i = 0; i < 7; ++i) {
      CHECK(window(in_order, Split::train, 7 * epoch + i) == i);
      order.push_back(window(shuffled, Split::train, 7 * epoch + i));
      CHECK(window(shuffled, Split::train, 7 * epoch + i) == order.back());
    }
    epochs.push_back(order);
    CHECK(std::set<Token>(order.begin(), order.end()).size() == 7);  // each once
  }
  CHECK(epochs[0] != epochs[1]);
  CHECK(epochs[1] != epochs[2]);
  std::vector<Token> other_seed;
  for (Index i = 0; i < 7; ++i) other_seed.push_back(window(shuffled, Split::train, i, 2));
  CHECK(other_seed != epochs[0]);
}

TEST_CASE("held-out windows are those of their files, once", "[recorded]") {
  const TemporaryDirectory directory;
  const Recorded task({.path = write_windows(directory, "train.jsonl", 7),
                       .validation = write_windows(directory, "validation.jsonl", 3),
                       .test = write_windows(directory, "test.jsonl", 5)});
  CHECK(task.num_evaluation_sequences() == 3);
  CHECK(window(task, Split::validation, 2) == 2);
  CHECK(window(task, Split::test, 4, 9) == 4);
  CHECK_THROWS_WITH(window(task, Split::test, 5),
                    contains("test file has 5 windows, number 6 was asked for"));
  CHECK(task.vocab_size() == 9);
  CHECK(task.sequence_length() == 2);
  CHECK(task.num_slices() == 1);
  CHECK(task.slice_name(0) == "all");
  CHECK(task.slice_floor(0) == 0.25);
  CHECK(task.token_name(4) == "4");

  const Recorded alone({.path = task.config().path});
  CHECK(alone.num_evaluation_sequences() == 0);
  CHECK_THROWS_WITH(window(alone, Split::validation, 0),
                    contains("there is no file of validation windows"));
}

TEST_CASE("recorded files have to belong together, and stay what they were", "[recorded]") {
  const TemporaryDirectory directory;
  const std::string path = write_windows(directory, "train.jsonl", 7);
  CHECK_THROWS_WITH(Recorded({}), contains("path is empty"));
  CHECK_THROWS_AS(Recorded({.path = (directory / "none").string()}), FileError);
  CHECK_THROWS_WITH(
      Recorded({.path = path, .test = write_windows(directory, "test.jsonl", 5, 10)}),
      contains("test.jsonl has vocab_size 10") && contains("expected those of") && contains(": 9"));
  const RecordedConfig resolved = Recorded({.path = path}).config();
  CHECK(resolved.checksum.size() == 16);
  CHECK(Recorded(resolved).config().checksum == resolved.checksum);
  (void)write_windows(directory, "train.jsonl", 6);
  CHECK_THROWS_WITH(Recorded(resolved), contains("they have changed"));
}

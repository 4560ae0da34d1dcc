// SPDX-License-Identifier: MIT
// A type that is almost a task: its `sample` could not be called by several threads.
// expect: constraints not satisfied|does not satisfy
#include "looplab/tasks/task.hpp"

struct CountUp {
  [[nodiscard]] std::string name() const { return "count_up"; }
  [[nodiscard]] looplab::Index vocab_size() const { return 8; }
  [[nodiscard]] looplab::Index sequence_length() const { return 4; }
  [[nodiscard]] looplab::Index num_slices() const { return 1; }
  [[nodiscard]] std::string slice_name(looplab::Index) const { return "all"; }
  [[nodiscard]] looplab::Index num_evaluation_sequences() const { return 0; }
#ifdef WRONG
  void sample(looplab::Seed, looplab::Split, looplab::Index, looplab::Window) {}  // not const
#else
  void sample(looplab::Seed, looplab::Split, looplab::Index, looplab::Window) const {}
#endif
};

int main() {
  looplab::Batch batch;
  looplab::sample_batch(CountUp{}, looplab::Seed{1}, looplab::Split::train, 0, 2, batch);
}

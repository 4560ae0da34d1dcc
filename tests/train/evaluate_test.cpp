// SPDX-License-Identifier: MIT
#include "looplab/train/evaluate.hpp"

#include "support/small_training.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using looplab_test::check_close;
using looplab_test::contains;
using looplab_test::small_model;
using looplab_test::small_task;
using looplab_test::tolerance;

namespace {

/// A finite evaluation set in which the last position of each window is scored but is no answer.
struct FiniteTask : KHopInduction {
  FiniteTask() : KHopInduction(small_task()) {}
  [[nodiscard]] Index num_evaluation_sequences() const { return 37; }
  void sample(Seed seed, Split split, Index index, Window window) const {
    KHopInduction::sample(seed, split, index, window);
    window.slices.back() = kNoSlice;
  }
};

[[nodiscard]] Index counted(const Evaluation& evaluation) {
  Index count = 0;
  for (const SliceResult& slice : evaluation.slices) count += slice.count;
  return count;
}

/// All sums of an evaluation, for comparing bits.
[[nodiscard]] std::vector<double> all_numbers(const Evaluation& evaluation) {
  std::vector<double> numbers{evaluation.accuracy, evaluation.loss};
  const auto add = [&](const SliceResult& s) {
    numbers.insert(numbers.end(),
                   {static_cast<double>(s.count), static_cast<double>(s.correct), s.nll});
  };
  add(evaluation.total);
  for (const SliceResult& slice : evaluation.slices) add(slice);
  return numbers;
}

/// Log-softmax and argmax of the logits of each window, one window at a time, in plain loops.
[[nodiscard]] Evaluation by_hand(const LoopedTransformer<double>& model, const FiniteTask& task,
                                 const EvaluationConfig& config, Index windows) {
  Evaluation sums;
  sums.slices.resize(static_cast<std::size_t>(task.num_slices()));
  Tape<double> tape;
  Batch batch;
  for (Index w = 0; w < windows; ++w) {
    sample_batch(task, config.seed, config.split, w, 1, batch);
    tape.reset();
    const auto logits = model.forward({tape}, {1, batch.length, batch.tokens}, {config.num_loops});
    for (Index t = 0; t < batch.length; ++t) {
      const auto i = static_cast<std::size_t>(t);
      const Token target = batch.targets[i], slice = batch.slices[i];
      if (target == kIgnoreIndex || (config.loss_on == LossOn::answers && slice == kNoSlice))
        continue;
      const double* row = logits.data() + t * logits.cols();
      double sum = 0;
      for (Index v = 0; v < logits.cols(); ++v) sum += std::exp(row[v]);
      const bool correct = std::max_element(row, row + logits.cols()) - row == target;
      const double nll = std::log(sum) - row[target];
      sums.total.add(correct, nll);
      if (slice != kNoSlice) sums.slices[static_cast<std::size_t>(slice)].add(correct, nll);
    }
  }
  sums.accuracy = sums.total.accuracy();
  sums.loss = sums.total.loss();
  return sums;
}

}  // namespace

TEST_CASE("evaluate sums what forward says, window by window") {
  const FiniteTask task;
  const LoopedTransformer<double> model(small_model(task), Seed{1});
  for (const LossOn loss_on : {LossOn::all, LossOn::answers})
    for (const Index num_loops : {0, 5}) {
      EvaluationConfig config{.num_loops = num_loops, .seed = {4}, .loss_on = loss_on};
      config.chunk_tokens = 40;  // 3 windows: the last of the 13 chunks holds one
      const Evaluation result = evaluate(model, task, config);
      check_close(all_numbers(result), all_numbers(by_hand(model, task, config, 37)),
                  tolerance<double>(37 * 10));
      CHECK(result.total.count == 37 * (loss_on == LossOn::all ? 10 : 9));
      CHECK(counted(result) == 37 * 9);
      CHECK(result.slices[0].name == "k=1");
      CHECK(result.slices[1].name == "k=2");
    }
}

TEST_CASE("an evaluation has the same bits on 1, 2, 3 and 8 threads") {
  const FiniteTask task;
  const LoopedTransformer<float> model(small_model(task), Seed{1});
  const auto numbers = [&](int num_threads) {
    return all_numbers(evaluate(
        model, task, {.num_sequences = 50, .chunk_tokens = 40, .num_threads = num_threads}));
  };
  const std::vector<double> expected = numbers(1);
  for (int num_threads : {2, 3, 8, 0}) CHECK(numbers(num_threads) == expected);
}

TEST_CASE("loops, split and seed are the caller's choice; the model is not changed") {
  const FiniteTask task;
  const LoopedTransformer<float> model(small_model(task), Seed{1});
  const auto before = looplab_test::parameter_values(model);
  const auto loss = [&](const EvaluationConfig& config) {
    return evaluate(model, task, config).loss;
  };
  const double standard = loss({});
  CHECK(loss({}) == standard);
  CHECK(loss({.num_loops = 2}) == standard);  // the model's
  CHECK(loss({.num_loops = 3}) != standard);
  CHECK(loss({.split = Split::test}) != standard);
  CHECK(loss({.seed = {9}}) != standard);
  CHECK(looplab_test::parameter_values(model) == before);
}

TEST_CASE("an endless evaluation set needs a number of windows") {
  const KHopInduction task = small_task();
  const LoopedTransformer<float> model(small_model(task), Seed{1});
  CHECK_THROWS_AS(evaluate(model, task), ConfigError);
  CHECK_THROWS_WITH(evaluate(model, task),
                    contains("num_sequences is 0, expected 1 or more") &&
                        contains("evaluation set of k_hop_induction is endless"));
  CHECK(evaluate(model, task, {.num_sequences = 1}).total.count == 10);
  CHECK_THROWS_AS(evaluate(model, task, {.num_sequences = -1}), ConfigError);
  CHECK_THROWS_AS(evaluate(model, task, {.num_sequences = 1, .num_threads = -1}), ConfigError);
}

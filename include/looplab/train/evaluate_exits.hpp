// SPDX-License-Identifier: MIT
//
// What leaving the loop early costs and saves: accuracy and loss against loops and time.
//
// Windows, chunks and scored positions are those of `evaluate`. Loops are counted over the scored
// rows and over all rows; time is that of the forward pass and the head on the scored rows, of one
// thread, in a first pass that is not counted and the median of `repeats` more.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "looplab/models/adaptive_loops.hpp"
#include "looplab/train/evaluate.hpp"

namespace looplab {

/// Sums over the scored positions of one kind of answer, and the loops that they did.
struct ExitSlice {
  SliceResult answers;
  Index loops = 0;

  [[nodiscard]] double mean_loops() const {
    return answers.count == 0 ? 0 : static_cast<double>(loops) / static_cast<double>(answers.count);
  }
};

struct ExitEvaluation {
  std::string rule;               // its name
  double threshold = 0;           // 0 for a rule without
  ExitSlice total;                // all scored positions
  std::vector<ExitSlice> slices;  // those that belong to a slice
  std::vector<Index> rows_left;   // of all rows, how many did exactly 1, 2, ... loops
  double seconds = 0;             // of all windows

  [[nodiscard]] double mean_loops_of_all() const {
    double loops = 0, rows = 0;
    for (std::size_t r = 0; r < rows_left.size(); ++r) {
      loops += static_cast<double>(rows_left[r] * static_cast<Index>(r + 1));
      rows += static_cast<double>(rows_left[r]);
    }
    return rows == 0 ? 0 : loops / rows;
  }
};

/// \throws as evaluate and AdaptiveLoops; Interrupted
template <Real S, Task T>
[[nodiscard]] ExitEvaluation evaluate_exits(const LoopedTransformer<S>& model, const T& task,
                                            const AnyExitRule& rule,
                                            const EvaluationConfig& config = {},
                                            Index repeats = 0) {
  using Clock = std::chrono::steady_clock;
  const Index windows = num_evaluation_windows(task, config);
  const Index per_chunk = windows_per_chunk(config.chunk_tokens, task.sequence_length());
  const Index loops = config.num_loops > 0 ? config.num_loops : model.config().num_loops;
  ExitEvaluation all;
  all.rule = rule.name();
  all.threshold = rule.threshold();
  all.total.answers.name = "all";
  for (Index s = 0; s < task.num_slices(); ++s)
    all.slices.emplace_back().answers.name = task.slice_name(s);
  all.rows_left.assign(static_cast<std::size_t>(loops), 0);

  AdaptiveLoops<S> adaptive(model);
  Batch batch;
  std::vector<Index> rows;
  std::vector<double> seconds(static_cast<std::size_t>(repeats), 0);
  for (Index first = 0; first < windows; first += per_chunk) {
    sample_batch(task, config.seed, config.split, first, std::min(per_chunk, windows - first),
                 batch);
    rows.clear();
    keep_scored_targets(batch, config.loss_on);
    for (Index n = 0; n < batch.size(); ++n)
      if (batch.targets[static_cast<std::size_t>(n)] != kIgnoreIndex) rows.push_back(n);
    const auto forward = [&] {
      throw_if_interrupted();
      const auto result = adaptive.run(batch, rule, loops);
      return std::pair{result, adaptive.logits(result, rows.data(), std::ssize(rows))};
    };
    const auto [result, logits] = forward();
    for (Index did : result.num_loops) ++all.rows_left[static_cast<std::size_t>(did - 1)];
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto at = static_cast<std::size_t>(rows[i]);
      S loss{};
      Token predicted{};
      kernels::softmax_cross_entropy(logits.data() + static_cast<Index>(i) * logits.cols(),
                                     &batch.targets[at], 1, logits.cols(), S{0}, kIgnoreIndex,
                                     &loss, static_cast<S*>(nullptr), &predicted);
      const auto note = [&](ExitSlice& slice) {
        slice.answers.add(predicted == batch.targets[at], static_cast<double>(loss));
        slice.loops += result.num_loops[at];
      };
      note(all.total);
      if (batch.slices[at] != kNoSlice)
        note(all.slices[static_cast<std::size_t>(batch.slices[at])]);
    }
    for (double& sum : seconds) {
      const auto start = Clock::now();
      (void)forward();
      sum += std::chrono::duration<double>(Clock::now() - start).count();
    }
  }
  if (repeats > 0) {
    const auto middle = seconds.begin() + repeats / 2;
    std::ranges::nth_element(seconds, middle);
    all.seconds = *middle;
  }
  return all;
}

}  // namespace looplab

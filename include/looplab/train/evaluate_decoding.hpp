// SPDX-License-Identifier: MIT
//
// Accuracy of whole answers that a model generates token by token, from a cache of keys and values.
//
//   tokens     r7  r5  r2  a1  a2   ?  d1     an answer is a run of positions of one slice within a
//   targets    r5  r2  a1  a2   ?  d1  d2     document; its prompt is the document up to the first
//   slices      .   .   .   .   .   2   2     of them, here r7 ... ?
//
// Answers are generated greedily and are right if all of their tokens are. With a cache per loop
// (`CacheSharing::full`) these are the answers all of whose tokens are predicted in the forward pass
// over the window, up to rounding. The first token of an answer comes from the prompt, which no
// sharing affects: sharing shows in answers of two tokens and more.
#pragma once

#include <algorithm>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "looplab/models/generate.hpp"
#include "looplab/train/evaluate.hpp"

namespace looplab {

namespace detail {

/// The answer at positions first ... first + count - 1 of a batch; its document begins at `begin`.
struct AnswerRun {
  Index begin, first, count;
  Token slice;
};

[[nodiscard]] inline std::vector<AnswerRun> answer_runs(const Batch& batch) {
  std::vector<AnswerRun> runs;
  for (Index n = 0; n < batch.size(); ++n) {
    const auto at = static_cast<std::size_t>(n);
    const Token slice = batch.slices[at];
    if (slice == kNoSlice) continue;
    const Index begin = n - n % batch.length + batch.documents[at];
    const bool continues = !runs.empty() && runs.back().begin == begin &&
                           runs.back().slice == slice && runs.back().first + runs.back().count == n;
    if (continues)
      ++runs.back().count;
    else
      runs.push_back({begin, n, 1, slice});
  }
  return runs;
}

/// For each answer, whether it is generated from its prompt. All prompts have the same length, and so
/// have all answers.
template <Real S>
[[nodiscard]] std::vector<bool> generated(const LoopedTransformer<S>& model, const Batch& batch,
                                          std::span<const AnswerRun> runs, DecoderConfig config) {
  const Index length = runs[0].first - runs[0].begin + 1, count = runs[0].count;
  std::vector<Token> prompts;
  for (const AnswerRun& run : runs)
    prompts.insert(prompts.end(), batch.tokens.begin() + run.begin,
                   batch.tokens.begin() + run.begin + length);
  config.num_sequences = std::ssize(runs);
  config.capacity = length + count - 1;
  Decoder<S> decoder(model, config);
  const std::vector<Token> answers = generate(decoder, prompts, count);
  std::vector<bool> right;
  for (const AnswerRun& run : runs)
    right.push_back(std::equal(batch.targets.begin() + run.first,
                               batch.targets.begin() + run.first + count,
                               answers.begin() + std::ssize(right) * count));
  return right;
}

}  // namespace detail

/// Number and number of right answers of each slice, over the windows of `config`; losses are 0, and
/// `loss_on` and `chunk_tokens` are not read. One thread.
/// \throws as Decoder; as num_evaluation_windows; Interrupted
template <Real S, Task T>
[[nodiscard]] std::vector<SliceResult> evaluate_decoding(const LoopedTransformer<S>& model,
                                                         const T& task, CacheSharing sharing,
                                                         const EvaluationConfig& config = {}) {
  constexpr Index kTogether = 64;  // sequences of one decoder
  Batch batch;
  sample_batch(task, config.seed, config.split, 0, num_evaluation_windows(task, config), batch);
  std::map<std::pair<Index, Index>, std::vector<detail::AnswerRun>> by_lengths;
  for (const detail::AnswerRun& run : detail::answer_runs(batch))
    by_lengths[{run.first - run.begin, run.count}].push_back(run);

  std::vector<SliceResult> slices(static_cast<std::size_t>(task.num_slices()));
  for (std::size_t s = 0; s < slices.size(); ++s)
    slices[s].name = task.slice_name(static_cast<Index>(s));
  for (const auto& [lengths, runs] : by_lengths)
    for (auto left = std::span(runs); !left.empty();) {
      throw_if_interrupted();
      const auto now = left.first(std::min<std::size_t>(left.size(), kTogether));
      const std::vector<bool> right =
          detail::generated(model, batch, now, {.num_loops = config.num_loops, .sharing = sharing});
      for (std::size_t i = 0; i < now.size(); ++i)
        slices[static_cast<std::size_t>(now[i].slice)].add(right[i], 0);
      left = left.subspan(now.size());
    }
  return slices;
}

}  // namespace looplab

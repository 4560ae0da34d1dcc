// SPDX-License-Identifier: MIT
#include "looplab/train/scored_windows.hpp"

#include "support/scored_chunk.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using looplab_test::check_close;
using looplab_test::LossAndGradients;
using looplab_test::small_model;
using looplab_test::small_task;
using looplab_test::ThinnedTask;
using looplab_test::tolerance;

namespace {

const auto kLast = [](const auto& windows) { return windows.loss(windows.last_state()).loss; };
const auto kRows = [](const auto& windows) {
  return sum(windows.tape(), windows.row_losses(windows.scored_rows(windows.last_state())));
};

/// The same from forward() over all positions, targets being ignored where they are not scored.
template <Task T>
[[nodiscard]] LossAndGradients by_forward(const LoopedTransformer<double>& model, Index flat_size,
                                          const T& task, const ChunkRequest& request) {
  Batch batch;
  sample_batch(task, request.seed, request.split, request.first, request.count, batch);
  for (std::size_t i = 0; i < batch.targets.size(); ++i)
    if (request.loss_on == LossOn::answers && batch.slices[i] == kNoSlice)
      batch.targets[i] = kIgnoreIndex;
  Tape<double> tape;
  LossAndGradients result{0, Tensor<double>({flat_size})};
  const auto logits =
      model.forward({tape, result.gradients.data()}, batch, request.scoring.loops);
  const auto scores = cross_entropy(tape, logits, batch.targets.data(), kIgnoreIndex,
                                    request.scoring.label_smoothing);
  result.loss = scores.loss.data()[0];
  tape.backward(scores.loss);
  return result;
}

}  // namespace

TEST_CASE("scoring some rows gives the loss and gradients of scoring them among all rows") {
  for (const auto& [stride, first] :
       {std::pair<Index, Index>{1, 0}, {1, 1}, {2, 1}, {5, 3}, {9, 8}})
    for (const LossOn loss_on : {LossOn::all, LossOn::answers}) {
      const ThinnedTask task(stride, first);
      LoopedTransformer<double> model(small_model(task), Seed{1});
      const ParameterList<double> parameters(model);
      const ChunkRequest request{.seed = {3},
                                 .first = 20,
                                 .count = 5,
                                 .loss_on = loss_on,
                                 .scoring = {.loops = {.num_loops = 3}, .label_smoothing = 0.1}};
      const Index size = parameters.flat_size();
      const LossAndGradients all = by_forward(model, size, task, request);
      CHECK(all.loss > 0);
      INFO("stride " << stride << ", answers only " << (loss_on == LossOn::answers));
      for (const LossAndGradients& some :
           {looplab_test::on_chunk(kLast, model, size, task, request),
            looplab_test::on_chunk(kRows, model, size, task, request)}) {
        check_close(std::vector{some.loss}, std::vector{all.loss}, tolerance<double>(55));
        check_close(some.gradients, all.gradients, tolerance<double>(55), 10);
      }
    }
}

TEST_CASE("each row of a loss has its position and target, gathered or not") {
  ChunkWorkspace<float> workspace;
  const auto num_rows = [&](const ThinnedTask& task) {
    LoopedTransformer<float> model(small_model(task), Seed{1});
    const auto windows = draw_chunk(model, task, {.seed = {3}, .count = 2}, nullptr, workspace);
    const auto scores = windows.loss(windows.last_state());
    const auto targets = windows.loss_targets();
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const auto at = static_cast<std::size_t>(windows.position(static_cast<Index>(i)));
      if (targets[i] == kIgnoreIndex)
        CHECK(scores.row_loss[i] == 0);
      else
        CHECK(targets[i] == workspace.batch.targets[at]);
    }
    return std::pair(windows.num_rows(), std::ssize(targets));
  };
  CHECK(num_rows(ThinnedTask(1)) == std::pair<Index, std::ptrdiff_t>(20, 22));  // not gathered
  CHECK(num_rows(ThinnedTask(4)) == std::pair<Index, std::ptrdiff_t>(6, 6));
}

TEST_CASE("the head sees the scored rows alone, unless nearly all are scored") {
  struct HeadRows : LoopedTransformer<float> {
    using LoopedTransformer<float>::LoopedTransformer;
    mutable Index rows = 0;
    [[nodiscard]] Variable<float> head(const Pass<float>& pass, Variable<float> state) const {
      rows = state.rows();
      return LoopedTransformer<float>::head(pass, state);
    }
  } model(small_model(small_task()), Seed{1});
  ChunkWorkspace<float> workspace;
  for (const auto& [stride, rows] : {std::pair<Index, Index>{1, 55}, {2, 25}, {5, 10}, {9, 10}}) {
    const auto windows =
        draw_chunk(model, ThinnedTask(stride), {.seed = {3}, .count = 5}, nullptr, workspace);
    const Index scored = stride == 1 ? 50 : rows;  // 5 windows of 11; position 0 is not scored
    CHECK(windows.num_rows() == scored);
    (void)windows.loss(windows.last_state());
    CHECK(model.rows == rows);
    (void)windows.row_losses(windows.scored_rows(windows.last_state()));
    CHECK(model.rows == scored);
  }
}

TEST_CASE("windows without any scored position have no loss") {
  const ThinnedTask task(100, 50);
  LoopedTransformer<float> model(small_model(task), Seed{1});
  const ParameterList<float> parameters(model);
  Tensor<float> gradients({parameters.flat_size()});
  ChunkWorkspace<float> workspace;
  const auto windows =
      draw_chunk(model, task, {.seed = {3}, .count = 2}, gradients.data(), workspace);
  CHECK(windows.num_rows() == 0);
  CHECK(windows.loss(windows.last_state()).loss.data()[0] == 0);
}

TEST_CASE("states are visited after every loop, as many as are asked for") {
  const ThinnedTask task(2);
  LoopedTransformer<double> model(small_model(task), Seed{1});
  ChunkWorkspace<double> workspace;
  const auto loss_after = [&](Index loops) {
    const auto windows = draw_chunk(
        model, task, {.seed = {3}, .scoring = {.loops = {.num_loops = loops}}}, nullptr, workspace);
    return windows.loss(windows.last_state()).loss.data()[0];
  };
  const std::vector<double> expected{loss_after(1), loss_after(2), loss_after(3)};
  const auto windows = draw_chunk(
      model, task, {.seed = {3}, .scoring = {.loops = {.num_loops = 3}}}, nullptr, workspace);
  std::vector<double> losses;
  windows.for_each_loop([&](Index r, auto state) {
    CHECK(r == std::ssize(losses));
    losses.push_back(windows.loss(state).loss.data()[0]);
  });
  CHECK(losses == expected);
}

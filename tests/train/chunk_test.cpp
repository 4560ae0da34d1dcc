// SPDX-License-Identifier: MIT
#include "looplab/train/chunk.hpp"

#include "support/scored_chunk.hpp"

using namespace looplab;
using looplab_test::small_model;
using looplab_test::ThinnedTask;

TEST_CASE("rows and targets are the scored positions of the windows asked for") {
  LoopedTransformer<float> model(small_model(looplab_test::small_task()), Seed{1});
  ChunkWorkspace<float> workspace;
  const auto rows = [&](const ThinnedTask& task, LossOn loss_on) {
    const ChunkRequest request{.seed = {3}, .first = 4, .count = 2, .loss_on = loss_on};
    (void)draw_chunk(model, task, request, nullptr, workspace);
    Batch expected;
    sample_batch(task, Seed{3}, Split::train, 4, 2, expected);
    CHECK(workspace.batch.tokens == expected.tokens);
    for (std::size_t i = 0; i < workspace.rows.size(); ++i)
      CHECK(workspace.row_targets[i] ==
            expected.targets[static_cast<std::size_t>(workspace.rows[i])]);
    for (Index n = 0; n < expected.size(); ++n) {
      const bool scored = std::ranges::binary_search(workspace.rows, n);
      CHECK(scored == is_scored(expected, n, loss_on));
      const auto at = static_cast<std::size_t>(n);
      CHECK(workspace.all_targets[at] == (scored ? expected.targets[at] : kIgnoreIndex));
    }
    return workspace.rows;
  };
  CHECK(rows(ThinnedTask(1), LossOn::all).size() == 20);
  CHECK(rows(ThinnedTask(4), LossOn::all) == std::vector<Index>{1, 5, 9, 12, 16, 20});
  CHECK(rows(ThinnedTask(4), LossOn::answers) == std::vector<Index>{1, 9, 12, 20});
}

TEST_CASE("gradients are recorded only if they are wanted") {
  const ThinnedTask task(2);
  LoopedTransformer<float> model(small_model(task), Seed{1});
  const ParameterList<float> parameters(model);
  Tensor<float> gradients({parameters.flat_size()});
  ChunkWorkspace<float> workspace;
  (void)draw_chunk(model, task, {.seed = {3}}, nullptr, workspace);
  CHECK_FALSE(workspace.tape.recording());
  (void)draw_chunk(model, task, {.seed = {3}}, gradients.data(), workspace);
  CHECK(workspace.tape.recording());
}

TEST_CASE("a workspace used again gives what a new one gives") {
  const ThinnedTask task(3);
  LoopedTransformer<float> model(small_model(task), Seed{1});
  const auto loss = [&](ChunkWorkspace<float>& workspace, Index first, Index count) {
    const auto windows =
        draw_chunk(model, task, {.seed = {3}, .first = first, .count = count}, nullptr, workspace);
    return windows.loss(windows.last_state()).loss.data()[0];
  };
  ChunkWorkspace<float> used, fresh;
  CHECK(loss(used, 0, 9) != loss(used, 40, 3));
  CHECK(loss(used, 40, 3) == loss(fresh, 40, 3));
}

TEST_CASE("training scores as its configuration asks") {
  const ChunkRequest request = training_chunk(
      {.loss_on = LossOn::answers, .label_smoothing = 0.1, .num_loops = 3, .seed = 7}, 20, 5);
  CHECK(request.seed.value == 7);
  CHECK(request.first == 20);
  CHECK(request.count == 5);
  CHECK(request.loss_on == LossOn::answers);
  CHECK(request.scoring.label_smoothing == 0.1);
  CHECK(request.scoring.loops.num_loops == 3);
}

TEST_CASE("a chunk holds whole windows, at least one") {
  CHECK(windows_per_chunk(256, 32) == 8);
  CHECK(windows_per_chunk(256, 100) == 2);
  CHECK(windows_per_chunk(256, 257) == 1);
}

// SPDX-License-Identifier: MIT
#include "looplab/train/chunk.hpp"

#include "support/small_training.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using looplab_test::check_close;
using looplab_test::small_model;
using looplab_test::small_task;
using looplab_test::tolerance;

namespace {

/// k-hop induction of which only every `stride`-th position is scored, from position `first` on;
/// every other scored position belongs to no slice.
struct ThinnedTask : KHopInduction {
  Index stride = 1, first = 1;

  ThinnedTask(Index every, Index from = 1)
      : KHopInduction(small_task()), stride(every), first(from) {}
  void sample(Seed seed, Split split, Index index, Sequence sequence) const {
    KHopInduction::sample(seed, split, index, sequence);
    for (Index t = 0; t < sequence_length(); ++t) {
      const auto i = static_cast<std::size_t>(t);
      if (t < first || (t - first) % stride != 0) sequence.targets[i] = kIgnoreIndex;
      if (sequence.targets[i] == kIgnoreIndex || (t - first) / stride % 2 == 1)
        sequence.slices[i] = kNoSlice;
    }
  }
};
static_assert(Task<ThinnedTask>);

/// A model that offers no more than TokenModel asks for.
struct LastOnly {
  using Scalar = double;
  const LoopedTransformer<double>* model;
  [[nodiscard]] auto hidden(const Pass<double>& pass, const TokenWindows& windows,
                            LoopChoice loops) const {
    return model->hidden(pass, windows, loops);
  }
  [[nodiscard]] auto head(const Pass<double>& pass, Variable<double> state) const {
    return model->head(pass, state);
  }
  static void for_each_parameter(auto&, const std::string&, auto&&) {}
};
static_assert(TokenModel<LastOnly> && !PerLoopModel<LastOnly>);

struct Result {
  double loss;
  Tensor<double> gradients;
};

/// forward_chunk and its gradient.
template <Task T>
[[nodiscard]] Result by_chunk(const LoopedTransformer<double>& model, Index flat_size,
                              const T& task, const ChunkRequest& request) {
  ChunkWorkspace<double> workspace;
  Result result{0, Tensor<double>({flat_size})};
  const auto scores = forward_chunk(model, task, request, result.gradients.data(), workspace);
  result.loss = scores.loss.data()[0];
  workspace.tape.backward(scores.loss);
  return result;
}

/// The same from forward() over all positions, targets being ignored where they are not scored.
template <Task T>
[[nodiscard]] Result by_forward(const LoopedTransformer<double>& model, Index flat_size,
                                const T& task, const ChunkRequest& request) {
  Batch batch;
  sample_batch(task, request.seed, request.split, request.first, request.count, batch);
  for (std::size_t i = 0; i < batch.targets.size(); ++i)
    if (request.loss_on == LossOn::answers && batch.slices[i] == kNoSlice)
      batch.targets[i] = kIgnoreIndex;
  Tape<double> tape;
  Result result{0, Tensor<double>({flat_size})};
  const auto logits = model.forward(
      {tape, result.gradients.data()},
      {batch.num_sequences, batch.sequence_length, batch.tokens, batch.documents}, request.loops);
  const auto scores =
      cross_entropy(tape, logits, batch.targets.data(), kIgnoreIndex, request.label_smoothing);
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
                                 .label_smoothing = 0.1,
                                 .loops = {.num_loops = 3}};
      const Result chunk = by_chunk(model, parameters.flat_size(), task, request);
      const Result all = by_forward(model, parameters.flat_size(), task, request);
      INFO("stride " << stride << ", answers only " << (loss_on == LossOn::answers));
      check_close(std::vector{chunk.loss}, std::vector{all.loss}, tolerance<double>(55));
      check_close(chunk.gradients, all.gradients, tolerance<double>(55), 10);
      CHECK(all.loss > 0);
    }
}

TEST_CASE("rows and positions name what was scored, gathered or not") {
  ChunkWorkspace<float> workspace;
  const auto run = [&](const ThinnedTask& task, LossOn loss_on) {
    LoopedTransformer<float> model(small_model(task), Seed{1});
    const auto scores = forward_chunk(model, task, {.seed = {3}, .count = 2, .loss_on = loss_on},
                                      nullptr, workspace);
    CHECK(workspace.position.size() == workspace.targets.size());
    for (std::size_t i = 0; i < workspace.targets.size(); ++i) {
      const auto at = static_cast<std::size_t>(workspace.position[i]);
      if (workspace.targets[i] == kIgnoreIndex)
        CHECK(scores.row_loss[i] == 0);
      else
        CHECK(workspace.targets[i] == workspace.batch.targets[at]);
    }
    return workspace.rows;
  };
  CHECK(run(ThinnedTask(1), LossOn::all).size() == 20);  // 10 of 11 positions: not gathered
  CHECK(workspace.targets.size() == 22);
  CHECK(run(ThinnedTask(4), LossOn::all) == std::vector<Index>{1, 5, 9, 12, 16, 20});
  CHECK(workspace.targets.size() == 6);
  CHECK(run(ThinnedTask(4), LossOn::answers) == std::vector<Index>{1, 9, 12, 20});
  CHECK(num_scored(workspace) == 4);
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
    (void)forward_chunk(model, ThinnedTask(stride), {.seed = {3}, .count = 5}, nullptr, workspace);
    CHECK(model.rows == rows);  // 5 windows of 11; position 0 is not scored
    CHECK(num_scored(workspace) == (stride == 1 ? 50 : rows));
  }
}

TEST_CASE("a chunk without any scored position has no loss") {
  const ThinnedTask task(100, 50);
  LoopedTransformer<float> model(small_model(task), Seed{1});
  const ParameterList<float> parameters(model);
  Tensor<float> gradients({parameters.flat_size()});
  ChunkWorkspace<float> workspace;
  const auto scores =
      forward_chunk(model, task, {.seed = {3}, .count = 2}, gradients.data(), workspace);
  CHECK(num_scored(workspace) == 0);
  CHECK(scores.loss.data()[0] == 0);
}

TEST_CASE("a workspace used again gives what a new one gives") {
  const ThinnedTask task(3);
  LoopedTransformer<float> model(small_model(task), Seed{1});
  const auto loss = [&](ChunkWorkspace<float>& workspace, Index first, Index count) {
    const ChunkRequest request{.seed = {3}, .first = first, .count = count};
    return forward_chunk(model, task, request, nullptr, workspace).loss.data()[0];
  };
  ChunkWorkspace<float> used, fresh;
  CHECK(loss(used, 0, 9) != loss(used, 40, 3));
  CHECK(loss(used, 40, 3) == loss(fresh, 40, 3));
}

TEST_CASE("a chunk holds whole windows, at least one") {
  CHECK(windows_per_chunk(256, 32) == 8);
  CHECK(windows_per_chunk(256, 100) == 2);
  CHECK(windows_per_chunk(256, 257) == 1);
}

TEST_CASE("the loss of every loop is the mean of the losses after 1, 2, ... loops") {
  const ThinnedTask task(2);
  for (const Index coda : {0, 1}) {
    auto config = small_model(task);
    config.num_loops = 3;
    config.num_coda_layers = coda;
    LoopedTransformer<double> model(config, Seed{1});
    const ParameterList<double> parameters(model);
    const Index size = parameters.flat_size();
    ChunkRequest request{.seed = Seed{2}, .count = 3};
    Result mean{0, Tensor<double>({size})};
    for (Index loops = 1; loops <= 3; ++loops) {
      request.loops.num_loops = loops;
      const Result one = by_chunk(model, size, task, request);
      mean.loss += one.loss / 3;
      for (Index i = 0; i < size; ++i) mean.gradients.data()[i] += one.gradients.data()[i] / 3;
    }
    request.loops.num_loops = 3;
    const Result last = by_chunk(model, size, task, request);
    request.loss_per_loop = LossPerLoop::every;
    const Result every = by_chunk(model, size, task, request);
    CHECK(every.loss == Approx(mean.loss).epsilon(1e-12));
    CHECK(std::abs(every.loss - last.loss) > 1e-6);
    check_close(every.gradients, mean.gradients, tolerance<double>(55), 10);
  }
}

TEST_CASE("a model that cannot be scored after every loop says so") {
  const ThinnedTask task(1);
  const LoopedTransformer<double> model(small_model(task), Seed{1});
  ChunkWorkspace<double> workspace;
  CHECK_THROWS_WITH(
      forward_chunk(LastOnly{&model}, task, {.seed = Seed{1}, .loss_per_loop = LossPerLoop::every},
                    nullptr, workspace),
      looplab_test::contains("loss_per_loop is every, but this model has no hidden_per_loop"));
}

TEST_CASE("the loss of every loop can be weighted, and weights have to fit the loops") {
  const ThinnedTask task(2);
  LoopedTransformer<double> model(small_model(task), Seed{1});
  const ParameterList<double> parameters(model);
  const Index size = parameters.flat_size();
  const auto result = [&](LossPerLoop per_loop, Index loops, std::vector<Index> weights = {}) {
    return by_chunk(model, size, task,
                    {.seed = Seed{2},
                     .count = 3,
                     .loss_per_loop = per_loop,
                     .loops = {.num_loops = loops},
                     .loop_weights = weights});
  };
  const Result one = result(LossPerLoop::last, 1), two = result(LossPerLoop::last, 2),
               weighted = result(LossPerLoop::every, 2, {1, 3});
  CHECK(weighted.loss == Approx(0.25 * one.loss + 0.75 * two.loss).epsilon(1e-12));
  Tensor<double> gradients({size});
  for (Index i = 0; i < size; ++i)
    gradients.data()[i] = 0.25 * one.gradients.data()[i] + 0.75 * two.gradients.data()[i];
  check_close(weighted.gradients, gradients, tolerance<double>(55), 10);
  CHECK(result(LossPerLoop::every, 2, {0, 1}).loss == two.loss);
  for (const Index loops : {1, 3})
    CHECK_THROWS_WITH(result(LossPerLoop::every, loops, {1, 3}),
                      looplab_test::contains(concat("loop_weights has 2 numbers, expected one for "
                                                    "each of ",
                                                    loops, " loops")));
}

namespace {

/// A model with an exit gate whose weights are not small.
struct GatedModelScene {
  ThinnedTask task{2};
  LoopedTransformer<double> model;
  ParameterList<double> parameters;
  GateConfig gate{.beta = 0.2, .slope = 3, .threshold = 0.01};

  static LoopedTransformerConfig config(const ThinnedTask& task) {
    auto c = small_model(task);
    c.num_loops = 3;
    c.exit_gate = true;
    c.init_std = 0.5;
    return c;
  }
  GatedModelScene() : model(config(task), Seed{1}), parameters(model) {}

  [[nodiscard]] ChunkRequest request(bool gate_alone) const {
    return {.seed = Seed{2},
            .count = 3,
            .loss_per_loop = LossPerLoop::gate,
            .gate = &gate,
            .gate_alone = gate_alone};
  }
  /// Losses and gate logits of all scored rows, loop by loop, by `forward` and `gate`.
  void for_each_loop(auto&& visit) const {
    Batch batch;
    sample_batch(task, Seed{2}, Split::train, 0, 3, batch);
    const TokenWindows windows{batch.num_sequences, batch.sequence_length, batch.tokens,
                               batch.documents};
    for (Index loops = 1; loops <= 3; ++loops) {
      Tape<double> tape;
      const Pass<double> pass{tape, nullptr};
      const auto state = model.hidden(pass, windows, {.num_loops = loops});
      const auto scores =
          cross_entropy(tape, model.head(pass, state), batch.targets.data(), kIgnoreIndex);
      const auto z = model.gate(pass, state);
      std::vector<double> loss, logit;
      for (std::size_t i = 0; i < batch.targets.size(); ++i) {
        if (batch.targets[i] == kIgnoreIndex) continue;
        loss.push_back(scores.row_loss[i]);
        logit.push_back(z.data()[i]);
      }
      visit(loss, logit);
    }
  }
};

}  // namespace

TEST_CASE("the gate's loss is that of its equation over the losses and gates of every loop") {
  const GatedModelScene scene;
  std::vector<double> expected, survival;
  scene.for_each_loop([&, loop = 0](const auto& loss, const auto& logit) mutable {
    expected.resize(loss.size(), 0);
    survival.resize(loss.size(), 1);
    ++loop;
    for (std::size_t n = 0; n < loss.size(); ++n) {
      const double lambda = loop < 3 ? 1 / (1 + std::exp(-logit[n])) : 1, p = survival[n] * lambda;
      expected[n] += p * (loss[n] + 0.2 * (std::log(p) + std::log(3.0)));
      survival[n] *= 1 - lambda;
    }
  });
  double sum = 0;
  for (double x : expected) sum += x;
  const Result result =
      by_chunk(scene.model, scene.parameters.flat_size(), scene.task, scene.request(false));
  CHECK(result.loss == Approx(sum).epsilon(1e-12));
}

TEST_CASE("the gradient of the gate's loss agrees with central differences in every parameter") {
  GatedModelScene scene;
  const Index size = scene.parameters.flat_size();
  const Result result = by_chunk(scene.model, size, scene.task, scene.request(false));
  for (const auto& [name, parameter] : scene.parameters) {
    double& x = parameter->value.data()[parameter->value.size() / 2];
    const double before = x, step = 1e-5;
    const auto loss_at = [&](double value) {
      x = value;
      parameter->prepare();
      return by_chunk(scene.model, size, scene.task, scene.request(false)).loss;
    };
    const double slope = (loss_at(before + step) - loss_at(before - step)) / (2 * step);
    (void)loss_at(before);
    INFO(name);
    const Index at = parameter->offset + parameter->value.size() / 2;
    CHECK(result.gradients.data()[at] == Approx(slope).epsilon(1e-5).margin(1e-6));
  }
}

TEST_CASE("Stage II teaches the gate alone, by the improvements that it is shown") {
  const GatedModelScene scene;
  const Index size = scene.parameters.flat_size();
  const Result result = by_chunk(scene.model, size, scene.task, scene.request(true));
  double expected = 0;
  std::vector<double> before;
  scene.for_each_loop([&](const auto& loss, const auto& logit) {
    for (std::size_t n = 0; n < before.size(); ++n) {
      const double w = 1 / (1 + std::exp(-3 * (std::max(0.0, before[n] - loss[n]) - 0.01)));
      const double stay = 1 / (1 + std::exp(logit[n]));
      expected -= (w * std::log(stay) + (1 - w) * std::log(1 - stay)) / 3;
    }
    before = loss;
  });
  CHECK(result.loss == Approx(expected).epsilon(1e-12));
  for (const auto& [name, parameter] : scene.parameters) {
    double largest = 0;
    for (Index i = 0; i < parameter->value.size(); ++i)
      largest = std::max(largest, std::abs(result.gradients.data()[parameter->offset + i]));
    INFO(name);
    CHECK((largest > 0) == name.starts_with(kExitGatePrefix));
  }
}

TEST_CASE("a model without an exit gate says so") {
  const ThinnedTask task(1);
  const LoopedTransformer<double> model(small_model(task), Seed{1});
  ChunkWorkspace<double> workspace;
  const GateConfig gate;
  const ChunkRequest request{.seed = Seed{1}, .loss_per_loop = LossPerLoop::gate, .gate = &gate};
  CHECK_THROWS_WITH(forward_chunk(model, task, request, nullptr, workspace),
                    looplab_test::contains("has no exit gate (model.exit_gate)"));
  CHECK_THROWS_WITH(forward_chunk(LastOnly{&model}, task, request, nullptr, workspace),
                    looplab_test::contains("loss_per_loop is gate, but this model has no gate"));
}

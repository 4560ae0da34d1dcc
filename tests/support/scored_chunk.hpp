// SPDX-License-Identifier: MIT
// A task of which some positions are scored, and the loss and gradients of objectives on it.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "looplab/tasks/k_hop_induction.hpp"
#include "looplab/train/chunk.hpp"
#include "support/catch.hpp"
#include "support/small_training.hpp"

namespace looplab_test {

/// k-hop induction of which only every `stride`-th position is scored, from position `first` on;
/// every other scored position belongs to no slice.
struct ThinnedTask : looplab::KHopInduction {
  looplab::Index stride = 1, first = 1;

  ThinnedTask(looplab::Index every, looplab::Index from = 1)
      : KHopInduction(small_task()), stride(every), first(from) {}
  void sample(looplab::Seed seed, looplab::Split split, looplab::Index index,
              looplab::Window window) const {
    KHopInduction::sample(seed, split, index, window);
    for (looplab::Index t = 0; t < sequence_length(); ++t) {
      const auto i = static_cast<std::size_t>(t);
      if (t < first || (t - first) % stride != 0) window.targets[i] = looplab::kIgnoreIndex;
      if (window.targets[i] == looplab::kIgnoreIndex || (t - first) / stride % 2 == 1)
        window.slices[i] = looplab::kNoSlice;
    }
  }
};

/// A model that offers no more than TokenModel asks for.
struct LastOnly {
  using Scalar = double;
  const looplab::LoopedTransformer<double>* model;
  [[nodiscard]] auto hidden(const looplab::Pass<double>& pass, const looplab::Windows& windows,
                            looplab::LoopChoice loops) const {
    return model->hidden(pass, windows, loops);
  }
  [[nodiscard]] auto head(const looplab::Pass<double>& pass,
                          looplab::Variable<double> state) const {
    return model->head(pass, state);
  }
  static void for_each_parameter(auto&, const std::string&, auto&&) {}
};

struct LossAndGradients {
  double loss;
  looplab::Tensor<double> gradients;
};

/// An objective on one chunk.
template <class O, looplab::Task T>
[[nodiscard]] LossAndGradients on_chunk(const O& objective,
                                        const looplab::LoopedTransformer<double>& model,
                                        looplab::Index flat_size, const T& task,
                                        const looplab::ChunkRequest& request) {
  looplab::ChunkWorkspace<double> workspace;
  LossAndGradients result{0, looplab::Tensor<double>({flat_size})};
  const auto loss = objective(draw_chunk(model, task, request, result.gradients.data(), workspace));
  result.loss = loss.data()[0];
  workspace.tape.backward(loss);
  return result;
}

/// A model with an exit gate whose weights are not small, and the first three windows of a task.
struct GatedScene {
  ThinnedTask task{2};
  looplab::LoopedTransformer<double> model;
  looplab::ParameterList<double> parameters;
  looplab::ChunkRequest request{.seed = looplab::Seed{2}, .count = 3};

  static looplab::LoopedTransformerConfig config(const ThinnedTask& task) {
    auto c = small_model(task);
    c.num_loops = 3;
    c.exit_gate = true;
    c.init_std = 0.5;
    return c;
  }
  GatedScene() : model(config(task), looplab::Seed{1}), parameters(model) {}

  template <class O>
  [[nodiscard]] LossAndGradients score(const O& objective) const {
    return on_chunk(objective, model, parameters.flat_size(), task, request);
  }

  /// Losses and gate logits of all scored rows, loop by loop, by the model's `hidden` and `gate`.
  void for_each_loop(auto&& visit) const {
    using namespace looplab;
    Batch batch;
    sample_batch(task, request.seed, Split::train, 0, request.count, batch);
    const Windows windows = batch;
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

  /// Compares the gradient of the middle element of every parameter with central differences.
  template <class O>
  void check_gradients(const O& objective) {
    const LossAndGradients result = score(objective);
    for (const auto& [name, parameter] : parameters) {
      double& x = parameter->value.data()[parameter->value.size() / 2];
      const double before = x, step = 1e-5;
      const auto loss_at = [&, parameter = parameter](double value) {
        x = value;
        parameter->prepare();
        return score(objective).loss;
      };
      const double slope = (loss_at(before + step) - loss_at(before - step)) / (2 * step);
      (void)loss_at(before);
      INFO(name);
      const looplab::Index at = parameter->offset + parameter->value.size() / 2;
      CHECK(result.gradients.data()[at] == Approx(slope).epsilon(1e-5).margin(1e-6));
    }
  }
};

}  // namespace looplab_test

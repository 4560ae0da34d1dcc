// SPDX-License-Identifier: MIT
#include "looplab/train/parameter_filter.hpp"

#include "looplab/train/trainer.hpp"
#include "support/catch.hpp"
#include "support/small_training.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::parameter_values;
using looplab_test::small_model;
using looplab_test::small_task;

namespace {

/// The names of the parameters that a step of training changes; it returns the step's gradient norm.
[[nodiscard]] std::vector<std::string> changed(LoopedTransformer<float>& model,
                                               const ParameterFilter& filter,
                                               double* norm = nullptr) {
  const KHopInduction task = small_task();
  const auto before = parameter_values(model);
  Trainer trainer(model, task, {.batch_size = 8, .num_threads = 1}, LastLoop{}, filter);
  const StepReport report = trainer.step();
  if (norm) *norm = report.gradient_norm;
  const auto after = parameter_values(model);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i].second != after[i].second) names.push_back(before[i].first);
  return names;
}

}  // namespace

TEST_CASE("filters select by the beginning of a name") {
  CHECK(all_parameters()("head.weight"));
  CHECK(only("head.")("head.weight"));
  CHECK_FALSE(only("head.")("block.head.weight"));
  CHECK_FALSE(except("head.")("head.weight"));
  CHECK(except("head.")("embedding.weight"));
}

TEST_CASE("the parameters that a filter selects are trained, and no others") {
  LoopedTransformer<float> model(small_model(small_task()), Seed{1});
  CHECK(changed(model, only("head.")) == std::vector<std::string>{"head.weight"});
  const auto rest = changed(model, except("head."));
  CHECK(rest.size() > 5);
  CHECK(std::ranges::find(rest, "head.weight") == rest.end());
  const auto biases = changed(model, [](std::string_view name) { return name.ends_with("bias"); });
  CHECK(biases.size() > 1);
  CHECK(std::ranges::all_of(biases, [](const auto& name) { return name.ends_with("bias"); }));
  CHECK(changed(model, all_parameters()).size() == rest.size() + 1);  // nothing stays frozen
}

TEST_CASE("the gradient norm is that of the trained parameters") {
  const auto norm = [](const ParameterFilter& filter) {
    LoopedTransformer<float> model(small_model(small_task()), Seed{1});
    double value = 0;
    (void)changed(model, filter, &value);
    return value;
  };
  const double head = norm(only("head.")), rest = norm(except("head."));
  CHECK(head > 0);
  CHECK(norm(all_parameters()) == Approx(std::hypot(head, rest)).epsilon(1e-6));
}

TEST_CASE("a filter that selects nothing is refused") {
  LoopedTransformer<float> model(small_model(small_task()), Seed{1});
  CHECK_THROWS_WITH(
      changed(model, only("exit_gat.")),
      contains("the parameter filter selects none of") && contains("such as embedding.weight"));
}

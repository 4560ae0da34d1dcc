// SPDX-License-Identifier: MIT
#include "looplab/train/optimizer.hpp"

#include "support/random_tensor.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using looplab_test::check_close;
using looplab_test::tolerance;

namespace {

/// A matrix, which decays, and a gain, which does not.
struct TwoParameters {
  Parameter<double> weight{{1, 2}}, gain{{2}, Role::gain};

  TwoParameters() {
    weight.value = Tensor<double>({1, 2}, {1, -2});
    gain.value = Tensor<double>({2}, {1, -2});
  }
  template <class Self, class Visit>
  static void for_each_parameter(Self& self, const std::string& prefix, Visit&& visit) {
    visit(prefix + "weight", self.weight);
    visit(prefix + "gain", self.gain);
  }
};

struct OneMatrix {
  Parameter<float> weight;

  OneMatrix(Index rows, Index cols) : weight({rows, cols}) {
    weight.value = looplab_test::random_tensor<float>({rows, cols}, "weight");
  }
  template <class Self, class Visit>
  static void for_each_parameter(Self& self, const std::string& prefix, Visit&& visit) {
    visit(prefix + "weight", self.weight);
  }
};

/// A flat gradient with g in both parameters.
[[nodiscard]] Tensor<double> gradient_of_both(const ParameterList<double>& parameters, double g0,
                                              double g1) {
  Tensor<double> gradient({parameters.flat_size()});
  for (const auto& [name, parameter] : parameters) {
    gradient[parameter->offset] = g0;
    gradient[parameter->offset + 1] = g1;
  }
  return gradient;
}

}  // namespace

TEST_CASE("two steps of AdamW follow the path computed by hand; only the matrix decays") {
  TwoParameters model;
  const ParameterList<double> parameters(model);
  AdamW<double> adamw(parameters);
  kernels::AdamwStep step{
      .learning_rate = 0.1, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 0, .weight_decay = 0.2};
  // Step 1: m = g/2, v = g^2/4, corrected g and g^2: the move is lr sign(g). The gradients 4 and -1
  // come halved, as 8 and -2, so the scale is tested too.
  adamw.update(gradient_of_both(parameters, 8, -2).data(), 0.5, step.at(1), 1);
  check_close(model.gain.value, std::vector{0.9, -1.9}, tolerance<double>());
  check_close(model.weight.value, std::vector{1 * 0.98 - 0.1, -2 * 0.98 + 0.1},
              tolerance<double>());
  check_close(adamw.first_moment(model.weight), std::vector{2., -0.5}, tolerance<double>());
  check_close(adamw.second_moment(model.gain), std::vector{4., 0.25}, tolerance<double>());
  // Step 2, gradients 0 and 2: m = {1, 0.75}, v = {3, 3/16 + 1}; corrections 3/4 and 7/16.
  adamw.update(gradient_of_both(parameters, 0, 4).data(), 0.5, step.at(2), 1);
  const double move0 = 0.1 * (1 / 0.75) / std::sqrt(3 / 0.4375);
  const double move1 = 0.1 * (0.75 / 0.75) / std::sqrt(1.1875 / 0.4375);
  check_close(model.gain.value, std::vector{0.9 - move0, -1.9 - move1}, tolerance<double>());
  check_close(model.weight.value, std::vector{0.88 * 0.98 - move0, -1.86 * 0.98 - move1},
              tolerance<double>());
}

TEST_CASE("without gradient only decay moves a parameter") {
  TwoParameters model;
  const ParameterList<double> parameters(model);
  AdamW<double> adamw(parameters);
  kernels::AdamwStep step{.learning_rate = 0.1, .weight_decay = 0.2};
  adamw.update(gradient_of_both(parameters, 0, 0).data(), 1, step.at(1), 1);
  check_close(model.weight.value, std::vector{0.98, -1.96}, tolerance<double>());
  check_close(model.gain.value, std::vector{1., -2.}, 0);
}

TEST_CASE("an update of many pieces is the same on 1, 2, 3 and 8 threads") {
  const auto gradient = looplab_test::random_tensor<float>({300 * 170 + 16}, "gradient");
  const auto after = [&](int num_threads) {
    OneMatrix model(300, 170);
    const ParameterList<float> parameters(model);
    AdamW<float> adamw(parameters);
    kernels::AdamwStep step{.weight_decay = 0.1};
    for (Index t = 1; t <= 3; ++t) adamw.update(gradient.data(), 1, step.at(t), num_threads);
    return std::vector<float>(model.weight.value.begin(), model.weight.value.end());
  };
  const auto expected = after(1);
  for (int num_threads : {2, 3, 8}) CHECK(after(num_threads) == expected);
}

TEST_CASE("products see the updated weight: packed copies are made again") {
  OneMatrix model(32, 32);
  const ParameterList<float> parameters(model);
  parameters.prepare();
  AdamW<float> adamw(parameters);
  kernels::AdamwStep step{.learning_rate = 1};
  adamw.update(looplab_test::random_tensor<float>({32 * 32}, "gradient").data(), 1, step.at(1), 2);
  const auto x = looplab_test::random_tensor<float>({64, 32}, "x");
  Tensor<float> packed({64, 32}), plain({64, 32});
  model.weight.prepared.multiply(x.data(), 64, model.weight.value.data(), 32, 32,
                                 kernels::Layout::plain, packed.data(), false);
  kernels::gemm(kernels::Layout::plain, kernels::Layout::plain, 64, 32, 32, x.data(),
                model.weight.value.data(), plain.data(), false);
  check_close(packed, plain, tolerance<float>(32));
}

TEST_CASE("parameters that a filter leaves out keep value, moments and packed copies") {
  TwoParameters model;
  const ParameterList<double> parameters(model);
  AdamW<double> adamw(parameters, only("gain"));
  kernels::AdamwStep step{.learning_rate = 0.1, .weight_decay = 0.2};
  adamw.update(gradient_of_both(parameters, 1, 1).data(), 1, step.at(1), 1);
  CHECK(adamw.trained() == std::vector<Index>{1});
  CHECK(model.weight.value[0] == 1);
  CHECK(model.gain.value[0] < 1);
  CHECK(adamw.first_moment(model.weight)[0] == 0);
  CHECK(adamw.first_moment(model.gain)[0] > 0);
}

TEST_CASE("moments can be taken over, but not those of another model") {
  TwoParameters model;
  const ParameterList<double> parameters(model);
  AdamW<double> first(parameters), second(parameters);
  kernels::AdamwStep step{.learning_rate = 0.1};
  first.update(gradient_of_both(parameters, 1, 2).data(), 1, step.at(1), 1);
  second.set_moments(first.moments());
  CHECK(std::ranges::equal(second.moments().first, first.moments().first));
  CHECK(std::ranges::equal(second.moments().second, first.moments().second));
  CHECK_THROWS_AS(second.set_moments({Tensor<double>({3}), Tensor<double>({3})}), ShapeError);
}

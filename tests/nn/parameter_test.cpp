// SPDX-License-Identifier: MIT
#include "looplab/nn/parameter.hpp"

#include <algorithm>
#include <utility>

#include "looplab/autograd/ops_math.hpp"
#include "looplab/nn/linear.hpp"
#include "looplab/nn/norm.hpp"
#include "support/catch.hpp"
#include "support/random_tensor.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

template <Real S>
struct Module {
  Linear<S> linear{3, 5, true};
  Norm<S> norm{7, false, 1e-6};
  Linear<S> absent;

  template <class Self, class Visit>
  static void for_each_parameter(Self& self, const std::string& prefix, Visit&& visit) {
    Linear<S>::for_each_parameter(self.linear, prefix + "linear.", visit);
    Norm<S>::for_each_parameter(self.norm, prefix + "norm.", visit);
  }
};

}  // namespace

TEMPLATE_TEST_CASE("a list names the parameters in walking order", "[parameter]", float, double) {
  Module<TestType> module;
  const ParameterList<TestType> list(module);
  std::vector<std::string> names;
  for (const auto& [name, parameter] : list) names.push_back(name);
  CHECK(names == std::vector<std::string>{"linear.weight", "linear.bias", "norm.gain"});
  CHECK(list.count() == 3);
  CHECK(list.num_parameters() == 15 + 5 + 7);
  CHECK(list[1].parameter == &module.linear.bias);
}

TEMPLATE_TEST_CASE("parameters lie on 64-byte boundaries of the flat vector, without overlap",
                   "[parameter]", float, double) {
  using S = TestType;
  Module<S> module;
  CHECK(module.linear.weight.offset == -1);
  const ParameterList<S> list(module);
  Index end = 0;
  for (const auto& [name, parameter] : list) {
    INFO(name);
    CHECK(parameter->offset * static_cast<Index>(sizeof(S)) % 64 == 0);
    CHECK(parameter->offset >= end);
    end = parameter->offset + parameter->value.size();
  }
  CHECK(list.flat_size() >= end);
  CHECK(list.flat_size() == (sizeof(S) == 4 ? 16 + 16 + 16 : 16 + 8 + 8));
}

TEST_CASE("a parameter is found by name, and a wrong name is an error", "[parameter]") {
  Module<double> module;
  const ParameterList<double> list(module);
  CHECK(&list.at("norm.gain") == &module.norm.gain);
  CHECK_THROWS_AS(list.at("norm.bias"), ConfigError);
  CHECK_THROWS_WITH(list.at("norm.bias"), contains("no parameter named norm.bias"));
}

TEST_CASE("weight decay reaches matrices and neither biases nor gains", "[parameter]") {
  const Module<double> module;
  CHECK(is_matrix(module.linear.weight.role));
  CHECK_FALSE(is_matrix(module.linear.bias.role));
  CHECK_FALSE(is_matrix(module.norm.gain.role));
  CHECK_FALSE(module.absent.weight.exists());
}

TEST_CASE("a list never changes the layout of another", "[parameter]") {
  Module<double> module;
  const ParameterList<double> whole(module);
  const Index offset = module.norm.gain.offset;
  CHECK(ParameterList<double>(module).flat_size() == whole.flat_size());  // the same again
  CHECK(ParameterList<double>(module.linear).count() == 2);               // agrees with the whole
  CHECK_THROWS_WITH(
      ParameterList<double>(module.norm),
      contains("gain has offset " + std::to_string(offset)) && contains("here it would get 0"));
  CHECK(module.norm.gain.offset == offset);

  Norm<double> copy = module.norm, assigned(7, false, 1e-6);  // copies are in no list
  CHECK(copy.gain.offset == -1);
  CHECK(ParameterList<double>(copy).count() == 1);
  assigned = copy;
  CHECK(assigned.gain.offset == -1);
}

TEST_CASE("a gradient without a place is an error, not a write somewhere", "[parameter]") {
  const Module<double> module;
  Tape<double> tape;
  double flat[64] = {};
  CHECK_THROWS_WITH((Pass<double>{tape, flat}.use(module.linear.weight)),
                    contains("in no ParameterList"));
}

TEST_CASE("a module is made from a list: gains 1, the rest 0, what is not listed does not exist",
          "[parameter]") {
  Module<double> module;
  module.linear.weight.value.fill(7);
  const ParameterShapes shapes{{"linear.weight", Role::residual_output, {2, 4}},
                               {"norm.gain", Role::gain, {4}}};
  create_parameters<double>(module, shapes, kernels::ComputeType::bfloat16);
  CHECK(module.linear.weight.value.shape() == Shape{2, 4});
  CHECK(module.linear.weight.role == Role::residual_output);
  CHECK(module.linear.weight.product_type == kernels::ComputeType::bfloat16);
  CHECK(std::ranges::all_of(module.linear.weight.value, [](double x) { return x == 0; }));
  CHECK(std::ranges::all_of(module.norm.gain.value, [](double x) { return x == 1; }));
  CHECK_FALSE(module.linear.bias.exists());
  CHECK(ParameterList<double>(module).count() == 2);

  const ParameterShapes wrong{{"norm.gain", Role::gain, {4}}, {"linear.bias", Role::bias, {4}}};
  CHECK_THROWS_WITH(create_parameters<double>(module, wrong),
                    contains("no parameter linear.bias, or visits it in another order"));
}

TEST_CASE("a pass accumulates gradients at each parameter's place, or wants none", "[parameter]") {
  Module<double> module;
  const ParameterList<double> list(module);
  const auto x = random_tensor<double>({2, 3}, "x");
  Tensor<double> flat({list.flat_size()});
  Tape<double> tape;
  for (int pass = 1; pass <= 2; ++pass) {
    tape.reset();
    tape.backward(
        sum(tape, module.linear(Pass<double>{tape, flat.data()}, tape.constant(x.view()))));
    Tensor<double> expected({list.flat_size()});  // dW_io = sum_n x_ni; db = number of rows
    for (Index i = 0; i < 3; ++i)
      for (Index o = 0; o < 5; ++o) expected[i * 5 + o] = pass * (x(0, i) + x(1, i));
    for (Index o = 0; o < 5; ++o) expected[module.linear.bias.offset + o] = pass * 2;
    check_close(flat, expected, tolerance<double>());
  }
  tape.reset();
  CHECK_FALSE(module.linear(Pass<double>{tape}, tape.constant(x.view())).requires_grad());
}

TEST_CASE("prepare packs a changed value again", "[parameter]") {
  Module<float> module;
  const ParameterList<float> list(module);
  const auto x = random_tensor<float>({64, 3}, "x");
  Tape<float> tape;
  list.prepare();
  module.linear.weight.value.fill(1);
  list.prepare();
  const auto y = module.linear(Pass<float>{tape}, tape.constant(x.view()));
  CHECK(y.data()[0] == Approx(x(0, 0) + x(0, 1) + x(0, 2)));
}

// SPDX-License-Identifier: MIT
#include "looplab/nn/feed_forward.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/random_tensor.hpp"
#include "support/reference_kernels.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

std::vector<std::pair<std::string, Index>> parameters(FeedForward<double> network) {
  std::vector<std::pair<std::string, Index>> found;
  FeedForward<double>::for_each_parameter(network, "", [&](const std::string& name, const auto& p) {
    found.emplace_back(name, p.value.size());
  });
  return found;
}

}  // namespace

TEST_CASE("feed-forward parameters are counted as D, F, gate and biases say", "[feed_forward]") {
  using Found = std::vector<std::pair<std::string, Index>>;
  CHECK(parameters({6, 10, false, false}) == Found{{"up.weight", 60}, {"down.weight", 60}});
  CHECK(parameters({6, 10, true, false}) == Found{{"gate_up.weight", 120}, {"down.weight", 60}});
  CHECK(parameters({6, 10, false, true}) ==
        Found{{"up.weight", 60}, {"up.bias", 10}, {"down.weight", 60}, {"down.bias", 6}});
  CHECK(
      parameters({6, 10, true, true}) ==
      Found{{"gate_up.weight", 120}, {"gate_up.bias", 20}, {"down.weight", 60}, {"down.bias", 6}});
}

TEST_CASE("gelu: W2 of the tanh form of GELU of W1", "[feed_forward]") {
  FeedForward<double> network(2, 3, false, true);
  network.up.weight.value = Tensor<double>({2, 3}, {1, 0, -1, 0, 2, 1});
  network.up.bias.value = Tensor<double>({3}, {0.5, 0, 0});
  network.down.weight.value = Tensor<double>({3, 2}, {1, 2, 3, 4, 5, 6});
  network.down.bias.value = Tensor<double>({2}, {10, 20});
  const Tensor<double> x({1, 2}, {1, -1});  // hidden: 1.5, -2, -2
  Tape<double> tape;
  const auto y = network(Pass<double>{tape}, tape.constant(x.view()));
  const double a = reference::gelu_tanh(1.5), b = reference::gelu_tanh(-2);
  check_close(y.value(), std::vector<double>{10 + a + 8 * b, 20 + 2 * a + 10 * b},
              tolerance<double>(3));
}

TEST_CASE("swiglu: the first half of the columns is the gate", "[feed_forward]") {
  FeedForward<double> network(1, 2, true, false);
  network.up.weight.value = Tensor<double>({1, 4}, {1, -1, 3, 5});  // gates 2, -2; ups 6, 10
  network.down.weight.value = Tensor<double>({2, 1}, {1, 100});
  const Tensor<double> x({1, 1}, {2});
  Tape<double> tape;
  const auto y = network(Pass<double>{tape}, tape.constant(x.view()));
  check_close(y.value(),
              std::vector<double>{reference::silu(2) * 6 + 100 * reference::silu(-2) * 10},
              tolerance<double>(2));
}

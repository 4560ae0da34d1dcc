// SPDX-License-Identifier: MIT
#include "looplab/kernels/cross_entropy.hpp"

#include "support/catch.hpp"
#include "support/random_tensor.hpp"
#include "support/reference_kernels.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab::kernels;
using namespace looplab_test;
using reference::Doubles;

namespace {

constexpr Token kIgnore = -100;
constexpr Index kClasses[] = {1, 2, 7, 8, 15, 16, 17, 33, 64, 65, 130};

/// One call of both passes with all its memory.
template <Real S>
struct Call {
  Tensor<S> logits;
  std::vector<Token> targets;
  S smoothing, grad_scale = S(0.25);
  Index N = std::ssize(targets), V = logits.cols();
  Tensor<S> row_loss{{N}}, grad_logits{{N, V}};
  std::vector<Token> predicted = std::vector<Token>(targets.size(), -7);

  /// The gradient is that of grad_scale times the loss.
  void run(bool with_gradient = true, bool predict = true) {
    softmax_cross_entropy(logits.data(), targets.data(), N, V, smoothing, kIgnore, row_loss.data(),
                          with_gradient ? grad_logits.data() : nullptr,
                          predict ? predicted.data() : nullptr);
    if (with_gradient) scale(grad_scale, grad_logits.data(), grad_logits.size());
  }
  [[nodiscard]] reference::CrossEntropy expected() const {
    return reference::cross_entropy(to_doubles(logits), targets, V, static_cast<double>(smoothing),
                                    static_cast<double>(grad_scale), kIgnore);
  }
};

std::vector<Token> some_targets(Index N, Index V) {
  std::vector<Token> targets = random_tokens(N, V, "targets");
  for (std::size_t n = 1; n < targets.size(); n += 3) targets[n] = kIgnore;
  return targets;
}

}  // namespace

TEMPLATE_TEST_CASE("cross-entropy agrees with its formula", "[cross_entropy]", float, double) {
  using S = TestType;
  for (double smoothing : {0.0, 0.1})
    for (double scale : {1.0, 30.0})
      for (Index N : {0, 1, 7})
        for (Index V : kClasses) {
          INFO("smoothing=" << smoothing << " scale=" << scale << " N=" << N << " V=" << V);
          Call<S> call{random_tensor<S>({N, V}, "x", scale), some_targets(N, V), S(smoothing)};
          call.grad_logits.fill(S{99});
          call.run();
          const auto expected = call.expected();
          check_close(call.row_loss, expected.row_loss, tolerance<S>(V), scale);
          check_close(call.grad_logits, expected.grad_logits, tolerance<S>(V), scale);
          check_close(call.predicted, expected.predicted, 0);
        }
}

TEST_CASE("label smoothing is that of PyTorch", "[cross_entropy]") {
  // torch.nn.functional.cross_entropy([[0.5, -1, 2]], [1], label_smoothing=0.1) in float64.
  Call<double> call{Tensor<double>({1, 3}, {0.5, -1.0, 2.0}), {1}, 0.1};
  call.run(false);
  check_close(call.row_loss, std::vector<double>{3.091311296657157}, tolerance<double>());
}

TEMPLATE_TEST_CASE("ignored rows have no loss and no gradient", "[cross_entropy]", float, double) {
  using S = TestType;
  Call<S> call{random_tensor<S>({3, 17}, "x"), {kIgnore, 4, kIgnore}, S(0.1)};
  call.grad_logits.fill(S{99});
  call.run(true, false);
  CHECK(call.row_loss[0] == S{0});
  CHECK(call.row_loss[1] > S{0});
  for (Index v = 0; v < 17; ++v) {
    CHECK(call.grad_logits(0, v) == S{0});
    CHECK(call.grad_logits(1, v) != S{0});
    CHECK(call.grad_logits(2, v) == S{0});
  }
  CHECK(call.predicted == std::vector<Token>{-7, -7, -7});
}

TEMPLATE_TEST_CASE("a common offset of a row's logits changes nothing", "[cross_entropy]", float,
                   double) {
  using S = TestType;
  for (double offset : {-5e4, 5e4}) {
    // Whole numbers, which stay exact when shifted.
    Call<S> call{Tensor<S>({1, 20}), {3}, S{0}}, shifted = call;
    for (Index v = 0; v < 20; ++v) {
      call.logits[v] = static_cast<S>(v % 7);
      shifted.logits[v] = static_cast<S>(static_cast<double>(v % 7) + offset);
    }
    call.run(false);
    shifted.run(false);
    CHECK(shifted.row_loss[0] == call.row_loss[0]);
    CHECK(shifted.predicted == call.predicted);
  }
}

TEMPLATE_TEST_CASE("extreme logits give the limits", "[cross_entropy]", float, double) {
  using S = TestType;
  const S infinity = std::numeric_limits<S>::infinity();
  Call<S> call{Tensor<S>({2, 18}), {17, 0}, S{0}};
  call.logits.fill(-infinity);  // all the probability on one class: right, and wrong by 1e3
  call.logits(0, 17) = S{5};
  call.logits(1, 17) = S{1000};
  call.logits(1, 0) = S{0};
  call.run();
  CHECK(call.row_loss[0] == S{0});
  CHECK(call.row_loss[1] == S{1000});
  CHECK(call.predicted == std::vector<Token>{17, 17});
  CHECK(call.grad_logits(0, 17) == S{0});
  CHECK(call.grad_logits(1, 17) == call.grad_scale);
  CHECK(call.grad_logits(1, 0) == -call.grad_scale);
}

TEMPLATE_TEST_CASE("equal logits predict the first class; NaN shows in the loss", "[cross_entropy]",
                   float, double) {
  using S = TestType;
  Call<S> equal{Tensor<S>({1, 40}), {0}, S{0}};
  equal.logits[5] = equal.logits[33] = S{1};
  equal.run(false);
  CHECK(equal.predicted[0] == 5);
  for (Index bad : {0, 15, 16, 39}) {
    Call<S> call{random_tensor<S>({1, 40}, "x"), {7}, S{0}};
    call.logits[bad] = std::numeric_limits<S>::quiet_NaN();
    call.run(false);
    CHECK(std::isnan(call.row_loss[0]));
    CHECK((call.predicted[0] >= 0 && call.predicted[0] < 40));
    call.logits.fill(std::numeric_limits<S>::quiet_NaN());
    call.run(false);
    CHECK(std::isnan(call.row_loss[0]));
    CHECK(call.predicted[0] == 0);
  }
}

TEST_CASE("cross-entropy's gradient agrees with central differences", "[cross_entropy]") {
  for (double smoothing : {0.0, 0.2}) {
    Call<double> call{random_tensor<double>({4, 11}, "x"), some_targets(4, 11), smoothing};
    call.run();
    const auto loss = [&] {
      call.run(false);
      double sum = 0;
      for (double row : call.row_loss) sum += row;
      return sum * call.grad_scale;
    };
    check_close(call.grad_logits, reference::numeric_gradient(loss, call.logits),
                kDifferenceTolerance);
  }
}

TEMPLATE_TEST_CASE("softmax agrees with its formula, in place too", "[cross_entropy]", float,
                   double) {
  using S = TestType;
  for (double scale : {1.0, 100.0})
    for (Index N : {0, 3})
      for (Index V : kClasses) {
        Tensor<S> x = random_tensor<S>({N, V}, "x", scale), y({N, V});
        softmax_forward(x.data(), y.data(), N, V);
        const Doubles expected = reference::softmax(to_doubles(x), N, V);
        check_close(y, expected, tolerance<S>(V));
        softmax_forward(x.data(), x.data(), N, V);
        check_close(x, expected, tolerance<S>(V));
      }
}

TEMPLATE_TEST_CASE("softmax's gradient agrees with its formula", "[cross_entropy]", float, double) {
  using S = TestType;
  for (Index N : {0, 3})
    for (Index V : kClasses) {
      const Tensor<S> x = random_tensor<S>({N, V}, "x", 2),
                      grad_y = random_tensor<S>({N, V}, "grad_y");
      Tensor<S> y({N, V}), grad_x = random_tensor<S>({N, V}, "before");
      softmax_forward(x.data(), y.data(), N, V);
      const Doubles before = to_doubles(grad_x);
      Doubles expected = reference::softmax_backward(to_doubles(y), to_doubles(grad_y), N, V);
      Doubles sum = expected;
      for (Index i = 0; i < sum.size(); ++i) sum[i] += before[i];
      softmax_backward(y.data(), grad_y.data(), grad_x.data(), N, V, true);
      check_close(grad_x, sum, tolerance<S>(V));
      softmax_backward(y.data(), grad_y.data(), grad_x.data(), N, V);
      check_close(grad_x, expected, tolerance<S>(V));
    }
}

// SPDX-License-Identifier: MIT
#include "looplab/kernels/adamw.hpp"

#include <string>
#include <utility>

#include "support/catch.hpp"
#include "support/random_tensor.hpp"
#include "support/reference_kernels.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab::kernels;
using namespace looplab_test;
using reference::Doubles;

namespace {

/// Algorithm 2 of the paper, one parameter at a time.
void reference_update(Doubles& p, Doubles& m, Doubles& v, const Doubles& gradient, Index t,
                      const AdamwStep& step, double gradient_scale) {
  for (Index i = 0; i < p.size(); ++i) {
    const double g = gradient_scale * gradient[i];
    m[i] = step.beta1 * m[i] + (1 - step.beta1) * g;
    v[i] = step.beta2 * v[i] + (1 - step.beta2) * g * g;
    const double m_hat = m[i] / (1 - std::pow(step.beta1, t));
    const double v_hat = v[i] / (1 - std::pow(step.beta2, t));
    p[i] -= step.learning_rate * step.weight_decay * p[i];
    p[i] -= step.learning_rate * m_hat / (std::sqrt(v_hat) + step.epsilon);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("adamw follows its formula over many steps", "[adamw]", float, double) {
  using S = TestType;
  for (Index n : {0, 1, 7, 15, 16, 17, 33, 100})
    for (double decay : {0.0, 0.5}) {
      INFO("n=" << n << " decay=" << decay);
      // A large eps, so that its place inside or outside the root shows.
      AdamwStep step{.learning_rate = 0.1, .beta2 = 0.95, .epsilon = 0.01, .weight_decay = decay};
      Tensor<S> p = random_tensor<S>({n}, "p"), m({n}), v({n});
      Doubles dp = to_doubles(p), dm(n), dv(n);
      for (Index t = 1; t <= 10; ++t) {
        const Tensor<S> gradient = random_tensor<S>({n}, "gradient " + std::to_string(t));
        adamw_update(p.data(), m.data(), v.data(), gradient.data(), n, step.at(t), 0.3);
        reference_update(dp, dm, dv, to_doubles(gradient), t, step, 0.3);
        check_close(p, dp, tolerance<S>(t));
        check_close(m, dm, tolerance<S>(t));
        check_close(v, dv, tolerance<S>(t));
      }
    }
}

TEST_CASE("adamw gives the numbers of torch.optim.AdamW", "[adamw]") {
  // PyTorch, float64: AdamW([1.0, -2.0], lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01),
  // gradients (0.5, -1.0), then (-0.25, 3.0).
  AdamwStep step{.learning_rate = 0.1, .beta2 = 0.999, .weight_decay = 0.01};
  Tensor<double> p({2}, {1.0, -2.0}), m({2}), v({2});
  const Tensor<double> first({2}, {0.5, -1.0}), second({2}, {-0.25, 3.0});
  adamw_update(p.data(), m.data(), v.data(), first.data(), 2, step.at(1));
  check_close(p, std::vector<double>{0.899000002, -1.898000001}, tolerance<double>());
  adamw_update(p.data(), m.data(), v.data(), second.data(), 2, step.at(2));
  check_close(p, std::vector<double>{0.8714672987058463, -1.945520984107744}, tolerance<double>());
}

TEMPLATE_TEST_CASE("a zero gradient with zero moments moves nothing but the decay", "[adamw]",
                   float, double) {
  using S = TestType;
  Tensor<S> p = random_tensor<S>({19}, "p"), m({19}), v({19}), gradient({19});
  Doubles expected = to_doubles(p);
  for (Index i = 0; i < 19; ++i) expected[i] *= 1 - 0.1 * 0.5;
  adamw_update(p.data(), m.data(), v.data(), gradient.data(), 19,
               AdamwStep{.learning_rate = 0.1, .weight_decay = 0.5}.at(1));
  check_close(p, expected, tolerance<S>(), 0);
}

TEMPLATE_TEST_CASE("sum_of_squares is a sum in double that shows every bad element", "[adamw]",
                   float, double) {
  using S = TestType;
  for (Index n : {0, 1, 7, 8, 9, 31, 32, 33, 1000}) {
    INFO("n=" << n);
    Tensor<S> x = random_tensor<S>({n}, "x");
    const Doubles doubles = to_doubles(x);
    check_close(std::vector<double>{sum_of_squares(x.data(), n)},
                std::vector<double>{reference::dot(doubles, doubles)}, tolerance<double>(n), 0);
    for (Index bad = 0; bad < std::min<Index>(n, 40); ++bad) {
      const S good = std::exchange(x[bad], std::numeric_limits<S>::quiet_NaN());
      CHECK(std::isnan(sum_of_squares(x.data(), n)));
      x[bad] = -std::numeric_limits<S>::infinity();
      CHECK(std::isinf(sum_of_squares(x.data(), n)));
      x[bad] = good;
    }
  }
  const Tensor<float> large({1}, {std::numeric_limits<float>::max()});
  CHECK(std::isfinite(sum_of_squares(large.data(), 1)));
}

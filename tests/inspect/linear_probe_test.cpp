// SPDX-License-Identifier: MIT
#include "looplab/inspect/linear_probe.hpp"

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

constexpr Index kWidth = 6, kClasses = 4;

struct Rows {
  Tensor<double> states;
  std::vector<Token> labels;
  [[nodiscard]] ProbeRows<double> view() const { return {states.view(), labels}; }
};

/// States of noise; the label is read from three of them (`linear`), or from a product of two.
Rows rows(Index count, const char* name, bool linear) {
  Rows made{Tensor<double>({count, kWidth}), {}};
  RandomStream stream(Seed{2}, name);
  for (double& x : made.states) x = 3 + stream.normal();  // a mean that is no information
  for (Index n = 0; n < count; ++n) {
    const double a = made.states(n, 0) - 3, b = made.states(n, 1) - 3, c = made.states(n, 2) - 3;
    const bool first = linear ? a + b > 0 : a * b > 0, second = linear ? b - c > 0 : b * c > 0;
    made.labels.push_back(static_cast<Token>(2 * first + second));
  }
  return made;
}

}  // namespace

TEST_CASE("a probe reads what is linear in the states, and not what is not") {
  const Rows fit = rows(4000, "fit", true), judge = rows(2000, "judge", true);
  const ProbeResult linear = fit_probe(fit.view(), judge.view(), kClasses);
  CHECK(linear.accuracy > 0.7);  // two bits in one map of scores: not all, but far above .3
  CHECK(linear.commonest == Approx(0.3).margin(0.05));
  CHECK(linear.shuffled == Approx(0.27).margin(0.06));
  const Rows fit_products = rows(4000, "fit", false), judge_products = rows(2000, "judge", false);
  CHECK(fit_probe(fit_products.view(), judge_products.view(), kClasses).accuracy < 0.32);
}

TEST_CASE("of two classes that do not overlap a probe misses none") {
  Tensor<float> states({6, 1});
  const float values[] = {-2, -1, -1.5F, 1, 2, 3};
  std::copy(std::begin(values), std::end(values), states.begin());
  const std::vector<Token> labels{1, 1, 1, 0, 0, 0};
  const ProbeRows<float> all{states.view(), labels};
  CHECK(fit_probe(all, all, 2).accuracy == 1);
  CHECK(fit_probe(all, all, 2).commonest == 0.5);
}

TEST_CASE("a strong ridge leaves the commonest label") {
  const Rows fit = rows(500, "fit", true);
  const ProbeResult result = fit_probe(fit.view(), fit.view(), kClasses, 1e9);
  CHECK(result.accuracy == Approx(result.commonest));
}

TEST_CASE("what does not fit a probe is refused by one sentence") {
  Rows fit = rows(5, "fit", true);
  fit.labels[3] = 4;
  CHECK_THROWS_WITH(fit_probe(fit.view(), fit.view(), kClasses),
                    contains("label 4, expected 0 ... 3"));
  fit.labels.pop_back();
  CHECK_THROWS_WITH(fit_probe(fit.view(), fit.view(), kClasses),
                    contains("states [5, 6] and 4 labels"));
}

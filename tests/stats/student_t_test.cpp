// SPDX-License-Identifier: MIT
#include "looplab/stats/student_t.hpp"

#include <cmath>
#include <utility>

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::stats;

namespace {
constexpr double kTable = 0.0005;  // half a unit of the last printed digit
}  // namespace

TEST_CASE("student_t_quantile agrees with the printed table of 95 %") {
  for (const auto& [degrees, t] :
       {std::pair{1., 12.706}, std::pair{2., 4.303}, std::pair{3., 3.182}, std::pair{4., 2.776},
        std::pair{5., 2.571}, std::pair{9., 2.262}, std::pair{10., 2.228}, std::pair{30., 2.042},
        std::pair{120., 1.980}, std::pair{1e6, 1.960}}) {
    INFO("degrees " << degrees);
    CHECK(std::abs(student_t_quantile(degrees, 0.95) - t) < kTable);
  }
  CHECK(std::abs(student_t_quantile(1, 0.99) - 63.657) < kTable);
  CHECK(std::abs(student_t_quantile(4, 0.5) - 0.741) < kTable);
  CHECK_THROWS_AS(student_t_quantile(0, 0.95), ConfigError);
  CHECK_THROWS_AS(student_t_quantile(3, 1), ConfigError);
}

TEST_CASE("student_t_quantile has its closed forms for 1 and 2 degrees") {
  for (double confidence : {0.01, 0.5, 0.9, 0.95, 0.999}) {
    const double cauchy = std::tan(confidence * std::acos(-1) / 2);
    const double two = confidence * std::sqrt(2 / (1 - confidence * confidence));
    CHECK(student_t_quantile(1, confidence) == Approx(cauchy).epsilon(1e-9));
    CHECK(student_t_quantile(2, confidence) == Approx(two).epsilon(1e-9));
  }
}

TEST_CASE("student_t_tail has its closed forms for 1 and 2 degrees") {
  for (double t : {0., 0.1, 1., 3., 50.}) {
    CHECK(student_t_tail(t, 1) == Approx(1 - 2 * std::atan(t) / std::acos(-1)).margin(1e-12));
    CHECK(student_t_tail(t, 2) == Approx(1 - t / std::sqrt(2 + t * t)).margin(1e-12));
  }
}

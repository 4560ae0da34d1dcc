// SPDX-License-Identifier: MIT
//
// Student's t distribution, by Boost.Math.
#pragma once

#include "looplab/core/compiled.hpp"
#if LOOPLAB_DEFINES_LAB
#include <boost/math/distributions/students_t.hpp>

#include "looplab/core/error.hpp"
#endif

namespace looplab::stats {

/// P(|T| > t) for Student's t with `degrees` > 0 degrees of freedom; t >= 0.
[[nodiscard]] double student_t_tail(double t, double degrees);

/// t with P(|T| <= t) = confidence. For 1 degree of freedom and 0.95: 12.706.
/// \throws ConfigError unless degrees >= 1 and confidence is in 0 ... 1, both excluded.
[[nodiscard]] double student_t_quantile(double degrees, double confidence);

#if LOOPLAB_DEFINES_LAB

LOOPLAB_LAB_FUNCTION double student_t_tail(double t, double degrees) {
  return 2 * cdf(complement(boost::math::students_t(degrees), t));
}

LOOPLAB_LAB_FUNCTION double student_t_quantile(double degrees, double confidence) {
  require<ConfigError>(degrees >= 1 && confidence > 0 && confidence < 1,
                       "student_t_quantile: ", degrees, " degrees of freedom and confidence ",
                       confidence, ", expected 1 or more and between 0 and 1");
  return quantile(complement(boost::math::students_t(degrees), (1 - confidence) / 2));
}

#endif

}  // namespace looplab::stats

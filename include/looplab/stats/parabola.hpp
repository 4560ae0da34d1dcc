// SPDX-License-Identifier: MIT
//
// The least-squares parabola through points, such as a metric against the log of the learning rate:
//
//   y = height + slope u + curvature u^2,  u = x - center,  center = mean x
//
// Normal equations with w = u^2 and S_ab = the covariance of a and b:
//
//   slope     = (S_uy S_ww - S_wy S_uw) / D
//   curvature = (S_wy S_uu - S_uy S_uw) / D,  D = S_uu S_ww - S_uw^2
//   height    = mean y - curvature mean w
#pragma once

#include <set>
#include <span>
#include <vector>

#include "looplab/stats/interval.hpp"

namespace looplab::stats {

/// A parabola in x, as in the file comment.
struct Parabola {
  double center = 0, height = 0, slope = 0, curvature = 0;

  [[nodiscard]] double at(double x) const {
    const double u = x - center;
    return height + (slope + curvature * u) * u;
  }
  /// The x of its maximum (curvature below 0) or minimum (above 0). \pre `curvature` is not 0
  [[nodiscard]] double vertex() const { return center - slope / (2 * curvature); }
};

/// The least-squares parabola of y on x; entry i of both is one point. Where all y are equal, slope
/// and curvature are exactly 0. \throws ShapeError if sizes differ or there are no points,
/// ConfigError if there are fewer than 3 different x.
[[nodiscard]] inline Parabola least_squares_parabola(std::span<const double> x,
                                                     std::span<const double> y) {
  require<ShapeError>(x.size() == y.size(), "least_squares_parabola: ", x.size(), " x and ",
                      y.size(), " y, expected the same number");
  const double center = mean(x);
  const std::set<double> different(x.begin(), x.end());
  require<ConfigError>(different.size() >= 3, "least_squares_parabola: ", different.size(),
                       " different x, expected 3 or more");
  std::vector<double> u, w, rise;  // rise: y above its first value, 0 throughout if y is constant
  for (std::size_t i = 0; i < x.size(); ++i) {
    u.push_back(x[i] - center);
    w.push_back(u[i] * u[i]);
    rise.push_back(y[i] - y.front());
  }
  const double uu = covariance(u, u), ww = covariance(w, w), uw = covariance(u, w),
               uy = covariance(u, rise), wy = covariance(w, rise), determinant = uu * ww - uw * uw;
  const double curvature = (wy * uu - uy * uw) / determinant;
  return {center, y.front() + mean(rise) - curvature * mean(w), (uy * ww - wy * uw) / determinant,
          curvature};
}

}  // namespace looplab::stats

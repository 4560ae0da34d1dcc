// SPDX-License-Identifier: MIT
//
// Numbers, intervals and rules as short texts, for tables and figures.
#pragma once

#include <cmath>
#include <iomanip>
#include <sstream>
#include <string>
#include <vector>

#include "looplab/lab/claims/expectation.hpp"
#include "looplab/stats/judgement.hpp"

namespace looplab::lab {

/// A number with this number of digits after the point.
[[nodiscard]] inline std::string fixed(double value, int digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << value;
  return text.str();
}

/// A number with this number of significant digits, without trailing zeros.
[[nodiscard]] inline std::string significant(double value, int digits) {
  std::ostringstream text;
  text << std::setprecision(digits) << value;
  return text.str();
}

/// A number with three significant digits; no exponent at the magnitudes of metrics.
[[nodiscard]] inline std::string short_number(double value) {
  if (!std::isfinite(value)) return value > 0 ? "+inf" : value < 0 ? "-inf" : "undefined";
  const double size = std::abs(value);
  if (size != 0 && (size >= 1e6 || size < 1e-4)) return significant(value, 3);
  return fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/// "0.0123", or "< 0.0001".
[[nodiscard]] inline std::string p_text(double p) {
  return p < 1e-4 ? "< 0.0001" : fixed(p, p < 0.1 ? 4 : 2);
}

/// "1.2 %" for a fraction.
[[nodiscard]] inline std::string percent(double share) { return short_number(100 * share) + " %"; }

/// "+0.52 [0.48, 0.56], 3 seeds".
[[nodiscard]] inline std::string interval_text(const stats::Interval& interval) {
  if (interval.count == 0) return "no results";
  const std::string mean = (interval.mean > 0 ? "+" : "") + short_number(interval.mean);
  if (interval.count == 1) return mean + ", 1 seed (no interval)";
  return concat(mean, " [", short_number(interval.low), ", ", short_number(interval.high), "], ",
                interval.count, " seeds");
}

/// "0.52 ± 0.04" for values over seeds, with half the width of their 95 % interval; "0.52" for one.
[[nodiscard]] inline std::string mean_text(const std::vector<double>& values) {
  if (values.empty()) return "no results";
  const stats::Interval interval = stats::mean_interval(values);
  return short_number(interval.mean) +
         (interval.count < 2 ? "" : " ± " + short_number(interval.high - interval.mean));
}

/// "accuracy: 1x4 - 1x1"; with the metric's words where its sides differ.
[[nodiscard]] inline std::string compared_text(const Endpoint& endpoint) {
  if (endpoint.baseline.empty()) return concat(endpoint.metric, " of ", endpoint.cell);
  if (!endpoint.baseline_metric.empty())
    return concat(endpoint.metric, " of ", endpoint.cell, " - ", endpoint.baseline_metric, " of ",
                  endpoint.baseline);
  return concat(endpoint.metric, ": ", endpoint.cell, " - ", endpoint.baseline);
}

/// The rule that is applied: "accuracy: 1x4 - 1x1 >= 0.3", "... within +-0.1", ...
[[nodiscard]] inline std::string expectation_text(const Endpoint& endpoint) {
  const std::string size = endpoint.size > 0 ? " >= " + to_text(endpoint.size) : " > 0",
                    bound = concat(endpoint.side == Side::below ? " < " : " > ",
                                   to_text(endpoint.bound)),
                    compared = compared_text(endpoint);
  switch (endpoint.kind) {
    case EndpointKind::null:
      return concat(compared, " within +-", to_text(endpoint.margin));
    case EndpointKind::one_sided:
      return compared + bound;
    case EndpointKind::proportion:
      return concat("share of runs with ", endpoint.metric, " >= ", to_text(endpoint.threshold),
                    ": ", endpoint.cell, " - ", endpoint.baseline, size);
    case EndpointKind::trend:
      return concat("slope of ", compared, " on x = ", endpoint.x, size);
    case EndpointKind::exchange_rate:
      return concat("exchange rate of ", endpoint.cell, " in ", endpoint.metric, bound);
    default:
      return compared + size;
  }
}

/// The expectation in words, if there are some, and as the rule that is applied.
[[nodiscard]] inline std::string expected_here(const Endpoint& endpoint) {
  const std::string rule = expectation_text(endpoint);
  return endpoint.expected.empty() ? rule : concat(endpoint.expected, " (", rule, ")");
}

}  // namespace looplab::lab

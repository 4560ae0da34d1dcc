// SPDX-License-Identifier: MIT
//
// Metrics of one evaluation as lines for the terminal.
#pragma once

#include <ostream>
#include <string>

#include "looplab/lab/config/run_config.hpp"
#include "looplab/lab/metrics/metrics.hpp"
#include "looplab/lab/report/short_text.hpp"

namespace looplab::lab {

inline void print_metrics(const Metrics& metrics, std::ostream& out) {
  for (const Metric& metric : metrics) {
    out << "  " << metric.key << "  " << short_number(metric.value);
    if (metric.has_floor) out << "  (floor " << short_number(metric.floor) << ")";
    out << "\n";
  }
}

/// "on 1000 validation windows".
[[nodiscard]] inline std::string windows_text(const AnyTask& task,
                                              const RunEvaluationSettings& settings) {
  const Index count = num_evaluation_windows(task, {.num_sequences = settings.num_sequences});
  return concat("on ", count, ' ', to_text(settings.split), " windows");
}

}  // namespace looplab::lab

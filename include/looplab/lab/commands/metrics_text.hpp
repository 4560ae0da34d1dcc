// SPDX-License-Identifier: MIT
//
// What an evaluation measured, and on what.
#pragma once

#include <string>

#include "looplab/lab/config/run_config.hpp"
#include "looplab/lab/metrics/metrics.hpp"
#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/report/text_table.hpp"

namespace looplab::lab {

/// A row per metric, with its floor if it has one.
[[nodiscard]] inline Table metrics_table(const Metrics& metrics) {
  Table table({"metric"}, {"value", "floor"});
  for (const Metric& metric : metrics)
    table.add({to_text(metric.key), short_number(metric.value),
               metric.has_floor ? short_number(metric.floor) : ""});
  return table.without_empty();
}

/// "on 1000 validation windows".
[[nodiscard]] inline std::string windows_text(const AnyTask& task,
                                              const RunEvaluationSettings& settings) {
  const Index count = num_evaluation_windows(task, {.num_sequences = settings.num_sequences});
  return concat("on ", count, ' ', to_text(settings.split), " windows");
}

}  // namespace looplab::lab

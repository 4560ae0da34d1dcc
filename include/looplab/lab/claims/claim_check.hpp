// SPDX-License-Identifier: MIT
//
// Checks of a claim's figures before anything is run: they must refer to existing cells, metrics and
// quantities. The checks of what is expected: lab/claims/endpoint_check.hpp.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/text_list.hpp"
#include "looplab/lab/claims/cell_quantity.hpp"
#include "looplab/lab/claims/claim.hpp"
#include "looplab/lab/claims/endpoint_check.hpp"

namespace looplab::lab {

/// Records figures that refer to metrics or quantities that do not exist, or to none of `cells`,
/// the cells of all presets.
inline void check_figures(const Claim& claim, const std::vector<std::string>& cells,
                          Problems& problems) {
  if (claim.figures.empty()) return;
  const std::vector<MetricKey> metrics = claim_metric_keys(claim);
  for (const FigureSpec& figure : claim.figures) {
    const std::string where = "figure " + figure.name;
    const auto collect = [&](auto&& check) { problems.collect(check); };
    for (const MetricKey& metric : figure.metrics)
      collect([&] { require_known_metric(where, metric, metrics); });
    if (figure.kind != FigureKind::metrics && figure.metrics.size() > 1)
      problems.add(concat(where, ": metric is \"", to_text(figure.metrics),
                          "\", expected one; several are for kind = metrics"));
    for (const std::string& pattern : listed(figure.cells))
      if (std::ranges::none_of(cells,
                               [&](const std::string& cell) { return matches(pattern, cell); }))
        problems.add(concat(where, ": ", unknown_name("cell", pattern, cells)));
    collect([&] { (void)listed_numbers(figure.slopes, where + ": slopes"); });
    collect([&] { (void)listed_numbers(figure.level, where + ": level"); });
    const std::vector<std::string> growing(kGrowingQuantities.begin(), kGrowingQuantities.end()),
        computed(kCellQuantities.begin(), kCellQuantities.end());
    if (figure.kind == FigureKind::curve && !figure.x.empty())
      collect([&] { require_known(where, "x", figure.x, growing); });
    const bool needs_x = figure.kind == FigureKind::sweep || figure.kind == FigureKind::scatter;
    const RunConfig& first = claim.cells.at(0).config;
    if (needs_x && !cell_quantity(first, figure.x))
      problems.add(concat(where, ": x is \"", figure.x, "\", expected a key of the cells with a ",
                          "number, such as task.num_people, or one of ", joined(computed)));
    for (const std::string& key : listed(figure.series))
      if (!config_value(first, key))
        problems.add(concat(where, ": series has \"", key, "\", expected keys of the cells, such ",
                            "as model.num_loops"));
  }
}

}  // namespace looplab::lab

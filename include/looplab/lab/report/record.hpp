// SPDX-License-Identifier: MIT
//
// The committed record of a reference run, in <claim>/results/<preset>/:
//
//   verdict.md           verdicts, gaps, every cell beside the paper's values, environment
//   figures/<name>.svg   the claim's figures
//
// and results/<preset>/gap_closed.svg, the figure over all claims, in the folder of the claims.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "looplab/lab/claims/claim_file.hpp"
#include "looplab/lab/report/report.hpp"

namespace looplab::lab {

/// Every cell with its mean over seeds, in the metric and in nats, beside the paper's value.
[[nodiscard]] inline std::string cells_markdown(const Claim& experiment,
                                                const ClaimResults& results) {
  const MetricKey& metric = experiment.text.metric;
  std::string text =
      concat("| cell | k x R | parameters | without embeddings | ", metric,
             " | answer_nats | seeds | paper |\n|---|---|---|---|---|---|---|---|\n");
  for (const Cell& cell : experiment.cells) {
    const ModelCost cost = run_cost(cell.config).model;
    const auto values = results.values(cell.name, metric),
               nats = results.values(cell.name, quantity::answer_nats);
    const auto paper = std::ranges::find(experiment.published, cell.name, &PublishedValue::name);
    text += concat("| ", cell.name, " | ", shape_text(cell.config), " | ", cost.unique_parameters,
                   " | ", cost.unique_parameters_without_embeddings, " | ", mean_text(values),
                   " | ", nats.empty() ? "" : mean_text(nats), " | ", values.size(), " | ",
                   paper == experiment.published.end() ? "" : short_number(paper->value), " |\n");
  }
  for (const PublishedValue& paper : experiment.published)
    if (find_cell(experiment, paper.name) == nullptr)
      text += concat("| ", paper.name, " | | | | | | | ", short_number(paper.value), " |\n");
  return text;
}

/// Environment of the runs: each stamp, commit and processor once.
[[nodiscard]] inline std::string origin_text(const ClaimResults& results) {
  std::vector<std::string> origins;
  for (const RunResult* run : results.runs()) {
    const auto word = [&](const char* key) {
      const auto found = run->environment.find(key);
      return found != run->environment.end() && found->is_string() ? found->get<std::string>()
                                                                    : "unknown";
    };
    const std::string origin = concat("results ", run->stamp.text(), ", looplab ", word("commit"),
                                      ", ", word("compiler"), ", ", word("cpu"));
    if (std::ranges::find(origins, origin) == origins.end()) origins.push_back(origin);
  }
  return joined(origins, "; ");
}

/// The text of the recorded verdict; `figures` are the paths of the figures recorded beside it.
[[nodiscard]] inline std::string claim_markdown(const Claim& experiment,
                                                const ReportInput& input,
                                                const std::vector<std::string>& figures) {
  const ClaimResults results(experiment.name, input.results);
  const Family& family = input.verdicts.family(family_of(experiment));
  std::string text =
      concat("# ", family.missing.empty() ? "" : "Preliminary: ", experiment.text.title,
             "\n\nPreset `", experiment.preset,
             "`: ", results.runs().size(), " of ", std::ssize(experiment.cells) * experiment.seeds,
             " runs. Written by `looplab reproduce --preset ", experiment.preset,
             " --record`; do not edit.\n\n");
  if (!figures.empty()) text += concat("![](", figures[0], ")\n\n");
  text += concat(verdict_markdown(input.verdicts, experiment.name), "\n",
                 correction_text(family), " Mean over seeds, 95 % Student-t intervals of ",
                 "differences paired by seed.\n\n", cells_markdown(experiment, results));
  for (std::size_t i = 1; i < figures.size(); ++i) text += concat("\n![](", figures[i], ")\n");
  return text + "\nRun with " + origin_text(results) + ".\n";
}

/// Records every claim that has results into its folder below `claims`. Copies figures from
/// `directory`, into which the report must have been written before. If all claims are given, also
/// records the figure over them.
inline void record_claims(const ReportInput& input, const std::filesystem::path& directory,
                          const std::filesystem::path& claims, bool all_claims) {
  const std::filesystem::path drawn = directory / "figures";
  for (const Claim& experiment : input.experiments) {
    if (ClaimResults(experiment.name, input.results).runs().empty()) continue;
    const auto folder = results_folder(claims / experiment.name, experiment.preset);
    ensure_directory(folder / "figures");
    std::vector<std::string> figures;
    for (const FigurePlan& plan : ClaimFigures(experiment, input.results).plans()) {
      const std::filesystem::path svg = drawn / concat(experiment.name, '_', plan.stem, ".svg");
      if (!std::filesystem::exists(svg)) continue;
      figures.push_back(concat("figures/", plan.stem, ".svg"));
      write_file_atomically(folder / figures.back(), read_file(svg));
    }
    write_file_atomically(folder / "verdict.md", claim_markdown(experiment, input, figures));
  }
  if (!all_claims || !std::filesystem::exists(directory / "gap_closed.svg")) return;
  const auto folder = results_folder(claims, input.experiments.at(0).preset);
  ensure_directory(folder);
  write_file_atomically(folder / "gap_closed.svg", read_file(directory / "gap_closed.svg"));
}

}  // namespace looplab::lab

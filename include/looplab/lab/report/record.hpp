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
#include "looplab/lab/config/run_cost.hpp"
#include "looplab/lab/report/report.hpp"

namespace looplab::lab {

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
[[nodiscard]] inline std::string claim_markdown(const Claim& claim, const ReportInput& input,
                                                const std::vector<std::string>& figures) {
  const ClaimResults results(claim.name, input.results);
  const Family& family = input.verdicts.family(family_of(claim));
  std::string text = concat("# ", family.missing.empty() ? "" : "Preliminary: ", claim.text.title,
                            "\n\nPreset `", claim.preset, "`: ", results.runs().size(), " of ",
                            std::ssize(claim.cells) * claim.seeds.count,
                            " runs. Written by `looplab reproduce --preset ", claim.preset,
                            " --record`; do not edit.\n\n");
  if (!figures.empty()) text += concat("![](", figures[0], ")\n\n");
  text += markdown_text(verdict_table(input.verdicts, claim.name)) + '\n';
  if (!claim.gaps.empty()) text += markdown_text(gap_table(input.verdicts, claim.name)) + '\n';
  text += concat(
      correction_text(family), " Mean over seeds, 95 % Student-t intervals of ",
      "differences paired by seed.\n\n",
      markdown_text(cells_table(claim, results)
                        .without({"label", "effective parameters", "FLOP per token",
                                  "FLOP of training", "exposures per person", "seconds per run"})));
  for (std::size_t i = 1; i < figures.size(); ++i) text += concat("\n![](", figures[i], ")\n");
  return text + "\nRun with " + origin_text(results) + ".\n";
}

/// Records every claim that has results into its folder below `claims`, with its figures. If all
/// claims are given, also records the figure over them.
inline void record_claims(const ReportInput& input, const std::filesystem::path& claims,
                          bool all_claims) {
  for (const Claim& claim : input.claims) {
    if (ClaimResults(claim.name, input.results).runs().empty()) continue;
    const auto folder = results_folder(claims / claim.name, claim.preset);
    ensure_directory(folder / "figures");
    std::vector<std::string> figures;
    for (const Figure& figure : input.figures.of(claim.name)) {
      if (figure.svg.empty()) continue;
      figures.push_back(concat("figures/", figure.name, ".svg"));
      write_file_atomically(folder / figures.back(), figure.svg);
    }
    write_file_atomically(folder / "verdict.md", claim_markdown(claim, input, figures));
  }
  if (!all_claims || input.figures.gap_closed.svg.empty()) return;
  const auto folder = results_folder(claims, input.claims.at(0).preset);
  ensure_directory(folder);
  write_file_atomically(folder / "gap_closed.svg", input.figures.gap_closed.svg);
}

}  // namespace looplab::lab

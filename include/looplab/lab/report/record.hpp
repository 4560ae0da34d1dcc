// SPDX-License-Identifier: MIT
//
// The committed record of a reference run, in <claim>/results/<preset>/:
//
//   verdict.md           verdicts, exchange rates, every cell beside the paper's values, environment
//   figures/<name>.svg   the claim's figures
//
// and of all claims together in results/<preset>/ of their common folder:
//
//   exchange_rates.svg   the figure
//   summary.md           the sentence, the table, and the verdict on each claim
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
  const Verdicts& verdicts = input.verdicts;
  std::string text = concat("# ", verdicts.is_preliminary(claim.name) ? "Preliminary: " : "",
                            claim.text.title, "\n\n**", claim_verdict_text(verdicts, claim.name),
                            "**\n\nPreset `", claim.preset, "`: ", results.runs().size(), " of ",
                            num_runs(claim), " runs. Written by `looplab reproduce --preset ",
                            claim.preset, " --record`; do not edit.\n\n");
  if (!figures.empty()) text += concat("![](", figures[0], ")\n\n");
  text += markdown_text(verdict_table(verdicts, claim.name)) + '\n';
  if (!claim.exchanges.empty()) text += markdown_text(exchange_table(verdicts, claim.name)) + '\n';
  if (!claim.text.version_one.empty())
    text += concat("Version one of this design, on other seeds (results/", claim.preset,
                   "-1/): ", claim.text.version_one, "\n\n");
  text += concat(
      kRules, "\n\n",
      markdown_text(cells_table(claim, results)
                        .without({"label", "effective parameters", "FLOP per token",
                                  "FLOP of training", "exposures per person", "seconds per run"})));
  for (std::size_t i = 1; i < figures.size(); ++i) text += concat("\n![](", figures[i], ")\n");
  return text + "\nRun with " + origin_text(results) + ".\n";
}

/// What all claims say together: the sentence, the table over exchange rates, a line per claim.
[[nodiscard]] inline std::string summary_markdown(const ReportInput& input) {
  std::string text = concat(
      "# What loops buy\n\n", worth_text(input.verdicts), "\n\n![](exchange_rates.svg)\n\n",
      markdown_text(summary_table(input.claims, input.results, input.verdicts).without_empty()),
      "\n");
  Table table({"claim", "verdict", "runs"});
  for (const Claim& claim : input.claims) {
    const auto runs = ClaimResults(claim.name, input.results).runs().size();
    if (runs == 0) continue;
    table.add({concat("[", claim.text.title, "](../../", claim.name, "/results/", claim.preset,
                      "/verdict.md)"),
               claim_verdict_text(input.verdicts, claim.name),
               concat(runs, " of ", num_runs(claim))});
  }
  return concat(text, markdown_text(table), "\n", kRules,
                "\n\nWritten by `looplab reproduce --preset ", input.claims.at(0).preset,
                " --record`; do not edit.\n");
}

/// Records every claim that has results into its folder below `claims`, with its figures. If all
/// claims are given, also records what they say together.
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
  if (!all_claims || input.figures.exchange_rates.svg.empty()) return;
  const auto folder = results_folder(claims, input.claims.at(0).preset);
  ensure_directory(folder);
  write_file_atomically(folder / "exchange_rates.svg", input.figures.exchange_rates.svg);
  write_file_atomically(folder / "summary.md", summary_markdown(input));
}

}  // namespace looplab::lab

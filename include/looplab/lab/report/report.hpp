// SPDX-License-Identifier: MIT
//
// The report: results.csv, and report.html, a single file with its styles
// and figures that needs no network.
#pragma once

#include <array>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/lab/report/cells_table.hpp"
#include "looplab/lab/report/html.hpp"
#include "looplab/lab/report/report_figures.hpp"
#include "looplab/lab/report/summary_table.hpp"
#include "looplab/lab/report/verdict_table.hpp"
#include "looplab/lab/report/worth.hpp"
#include "looplab/lab/results/results_table.hpp"
#include "looplab/train/progress.hpp"

namespace looplab::lab {

/// Content of a report.
struct ReportInput {
  std::vector<Claim> claims;
  std::vector<RunResult> results;
  std::vector<std::string> failures;
  Verdicts verdicts;
  ReportFigures figures;
};

/// The environments of the runs, each once: a row for its results, then one per entry.
[[nodiscard]] inline Table environment_table(const std::vector<RunResult>& results) {
  Table table({"environment", "value"});
  std::set<std::string> seen;
  for (const RunResult& result : results) {
    const std::string stamp = result.stamp.text();
    if (!result.environment.is_object() || !seen.insert(result.environment.dump() + stamp).second)
      continue;
    table.add({"results", stamp});
    for (const auto& [name, value] : result.environment.items())
      table.add({name, value.is_string() ? value.get<std::string>() : value.dump()});
  }
  return table;
}

/// Builds the page. Refers to its input, which must outlive it.
class HtmlReport {
 public:
  explicit HtmlReport(const ReportInput& input) : input_(input) {}

  [[nodiscard]] std::string html() const {
    std::string body = head();
    body += exchange_section() + verdict_section();
    for (const Claim& claim : input_.claims) body += claim_section(claim);
    body += environment_section();
    std::string notes;
    for (const std::string& problem : input_.figures.problems())
      notes += "<p class=\"warn\">" + html_text(problem) + "</p>\n";
    return concat("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n",
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
                  "<title>looplab report</title>\n<style>", kReportStyle,
                  "</style></head>\n<body><main>", body, notes, "</main></body></html>\n");
  }

 private:
  [[nodiscard]] std::string head() const {
    const Verdicts& verdicts = input_.verdicts;
    const std::string preset = input_.claims.empty() ? "" : input_.claims.front().preset;
    std::string text = concat(
        "<h1>What do loops add to a transformer?</h1>\n<p class=\"lead\">", input_.claims.size(),
        input_.claims.size() == 1 ? " claim" : " claims", ", preset <b>", html_text(preset),
        "</b>, ", input_.results.size(),
        " finished runs: ", verdicts.count(stats::Verdict::reproduced), " of ",
        verdicts.endpoints.size(), " expectations reproduced, ",
        verdicts.count(stats::Verdict::not_reproduced), " not reproduced, ",
        verdicts.count(stats::Verdict::inconclusive), " inconclusive, ",
        verdicts.count(stats::Verdict::beyond_budget),
        " beyond this budget.</p>\n<p class=\"small\">The same k layers applied R times (k x R) "
        "are "
        "compared with the same k layers applied once (k x 1: as many parameters) and with kR "
        "different layers (kR x 1: as much arithmetic).</p>\n");
    Index stale = 0;
    for (const RunResult& result : input_.results) stale += result.stale ? 1 : 0;
    if (stale > 0)
      text += concat("<p class=\"warn\">", stale, " of ", input_.results.size(),
                     " runs are <b>stale</b>: they were made by another results version than this "
                     "program's (",
                     html_text(current_stamp().text()),
                     "). Run again with --rerun-stale to replace them.</p>\n");
    for (const std::string& failure : input_.failures)
      text += "<p class=\"warn\">A run failed: " + html_text(failure) + "</p>\n";
    return text;
  }

  [[nodiscard]] std::string verdict_section() const {
    return concat("<h2>Verdicts</h2>\n", html_text(verdict_table(input_.verdicts)),
                  "<p class=\"small\">Measured: mean over seeds of differences paired by seed, "
                  "with Student's "
                  "t interval; shares of runs with Newcombe's. A difference is reproduced if the "
                  "interval lies "
                  "above 0 and the mean reaches the stated size; a null only if the whole interval "
                  "lies inside "
                  "the margin stated beforehand (two one-sided tests). Beyond this budget: nothing "
                  "that has to "
                  "learn did. Fewer than three seeds decide nothing. ",
                  html_text(std::string(kRules)), "</p>\n");
  }

  [[nodiscard]] std::string exchange_section() const {
    if (input_.verdicts.exchanges.empty()) return "";
    const std::string worth = worth_text(input_.verdicts);
    return "<h2>The exchange rate: what a loop is worth</h2>\n" +
           (worth.empty() ? "" : "<p class=\"lead\">" + html_text(worth) + "</p>\n") +
           figure_element(input_.figures.exchange_rates) +
           html_text(
               summary_table(input_.claims, input_.results, input_.verdicts).without_empty()) +
           "<p class=\"small\">In the metric of each task, and in nats of the answers, where a "
           "metric "
           "that is at its ceiling tells less:</p>\n" +
           html_text(exchange_table(input_.verdicts));
  }

  [[nodiscard]] std::string claim_section(const Claim& claim) const {
    const ClaimText& words = claim.text;
    std::string text =
        concat("<h2>", html_text(words.title), "</h2>\n<p><b>",
               html_text(claim_verdict_text(input_.verdicts, claim.name)), "</b></p>\n<p>",
               html_text(words.paper), " <small>", html_text(words.source), "</small></p>\n");
    for (const Figure& figure : input_.figures.of(claim.name)) text += figure_element(figure);
    text += html_text(cells_table(claim, ClaimResults(claim.name, input_.results)).without_empty());
    if (!words.version_one.empty())
      text += "<p><b>Version one of this design:</b> " + html_text(words.version_one) + "</p>\n";
    if (!words.deviations.empty())
      text += "<p><b>Different from the paper:</b> " + html_text(words.deviations) + "</p>\n";
    return text;
  }

  [[nodiscard]] std::string environment_section() const {
    return "<h2>Where it was run</h2>\n" + html_text(environment_table(input_.results)) +
           "<p class=\"small\">All runs and their numbers: results.csv beside this page; "
           "configuration, log and checkpoint of each: the folder runs.</p>\n";
  }

  const ReportInput& input_;
};

/// Writes results.csv, report.html, exchange_rates.svg and, into figures/, the figures of the claims into
/// `directory`; beside each figure its script. Figures that could not be drawn are missing.
inline void write_report(const ReportInput& input, const std::filesystem::path& directory) {
  ensure_directory(directory);
  write_file_atomically(directory / "results.csv", csv_text(results_table(input.results)));
  write_file_atomically(directory / "report.html", HtmlReport(input).html());
  const Figure& rates = input.figures.exchange_rates;
  if (!rates.name.empty()) write_figure(directory, rates.name, rates);
  for (const auto& [claim, figures] : input.figures.of_claims)
    for (const Figure& figure : figures)
      write_figure(directory / "figures", concat(claim, '_', figure.name), figure);
}

}  // namespace looplab::lab

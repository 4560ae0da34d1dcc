// SPDX-License-Identifier: MIT
//
// The report: a table on the terminal, results.csv, and report.html, a single file with its styles
// and figures that needs no network.
#pragma once

#include <array>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/lab/figures/claim_figures.hpp"
#include "looplab/lab/figures/gap_plot.hpp"
#include "looplab/lab/report/html.hpp"
#include "looplab/lab/report/verdict_table.hpp"
#include "looplab/lab/results/results_csv.hpp"
#include "looplab/train/progress.hpp"

namespace looplab::lab {

/// Content of a report.
struct ReportInput {
  std::vector<Claim> experiments;
  std::vector<RunResult> results;
  std::vector<std::string> failures;
  Verdicts verdicts;
};

/// Builds the page; gnuplot reads and writes files in `directory`.
class HtmlReport {
 public:
  HtmlReport(const ReportInput& input, std::filesystem::path directory,
             std::string gnuplot = "gnuplot")
      : input_(input), directory_(std::move(directory)), gnuplot_(std::move(gnuplot)) {}

  [[nodiscard]] std::string html() {
    std::string body = head();
    body += gap_section() + verdict_section();
    for (const Claim& experiment : input_.experiments) body += claim_section(experiment);
    body += environment_section();
    std::string notes;
    for (const std::string& problem : problems_)
      notes += "<p class=\"warn\">" + html_text(problem) + "</p>\n";
    return concat("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n",
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
                  "<title>looplab report</title>\n<style>", kReportStyle,
                  "</style></head>\n<body><main>", body, notes, "</main></body></html>\n");
  }

 private:
  [[nodiscard]] std::string head() const {
    const Verdicts& verdicts = input_.verdicts;
    const std::string preset = input_.experiments.empty() ? "" : input_.experiments.front().preset;
    std::string text = concat(
        "<h1>What do loops add to a transformer?</h1>\n<p class=\"lead\">",
        input_.experiments.size(), input_.experiments.size() == 1 ? " claim" : " claims",
        ", preset <b>", html_text(preset), "</b>, ", input_.results.size(),
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

  [[nodiscard]] static std::string measured(const EndpointRow& row) {
    std::string text;
    for (const std::string& line : measured_lines(row))
      text += text.empty() ? html_text(line) : "<br><small>" + html_text(line) + "</small>";
    return text;
  }

  [[nodiscard]] std::string verdict_section() const {
    std::string text =
        "<h2>Verdicts</h2>\n<div class=\"scroll\"><table><tr><th>claim</th><th>paper</th>"
        "<th>expected here, and why</th><th>measured</th><th>verdict</th></tr>\n";
    for (const EndpointRow& row : input_.verdicts.endpoints) {
      const Endpoint& endpoint = row.endpoint;
      text += "<tr><td>";
      if (!row.title.empty()) text += "<b>" + html_text(row.title) + "</b><br>";
      text += concat("<small>", html_text(endpoint.name), endpoint.primary ? " (primary)" : "",
                     "</small></td><td>", html_text(row.paper), "</td><td>",
                     html_text(endpoint.expected.empty() ? "" : endpoint.expected + " "), "<code>",
                     html_text(expectation_text(endpoint)), "</code><br><small>",
                     html_text(endpoint.reason), "</small></td><td>", measured(row), "</td><td>",
                     badge(row.verdict), "</td></tr>\n");
    }
    return concat(
        text,
        "</table></div>\n<p class=\"small\">Measured: mean difference, paired by seed, with its "
        "95 % Student-t interval. A difference is reproduced if the interval lies above 0 and "
        "the mean reaches the stated size; a null only if the whole interval lies inside the "
        "margin stated beforehand (two one-sided tests) and, where there are control cells, "
        "training twice as long moves both arms by less than ",
        percent(kMaxMovement),
        ". Beyond this budget: an arm that has to learn did not. Fewer than three seeds decide "
        "nothing. p is two-sided; &ldquo;among all&rdquo;: ",
        html_text(correction_text(input_.verdicts)), "</p>\n");
  }

  /// A figure as an element of the page; "" if it is empty.
  [[nodiscard]] std::string figure(const FigurePlan& plan) {
    if (plan.script.empty()) return "";
    const Figure drawn = draw(directory_ / "figures", plan, gnuplot_);
    if (drawn.svg.empty()) {
      problems_.insert(drawn.problem);
      return "";
    }
    return concat("<figure style=\"max-width:", plan.size.width, "px\">",
                  inline_svg(drawn.svg, html_text(plan.title)), "<figcaption>",
                  html_text(plan.caption), "</figcaption></figure>\n");
  }

  [[nodiscard]] std::string gap_section() {
    const auto& gaps = input_.verdicts.gaps;
    if (gaps.empty()) return "";
    std::string text = "<h2>The gap closed: the claim in one number</h2>\n";
    text += figure(gaps_figure(gaps));
    text +=
        "<table><tr><th>gap</th><th>cells</th><th>gap closed, in its metric</th><th>in nats of the "
        "answers</th></tr>\n";
    for (const GapRow& row : gaps)
      text += concat("<tr><td>", html_text(row.gap.title()), "<br><small>", html_text(row.claim),
                     "</small></td><td>", html_text(ratio_text(row.gap)), "</td><td>",
                     html_text(to_text(row.gap.metric)), ": ", html_text(gap_text(row.closed)), "</td><td>",
                     html_text(gap_text(row.nats)), "</td></tr>\n");
    return text + "</table>\n";
  }

  [[nodiscard]] std::string claim_section(const Claim& experiment) {
    const ClaimText& words = experiment.text;
    std::string text = concat("<h2>", html_text(words.title), "</h2>\n<p>", html_text(words.paper),
                              " <small>", html_text(words.source), "</small></p>\n");
    text += figures(experiment) + cells_table(experiment);
    if (!words.deviations.empty())
      text += "<p><b>Different from the paper:</b> " + html_text(words.deviations) + "</p>\n";
    return text;
  }

  [[nodiscard]] std::string figures(const Claim& experiment) {
    std::string text;
    for (FigurePlan plan : ClaimFigures(experiment, input_.results).plans()) {
      plan.stem = concat(experiment.name, '_', plan.stem);
      text += figure(plan);
    }
    return text;
  }

  [[nodiscard]] std::string cells_table(const Claim& experiment) const {
    const bool shows_exposures = std::ranges::any_of(
        experiment.cells, [](const Cell& c) { return exposures(c.config) > 0; });
    std::string text = concat(
        "<div class=\"scroll\"><table><tr><th>cell</th><th class=\"n\">k</th><th class=\"n\">R</th>"
        "<th class=\"n\">parameters<br>unique</th><th class=\"n\">without<br>embeddings</th>"
        "<th class=\"n\">effective</th><th class=\"n\">FLOP<br>per token</th>"
        "<th class=\"n\">FLOP of<br>training</th>",
        shows_exposures ? "<th class=\"n\">exposures<br>per person</th>" : "", "<th>",
        html_text(to_text(experiment.text.metric)), "</th>",
        experiment.published.empty() ? "" : "<th>paper</th>",
        "<th class=\"n\">seconds<br>per run</th>", "</tr>\n");
    const ClaimResults results(experiment.name, input_.results);
    for (const Cell& cell : experiment.cells)
      text += cell_row(experiment, cell, results, shows_exposures);
    for (const PublishedValue& paper : experiment.published)
      if (find_cell(experiment, paper.name) == nullptr)
        text +=
            concat("<tr><td><b>", html_text(paper.name), "</b> <small>only in the paper</small>",
                   "</td><td colspan=\"", shows_exposures ? 9 : 8, "\"></td><td>",
                   short_number(paper.value), "</td><td></td></tr>\n");
    return text + "</table></div>\n";
  }

  [[nodiscard]] static std::string cell_row(const Claim& experiment, const Cell& cell,
                                            const ClaimResults& results, bool shows_exposures) {
    const RunCost cost = run_cost(cell.config);
    const auto values = results.values(cell.name, experiment.text.metric);
    double seconds = 0;
    Index runs = 0, stale = 0;
    for (const RunResult* run : results.runs_of(cell.name)) {
      seconds += run->wall_seconds;
      stale += run->stale ? 1 : 0;
      ++runs;
    }
    const auto number = [](const auto& value) {
      return concat("<td class=\"n\">", value, "</td>");
    };
    std::string text = concat("<tr><td><b>", html_text(cell.name), "</b> ", html_text(cell.label),
                              stale > 0 ? concat(" <i>(", stale, " stale)</i>") : "", "</td>");
    const RunLoops& loops = cell.config.loops;
    text +=
        number(cell.config.model.num_block_layers) +
        number(loops.evaluated == loops.trained ? to_text(loops.trained)
                                                : concat(loops.trained, "<br><small>judged with ",
                                                         loops.evaluated, "</small>")) +
        number(grouped(cost.model.unique_parameters)) +
        number(grouped(cost.model.unique_parameters_without_embeddings)) +
        number(grouped(cost.model.effective_parameters)) +
        number(grouped(static_cast<Index>(cost.model.flop_per_token))) +
        number(html_number(cost.training_flop));
    if (shows_exposures) text += number(html_number(exposures(cell.config)));
    const auto paper = std::ranges::find(experiment.published, cell.name, &PublishedValue::name);
    return concat(
        text, "<td>", mean_text(values), " <small>(", values.size(), " seeds)</small></td>",
        experiment.published.empty()          ? ""
        : paper == experiment.published.end() ? "<td></td>"
                                              : concat("<td>", short_number(paper->value), "</td>"),
        number(runs > 0 ? short_number(seconds / static_cast<double>(runs)) : "-"), "</tr>\n");
  }

  [[nodiscard]] std::string environment_section() const {
    std::string text = "<h2>Where it was run</h2>\n<table>";
    std::vector<std::string> seen;
    for (const RunResult& result : input_.results) {
      const std::string key = result.environment.dump() + result.stamp.text();
      if (!result.environment.is_object() || std::ranges::find(seen, key) != seen.end()) continue;
      if (!seen.empty()) text += "<tr><th colspan=\"2\">other runs</th></tr>\n";
      seen.push_back(key);
      text += "<tr><td>results</td><td>" + html_text(result.stamp.text()) + "</td></tr>\n";
      for (const auto& [name, value] : result.environment.items())
        text += concat("<tr><td>", html_text(name), "</td><td>",
                       html_text(value.is_string() ? value.get<std::string>() : value.dump()),
                       "</td></tr>\n");
    }
    return text +
           "</table>\n<p class=\"small\">All runs and their numbers: results.csv beside "
           "this page; configuration, log and checkpoint of each: the folder runs.</p>\n";
  }

  const ReportInput& input_;
  std::filesystem::path directory_;
  std::string gnuplot_;
  std::set<std::string> problems_;  // of figures, each reported once
};

/// Writes results.csv, report.html and, if there are gaps and gnuplot, gap_closed.svg into
/// `directory`.
inline void write_report(const ReportInput& input, const std::filesystem::path& directory) {
  ensure_directory(directory);
  write_file_atomically(directory / "results.csv", results_csv(input.results));
  write_file_atomically(directory / "report.html", HtmlReport(input, directory).html());
  const std::filesystem::path figure = directory / "figures" / "gap_closed.svg";
  if (std::filesystem::exists(figure))
    write_file_atomically(directory / "gap_closed.svg", read_file(figure));
}

}  // namespace looplab::lab

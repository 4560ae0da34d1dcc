// SPDX-License-Identifier: MIT
#include "looplab/lab/report/report.hpp"

#include <cstdlib>

#include "looplab/lab/claims/claim_reader.hpp"
#include "looplab/lab/config/run_cost.hpp"
#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/skipped.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

/// The tiny claim with made-up results: 1x2 at 0.9, 2x1 at 0.95, 1x1 at 0.5, and noise.
ReportInput made_up(const TemporaryDirectory& directory) {
  ReportInput input;
  input.claims = {load_claim(write_claim(directory / "claims"), "tiny")};
  for (const Cell& cell : input.claims[0].cells)
    for (Index seed = 1; seed <= 3; ++seed) {
      const double mean = cell.name == "1x1" ? 0.5 : cell.name == "1x2" ? 0.9 : 0.95;
      const double value =
          mean + 0.01 * RandomStream(Seed{static_cast<std::uint64_t>(seed)}, cell.name).normal();
      RunResult result;
      result.claim = "loops_help";
      result.cell = cell.name;
      result.seed = seed;
      result.stamp = current_stamp();
      result.cost = run_cost(cell.config);
      result.metrics = {{"accuracy", value, 0.4, true},
                        {"loss", 1 - value},
                        {"accuracy k=1", value + 0.02, 0.45, true},
                        {"accuracy k=2", value - 0.02, 0.35, true}};
      result.environment = to_json(current_environment());
      input.results.push_back(result);
    }
  input.verdicts = judge_all(input.claims, input.results);
  return input;
}

}  // namespace

TEST_CASE("the page is complete in itself", "[report]") {
  const TemporaryDirectory directory;
  const ReportInput input = made_up(directory);
  write_report(input, directory / "out");
  const std::string html = read_file(directory / "out" / "report.html");
  for (const char* part :
       {"Loops help.", "They do.", "class=\"v reproduced\"", "1x2", "Different from the paper",
        "each hop needs a loop", "vector_width_bits"})
    CHECK_THAT(html, contains(part));
  CHECK(html.find("http") == std::string::npos);  // nothing to load
  CHECK(html.find("<script") == std::string::npos);
  const std::string csv = read_file(directory / "out" / "results.csv");
  CHECK(std::ranges::count(csv, '\n') == 10);
}

TEST_CASE("the page has a figure for each that is asked for", "[report][gnuplot]") {
  if (!looplab_test::has_gnuplot()) return looplab_test::skipped("gnuplot is not installed");
  const TemporaryDirectory directory;
  ReportInput input = made_up(directory);
  input.figures = draw_figures(input.claims, input.results, input.verdicts);
  const std::string html = HtmlReport(input).html();
  std::size_t figures = 0;
  for (std::size_t i = 0; (i = html.find("<figure style=\"max-width:", i)) != std::string::npos;
       ++i)
    ++figures;
  CHECK(figures == 3);
}

TEST_CASE("without gnuplot there is a report that says so", "[report]") {
  const TemporaryDirectory directory;
  ReportInput input = made_up(directory);
  input.figures = draw_figures(input.claims, input.results, input.verdicts, "no-such-gnuplot");
  const std::string html = HtmlReport(input).html();
  CHECK_THAT(html, contains("gnuplot is not installed") && contains("Loops help."));
  CHECK(html.find("<svg") == std::string::npos);
}

TEST_CASE("stale and failed runs are marked", "[report]") {
  const TemporaryDirectory directory;
  ReportInput input = made_up(directory);
  CHECK(HtmlReport(input).html().find("stale") == std::string::npos);
  input.results[0].stale = true;
  input.failures = {"a run <broke>"};
  const std::string html = HtmlReport(input).html();
  CHECK_THAT(html, contains("1 of 9 runs are <b>stale</b>") && contains("<small>1 stale</small>") &&
                       contains("a run &lt;broke&gt;"));
}

TEST_CASE("a report without results still has its tables", "[report]") {
  const TemporaryDirectory directory;
  ReportInput input = made_up(directory);
  input.results.clear();
  input.verdicts = judge_all(input.claims, {});
  CHECK_THAT(HtmlReport(input).html(), contains("no results") && contains("inconclusive"));
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/report/record.hpp"

#include <cstdlib>

#include "looplab/lab/claims/claim_reader.hpp"
#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/made_results.hpp"
#include "support/skipped.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

ReportInput made_input(const std::filesystem::path& claims) {
  ReportInput input;
  input.claims = {load_claim(write_claim(claims), "tiny")};
  input.claims[0].published = {{"1x2", 0.98}, {"12x1", 0.9}};
  add_cell(input.results, "1x1", 0.5);
  add_cell(input.results, "1x2", 0.9);
  add_cell(input.results, "2x1", 0.95);
  for (RunResult& result : input.results) {
    result.claim = "loops_help";
    result.stamp = current_stamp();
    result.environment = to_json(current_environment());
  }
  input.verdicts = judge_all(input.claims, input.results);
  input.figures = draw_figures(input.claims, input.results, input.verdicts);
  return input;
}

}  // namespace

TEST_CASE("a recorded verdict has all that a reader compares with the paper", "[record]") {
  const TemporaryDirectory directory;
  const ReportInput input = made_input(directory.path());
  const std::string text =
      claim_markdown(input.claims[0], input, {"figures/a.svg", "figures/b.svg"});
  for (const char* part :
       {"# Loops help.", "Preset `tiny`: 9 of 9 runs", "![](figures/a.svg)", "![](figures/b.svg)",
        "| loops_help (primary) |", "| reproduced |",
        "**loops_help: reproduced, +0.400 [0.400, 0.400], 3 seeds**",
        "A primary endpoint is judged at its claim's alpha", "| 1x2 | 1 x 2 |", "0.920 ± 0.025",
        "| 0.980 |\n", "| 12x1 |  |  |  |  |  |  | 0.900 |", "| exchange rate |"})
    CHECK_THAT(text, contains(part));
  CHECK_THAT(text, contains("Run with results " + current_stamp().text()));
  CHECK_FALSE(contains("Version one").match(text));
  Claim redesigned = input.claims[0];
  redesigned.text.version_one = "inconclusive";
  CHECK_THAT(
      claim_markdown(redesigned, input, {}),
      contains("Version one of this design, on other seeds (results/tiny-1/): inconclusive"));
}

TEST_CASE("a run whose environment has no words is recorded as of an unknown origin", "[record]") {
  const TemporaryDirectory directory;
  ReportInput input = made_input(directory.path());
  for (RunResult& result : input.results) result.environment["commit"] = 7;
  CHECK_THAT(claim_markdown(input.claims[0], input, {}), contains(", looplab unknown, "));
  for (RunResult& result : input.results) result.environment = 7;
  CHECK_THAT(claim_markdown(input.claims[0], input, {}), contains(", looplab unknown, "));
}

TEST_CASE("figures are recorded into the folders of their claims", "[record][gnuplot]") {
  if (!looplab_test::has_gnuplot()) return looplab_test::skipped("gnuplot is not installed");
  const TemporaryDirectory directory;
  const ReportInput input = made_input(directory / "claims");
  write_report(input, directory / "out");
  record_claims(input, directory / "claims", true);
  const std::filesystem::path kept = directory / "claims/loops_help/results/tiny";
  REQUIRE_FALSE(input.figures.of("loops_help").empty());
  for (const Figure& figure : input.figures.of("loops_help")) {
    CHECK(read_file(kept / "figures" / (figure.name + ".svg")) == figure.svg);
    CHECK(read_file(directory / "out/figures" / ("loops_help_" + figure.name + ".svg")) ==
          figure.svg);
    CHECK_THAT(read_file(kept / "verdict.md"), contains("![](figures/" + figure.name + ".svg)"));
  }
  CHECK_THAT(input.figures.exchange_rates.svg, contains("xmlns="));
  CHECK_THAT(read_file(directory / "claims/results/tiny/summary.md"),
             contains("[Loops help.](../../loops_help/results/tiny/verdict.md)") &&
                 contains("9 of 9") && contains("exchange rate"));
  for (const char* file : {"out/exchange_rates.svg", "claims/results/tiny/exchange_rates.svg"})
    CHECK(read_file(directory / file) == input.figures.exchange_rates.svg);
}

TEST_CASE("verdicts are recorded into the folders of their claims", "[record]") {
  const TemporaryDirectory directory;
  const ReportInput input = made_input(directory / "claims");
  record_claims(input, directory / "claims", true);
  const auto kept = directory / "claims" / "loops_help" / "results" / "tiny";
  const std::string text = read_file(kept / "verdict.md");
  CHECK_THAT(text, contains("Loops help."));
  CHECK(contains("![](figures/cells.svg)").match(text) == looplab_test::has_gnuplot());
  std::filesystem::remove(kept / "verdict.md");
  ReportInput none = input;
  none.results.clear();
  record_claims(none, directory / "claims", false);
  CHECK_FALSE(std::filesystem::exists(kept / "verdict.md"));  // nothing to record
}

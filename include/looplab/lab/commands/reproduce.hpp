// SPDX-License-Identifier: MIT
//
// `reproduce` and `run`: run claims, print the verdicts, write results.csv and report.html.
#pragma once

#include <algorithm>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "looplab/lab/commands/claim_selection.hpp"
#include "looplab/lab/commands/command.hpp"
#include "looplab/lab/commands/fit.hpp"
#include "looplab/lab/report/record.hpp"
#include "looplab/lab/report/text_table.hpp"
#include "looplab/lab/report/worth.hpp"
#include "looplab/lab/results/reference_comparison.hpp"
#include "looplab/lab/runs/runner.hpp"

namespace looplab::lab {

/// Prints a sentence on runs that stopped before the end; returns the exit code for that case.
[[nodiscard]] inline int say_unfinished(const RunsOutcome& outcome, Index num_runs,
                                        const Console& console) {
  std::ostream& out = outcome.interrupted ? console.err : console.out;
  out << "looplab: " << (outcome.interrupted ? "interrupted" : "time limit reached") << "; "
      << outcome.results.size() << " of " << num_runs << " runs are done, " << outcome.num_left
      << " are left";
  if (outcome.seconds_left > 0) out << " (about " << duration_text(outcome.seconds_left) << ")";
  out << " and what was begun is saved. Call again to continue.\n";
  if (outcome.first_failure) std::rethrow_exception(outcome.first_failure);
  return outcome.interrupted ? kExitInterrupted : kExitDone;
}

/// Prints the tables of verdicts and exchange rates.
inline void print_verdicts(const Verdicts& verdicts, std::ostream& out) {
  out << terminal_text(verdict_table(verdicts).without({"why"})) << "(" << kRules << ")\n\n";
  if (!verdicts.exchanges.empty()) out << terminal_text(exchange_table(verdicts)) << "\n";
}

/// Runs the claims, prints the verdicts, writes results.csv and report.html.
[[nodiscard]] inline int reproduce(const ReproduceOptions& options, const Console& console) {
  ReportInput report;
  report.claims = load_claims(options);
  const std::filesystem::path out = options.out;
  ensure_directory(out);
  print_environment(console.out);
  for (const Claim& claim : report.claims) {
    console.out << "\n"
                << claim.name << " (" << claim.preset << ", " << claim.seeds.count << " seeds)\n"
                << terminal_text(cells_table(claim, {claim.name, {}})
                                     .without({to_text(claim.text.metric), "seeds"})
                                     .without_empty());
  }
  console.out << std::endl;
  const auto runs = plan_runs(report.claims, out, options.claims);
  const std::vector<RunResult> reference =
      options.rerun ? recorded_results(runs) : std::vector<RunResult>();
  RunsOutcome outcome = [&] {
    if (options.no_run) {
      RunsOutcome recorded;
      recorded.results = recorded_results(runs);
      return recorded;
    }
    const InterruptScope interruptible;
    return run_all(runs, {.threads = static_cast<int>(options.threads),
                          .rerun_stale = options.rerun_stale,
                          .record = options.record,
                          .minutes = options.minutes,
                          .use_rows = !options.rerun});
  }();
  if (outcome.interrupted || outcome.out_of_time)
    return say_unfinished(outcome, std::ssize(runs), console);
  report.results = std::move(outcome.results);
  report.failures = std::move(outcome.failures);
  report.verdicts = judge_all(report.claims, report.results);
  print_verdicts(report.verdicts, console.out);
  if (options.rerun)
    console.out << comparison_text(compare_with_reference(report.results, reference)) << "\n";
  if (const std::string worth = worth_text(report.verdicts); !worth.empty())
    console.out << worth << "\n\n";
  if (outcome.num_reused > 0)
    console.out << outcome.num_reused << " of " << runs.size() << " runs had been done before.\n";
  if (outcome.num_unknown_rows > 0)
    console.out << "Warning: " << outcome.num_unknown_rows << " rows of results/" << options.preset
                << "/rows.jsonl were recorded with other settings and are not used.\n";
  if (outcome.num_stale > 0)
    console.out << "Warning: " << outcome.num_stale
                << " of them are stale (made by another results version); --rerun-stale runs them "
                   "again.\n";
  report.figures = draw_figures(report.claims, report.results, report.verdicts);
  write_report(report, out);
  if (options.record) record_claims(report, options.claims, options.only.empty());
  console.out << "Report:  " << std::filesystem::absolute(out / "report.html").string()
              << "\nResults: " << std::filesystem::absolute(out / "results.csv").string()
              << std::endl;
  if (outcome.first_failure) std::rethrow_exception(outcome.first_failure);
  return options.strict && !report.verdicts.all_reproduced() ? kExitNotReproduced : kExitDone;
}

/// `reproduce`: all claims, or those of --only; preset `paper` is only measured, as by `fit`.
[[nodiscard]] inline int reproduce_claims(const std::vector<std::string>& arguments,
                                          const Console& console) {
  ReproduceOptions options;
  read_options(arguments, options);
  return options.preset == "paper" ? fit_claims(options, console) : reproduce(options, console);
}

/// Flags of `run`: how claims are run, and the folder of one.
struct RunOptions : ClaimRunOptions {
  std::string claim;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"claim", "folder of the claim"}, self.claim);
    ClaimRunOptions::for_each_field(self, visit);
  }
};

/// `run CLAIM`: the claim in any folder.
[[nodiscard]] inline int run_claim(const std::vector<std::string>& arguments,
                                   const Console& console) {
  RunOptions options;
  read_options(arguments, options, "claim");
  require<ConfigError>(!options.claim.empty(), "run: the folder of a claim is missing");
  const std::filesystem::path claim = claim_folder(options.claim);
  return reproduce({options, claim.filename().string(), claim.parent_path().string()}, console);
}

[[nodiscard]] inline Command reproduce_command() {
  return {"reproduce", "reproduce [--preset=quick]",
          "run all claims, print verdicts, write a report; preset paper is not run but fitted",
          [] { return options_help<ReproduceOptions>(); }, reproduce_claims};
}

[[nodiscard]] inline Command run_command() {
  return {"run", "run CLAIM_FOLDER", "the same for one claim",
          [] { return options_help<RunOptions>(); }, run_claim};
}

}  // namespace looplab::lab

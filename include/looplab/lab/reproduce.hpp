// SPDX-License-Identifier: MIT
//
// `reproduce`, `run` and `claims`: run claims, print the verdicts, write results.csv and
// report.html.
#pragma once

#include <algorithm>
#include <exception>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "looplab/lab/console.hpp"
#include "looplab/lab/record.hpp"
#include "looplab/lab/runner.hpp"

namespace looplab {

/// Flags of `reproduce` and `run`.
struct ReproduceOptions {
  std::string preset = "quick", out = "results", only, claims = "experiments";
  Index seeds = 0, threads = 0;
  double minutes = 0;
  bool rerun_stale = false, record = false, strict = false;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"preset", "sizes to run: smoke, quick, ..."}, self.preset);
    visit(Field{"seeds", "runs of each cell; 0: the preset's", 0, 1000}, self.seeds);
    visit(Field{"threads", "0: all", 0, 4096}, self.threads);
    visit(Field{"out", "folder for runs, results.csv and report.html"}, self.out);
    visit(Field{"only",
                "claims to run, separated by commas; empty: all, of quick the gap-closed set"},
          self.only);
    visit(Field{"claims", "folder with a folder for each claim"}, self.claims);
    visit(Field{"rerun-stale", "run again what another version has made"}, self.rerun_stale);
    visit(Field{"record", "keep finished runs, verdicts and figures in the folder of their claim"},
          self.record);
    visit(Field{"minutes", "stop after so many, to go on another time; 0: no limit", 0, 1e6},
          self.minutes);
    visit(Field{"strict", "exit with 7 unless everything is reproduced"}, self.strict);
  }
};

/// Whether claim.ini says "summary = true".
[[nodiscard]] inline bool in_summary(const std::filesystem::path& claim) {
  return last_value(read_ini(claim / "claim.ini"), "claim.summary") == "true";
}

/// The claims marked as the gap-closed set; all of them if none is marked.
[[nodiscard]] inline std::vector<std::string> summary_claims(const std::filesystem::path& claims) {
  const std::vector<std::string> all = claim_names(claims);
  std::vector<std::string> marked;
  for (const std::string& name : all)
    if (in_summary(claims / name)) marked.push_back(name);
  return marked.empty() ? all : marked;
}

/// The claims of --only; else all, or at the preset `quick` the gap-closed set.
/// \throws ConfigError naming the nearest claim.
[[nodiscard]] inline std::vector<std::string> chosen_claims(const ReproduceOptions& options) {
  const std::vector<std::string> all = claim_names(options.claims);
  require<ConfigError>(!all.empty(), options.claims, ": has no folder with claim.ini");
  std::vector<std::string> chosen;
  std::istringstream names(options.only);
  for (std::string name; std::getline(names, name, ',');) {
    require_known("--only", "claim", name, all);
    chosen.push_back(name);
  }
  if (!chosen.empty()) return chosen;
  return options.preset == "quick" ? summary_claims(options.claims) : all;
}

/// Loads claims at the preset with the number of seeds asked for. All their problems in one
/// message.
[[nodiscard]] inline std::vector<Experiment> load_claims(const ReproduceOptions& options) {
  std::vector<Experiment> experiments;
  ProblemList problems;
  for (const std::string& name : chosen_claims(options))
    problems.collect([&] {
      experiments.push_back(
          load_experiment(std::filesystem::path(options.claims) / name, options.preset));
      if (options.seeds > 0) experiments.back().seeds = options.seeds;
    });
  problems.throw_if_any();
  return experiments;
}

/// One sentence on runs that stopped before the end; what the program returns then.
[[nodiscard]] inline int say_unfinished(const RunsOutcome& outcome, Index num_runs,
                                        const Console& console) {
  std::ostream& out = outcome.interrupted ? console.err : console.out;
  out << "looplab: " << (outcome.interrupted ? "interrupted" : "the time is over") << "; "
      << outcome.results.size() << " of " << num_runs << " runs are done, " << outcome.num_left
      << " are left";
  if (outcome.seconds_left > 0) out << " (about " << duration_text(outcome.seconds_left) << ")";
  out << " and what was begun is saved. Call again to continue.\n";
  if (outcome.first_failure) std::rethrow_exception(outcome.first_failure);
  return outcome.interrupted ? kExitInterrupted : kExitDone;
}

/// Runs the claims, prints the verdicts, writes results.csv and report.html.
[[nodiscard]] inline int reproduce(const ReproduceOptions& options, const Console& console) {
  ReportInput report;
  report.experiments = load_claims(options);
  const std::filesystem::path out = options.out;
  ensure_directory(out);
  print_environment(console.out);
  for (const Experiment& experiment : report.experiments) {
    console.out << "\n"
                << experiment.name << " (" << experiment.preset << ", " << experiment.seeds
                << " seeds)\n";
    for (const Cell& cell : experiment.cells)
      console.out << "  " << cell.name << ": " << cost_text(run_cost(cell.config)) << "\n";
  }
  console.out << std::endl;
  const auto runs = plan_runs(report.experiments, out, options.claims);
  RunsOutcome outcome = run_all(runs, {.threads = static_cast<int>(options.threads),
                                       .rerun_stale = options.rerun_stale,
                                       .record = options.record,
                                       .minutes = options.minutes});
  if (outcome.interrupted || outcome.out_of_time)
    return say_unfinished(outcome, std::ssize(runs), console);
  report.results = std::move(outcome.results);
  report.failures = std::move(outcome.failures);
  report.verdicts = judge_all(report.experiments, report.results);
  console.out << verdict_table(report.verdicts) << "\n";
  if (outcome.num_reused > 0)
    console.out << outcome.num_reused << " of " << runs.size() << " runs had been done before.\n";
  if (outcome.num_unknown_rows > 0)
    console.out << "Warning: " << outcome.num_unknown_rows << " rows of results." << options.preset
                << ".jsonl were recorded with other settings and are not used.\n";
  if (outcome.num_stale > 0)
    console.out << "Warning: " << outcome.num_stale
                << " of them are stale (made by another results version, precision or kernel "
                   "path); --rerun-stale runs them again.\n";
  write_report(report, out);
  if (options.record) {
    const std::vector<std::string> chosen = chosen_claims(options);
    const bool whole_set = std::ranges::all_of(
        summary_claims(options.claims),
        [&](const std::string& name) { return std::ranges::find(chosen, name) != chosen.end(); });
    record_claims(report, out, options.claims, whole_set);
  }
  console.out << "Report:  " << std::filesystem::absolute(out / "report.html").string()
              << "\nResults: " << std::filesystem::absolute(out / "results.csv").string()
              << std::endl;
  if (outcome.first_failure) std::rethrow_exception(outcome.first_failure);
  return options.strict && !report.verdicts.all_reproduced() ? kExitNotReproduced : kExitDone;
}

/// Flags of `run`: the same, with the folder of one claim.
struct RunOptions : ReproduceOptions {
  std::string claim;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"claim", "the claim's folder"}, self.claim);
    ReproduceOptions::for_each_field(self, visit);
  }
};

/// `run CLAIM`: a claim folder, wherever it is.
[[nodiscard]] inline int run_claim(const std::vector<std::string>& arguments,
                                   const Console& console) {
  RunOptions options;
  read_options(arguments, options, "claim");
  require<ConfigError>(!options.claim.empty(), "run: the folder of a claim is missing");
  const std::filesystem::path claim = claim_folder(options.claim);
  options.claims = claim.parent_path().string();
  options.only = claim.filename().string();
  return reproduce(options, console);
}

/// `claims`: folder, sentence and presets of each.
[[nodiscard]] inline int list_claims(const std::vector<std::string>& arguments,
                                     const Console& console) {
  ReproduceOptions options;
  read_options(arguments, options);
  for (const std::string& name : claim_names(options.claims)) {
    const std::filesystem::path claim = std::filesystem::path(options.claims) / name;
    console.out << name << ": " << last_value(read_ini(claim / "claim.ini"), "claim.title")
                << " Presets: " << joined(preset_names(claim)) << "\n";
  }
  return kExitDone;
}

}  // namespace looplab

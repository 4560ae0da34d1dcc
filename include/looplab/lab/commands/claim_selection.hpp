// SPDX-License-Identifier: MIT
//
// The claims that a command works on, and the options of their runs: the flags of `reproduce` and
// `run`.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "looplab/core/text_list.hpp"
#include "looplab/lab/claims/claim_reader.hpp"
#include "looplab/lab/commands/console.hpp"

namespace looplab::lab {

/// How claims are run: flags of `reproduce` and `run`.
struct ClaimRunOptions {
  std::string preset = "quick", out = "results";
  Index seeds = 0, threads = 0;
  double minutes = 0;
  bool no_run = false, rerun = false, rerun_stale = false, record = false, strict = false;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"preset", "preset of the claims to run: smoke, quick, standard, ..."}, self.preset);
    visit(Field{"seeds", "number of seeds of each cell; 0: the preset's", 0, 1000}, self.seeds);
    visit(Field{"threads", "number of threads; 0: all", 0, 4096}, self.threads);
    visit(Field{"out", "folder for runs, results.csv and report.html"}, self.out);
    visit(Field{"no-run", "run nothing: verdicts and report from the recorded runs"}, self.no_run);
    visit(Field{"rerun", "make every run here, and compare it with the recorded one"}, self.rerun);
    visit(Field{"rerun-stale", "repeat runs whose results another version has made"},
          self.rerun_stale);
    visit(Field{"record", "copy finished runs, verdicts and figures to the folders of the claims"},
          self.record);
    visit(
        Field{"minutes", "time limit in minutes; runs can be continued later; 0: no limit", 0, 1e6},
        self.minutes);
    visit(Field{"strict", "exit with code 7 unless all claims are reproduced"}, self.strict);
  }
};

/// The same, and the selection of claims: flags of `reproduce`.
struct ReproduceOptions : ClaimRunOptions {
  std::string only, claims = "experiments";

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    ClaimRunOptions::for_each_field(self, visit);
    visit(Field{"only",
                "claims to run, separated by commas; empty: all; preset quick: those with summary "
                "= true"},
          self.only);
    visit(Field{"claims", "folder that contains a folder for each claim"}, self.claims);
  }
};

/// Whether claim.ini contains "summary = true".
[[nodiscard]] inline bool in_summary(const std::filesystem::path& claim) {
  return last_value(read_claim_file(claim).common, "claim.summary") == "true";
}

/// The claims with summary = true; all of them if none is marked.
[[nodiscard]] inline std::vector<std::string> summary_claims(const std::filesystem::path& claims) {
  const std::vector<std::string> all = claim_names(claims);
  std::vector<std::string> marked;
  for (const std::string& name : all)
    if (in_summary(claims / name)) marked.push_back(name);
  return marked.empty() ? all : marked;
}

/// The claims of --only; else all that have the preset, at the preset `quick` those with summary =
/// true. \throws ConfigError naming the nearest claim, or if no claim has the preset.
[[nodiscard]] inline std::vector<std::string> chosen_claims(const ReproduceOptions& options) {
  const std::filesystem::path folder = options.claims;
  const std::vector<std::string> all = claim_names(folder);
  require<ConfigError>(!all.empty(), options.claims, ": has no folder with claim.ini");
  const std::vector<std::string> chosen = listed(options.only);
  for (const std::string& name : chosen) require_known("--only", "claim", name, all);
  if (!chosen.empty()) return chosen;
  if (options.preset == "quick") return summary_claims(folder);
  std::vector<std::string> with_preset, presets;
  for (const std::string& name : all)
    for (const std::string& preset : preset_names(folder / name)) {
      if (preset == options.preset) with_preset.push_back(name);
      presets.push_back(preset);
    }
  if (with_preset.empty()) require_known(options.claims, "preset", options.preset, presets);
  return with_preset;
}

/// Loads claims at the preset with the requested number of seeds. One message reports all their
/// problems.
[[nodiscard]] inline std::vector<Claim> load_claims(const ReproduceOptions& options) {
  std::vector<Claim> claims;
  Problems problems;
  for (const std::string& name : chosen_claims(options))
    problems.collect([&] {
      claims.push_back(load_claim(std::filesystem::path(options.claims) / name, options.preset));
      if (options.seeds > 0) claims.back().seeds.count = options.seeds;
      problems.add_within(
          name, [&](Problems& of_seeds) { check_looked_at(claims.back().seeds, of_seeds); });
    });
  problems.throw_if_any();
  return claims;
}

}  // namespace looplab::lab

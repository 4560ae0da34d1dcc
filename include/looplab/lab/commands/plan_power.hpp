// SPDX-License-Identifier: MIT
//
// `power CLAIM`: the power of a claim's primary endpoints, planned from its pilot.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "looplab/lab/claims/claim_reader.hpp"
#include "looplab/lab/commands/command.hpp"
#include "looplab/lab/report/text_table.hpp"
#include "looplab/lab/runs/runner.hpp"
#include "looplab/lab/verdicts/planned_power.hpp"

namespace looplab::lab {

/// Flags of `power`.
struct PowerOptions {
  std::string claim, preset = "standard", pilot = "pilot";
  double power = 0.9;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"claim", "folder of the claim"}, self.claim);
    visit(Field{"preset", "preset whose endpoints are planned"}, self.preset);
    visit(Field{"pilot", "preset whose recorded runs the plan is made from"}, self.pilot);
    visit(Field{"power", "wanted power", 0.01, 0.9999}, self.power);
  }
};

/// A row per primary endpoint.
[[nodiscard]] inline Table power_table(const std::vector<PlannedPower>& planned, double wanted) {
  Table table({"endpoint", "pilot", "seeds", "power", concat("seeds for ", percent(wanted))});
  for (const PlannedPower& plan : planned)
    if (!plan.problem.empty())
      table.add({plan.endpoint, plan.problem, plan.seeds, "", ""});
    else
      table.add(
          {plan.endpoint, plan.pilot, plan.seeds, fixed(plan.power, 3),
           plan.seeds_needed ? to_text(*plan.seeds_needed) : concat("over ", kMostPlannedSeeds)});
  return table;
}

/// `power CLAIM`. \throws FileError, ConfigError
[[nodiscard]] inline int plan_claim_power(const std::vector<std::string>& arguments,
                                          const Console& console) {
  PowerOptions options;
  read_options(arguments, options, "claim");
  require<ConfigError>(!options.claim.empty(), "power: the folder of a claim is missing");
  const std::filesystem::path folder = claim_folder(options.claim);
  const Claim design = load_claim(folder, options.preset),
              pilot = load_claim(folder, options.pilot);
  const auto planned_runs = plan_runs({pilot}, {}, folder.parent_path());
  const auto results = recorded_results(planned_runs);
  require<ConfigError>(!results.empty(), folder.filename().string(), ": preset ", options.pilot,
                       " has no recorded runs, expected some in ",
                       (results_folder(folder, options.pilot) / "rows.jsonl").string(),
                       " (looplab run ", folder.string(), " --preset ", options.pilot,
                       " --record)");
  const ClaimResults of_pilot(pilot.name, results);
  console.out << design.name << ": " << options.preset << ", planned from " << results.size()
              << " of " << planned_runs.size() << " runs of " << options.pilot << "\n\n"
              << terminal_text(
                     power_table(plan_power(design, of_pilot, options.power), options.power));
  return kExitDone;
}

[[nodiscard]] inline Command power_command() {
  return {"power", "power CLAIM_FOLDER",
          "the power of a claim's primary endpoints, planned from the runs of its pilot",
          [] { return options_help<PowerOptions>(); }, plan_claim_power};
}

}  // namespace looplab::lab

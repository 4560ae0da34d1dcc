// SPDX-License-Identifier: MIT
//
// The seeds of a claim:
//
//   seeds = 8           runs of each cell
//   first_seed = 6      their seeds are 6 ... 13; 1 if it is not given
//   looked_at = 1-5     seeds whose results led to this design: a run with one of them confirms nothing
//   data_seed = seed    each seed also draws the task's world: people, facts, graphs, permutations
//
// [cell.NAME] seeds = 4 lets a cell have the first 4 of them only. Seeds from 101 on are for tuning (lab/claims/tuning.hpp).
#pragma once

#include <string>
#include <string_view>

#include "looplab/lab/claims/claim.hpp"
#include "looplab/lab/config/run_options.hpp"
#include "looplab/lab/config/settings.hpp"

namespace looplab::lab {

/// The key of [task] that draws a task's world.
inline constexpr std::string_view kDataSeed = "data_seed";

/// "1-5", or one number; false if the text is neither.
[[nodiscard]] inline bool read_range(std::string_view text, Index& low, Index& high) {
  const std::size_t dash = text.find('-', 1);
  if (dash == text.npos) return from_text(std::string(text), low) && (high = low, true);
  return from_text(std::string(text.substr(0, dash)), low) &&
         from_text(std::string(text.substr(dash + 1)), high) && low <= high;
}

inline constexpr Index kMaxSeeds = 1000, kMaxFirstSeed = 1'000'000;

/// Reads a whole number in 1 ... `most`; else notes it, and it is 1.
inline void read_count(const Setting& setting, Index& to, Index most, Problems& problems) {
  const bool valid = from_text(setting.value, to) && to >= 1 && to <= most;
  problems.check(valid, setting.where, ": ", setting.key, " is ", setting.value,
                 ", expected a whole number in 1 ... ", most);
  if (!valid) to = 1;
}

/// Notes seeds to confirm that have been looked at.
inline void check_looked_at(const Seeds& seeds, Problems& problems) {
  problems.check(!seeds.have_looked_at(), "seeds ", seeds.first, " ... ", seeds.last(),
                 " are to confirm, but ", seeds.first_looked_at, " ... ", seeds.last_looked_at,
                 " have been looked at: first_seed has to be ", seeds.last_looked_at + 1,
                 " or more");
}

/// The seeds that `settings` give. Notes numbers out of range and seeds that have been looked at.
[[nodiscard]] inline Seeds read_seeds(const Settings& settings, Problems& problems) {
  Seeds seeds;
  for (const Setting& setting : settings) {
    if (setting.key == "seeds") read_count(setting, seeds.count, kMaxSeeds, problems);
    if (setting.key == "first_seed") read_count(setting, seeds.first, kMaxFirstSeed, problems);
    if (setting.key == "looked_at")
      problems.check(read_range(setting.value, seeds.first_looked_at, seeds.last_looked_at),
                     setting.where, ": looked_at is \"", setting.value,
                     "\", expected a range of seeds such as 1-5");
    if (setting.key == kDataSeed) {
      problems.check(setting.value == "seed", setting.where, ": data_seed is \"", setting.value,
                     "\", expected seed (a fixed world: task.data_seed)");
      seeds.draw_data = true;
    }
  }
  check_looked_at(seeds, problems);
  return seeds;
}

/// Notes cells whose task has no data_seed though the seeds are to draw the data.
inline void check_data_seeds(const Claim& claim, Problems& problems) {
  if (!claim.seeds.draw_data) return;
  for (const Cell& cell : claim.cells)
    problems.check(to_json(cell.config.task).contains(kDataSeed), "cell ", cell.name,
                   ": data_seed = seed, but the task ", task_kind(cell.config.task),
                   " has no data_seed: every window is drawn by the run's seed");
}

/// The configuration of one run of a cell.
[[nodiscard]] inline RunConfig with_seed(RunConfig config, Index seed, const Seeds& seeds) {
  config.train.seed = seed;
  if (!seeds.draw_data) return config;
  std::string kind = task_kind(config.task);
  run_options(config, kind)
      .apply({{concat("task.", kDataSeed), to_text(seed), "data_seed = seed"}});
  return config;
}

}  // namespace looplab::lab

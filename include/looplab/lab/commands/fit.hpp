// SPDX-License-Identifier: MIT
//
// `fit CLAIM`: checks, without running it, that a preset fits this machine, and how long it would
// take. For each cell, at full size: the required memory is printed and compared with the available
// memory. Then the model, the optimizer and all gradient slots are allocated, each thread runs a
// full chunk forward and backward, and one optimizer step is made.
//
//   seconds of a step = chunks of the busiest core x seconds of a chunk + rest / cores
//
// The rest is zeroing and summing of slots and the update. All times are processor time, so that
// other processes do not count. A core without a slot is idle; runs follow one another; evaluations
// are not counted.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "looplab/lab/claims/claim_reader.hpp"
#include "looplab/lab/commands/claim_selection.hpp"
#include "looplab/lab/commands/command.hpp"
#include "looplab/lab/commands/console.hpp"
#include "looplab/lab/config/run_identity.hpp"
#include "looplab/lab/runs/memory.hpp"
#include "looplab/lab/runs/run_model.hpp"
#include "looplab/train/interrupt.hpp"
#include "looplab/train/progress.hpp"

namespace looplab::lab {

/// "42 s", "3 h 10 min", "15 days", "1.5 years".
[[nodiscard]] inline std::string long_duration_text(double seconds) {
  constexpr double kDay = 86400, kYear = 365.25 * kDay;
  if (seconds < 2 * kDay) return duration_text(seconds);
  return seconds < kYear ? concat(short_number(seconds / kDay), " days")
                         : concat(short_number(seconds / kYear), " years");
}

/// Flags of `fit`.
struct FitOptions {
  std::string claim, preset = "paper";
  Index threads = 0, cores = 64;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"claim", "folder of the claim"}, self.claim);
    visit(Field{"preset", "preset of the cells to measure"}, self.preset);
    visit(Field{"threads", "number of threads; 0: all", 0, 4096}, self.threads);
    visit(Field{"cores", "number of cores to project the time to", 1, 1 << 20}, self.cores);
  }
};

/// Measures the cells of claims one after the other. Cells of one size are measured once.
class MemoryFit {
 public:
  MemoryFit(Index threads, Index cores, std::ostream& out)
      : threads_(resolve_threads(static_cast<int>(threads))), cores_(cores), out_(out) {}

  /// Prints a claim's cells and how long all its runs would take. \throws Interrupted
  void measure(const Claim& claim) {
    out_ << "\n" << claim.name << " (" << claim.preset << "), " << claim.seeds.count << " seeds\n";
    double here = 0, there = 0;
    for (const Cell& cell : claim.cells) {
      throw_if_interrupted();
      out_ << "  " << cell.name << ": " << std::flush;
      const std::optional<StepMeasure> measure = measure_cell(cell);
      ++num_cells_;
      if (!measure) continue;
      const auto steps = static_cast<double>(cell.config.train.all_steps());
      const double run_here = steps * measure->step_seconds(threads_);
      const double run_there = steps * measure->step_seconds(cores_);
      out_ << "    " << cell.config.train.all_steps() << " steps of "
           << static_cast<Index>(measure->tokens_per_step) << " tokens take "
           << long_duration_text(run_here) << " here ("
           << short_number(measure->tokens_per_second(threads_)) << " tokens/s on " << threads_
           << " threads), " << long_duration_text(run_there) << " on " << cores_ << " cores";
      if (measure->num_slots < cores_)
        out_ << ", of which " << measure->num_slots
             << " have work (num_gradient_slots, batch_size)";
      out_ << std::endl;
      here += run_here * static_cast<double>(num_seeds(claim, cell));
      there += run_there * static_cast<double>(num_seeds(claim, cell));
    }
    out_ << "  All runs, one after the other: " << long_duration_text(here) << " here, "
         << long_duration_text(there) << " on " << cores_ << " cores.\n";
  }

  /// \throws Error with one sentence if a cell did not fit
  void throw_unless_all_fit() const {
    require<Error>(misfits_.empty(), misfits_.size(), " of ", num_cells_,
                   " cells do not fit into the memory of this machine: ", joined(misfits_));
  }

 private:
  /// Prints the requirements of the cell and makes one step; empty if it does not fit.
  [[nodiscard]] std::optional<StepMeasure> measure_cell(const Cell& cell) {
    const AnyTask task = make_task(cell.config.task);
    nlohmann::ordered_json size = to_json(cell.config);
    size.erase("task");
    size.erase("evaluation");
    for (const char* key :
         {"num_steps", "warmup_steps", "repeat_tail", "learning_rate", "schedule", "seed"})
      size["train"].erase(key);
    size["length"] = task.sequence_length();
    const auto known = measured_.find(size.dump());
    if (known != measured_.end()) {
      out_ << "as " << known->second.cell << "\n";
      return known->second.measure;
    }
    std::optional<StepMeasure> measure;
    try {
      measure = measure_if_it_fits(cell.config, task);
    } catch (const Error& error) {
      out_ << error.what() << "\n";
      misfits_.push_back(cell.name);
    }
    measured_[size.dump()] = {cell.name, measure};
    return measure;
  }

  [[nodiscard]] StepMeasure measure_if_it_fits(const RunConfig& config, const AnyTask& task) {
    const double available = kUsable * available_memory();
    const MemoryDemand demand = memory_demand(config, task, threads_);
    out_ << static_cast<Index>(demand.parameters) << " parameters, needs " << demand.text()
         << " of " << gibibytes(available);
    if (demand.total() > available) {
      const double per_slot = demand.slots / static_cast<double>(demand.num_slots);
      const double room = available - (demand.total() - demand.slots);
      throw Error(room < per_slot
                      ? concat(" available: does not fit, whatever the number of gradient slots")
                      : concat(" available: does not fit; with train.num_gradient_slots = ",
                               static_cast<Index>(room / per_slot), " it would"));
    }
    out_ << " available; " << std::flush;
    const double before = resident_memory();
    const StepMeasure measure = make_model(config).measure_step(task, config.train, threads_);
    out_ << "makes a step with " << gibibytes(measure.resident_bytes - before)
         << " in use, of its time " << short_number(100 * measure.data_share) << " % for data\n";
    return measure;
  }

  struct Known {
    std::string cell;
    std::optional<StepMeasure> measure;
  };
  static constexpr double kUsable =
      0.95;  // fraction of the available memory; the system needs the rest
  int threads_;
  Index cores_;
  std::ostream& out_;
  std::map<std::string, Known> measured_;
  Index num_cells_ = 0;
  std::vector<std::string> misfits_;
};

/// The claims selected for `reproduce`, measured instead of run.
[[nodiscard]] inline int fit_claims(const ReproduceOptions& options, const Console& console) {
  print_environment(console.out);
  const InterruptScope interruptible;
  MemoryFit memory_fit(options.threads, FitOptions{}.cores, console.out);
  for (const Claim& claim : load_claims(options)) memory_fit.measure(claim);
  memory_fit.throw_unless_all_fit();
  console.out << "\nNothing was run: `looplab run CLAIM_FOLDER --preset=" << options.preset
              << "` does.\n";
  return kExitDone;
}

/// `fit CLAIM`.
[[nodiscard]] inline int fit(const std::vector<std::string>& arguments, const Console& console) {
  FitOptions options;
  read_options(arguments, options, "claim");
  require<ConfigError>(!options.claim.empty(), "fit: the folder of a claim is missing");
  const Claim claim = load_claim(claim_folder(options.claim), options.preset);
  print_environment(console.out);
  const InterruptScope interruptible;
  MemoryFit memory_fit(options.threads, options.cores, console.out);
  memory_fit.measure(claim);
  memory_fit.throw_unless_all_fit();
  return kExitDone;
}

[[nodiscard]] inline Command fit_command() {
  return {"fit", "fit CLAIM_FOLDER",
          "does preset paper fit this machine, and how long would it take?",
          [] { return options_help<FitOptions>(); }, fit};
}

}  // namespace looplab::lab

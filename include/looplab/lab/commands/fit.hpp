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

#include <time.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "looplab/lab/commands/command.hpp"
#include "looplab/lab/commands/console.hpp"
#include "looplab/lab/claims/claim_reader.hpp"
#include "looplab/lab/runs/memory.hpp"
#include "looplab/lab/commands/claim_selection.hpp"
#include "looplab/train/gradient_slots.hpp"
#include "looplab/train/interrupt.hpp"
#include "looplab/train/optimizer.hpp"
#include "looplab/train/progress.hpp"

namespace looplab::lab {

/// Measurement of one step of a run here, on `threads` threads.
struct StepMeasure {
  int threads = 1;
  Index num_slots = 1, num_chunks = 1;
  double tokens_per_step = 0;
  double chunk_seconds = 0;   // a full chunk, forward and backward, while all threads are busy
  double rest_seconds = 0;    // the rest of a step, on one core
  double data_share = 0;      // fraction of chunk_seconds that draws the windows
  double resident_bytes = 0;  // memory of the process with everything allocated

  /// Seconds of a step on `cores` cores.
  [[nodiscard]] double step_seconds(Index cores) const {
    const Index rounds = (num_slots + cores - 1) / cores;
    const Index per_slot = (num_chunks + num_slots - 1) / num_slots;
    return static_cast<double>(rounds * per_slot) * chunk_seconds +
           rest_seconds / static_cast<double>(cores);
  }
  [[nodiscard]] double tokens_per_second(Index cores) const {
    return tokens_per_step / step_seconds(cores);
  }
};

/// Processor time of the calling thread, or of all threads.
[[nodiscard]] inline double processor_seconds(::clockid_t of) {
  ::timespec now{};
  ::clock_gettime(of, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// The median of all values but the first, or of that alone. \pre not empty
[[nodiscard]] inline double median_after_first(std::vector<double> values) {
  if (values.size() > 1) values.erase(values.begin());
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// Processor time for drawing `count` windows, averaged over several draws for a precise time.
[[nodiscard]] inline double data_seconds(const RunConfig& config, const AnyTask& task,
                                         Index count) {
  constexpr Index kDraws = 256;
  Batch batch;
  batch.reset(count, task.sequence_length());
  const double start = processor_seconds(CLOCK_THREAD_CPUTIME_ID);
  for (Index draw = 0; draw < kDraws; ++draw)
    sample_batch(task, Seed{static_cast<std::uint64_t>(config.train.seed)}, Split::train,
                 draw * count, count, batch);
  return (processor_seconds(CLOCK_THREAD_CPUTIME_ID) - start) / kDraws;
}

/// Allocates everything that training the run needs and makes one step of it, restricted to the
/// first chunk of as many slots as there are threads. A step of less than four seconds is repeated,
/// a short one for a third of a second; the median of all but the first counts, which creates
/// kernels.
[[nodiscard]] inline StepMeasure measure_step(const RunConfig& config, const AnyTask& task,
                                              int threads) {
  const ChunkCount count = chunk_count(config.train, task.sequence_length());
  LoopedTransformer<float> model(trained_model(config),
                                 Seed{static_cast<std::uint64_t>(config.train.seed)});
  const ParameterList<float> parameters(model);
  AdamW<float> optimizer(parameters);
  const AnyObjective objective = make_objective(config.train.objective);
  GradientSlots<float> slots(config.train.num_gradient_slots, count.chunks, parameters.flat_size());
  parameters.prepare();
  const Index busy = std::min<Index>(threads, slots.num_slots());
  std::vector<ChunkWorkspace<float>> workers(static_cast<std::size_t>(threads));
  std::vector<double> seconds(static_cast<std::size_t>(count.chunks));
  const auto is_taken = [&](Index chunk) {
    for (Index slot = 0; slot < busy; ++slot)
      if (chunk == slot * count.chunks / slots.num_slots()) return true;
    return false;
  };
  StepMeasure measure{
      .threads = threads,
      .num_slots = slots.num_slots(),
      .num_chunks = count.chunks,
      .tokens_per_step = static_cast<double>(config.train.batch_size * task.sequence_length())};
  constexpr double kLong = 4, kEnough = 0.33;
  std::vector<double> chunk_seconds, rest_seconds;
  double spent = 0;
  for (Index step = 1; spent < (step == 2 ? kLong : kEnough); ++step) {
    const double start = processor_seconds(CLOCK_PROCESS_CPUTIME_ID);
    slots.accumulate(threads, [&](Index chunk, int worker, float* gradients) {
      if (!is_taken(chunk)) return;
      throw_if_interrupted();
      const double chunk_start = processor_seconds(CLOCK_THREAD_CPUTIME_ID);
      auto& workspace = workers[static_cast<std::size_t>(worker)];
      const auto windows = draw_chunk(
          model, task, training_chunk(config.train, chunk * count.windows, count.windows),
          gradients, workspace);
      const Variable<float> loss = objective(windows);
      if (windows.num_rows() > 0) workspace.tape.backward(loss);
      seconds[static_cast<std::size_t>(chunk)] =
          processor_seconds(CLOCK_THREAD_CPUTIME_ID) - chunk_start;
    });
    const double norm = std::sqrt(slots.reduce(threads));
    kernels::AdamwStep adamw{.learning_rate = config.train.learning_rate};
    optimizer.update(slots.sum().data(), 1 / (norm + 1), adamw.at(step), threads);
    const double in_chunks = std::accumulate(seconds.begin(), seconds.end(), 0.0);
    const double in_step = processor_seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    chunk_seconds.push_back(in_chunks / static_cast<double>(busy));
    rest_seconds.push_back(std::max(0.0, in_step - in_chunks));
    spent += in_step;
  }
  measure.chunk_seconds = median_after_first(chunk_seconds);
  measure.rest_seconds = median_after_first(rest_seconds);
  measure.data_share = data_seconds(config, task, count.windows) / measure.chunk_seconds;
  measure.resident_bytes = resident_memory();
  return measure;
}

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
class Fitting {
 public:
  Fitting(Index threads, Index cores, std::ostream& out)
      : threads_(resolve_threads(static_cast<int>(threads))), cores_(cores), out_(out) {}

  /// Prints a claim's cells and how long all its runs would take. \throws Interrupted
  void prove(const Claim& experiment) {
    out_ << "\n"
         << experiment.name << " (" << experiment.preset << "), " << experiment.seeds << " seeds\n";
    double here = 0, there = 0;
    for (const Cell& cell : experiment.cells) {
      throw_if_interrupted();
      out_ << "  " << cell.name << ": " << std::flush;
      const std::optional<StepMeasure> measure = prove(cell);
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
      here += run_here * static_cast<double>(experiment.seeds);
      there += run_there * static_cast<double>(experiment.seeds);
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
  [[nodiscard]] std::optional<StepMeasure> prove(const Cell& cell) {
    const AnyTask task = make_task(cell.config.task);
    nlohmann::ordered_json size = to_json(cell.config);
    size.erase("task");
    size.erase("evaluation");
    for (const char* key : {"num_steps", "warmup_steps", "learning_rate", "schedule", "seed"})
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
    const StepMeasure measure = measure_step(config, task, threads_);
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
[[nodiscard]] inline int prove(const ReproduceOptions& options, const Console& console) {
  print_environment(console.out);
  const InterruptScope interruptible;
  Fitting fitting(options.threads, FitOptions{}.cores, console.out);
  for (const Claim& experiment : load_claims(options)) fitting.prove(experiment);
  fitting.throw_unless_all_fit();
  console.out << "\nNothing was run: `looplab run CLAIM_FOLDER --preset=" << options.preset
              << "` does.\n";
  return kExitDone;
}

/// `fit CLAIM`.
[[nodiscard]] inline int fit(const std::vector<std::string>& arguments, const Console& console) {
  FitOptions options;
  read_options(arguments, options, "claim");
  require<ConfigError>(!options.claim.empty(), "fit: the folder of a claim is missing");
  const Claim experiment = load_claim(claim_folder(options.claim), options.preset);
  print_environment(console.out);
  const InterruptScope interruptible;
  Fitting fitting(options.threads, options.cores, console.out);
  fitting.prove(experiment);
  fitting.throw_unless_all_fit();
  return kExitDone;
}

[[nodiscard]] inline Command fit_command() {
  return {"fit", "fit CLAIM_FOLDER", "does preset paper fit this machine, and how long would it take?",
          [] { return options_help<FitOptions>(); }, fit};
}

}  // namespace looplab::lab

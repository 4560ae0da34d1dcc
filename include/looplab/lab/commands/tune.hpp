// SPDX-License-Identifier: MIT
//
// `tune CLAIM`: chooses the learning rates of a claim's cells at a preset, by the rules of
// lab/claims/tuning.hpp, rate_optimum.hpp and rate_choice.hpp.
//
// Runs are executed side by side, one thread each. A run is logged in tuning.jsonl when it ends,
// and a logged run is not repeated. A run that fails (does not fit memory, cannot write its files) is
// reported and not logged; it stops no other run, but no rates are chosen without it. After an
// interruption or a failure the same command continues, each run from its checkpoint in
// <out>/tuning/<claim>/.
#pragma once

#include <chrono>
#include <exception>
#include <limits>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "looplab/lab/claims/rate_choice.hpp"
#include "looplab/lab/claims/tuning.hpp"
#include "looplab/lab/commands/command.hpp"
#include "looplab/lab/commands/console.hpp"
#include "looplab/lab/config/run_cost.hpp"
#include "looplab/lab/config/run_identity.hpp"
#include "looplab/lab/runs/runner.hpp"

namespace looplab::lab {

/// Flags of `tune`.
struct TuneOptions {
  std::string claim, preset = "quick", out = "results";
  Index threads = 0;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"claim", "folder of the claim, whose claim.ini has [tuning]"}, self.claim);
    visit(Field{"preset", "preset of the cells to tune"}, self.preset);
    visit(Field{"out", "folder for the runs"}, self.out);
    visit(Field{"threads", "number of threads; 0: all", 0, 4096}, self.threads);
  }
};

/// The configuration of a tuning run: that of a cell and seed, with another rate, evaluated on
/// validation windows. Everything a report shows besides the metric is disabled.
[[nodiscard]] inline RunConfig tuning_run(RunConfig config, double rate, double steps_factor) {
  const auto scaled = [&](Index steps) {
    return static_cast<Index>(std::llround(static_cast<double>(steps) * steps_factor));
  };
  config.train.num_steps = std::max<Index>(1, scaled(config.train.num_steps));
  config.train.warmup_steps = std::min(scaled(config.train.warmup_steps), config.train.num_steps);
  config.train.learning_rate = rate;
  config.evaluation.split = Split::validation;
  config.evaluation.test_loops.clear();
  config.evaluation.curve_points = 0;
  return config;
}

/// The log of a claim's tuning runs at a preset, in a folder that exists.
[[nodiscard]] inline std::filesystem::path tuning_log(const std::filesystem::path& claim,
                                                      const std::string& preset) {
  const std::filesystem::path folder = results_folder(claim, preset);
  ensure_directory(folder);
  return folder / "tuning.jsonl";
}

/// The search for one claim and preset.
class Tuner {
 public:
  /// \throws FileError, ConfigError naming every problem
  explicit Tuner(const TuneOptions& options)
      : options_(options),
        claim_(claim_folder(options.claim)),
        loaded_(load_claim(claim_, options.preset, {}, Rates::preset)),
        config_(read_tuning(claim_, options.preset)),
        grid_(config_.learning_rates),
        step_(grid_.step()),
        log_(tuning_log(claim_, options.preset)) {
    choose_cells();
    if (config_.metric.empty()) config_.metric = loaded_.text.metric;
    require_known_metric("[tuning]", config_.metric,
                         make_task(loaded_.cells.at(0).config.task).metric_keys());
    for (Index seed : config_.seeds)
      require<ConfigError>(!loaded_.seeds.contain(seed), "[tuning]: seed ", seed,
                           " is one of those reported (", loaded_.seeds.first, " ... ",
                           loaded_.seeds.last(), ")");
  }

  /// Makes all runs, extends the grid as needed, writes rates.ini. Returns false if interrupted.
  /// \throws what the first run that failed threw, after all others are made and logged;
  /// divergence is no failure
  bool search(std::ostream& out) {
    out << loaded_.name << " (" << loaded_.preset << "): " << config_.metric
        << " on validation windows, " << to_text(config_.goal) << " wins\n";
    for (Index extensions = 0;; ++extensions) {
      out << budget(extensions) << std::endl;
      if (!make_missing_runs()) return false;
      if (first_failure_) {
        out << "Runs that failed:";
        for (const std::string& failure : failures_) out << "\n  " << failure;
        out << "\nNo rates are chosen. The other runs are logged: call again to make these."
            << std::endl;
        std::rethrow_exception(first_failure_);
      }
      const auto cells = tuned_cells();
      out << "\n" << terminal_text(tuning_table(cells, grid_.rates(), config_.goal)) << "\n";
      const auto optima = rate_optima(cells, grid_.rates(), config_.goal);
      const GridEnds ends = cells_at_ends(cells, optima, grid_.rates());
      if (ends.none() || extensions == config_.max_extensions) {
        finish(cells, optima, ends, extensions, out);
        return true;
      }
      if (!ends.lowest.empty()) grid_.extend_below();
      if (!ends.highest.empty()) grid_.extend_above();
      out << "The optimum of " << at_end_text(ends) << ": the grid is extended for all cells.\n";
    }
  }

 private:
  struct Run {
    std::size_t cell, rate;
    PlannedRun planned;
    [[nodiscard]] double flop() const { return planned.cost.training_flop; }
  };

  /// Selects the cells that try the grid. \throws ConfigError if a pattern matches no cell, or if
  /// another cell has none to take its rate from
  void choose_cells() {
    for (const std::string& pattern : listed(config_.cells))
      require<ConfigError>(
          std::ranges::any_of(loaded_.cells,
                              [&](const Cell& cell) { return matches(pattern, cell.name); }),
          "[tuning]: cells has ", pattern, ", which matches no cell of the preset ",
          loaded_.preset);
    std::vector<TunedCell> tuned;
    for (const Cell& cell : loaded_.cells)
      if (matches_any(config_.cells, cell.name)) {
        cells_.push_back(&cell);
        tuned.push_back(untried(cell));
      }
    for (const Cell& cell : loaded_.cells) {
      const Index loops = cell.config.loops.trained;
      require<ConfigError>(
          rate_giver(tuned, cell.name, loops).has_value(), "[tuning]: cells is ", config_.cells,
          ", where cell ", cell.name,
          " finds no rate, expected itself, a beginning of its name, or a cell that "
          "is trained with ",
          loops == 1 ? "one loop" : "more than one loop");
    }
  }

  /// All runs of the current grid: cells x rates x seeds.
  [[nodiscard]] std::vector<Run> runs() const {
    std::vector<Run> all;
    for (std::size_t c = 0; c < cells_.size(); ++c)
      for (std::size_t r = 0; r < grid_.rates().size(); ++r)
        for (Index seed : config_.seeds) {
          const Cell& cell = *cells_[c];
          PlannedRun run{loaded_.name, cell.name, {}, "", {}, {}};
          run.config = tuning_run(with_seed(cell.config, seed, loaded_.seeds), grid_.rates()[r],
                                  config_.steps_factor);
          run.hash = short_hash(run.config);
          run.cost = run_cost(run.config);
          run.directory =
              std::filesystem::path(options_.out) / "tuning" / run.claim /
              concat(run.cell, "-lr", to_text(grid_.rates()[r]), "-s", seed, '-', run.hash);
          all.push_back({c, r, std::move(run)});
        }
    return all;
  }
  [[nodiscard]] const TuningRecord* record_of(const Run& run) const {
    return log_.find(run.planned.hash, config_.metric);
  }

  /// The cost of the current grid and of possible extensions, as text.
  [[nodiscard]] std::string budget(Index extensions) const {
    Index made = 0;
    double flop = 0, seconds = 0;
    const std::vector<Run> all = runs();
    for (const Run& run : all) {
      flop += run.flop();
      if (const TuningRecord* record = record_of(run)) {
        ++made;
        seconds += record->seconds;
      }
    }
    const std::size_t num_cells = cells_.size(), num_seeds = config_.seeds.size();
    std::string text =
        concat("Budget: ", num_cells, " cells x ", grid_.size(), " rates x ", num_seeds,
               num_seeds == 1 ? " tuning seed = " : " tuning seeds = ", all.size(), " runs, ",
               short_number(flop), " FLOP; ", made, " are made");
    if (made > 0) text += concat(" (", duration_text(seconds), ", one thread each)");
    if (const Index left = config_.max_extensions - extensions; left > 0)
      text += concat("; if a best rate lies at an end, ", num_cells * num_seeds,
                     " runs more for that end, at most ", left, left == 1 ? " time" : " times");
    return text + '.';
  }

  /// Makes and logs the runs that the log lacks, the longest first. Returns false if interrupted.
  bool make_missing_runs() {
    std::vector<Run> missing;
    double flop = 0;
    for (Run& run : runs())
      if (record_of(run) == nullptr) {
        flop += run.flop();
        missing.push_back(std::move(run));
      }
    if (missing.empty()) return true;
    std::ranges::stable_sort(missing, std::greater<>{}, &Run::flop);
    Progress progress(concat("tuning, ", missing.size(), " runs"), static_cast<Index>(flop));
    const int threads = resolve_threads(static_cast<int>(options_.threads));
    parallel_for(std::ssize(missing), threads, [&](Index i, int) {
      if (!interrupt_requested()) make(missing[static_cast<std::size_t>(i)], progress);
    });
    return !interrupt_requested();
  }

  /// Makes a run and logs it, unless it is interrupted or fails.
  void make(const Run& run, Progress& progress) {
    const auto start = std::chrono::steady_clock::now();
    const PlannedRun& planned = run.planned;
    TuningRecord record{loaded_.preset,
                        planned.cell,
                        grid_.rates()[run.rate],
                        planned.config.train.seed,
                        config_.metric,
                        {},
                        0,
                        planned.hash,
                        stamp_};
    try {
      const std::optional<RunResult> result = execute(planned, 1, progress);
      if (!result) return;
      record.value = find_metric(result->metrics, config_.metric)->value;
      record.seconds = result->wall_seconds;
    } catch (const NumericsError& error) {
      record.seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      progress.say(concat("diverged: ", planned.directory.filename().string(), ": ", error.what()));
    } catch (const Interrupted&) {
      return;
    } catch (const std::exception& error) {
      const std::scoped_lock hold(lock_);
      failures_.push_back(concat(planned.directory.filename().string(), ": ", error_text(error)));
      if (!first_failure_) first_failure_ = std::current_exception();
      progress.say("failed: " + failures_.back());
      return;
    }
    const std::scoped_lock hold(lock_);
    log_.add(record);
    std::filesystem::remove(planned.directory / "checkpoint.safetensors");
  }

  [[nodiscard]] std::vector<TunedCell> tuned_cells() const {
    std::vector<TunedCell> cells;
    for (const Cell* cell : cells_) {
      cells.push_back(untried(*cell));
      cells.back().values.resize(grid_.rates().size());
    }
    for (const Run& run : runs())
      cells[run.cell].values[run.rate].push_back(
          record_of(run)->value.value_or(std::numeric_limits<double>::quiet_NaN()));
    return cells;
  }

  /// "a, b is the lowest and that of c the highest of the grid".
  [[nodiscard]] static std::string at_end_text(const GridEnds& ends) {
    if (ends.highest.empty()) return joined(ends.lowest) + " is the lowest of the grid";
    if (ends.lowest.empty()) return joined(ends.highest) + " is the highest of the grid";
    return concat(joined(ends.lowest), " is the lowest and that of ", joined(ends.highest),
                  " the highest of the grid");
  }

  /// How the runs were made and judged, in sentences.
  [[nodiscard]] std::string search_notes(const GridEnds& ends, Index extensions) const {
    const bool all = cells_.size() == loaded_.cells.size();
    std::string notes = concat(all ? "Every cell" : "Every cell of the table",
                               " tried the same rates on tuning seed ", to_text(config_.seeds),
                               ", judged by ", config_.metric, " on validation windows,\n",
                               to_text(config_.goal), " wins (best mean: *).");
    if (config_.steps_factor != 1)
      notes += concat(" Steps: ", to_text(config_.steps_factor), " of the preset's.");
    if (extensions > 0)
      notes +=
          concat("\nThe grid was ", config_.learning_rates, " and grew for all cells, ", extensions,
                 extensions == 1 ? " time" : " times", ", because an optimum lay at its end.");
    if (!ends.none())
      notes +=
          concat("\nStill at an end after ", extensions, " of at most ", config_.max_extensions,
                 " extensions: the optimum of ", at_end_text(ends), ".");
    notes += "\n" + budget(config_.max_extensions);
    notes +=
        "\nAn optimum is that of a parabola in the log of the rate, fitted to all runs of the cell "
        "that did not diverge,\nwithin the rates at which none diverged.";
    if (!all)
      notes +=
          "\nA cell that tried no rates takes the rate of the one whose name begins its own, else "
          "of "
          "the one most alike in name\nthat also loops once, or also loops more than once.";
    return notes + "\n";
  }

  void finish(const std::vector<TunedCell>& cells, const std::vector<RateOptimum>& optima,
              const GridEnds& ends, Index extensions, std::ostream& out) {
    const std::vector<ChosenRate> chosen = choose_rates(cells, optima, step_);
    const std::string notes =
        search_notes(ends, extensions) + choice_notes(cells, optima, config_.goal, step_);
    const std::string means = terminal_text(tuning_table(cells, grid_.rates(), config_.goal)),
                      choice = terminal_text(choice_table(cells, chosen));
    const std::filesystem::path path = results_folder(claim_, loaded_.preset) / "rates.ini";
    write_file_atomically(
        path, rates_ini(concat(notes, means, "\n", choice), loaded_.cells, cells, chosen));
    out << notes << "\n" << choice << "\nChosen rates: " << path.string() << std::endl;
  }

  TuneOptions options_;
  std::filesystem::path claim_;
  Claim loaded_;
  TuningConfig config_;
  std::vector<const Cell*> cells_;  // those that try the grid
  RateGrid grid_;
  double step_;  // of the grid as written
  TuningLog log_;
  std::vector<std::string> failures_;  // one sentence each
  std::exception_ptr first_failure_;
  std::mutex lock_;  // of the log and the failures
  std::string stamp_ = current_stamp().text();
};

/// `tune CLAIM`.
[[nodiscard]] inline int tune(const std::vector<std::string>& arguments, const Console& console) {
  TuneOptions options;
  read_options(arguments, options, "claim");
  require<ConfigError>(!options.claim.empty(), "tune: the folder of a claim is missing");
  Tuner tuner(options);
  ensure_directory(options.out);
  print_environment(console.out);
  const InterruptScope interruptible;
  if (tuner.search(console.out)) return kExitDone;
  console.err << "looplab: interrupted; what was done is saved. Call again to continue.\n";
  return kExitInterrupted;
}

[[nodiscard]] inline Command tune_command() {
  return {"tune", "tune CLAIM_FOLDER", "choose learning rates: one grid for all cells",
          [] { return options_help<TuneOptions>(); }, tune};
}

}  // namespace looplab::lab

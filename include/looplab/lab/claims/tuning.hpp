// SPDX-License-Identifier: MIT
//
// How learning rates are chosen: what is tried, what was measured, which rate is best.
//
//   experiments/<claim>/
//     claim.ini                      [tuning] the fields of TuningConfig
//     results/<preset>/tuning.jsonl  every tuning run ever made, one line each (`TuningRecord`)
//     results/<preset>/rates.ini     the rates chosen, under the table that they were chosen by
//
// Every cell tries the whole grid, on the same tuning seeds, judged on validation windows: what a
// report shows comes from other seeds and from test windows. (Or only the cells of `cells` do, and
// one that differs from them in its data alone, `2x1_40`, takes the rate of `2x1`.) Where the best
// rate of any cell lies at an end of the grid, the grid grows there for ALL cells, in the ratio of
// its two outermost rates, at most `max_extensions` times. `lab/commands/tune.hpp` makes the runs.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/core/text_list.hpp"
#include "looplab/io/json_lines.hpp"
#include "looplab/lab/claims/claim_file.hpp"
#include "looplab/lab/config/options.hpp"
#include "looplab/lab/metrics/metric_key.hpp"
#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/report/text_table.hpp"
#include "looplab/lab/results/result_stamp.hpp"

namespace looplab::lab {

/// Whether the largest or the smallest value of the metric wins.
enum class Goal { highest, lowest };
[[nodiscard]] constexpr auto enum_names(Goal) {
  return std::array<std::string_view, 2>{"highest", "lowest"};
}

/// What is tried for every cell of a claim.
struct TuningConfig {
  std::string learning_rates;
  std::string cells;
  std::vector<Index> seeds{101};
  MetricKey metric;
  Goal goal = Goal::highest;
  double steps_factor = 1;
  Index max_extensions = 2;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"learning_rates", "the grid: at least 3, ascending, separated by commas"},
          self.learning_rates);
    visit(
        Field{"cells",
              "patterns of the cells that try the grid; any other takes the rate of the cell whose "
              "name is the longest prefix of its own; empty: all"},
        self.cells);
    visit(Field{"seeds", "seeds of tuning runs, separated by commas; never those reported", 101,
                9e15},
          self.seeds);
    visit(Field{"metric", "metric to compare; empty: the claim's"}, self.metric);
    visit(Field{"goal", "which value of the metric is best: highest or lowest"}, self.goal);
    visit(Field{"steps_factor", "number of steps of a tuning run relative to the preset's", 0.001,
                100},
          self.steps_factor);
    visit(Field{"max_extensions", "maximum number of extensions of the grid", 0, 20},
          self.max_extensions);
  }
};

/// What is tried for a claim at a preset. \throws FileError, ConfigError naming every problem
[[nodiscard]] inline TuningConfig read_tuning(const std::filesystem::path& claim,
                                              const std::string& preset) {
  const ClaimFile file = read_claim_file(claim);
  require_known(claim.filename().string(), "preset", preset, file.preset_names());
  const Settings settings = settings_below(file.at(preset), "tuning.");
  require<ConfigError>(!settings.empty(), claim.filename().string(),
                       ": claim.ini has no section [tuning] for the preset ", preset);
  TuningConfig config;
  OptionSet().add("", config).apply(settings);
  Problems problems;
  check_ranges(config, problems);
  problems.check(!config.seeds.empty(), "seeds is empty, expected one or more");
  problems.throw_if_any("[tuning]");
  return config;
}

/// Learning rates in ascending order.
class RateGrid {
 public:
  /// Reads "2e-3, 4e-3, 8e-3". \throws ConfigError unless they are 3 or more, ascending, above 0
  explicit RateGrid(const std::string& text) {
    for (std::string_view word : split(text, ','))
      require<ConfigError>(from_text(trimmed(word), rates_.emplace_back()), "learning_rates: \"",
                           word, "\" is not a number");
    require<ConfigError>(rates_.size() >= 3 && rates_.front() > 0 && rates_.back() <= 10 &&
                             std::ranges::is_sorted(rates_, std::less_equal<>{}),
                         "learning_rates is \"", text,
                         "\", expected 3 or more in ascending order, above 0 and at most 10");
  }

  [[nodiscard]] const std::vector<double>& rates() const { return rates_; }
  [[nodiscard]] Index size() const { return std::ssize(rates_); }
  /// "0.002, 0.004, 0.008".
  [[nodiscard]] std::string text() const {
    std::string text;
    for (double rate : rates_) text += (text.empty() ? "" : ", ") + to_text(rate);
    return text;
  }

  /// One rate more below the lowest, in the ratio of the two lowest; 3 digits.
  void extend_below() { rates_.insert(rates_.begin(), rounded(rates_[0] * rates_[0] / rates_[1])); }
  /// One rate more above the highest, in the ratio of the two highest; 3 digits.
  void extend_above() {
    const std::size_t n = rates_.size();
    rates_.push_back(rounded(rates_[n - 1] * rates_[n - 1] / rates_[n - 2]));
  }

 private:
  [[nodiscard]] static double rounded(double rate) {
    (void)from_text(significant(rate, 3), rate);
    return rate;
  }
  std::vector<double> rates_;
};

/// One tuning run: a line of tuning.jsonl. No value: the run diverged.
struct TuningRecord {
  std::string preset, cell;
  double learning_rate = 0;
  Index seed = 0;
  MetricKey metric;
  std::optional<double> value;
  double seconds = 0;
  std::string hash, stamp;  // of the configuration; of what else decides the bits
};

[[nodiscard]] inline nlohmann::ordered_json to_json(const TuningRecord& record) {
  nlohmann::ordered_json json{{"preset", record.preset},
                              {"cell", record.cell},
                              {"learning_rate", record.learning_rate},
                              {"seed", record.seed},
                              {"metric", to_text(record.metric)},
                              {"value", nullptr},
                              {"seconds", record.seconds},
                              {"hash", record.hash},
                              {"stamp", record.stamp}};
  if (record.value) json["value"] = *record.value;
  return json;
}

/// tuning.jsonl, in memory and on disk.
class TuningLog {
 public:
  /// Reads and opens the log, making it if needed. \throws FileError if it is not one
  explicit TuningLog(const std::filesystem::path& path) : file_(path) {
    for (const nlohmann::ordered_json& json : read_json_lines(path)) {
      TuningRecord record;
      try {
        json.at("preset").get_to(record.preset);
        json.at("cell").get_to(record.cell);
        json.at("learning_rate").get_to(record.learning_rate);
        json.at("seed").get_to(record.seed);
        record.metric = json.at("metric").get<std::string>();
        if (!json.at("value").is_null()) record.value = json.at("value").get<double>();
        json.at("seconds").get_to(record.seconds);
        json.at("hash").get_to(record.hash);
        json.at("stamp").get_to(record.stamp);
      } catch (const nlohmann::json::exception& error) {
        throw FileError(concat(path.string(), ": line ", records_.size() + 1,
                               " is not a tuning run (", error.what(), ")"));
      }
      records_.push_back(std::move(record));
    }
  }

  /// The run of this configuration and metric by the present mathematics, or nullptr. Valid until
  /// the next `add`.
  [[nodiscard]] const TuningRecord* find(std::string_view hash, const MetricKey& metric) const {
    const auto found = std::ranges::find_if(records_, [&](const TuningRecord& record) {
      return record.hash == hash && record.metric == metric &&
             has_current_results_version(record.stamp);
    });
    return found == records_.end() ? nullptr : &*found;
  }
  /// Adds a run, with its seconds rounded to tenths, here as in the file.
  void add(TuningRecord record) {
    record.seconds = std::round(record.seconds * 10) / 10;
    file_.append(to_json(record));
    records_.push_back(std::move(record));
  }

 private:
  JsonLines file_;
  std::vector<TuningRecord> records_;
};

/// The values of one cell, a mean over seeds for each rate of the grid; NaN where a run diverged.
struct TunedCell {
  std::string name;
  std::vector<double> values;
};

/// Which rate is best: position in the grid. Of equal ones that nearest to the middle of the grid,
/// so that a tie is not taken for an end; a diverged run loses to every other.
[[nodiscard]] inline std::size_t best_rate(const std::vector<double>& values, Goal goal) {
  const auto worth = [&](std::size_t i) {
    if (std::isnan(values[i])) return -std::numeric_limits<double>::infinity();
    return goal == Goal::highest ? values[i] : -values[i];
  };
  const auto from_middle = [&](std::size_t i) {
    return std::abs(2 * static_cast<Index>(i) - (std::ssize(values) - 1));
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < values.size(); ++i)
    if (worth(i) > worth(best) || (worth(i) == worth(best) && from_middle(i) < from_middle(best)))
      best = i;
  return best;
}

/// The cells whose best rate is the lowest and the highest of the grid.
struct GridEnds {
  std::vector<std::string> lowest, highest;
  [[nodiscard]] bool none() const { return lowest.empty() && highest.empty(); }
};
[[nodiscard]] inline GridEnds cells_at_ends(const std::vector<TunedCell>& cells, Goal goal) {
  GridEnds ends;
  for (const TunedCell& cell : cells) {
    const std::size_t best = best_rate(cell.values, goal);
    if (best == 0) ends.lowest.push_back(cell.name);
    if (best + 1 == cell.values.size()) ends.highest.push_back(cell.name);
  }
  return ends;
}

/// A row per cell, a column per rate; the best of each cell has a star.
[[nodiscard]] inline Table tuning_table(const std::vector<TunedCell>& cells, const RateGrid& grid,
                                        Goal goal) {
  Table table({"cell"});
  for (double rate : grid.rates()) table.columns.push_back({to_text(rate)});
  for (const TunedCell& cell : cells) {
    std::vector<TableCell> row{cell.name};
    for (double value : cell.values)
      row.push_back(std::isnan(value) ? "diverged" : significant(value, 4));
    if (const std::size_t best = best_rate(cell.values, goal); !std::isnan(cell.values[best]))
      row[best + 1].text += '*';
    table.add(row);
  }
  return table;
}

/// The cell that another takes its rate from: of those whose name is a beginning of `name` the one
/// with the longest, or nullptr.
[[nodiscard]] inline const TunedCell* rate_giver(const std::vector<TunedCell>& cells,
                                                 const std::string& name) {
  const TunedCell* giver = nullptr;
  for (const TunedCell& cell : cells)
    if (name.starts_with(cell.name) && (!giver || cell.name.size() > giver->name.size()))
      giver = &cell;
  return giver;
}

/// The text of rates.ini for the cells `names`. `notes`: lines that say how the rates were
/// found. \pre each name has a `rate_giver`
[[nodiscard]] inline std::string rates_ini(const std::string& notes,
                                           const std::vector<std::string>& names,
                                           const std::vector<TunedCell>& cells,
                                           const RateGrid& grid, Goal goal) {
  std::string text = "# Written by `looplab tune`: not to be edited.\n";
  std::istringstream lines(notes + "\n" + terminal_text(tuning_table(cells, grid, goal)));
  for (std::string line; std::getline(lines, line);)
    text += line.empty() ? "#\n" : "# " + line + "\n";
  for (const std::string& name : names) {
    const TunedCell& giver = *rate_giver(cells, name);
    text +=
        concat("\n[cell.", name,
               "]\ntrain.learning_rate = ", to_text(grid.rates()[best_rate(giver.values, goal)]),
               giver.name == name ? "\n" : concat("  # of ", giver.name, "\n"));
  }
  return text;
}

}  // namespace looplab::lab

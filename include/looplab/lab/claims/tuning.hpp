// SPDX-License-Identifier: MIT
//
// What is tried to choose learning rates, and what was measured.
//
//   experiments/<claim>/
//     claim.ini                      [tuning] the fields of TuningConfig
//     results/<preset>/tuning.jsonl  every tuning run ever made, one line each (`TuningRecord`)
//     results/<preset>/rates.ini     the rates chosen, under the tables that they were chosen by
//
// Some cells (`cells`; usually one with R = 1 and one with R > 1) try the whole grid, on the same
// tuning seeds, judged on validation windows: what a report shows comes from other seeds and from test
// windows. Each gets the optimum of a fit (rate_optimum.hpp); rate_choice.hpp decides which cells
// share a rate and from which cell the others take theirs. Where the optimum of any cell lies at
// an end of the grid, the grid grows there for all tuned cells, in the ratio of its two outermost rates,
// at most `max_extensions` times. `lab/commands/tune.hpp` makes the runs.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
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
#include "looplab/lab/results/result_stamp.hpp"

namespace looplab::lab {

/// Whether the largest or the smallest value of the metric wins.
enum class Goal { highest, lowest };
[[nodiscard]] constexpr auto enum_names(Goal) {
  return std::array<std::string_view, 2>{"highest", "lowest"};
}

/// What is tried for a claim.
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
              "patterns of the cells that try the grid; any other takes the rate of the one whose "
              "name begins its own, else of the one most alike in name that also loops once, or "
              "also loops more than once; empty: all"},
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

/// A rate with this number of significant digits.
[[nodiscard]] inline double rounded(double rate, int digits) {
  (void)from_text(significant(rate, digits), rate);
  return rate;
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
  /// The ratio of neighbouring rates: the geometric mean over the grid.
  [[nodiscard]] double step() const {
    return std::pow(rates_.back() / rates_.front(), 1 / static_cast<double>(size() - 1));
  }
  /// "0.002, 0.004, 0.008".
  [[nodiscard]] std::string text() const {
    std::string text;
    for (double rate : rates_) text += (text.empty() ? "" : ", ") + to_text(rate);
    return text;
  }

  /// One rate more below the lowest, in the ratio of the two lowest; 3 digits.
  void extend_below() {
    rates_.insert(rates_.begin(), rounded(rates_[0] * rates_[0] / rates_[1], 3));
  }
  /// One rate more above the highest, in the ratio of the two highest; 3 digits.
  void extend_above() {
    const std::size_t n = rates_.size();
    rates_.push_back(rounded(rates_[n - 1] * rates_[n - 1] / rates_[n - 2], 3));
  }

 private:
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

}  // namespace looplab::lab

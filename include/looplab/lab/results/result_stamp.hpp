// SPDX-License-Identifier: MIT
//
// The stamp of a result: which mathematics made it, and which rounding.
//
//   results_version   the mathematics of configuration and seed; a result of another one is stale
//   rounding          kernels, compiler and libraries: decides whether bits are equal and whether a
//                     checkpoint can be continued, never whether a result is stale
//
// Keys that this program does not know are kept, so that it can read newer rows; rows from before
// `rounding` have `precision` and `kernel_path` in its place.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "looplab/train/run_environment.hpp"

namespace looplab::lab {

/// Raised whenever the same configuration and seed mean other mathematics than before.
inline constexpr Index kResultsVersion = 1;
/// Raised whenever our own kernels round in another way. 2: weight gradients by our own tiles.
inline constexpr Index kKernelsVersion = 2;

class ResultStamp {
 public:
  /// The present mathematics, rounded in an unknown way.
  ResultStamp() : ResultStamp(kResultsVersion, "") {}
  ResultStamp(Index results_version, const std::string& rounding)
      : json_{{"results_version", results_version}, {"rounding", rounding}} {}
  /// The stamp that a result was stored with. \throws nlohmann::json::exception if it has no
  /// results_version that is a number
  explicit ResultStamp(nlohmann::ordered_json json) : json_(std::move(json)) {
    (void)results_version();
  }

  [[nodiscard]] Index results_version() const { return json_.at("results_version").get<Index>(); }
  /// Whether the mathematics is that of this program.
  [[nodiscard]] bool is_current() const { return results_version() == kResultsVersion; }
  [[nodiscard]] const nlohmann::ordered_json& json() const { return json_; }
  /// "version 1, float32, onednn 2.6.3 512 bit, gcc 12.2.0, kernels 2".
  [[nodiscard]] std::string text() const {
    std::string text = concat("version ", results_version());
    for (const char* key : {"rounding", "precision", "kernel_path"})
      if (json_.contains(key) && json_[key].is_string())
        text += ", " + json_[key].get<std::string>();
    return text;
  }
  friend bool operator==(const ResultStamp&, const ResultStamp&) = default;

 private:
  nlohmann::ordered_json json_;
};

/// Whether a text that `ResultStamp::text` made is of this program's mathematics.
[[nodiscard]] inline bool has_current_results_version(std::string_view text) {
  return text.starts_with(concat("version ", kResultsVersion, ','));
}

/// The stamp of this program.
[[nodiscard]] inline ResultStamp current_stamp() {
  const RunEnvironment here = current_environment();
  return {kResultsVersion, concat("float32, ", here.backend, ' ', here.vector_width_bits, " bit, ",
                                  here.compiler, ", kernels ", kKernelsVersion)};
}

}  // namespace looplab::lab

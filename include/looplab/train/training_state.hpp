// SPDX-License-Identifier: MIT
//
// Where a training is, besides the weights: what its next stage continues from. A stage is one
// trainer with its configuration, objective and trained parameters.
//
// A checkpoint's metadata holds the identities of all stages so far. Those of the first are under
// keys such as "objective", those of the second under "stage_2.objective"; "stages" is their
// number.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/train/checkpoint.hpp"

namespace looplab {

/// What a checkpoint must agree with to be continued by one stage, by metadata key.
using StageIdentity = std::map<std::string, std::string>;

template <Real S>
struct TrainingState {
  Index steps = 0;    // optimizer steps done
  Index windows = 0;  // training windows used: the index of the next
  AdamMoments<S> moments;
  std::vector<StageIdentity> stages;  // first to last
};

/// The metadata key of stage 0, 1, ....
[[nodiscard]] inline std::string stage_key(std::size_t stage, const std::string& key) {
  return stage == 0 ? key : concat("stage_", stage + 1, '.', key);
}

[[nodiscard]] inline std::map<std::string, std::string> stage_metadata(
    const std::vector<StageIdentity>& stages) {
  std::map<std::string, std::string> metadata{{"stages", to_text(std::ssize(stages))}};
  for (std::size_t stage = 0; stage < stages.size(); ++stage)
    for (const auto& [key, text] : stages[stage]) metadata[stage_key(stage, key)] = text;
  return metadata;
}

/// The text of a metadata key; "missing" if it is.
[[nodiscard]] inline std::string text_in(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  return found == file.metadata().end() ? "missing" : found->second;
}
/// \throws FileError if the metadata key is no whole number of 0 or more
[[nodiscard]] inline Index number_in(const SafetensorsFile& file, const std::string& key) {
  const std::string text = text_in(file, key);
  Index value = 0;
  require<FileError>(from_text(text, value) && value >= 0, file.path().string(), ": ", key, " is ",
                     text, ", expected a whole number");
  return value;
}

/// The number of stages of a checkpoint, whose first ones have to be `own`, as far as it has them.
/// \throws ConfigError naming the first difference
[[nodiscard]] inline std::size_t require_same_stages(const SafetensorsFile& file,
                                                     const std::vector<StageIdentity>& own) {
  const bool is_counted = text_in(file, "stages") != "missing";
  const std::size_t in_file = is_counted ? static_cast<std::size_t>(number_in(file, "stages")) : 1;
  for (std::size_t stage = 0; stage < std::min(own.size(), in_file); ++stage)
    for (const auto& [name, expected] : own[stage]) {
      const std::string key = stage_key(stage, name), text = text_in(file, key);
      require<ConfigError>(text == expected, file.path().string(), ": its ", key, " is ", text,
                           ", but this run has ", expected,
                           "; give another directory or remove it to start anew");
    }
  return in_file;
}

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// A training state in one safetensors file, openable from Python:
//
//   model.<name>, adam.m.<name>, adam.v.<name>     for every parameter
//   metadata: format, step, windows_seen, seed, task, model and train (JSON), backend
//
// Random numbers are pure functions of (seed, name, index), so `seed` and `windows_seen` are the
// whole state of the data. Tests: tests/train/checkpoint_test.cpp.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "looplab/io/safetensors.hpp"
#include "looplab/train/optimizer.hpp"

namespace looplab {

inline constexpr const char* kCheckpointFormat = "looplab checkpoint 1";

/// Writes parameters, moments and `metadata` atomically. \throws FileError
template <Real S>
void save_checkpoint(const std::filesystem::path& path, const ParameterList<S>& parameters,
                     AdamW<S>& optimizer, const std::map<std::string, std::string>& metadata) {
  SafetensorsWriter writer;
  writer.metadata("format", kCheckpointFormat);
  for (const auto& [key, text] : metadata) writer.metadata(key, text);
  for (const auto& [name, parameter] : parameters) {
    writer.add("model." + name, parameter->value.view());
    writer.add("adam.m." + name, optimizer.first_moment(*parameter));
    writer.add("adam.v." + name, optimizer.second_moment(*parameter));
  }
  writer.write(path);
}

/// Opens a checkpoint. \throws FileError if it is not one
[[nodiscard]] inline SafetensorsFile open_checkpoint(const std::filesystem::path& path) {
  SafetensorsFile file(path);
  const auto format = file.metadata().find("format");
  require<FileError>(format != file.metadata().end() && format->second == kCheckpointFormat,
                     path.string(), ": format is ",
                     format == file.metadata().end() ? "not given" : format->second, ", expected ",
                     kCheckpointFormat);
  return file;
}

/// Reads the weights; a file without moments will do. Nothing changes if anything is wrong.
/// \throws FileError or ShapeError naming the tensor
template <Real S>
void load_parameters(SafetensorsFile& file, const ParameterList<S>& parameters) {
  std::vector<Tensor<S>> values;
  for (const auto& [name, parameter] : parameters) {
    values.emplace_back(parameter->value.shape());
    file.read("model." + name, values.back().view());
  }
  for (Index i = 0; i < parameters.count(); ++i) {
    parameters[i].parameter->value = std::move(values[static_cast<std::size_t>(i)]);
    parameters[i].parameter->prepare();
  }
}

/// Reads weights and moments. \throws as load_parameters
template <Real S>
void load_checkpoint(SafetensorsFile& file, const ParameterList<S>& parameters,
                     AdamW<S>& optimizer) {
  for (const auto& [name, parameter] : parameters) {
    file.read("adam.m." + name, optimizer.first_moment(*parameter));
    file.read("adam.v." + name, optimizer.second_moment(*parameter));
  }
  load_parameters(file, parameters);
}

}  // namespace looplab

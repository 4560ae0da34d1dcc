// SPDX-License-Identifier: MIT
//
// A training state in one safetensors file, openable from Python:
//
//   model.<name>, adam.m.<name>, adam.v.<name>     for every parameter
//   metadata: format, step, windows_seen, seed, and the identities of the stages so far
//             (training_state.hpp): train, objective, trained, task, model, backend, ...
//
// Random numbers are pure functions of (seed, name, index), so `seed` and `windows_seen` are the
// whole state of the data.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

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

namespace detail {

/// The tensors `prefix` + name, shaped like the parameters.
template <Real S>
[[nodiscard]] std::vector<Tensor<S>> read_all(SafetensorsFile& file, const std::string& prefix,
                                              const ParameterList<S>& parameters) {
  std::vector<Tensor<S>> values;
  for (const auto& [name, parameter] : parameters) {
    values.emplace_back(parameter->value.shape());
    file.read(prefix + name, values.back().view());
  }
  return values;
}

}  // namespace detail

/// Reads the weights; a file without moments will do. Nothing changes if anything is wrong.
/// \throws FileError or ShapeError naming the tensor
template <Real S>
void load_parameters(SafetensorsFile& file, const ParameterList<S>& parameters) {
  auto values = detail::read_all(file, "model.", parameters);
  for (Index i = 0; i < parameters.count(); ++i) {
    parameters[i].parameter->value = std::move(values[static_cast<std::size_t>(i)]);
    parameters[i].parameter->prepare();
  }
}

/// Reads weights and moments. Nothing changes if anything is wrong. \throws as load_parameters
template <Real S>
void load_checkpoint(SafetensorsFile& file, const ParameterList<S>& parameters,
                     AdamW<S>& optimizer) {
  const auto m = detail::read_all(file, "adam.m.", parameters);
  const auto v = detail::read_all(file, "adam.v.", parameters);
  load_parameters(file, parameters);
  for (Index i = 0; i < parameters.count(); ++i) {
    const Parameter<S>& parameter = *parameters[i].parameter;
    std::ranges::copy(m[static_cast<std::size_t>(i)], optimizer.first_moment(parameter).data());
    std::ranges::copy(v[static_cast<std::size_t>(i)], optimizer.second_moment(parameter).data());
  }
}

}  // namespace looplab

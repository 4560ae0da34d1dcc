// SPDX-License-Identifier: MIT
//
// A folder with the tensors of one model, in one safetensors file or in several.
//
//   model.safetensors                     all of them, or
//   model.safetensors.index.json          {"weight_map": {"name":
//   "model-00001-of-00002.safetensors"}} model-00001-of-00002.safetensors ...
//
// Source: github.com/huggingface/transformers, "sharded checkpoints".
// Tests: tests/io/sharded_safetensors_test.cpp.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "looplab/io/safetensors.hpp"

namespace looplab {

class ShardedSafetensors {
 public:
  /// Opens all files. \throws FileError if there is neither, the index is damaged, a file is
  /// missing or a tensor is not where the index says
  explicit ShardedSafetensors(std::filesystem::path folder) : folder_(std::move(folder)) {
    const std::filesystem::path one = folder_ / "model.safetensors",
                                index = folder_ / "model.safetensors.index.json";
    if (std::filesystem::exists(one)) {
      const SafetensorsFile& file = files_.try_emplace("model.safetensors", one).first->second;
      for (const std::string& name : file.names()) file_of_[name] = "model.safetensors";
      return;
    }
    require<FileError>(std::filesystem::exists(index), folder_.string(),
                       ": has neither model.safetensors nor model.safetensors.index.json");
    read_index(index);
  }

  [[nodiscard]] bool contains(const std::string& name) const { return file_of_.contains(name); }
  /// In alphabetical order.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [name, file] : file_of_) all.push_back(name);
    return all;
  }
  /// See SafetensorsFile::read_floats. \throws FileError, ShapeError
  void read_floats(const std::string& name, TensorView<float> out) {
    const auto found = file_of_.find(name);
    require<FileError>(found != file_of_.end(), folder_.string(), ": has no tensor ", name);
    files_.at(found->second).read_floats(name, out);
  }

 private:
  void read_index(const std::filesystem::path& path) {
    const auto json = nlohmann::json::parse(read_file(path), nullptr, false);
    require<FileError>(json.is_object() && json.contains("weight_map") &&
                           json["weight_map"].is_object() && !json["weight_map"].empty(),
                       path.string(), ": has no weight_map from tensors to files");
    for (const auto& [name, value] : json["weight_map"].items()) {
      require<FileError>(value.is_string(), path.string(), ": tensor ", name,
                         " is in no file with a name");
      const auto file = value.get<std::string>();
      require<FileError>(std::filesystem::path(file).filename() == file, path.string(), ": tensor ",
                         name, " is in \"", file, "\", expected a file beside it");
      const SafetensorsFile& opened = files_.try_emplace(file, folder_ / file).first->second;
      require<FileError>(opened.contains(name), path.string(), ": tensor ", name, " is not in ",
                         file, ", where it is said to be");
      file_of_[name] = file;
    }
  }

  std::filesystem::path folder_;
  std::map<std::string, SafetensorsFile> files_;
  std::map<std::string, std::string> file_of_;
};

}  // namespace looplab

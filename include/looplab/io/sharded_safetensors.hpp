// SPDX-License-Identifier: MIT
//
// The tensors of a model directory in the layout of Hugging Face, in one file or in several:
//
//   model.safetensors              all tensors, or
//   model.safetensors.index.json  {"weight_map": {"name": "model-00001-of-00002.safetensors", ...}}
//
// If both are present, the single file is read. The index and the files must agree on the file of
// every tensor.
// Source: huggingface.co/docs/safetensors and transformers, `save_pretrained`.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "looplab/io/safetensors.hpp"

namespace looplab {

inline constexpr const char* kSafetensorsName = "model.safetensors";
inline constexpr const char* kSafetensorsIndexName = "model.safetensors.index.json";

/// Tensors by name, from any of the files. Headers are read and checked in the constructor, tensors
/// on demand.
class ShardedSafetensors {
 public:
  /// \throws FileError if the folder has neither a file nor an index, if a file is missing or
  /// damaged, or if the index and the files contradict each other
  explicit ShardedSafetensors(std::filesystem::path folder) : folder_(std::move(folder)) {
    if (std::filesystem::exists(folder_ / kSafetensorsName))
      open(kSafetensorsName);
    else if (std::filesystem::exists(folder_ / kSafetensorsIndexName))
      open_all(read_index());
    else
      throw FileError(concat(folder_.string(), ": has neither ", kSafetensorsName, " nor ",
                             kSafetensorsIndexName));
  }

  /// Names of all tensors, sorted.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, file] : holders_) names.push_back(name);
    return names;
  }
  [[nodiscard]] bool contains(const std::string& name) const { return holders_.contains(name); }
  /// \throws FileError if there is no such tensor or it has more axes than a `Shape`
  [[nodiscard]] Shape shape(const std::string& name) const { return holder(name).shape(name); }
  /// \throws as `SafetensorsFile::require_floats`
  void require_floats(const std::string& name, const Shape& expected) const {
    holder(name).require_floats(name, expected);
  }
  /// \throws as `SafetensorsFile::read_floats`
  template <Real S>
  void read_floats(const std::string& name, TensorView<S> out) {
    holder(name).read_floats(name, out);
  }

 private:
  /// File name of every tensor in the index.
  using WeightMap = std::map<std::string, std::string>;

  [[nodiscard]] WeightMap read_index() const {
    const std::filesystem::path path = folder_ / kSafetensorsIndexName;
    const nlohmann::json index = nlohmann::json::parse(std::string_view(read_file(path)), nullptr, false);
    require<FileError>(
        index.is_object() && index.contains("weight_map") && index["weight_map"].is_object(),
        path.string(), ": is not a JSON object with a weight_map");
    WeightMap map;
    for (const auto& [name, file] : index["weight_map"].items()) {
      require<FileError>(file.is_string() && is_file_name(file.get<std::string>()), path.string(),
                         ": tensor ", name, " is stated to be in ", file.dump(),
                         ", expected the name of a file beside the index");
      map[name] = file.get<std::string>();
    }
    return map;
  }
  [[nodiscard]] static bool is_file_name(const std::filesystem::path& path) {
    return path.has_filename() && path == path.filename() && path != "." && path != "..";
  }

  void open_all(const WeightMap& map) {
    for (const auto& [name, file] : map)
      if (!files_.contains(file)) open(file);
    const std::string path = (folder_ / kSafetensorsIndexName).string();
    for (const auto& [name, file] : map)
      require<FileError>(files_.at(file).contains(name), path, ": tensor ", name,
                         " is stated to be in ", file, ", which has no such tensor");
    for (const auto& [name, file] : holders_)
      require<FileError>(map.contains(name), path, ": does not name tensor ", name, " of ",
                         file->path().filename().string());
  }

  void open(const std::string& file) {
    SafetensorsFile& opened = files_.try_emplace(file, folder_ / file).first->second;
    for (const std::string& name : opened.names()) {
      const auto [other, is_new] = holders_.try_emplace(name, &opened);
      require<FileError>(is_new, opened.path().string(), ": tensor ", name, " is also in ",
                         other->second->path().filename().string());
    }
  }

  [[nodiscard]] SafetensorsFile& holder(const std::string& name) const {
    const auto found = holders_.find(name);
    require<FileError>(found != holders_.end(), folder_.string(), ": has no tensor ", name);
    return *found->second;
  }

  std::filesystem::path folder_;
  std::map<std::string, SafetensorsFile> files_;     // by file name; never moved
  std::map<std::string, SafetensorsFile*> holders_;  // by tensor
};

}  // namespace looplab

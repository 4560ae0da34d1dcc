// SPDX-License-Identifier: MIT
#include "looplab/io/sharded_safetensors.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::TemporaryDirectory;

namespace {

const Tensor<float> kPair(Shape{2}, {1, 2});
const Tensor<float> kRow(Shape{1, 3}, {3, 4, 5});

void write_tensors(const std::filesystem::path& path,
                   std::initializer_list<std::pair<std::string, const Tensor<float>*>> tensors) {
  SafetensorsWriter writer;
  for (const auto& [name, tensor] : tensors) writer.add(name, tensor->view());
  writer.write(path);
}

/// Two files with one tensor each.
void write_shards(const std::filesystem::path& folder) {
  write_tensors(folder / "one.safetensors", {{"pair", &kPair}});
  write_tensors(folder / "two.safetensors", {{"row", &kRow}});
}

}  // namespace

TEST_CASE("a folder's tensors are found by name, in one file or in two") {
  for (const bool sharded : {false, true}) {
    const TemporaryDirectory folder;
    if (sharded) {
      write_shards(folder.path());
      write_file_atomically(folder / kSafetensorsIndexName,
                            R"({"metadata":{"total_size":20},"weight_map":)"
                            R"({"row":"two.safetensors","pair":"one.safetensors"}})");
    } else {
      write_tensors(folder / kSafetensorsName, {{"row", &kRow}, {"pair", &kPair}});
      write_file_atomically(folder / kSafetensorsIndexName, "of an older export");
    }
    ShardedSafetensors tensors(folder.path());
    CHECK(tensors.names() == std::vector<std::string>{"pair", "row"});
    CHECK(tensors.contains("row"));
    CHECK_FALSE(tensors.contains("column"));
    CHECK(tensors.shape("row") == Shape{1, 3});
    Tensor<float> row(Shape{1, 3});
    tensors.read_floats("row", row.view());
    CHECK(row[2] == 5.0f);
    CHECK_NOTHROW(tensors.require_floats("pair", Shape{2}));
    CHECK_THROWS_WITH(tensors.require_floats("pair", Shape{3}),
                      contains("tensor pair is F32 [2], expected F32, BF16 or F16 [3]"));
    CHECK_THROWS_WITH(tensors.shape("column"), contains(": has no tensor column"));
  }
}

TEST_CASE("a folder that is not whole, or contradicts its index, is one clear sentence") {
  const TemporaryDirectory folder;
  CHECK_THROWS_WITH(ShardedSafetensors(folder.path()),
                    contains(": has neither model.safetensors nor model.safetensors.index.json"));
  CHECK_THROWS_AS(ShardedSafetensors(folder / "none"), FileError);
  write_shards(folder.path());
  write_tensors(folder / "both.safetensors", {{"pair", &kPair}, {"row", &kRow}});
  struct Row {
    std::string index, message;
  };
  const Row rows[] = {
      {"not json", "is not a JSON object with a weight_map"},
      {"[]", "is not a JSON object with a weight_map"},
      {R"({"weight_map":[]})", "is not a JSON object with a weight_map"},
      {R"({"weight_map":{"pair":1}})", "tensor pair is stated to be in 1, expected the name"},
      {R"({"weight_map":{"pair":"../one.safetensors"}})",
       "tensor pair is stated to be in \"../one"},
      {R"({"weight_map":{"pair":".."}})", "tensor pair is stated to be in \"..\""},
      {R"({"weight_map":{"pair":""}})", "tensor pair is stated to be in \"\""},
      {R"({"weight_map":{"pair":"three.safetensors"}})",
       "three.safetensors: cannot be read (No such file"},
      {R"({"weight_map":{"pair":"two.safetensors"}})",
       "tensor pair is stated to be in two.safetensors, which has no such tensor"},
      {R"({"weight_map":{"pair":"both.safetensors"}})",
       "does not name tensor row of both.safetensors"},
      {R"({"weight_map":{"pair":"one.safetensors","row":"both.safetensors"}})",
       "both.safetensors: tensor pair is also in one.safetensors"},
  };
  for (const Row& row : rows) {
    INFO(row.index);
    write_file_atomically(folder / kSafetensorsIndexName, row.index);
    CHECK_THROWS_WITH(ShardedSafetensors(folder.path()), contains(row.message));
    CHECK_THROWS_AS(ShardedSafetensors(folder.path()), FileError);
  }
}

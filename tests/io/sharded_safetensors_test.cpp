// SPDX-License-Identifier: MIT
#include "looplab/io/sharded_safetensors.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::TemporaryDirectory;

namespace {

/// A file with one tensor "x" of 16-bit elements.
void write_halves(const std::filesystem::path& path, const std::string& dtype,
                  const std::vector<std::uint16_t>& bits) {
  const std::string header = concat(R"({"x":{"dtype":")", dtype, R"(","shape":[)", bits.size(),
                                    R"(],"data_offsets":[0,)", 2 * bits.size(), "]}}");
  const std::uint64_t length = header.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), sizeof length) << header;
  file.write(reinterpret_cast<const char*>(bits.data()),
             static_cast<std::streamsize>(2 * bits.size()));
}

void write_one(const std::filesystem::path& path, const std::string& name, float value) {
  const Tensor<float> tensor(Shape{1}, {value});
  SafetensorsWriter writer;
  writer.add(name, tensor.view());
  writer.write(path);
}

void write_index(const std::filesystem::path& folder, const std::string& map) {
  std::ofstream(folder / "model.safetensors.index.json")
      << R"({"metadata":{"total_size":8},"weight_map":)" << map << "}";
}

}  // namespace

TEST_CASE("elements of 16 bits are read as the floats that they stand for") {
  const TemporaryDirectory directory;
  Tensor<float> read({6});
  write_halves(directory / "b", "BF16", {0x3f80, 0xc049, 0x0000, 0x8000, 0x7f80, 0x0001});
  SafetensorsFile(directory / "b").read_floats("x", read.view());
  CHECK(read[0] == 1.0f);
  CHECK(read[1] == -3.140625f);
  CHECK(std::signbit(read[3]));
  CHECK(read[4] == INFINITY);
  CHECK(read[5] == std::bit_cast<float>(std::uint32_t{0x00010000}));
  write_halves(directory / "h", "F16", {0x3c00, 0xc248, 0x8000, 0x7c00, 0x0001, 0x7bff});
  SafetensorsFile(directory / "h").read_floats("x", read.view());
  CHECK(read[0] == 1.0f);
  CHECK(read[1] == -3.140625f);
  CHECK(std::signbit(read[2]));
  CHECK(read[3] == INFINITY);
  CHECK(read[4] == std::ldexp(1.0f, -24));
  CHECK(read[5] == 65504.0f);
  CHECK(std::isnan(float_of_float16(0x7e00)));
  // What looplab wrote itself is still read as it is only.
  CHECK_THROWS_WITH(SafetensorsFile(directory / "b").read("x", read.view()),
                    contains("tensor x is BF16 [6], expected F32 [6]"));
  Tensor<float> short_one({5});
  CHECK_THROWS_AS(SafetensorsFile(directory / "b").read_floats("x", short_one.view()), ShapeError);
}

TEST_CASE("tensors are found in one file or in several") {
  const TemporaryDirectory directory;
  write_one(directory / "first.safetensors", "a", 1);
  write_one(directory / "second.safetensors", "b", 2);
  write_index(directory.path(), R"({"a":"first.safetensors","b":"second.safetensors"})");
  Tensor<float> read({1});
  {
    ShardedSafetensors shards(directory.path());
    CHECK(shards.names() == std::vector<std::string>{"a", "b"});
    shards.read_floats("b", read.view());
    CHECK(read[0] == 2);
    CHECK_THROWS_WITH(shards.read_floats("c", read.view()), contains("has no tensor c"));
  }
  write_one(directory / "model.safetensors", "c", 3);
  ShardedSafetensors one(directory.path());
  CHECK(one.names() == std::vector<std::string>{"c"});
  one.read_floats("c", read.view());
  CHECK(read[0] == 3);
}

TEST_CASE("an index that is wrong is one sentence") {
  const TemporaryDirectory directory;
  const auto said = [&](const char* map) {
    write_index(directory.path(), map);
    try {
      ShardedSafetensors shards(directory.path());
    } catch (const FileError& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  CHECK_THROWS_WITH(ShardedSafetensors(directory.path()),
                    contains("has neither model.safetensors nor model.safetensors.index.json"));
  write_one(directory / "first.safetensors", "a", 1);
  CHECK_THAT(said(R"({"a":"none.safetensors"})"), contains("none.safetensors"));
  CHECK_THAT(said(R"({"b":"first.safetensors"})"),
             contains("tensor b is not in first.safetensors"));
  CHECK_THAT(said(R"({"a":"../first.safetensors"})"), contains("expected a file beside it"));
  CHECK_THAT(said(R"({"a":7})"), contains("tensor a is in no file with a name"));
  CHECK_THAT(said("{}"), contains("has no weight_map"));
  CHECK_THAT(said("["), contains("has no weight_map"));
}

// SPDX-License-Identifier: MIT
#include "looplab/io/safetensors.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::TemporaryDirectory;

namespace {

/// A file of the format with this header and `data_size` bytes of data.
std::string file_text(const std::string& header, std::size_t data_size) {
  const std::uint64_t length = header.size();
  std::string text(sizeof length, '\0');
  std::memcpy(text.data(), &length, sizeof length);
  return text + header + std::string(data_size, 'x');
}

template <class Element>
void check_round_trip(std::initializer_list<Element> values) {
  const TemporaryDirectory directory;
  const Tensor<Element> tensor(Shape{1, static_cast<Index>(values.size())}, values);
  SafetensorsWriter writer;
  writer.add("x", tensor.view());
  writer.write(directory / "file");
  const auto read = SafetensorsFile(directory / "file").load<Element>("x");
  REQUIRE(read.shape() == tensor.shape());
  CHECK(std::memcmp(read.data(), tensor.data(), values.size() * sizeof(Element)) == 0);
}

}  // namespace

TEST_CASE("safetensors elements keep their bits") {
  check_round_trip<float>({0.0f, -0.0f, 1e-45f, std::numeric_limits<float>::infinity(), NAN});
  check_round_trip<double>({0.1, -1e308, 5e-324});
  check_round_trip<std::int32_t>({-1, std::numeric_limits<std::int32_t>::min(), 7});
  check_round_trip<std::int64_t>({-1, std::numeric_limits<std::int64_t>::max()});
  check_round_trip<std::uint64_t>({0, std::numeric_limits<std::uint64_t>::max()});
}

TEST_CASE("safetensors keeps names, shapes and metadata, and aligns the data") {
  const TemporaryDirectory directory;
  const Tensor<float> odd(Shape{3}, {1, 2, 3});
  const Tensor<double> scalar(Shape{}, {0.5});
  const Tensor<float> empty(Shape{0, 4});
  Tensor<float> deep(Shape{2, 1, 3, 2});
  for (Index i = 0; i < deep.size(); ++i) deep[i] = static_cast<float>(i);
  SafetensorsWriter writer;
  writer.add("odd", odd.view());
  writer.add("scalar", scalar.view());
  writer.add("empty", empty.view());
  writer.add("deep", deep.view());
  writer.metadata("text", "line\n\"quoted\" \xc3\xbc");
  writer.write(directory / "file");

  SafetensorsFile file(directory / "file");
  CHECK(file.names().size() == 4);
  CHECK(file.shape("odd") == Shape{3});
  CHECK(file.shape("scalar") == Shape{});
  CHECK(file.shape("empty") == Shape{0, 4});
  CHECK(file.load<double>("scalar")[0] == 0.5);
  CHECK(file.load<float>("empty").size() == 0);
  CHECK(file.load<float>("deep")[11] == 11.0f);
  CHECK(file.load<float>("odd")[2] == 3.0f);
  CHECK(file.contains("deep"));
  CHECK_FALSE(file.contains("deepest"));
  CHECK(file.metadata().at("text") == "line\n\"quoted\" \xc3\xbc");

  const std::string text = read_file(directory / "file");
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, text.data(), sizeof header_size);
  CHECK((header_size + 8) % 64 == 0);
  for (const std::string& name : file.names())
    CHECK(file.entry(name).begin % (file.entry(name).dtype == "F64" ? 8 : 4) == 0);
}

TEST_CASE("a file without tensors is a safetensors file") {
  const TemporaryDirectory directory;
  SafetensorsWriter().write(directory / "file");
  CHECK(SafetensorsFile(directory / "file").names().empty());
}

TEST_CASE("a safetensors file written by Python is read") {
  SafetensorsFile file(LOOPLAB_TEST_DATA_DIR "/../io/python_written.safetensors");
  CHECK(file.metadata().at("step") == "12");
  CHECK(file.metadata().at("text") == "\xc3\xbc \"quoted\"");
  const auto weight = file.load<float>("embedding.weight");
  CHECK(weight.shape() == Shape{2, 3});
  CHECK(weight(0, 1) == -1.25f);
  CHECK(weight(1, 1) == 1e-3f);
  CHECK(std::signbit(weight(1, 2)));
  CHECK(file.load<double>("moment")[1] == -2.5e300);
  CHECK(file.load<std::uint64_t>("counter")[0] == std::numeric_limits<std::uint64_t>::max());
  CHECK(file.load<std::int64_t>("position")[0] == -5);
  CHECK(file.load<std::int32_t>("tokens")(2, 0) == -3);
  CHECK(file.shape("empty") == Shape{0, 4});
  CHECK(file.entry("half").dtype == "F16");
  Tensor<float> half(Shape{3});
  file.read_floats("half", half.view());
  CHECK(half[2] == 3.0f);
  CHECK_THROWS_WITH(file.load<float>("half"), contains("tensor half is F16 [3], expected F32 [3]"));
}

TEST_CASE("reading a tensor as another type or shape names file, tensor, given and expected") {
  const TemporaryDirectory directory;
  const Tensor<float> tensor(Shape{2, 3});
  SafetensorsWriter writer;
  writer.add("w", tensor.view());
  writer.write(directory / "c.safetensors");
  SafetensorsFile file(directory / "c.safetensors");
  Tensor<float> other(Shape{3, 2});
  Tensor<double> wide(Shape{2, 3});
  CHECK_THROWS_AS(file.read("w", other.view()), ShapeError);
  CHECK_THROWS_WITH(file.read("w", other.view()),
                    contains("c.safetensors: tensor w is F32 [2, 3], expected F32 [3, 2]"));
  CHECK_THROWS_AS(file.read("w", wide.view()), FileError);
  CHECK_THROWS_WITH(file.read("w", wide.view()), contains("is F32 [2, 3], expected F64 [2, 3]"));
  CHECK_THROWS_AS(file.read("v", other.view()), FileError);
  CHECK_THROWS_WITH(file.read("v", other.view()), contains("c.safetensors: has no tensor v"));
}

TEST_CASE("halves and bfloat16 are widened to the float of the same value") {
  const float infinity = std::numeric_limits<float>::infinity();
  struct Row {
    std::uint16_t half, bfloat16;
    float value;
  };
  const Row rows[] = {
      {0x0000, 0x0000, 0.0f},        {0x3c00, 0x3f80, 1.0f},
      {0xc100, 0xc020, -2.5f},       {0x7bff, 0x0000, 65504.0f},
      {0x0400, 0x3880, 0x1p-14f},    {0x0001, 0x3380, 0x1p-24f},  // the smallest half is subnormal
      {0x83ff, 0x0000, -0x3ffp-24f}, {0x7c00, 0x7f80, infinity},
      {0xfc00, 0xff80, -infinity}};
  for (const Row& row : rows) {
    INFO(row.value);
    CHECK(float_of_half(row.half) == row.value);
    if (row.bfloat16 != 0) CHECK(float_of_bfloat16(row.bfloat16) == row.value);
  }
  CHECK(std::signbit(float_of_half(0x8000)));
  CHECK(std::isnan(float_of_half(0x7e01)));
  CHECK(std::isnan(float_of_bfloat16(0xffc1)));
  CHECK(float_of_bfloat16(0x7f7f) == 0x1.fep127f);
}

TEST_CASE("floats of any width are read as float and as double, nothing else is") {
  const TemporaryDirectory directory;
  const auto path = directory / "f.safetensors";
  const std::string header = R"({"b":{"dtype":"BF16","shape":[2,1],"data_offsets":[0,4]},)"
                             R"("f":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                             R"("h":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},)"
                             R"("i":{"dtype":"I8","shape":[2],"data_offsets":[12,14]}})";
  std::string text = file_text(header, 0);
  text += std::string("\x80\x3f\x20\xc0", 4) + std::string("\0\0\x80\x3e", 4) +
          std::string("\0\x3c\0\x4a", 4) + "ab";
  write_file_atomically(path, text);
  SafetensorsFile file(path);
  Tensor<float> pair(Shape{2, 1}), one(Shape{1}), flat(Shape{2});
  file.read_floats("b", pair.view());
  file.read_floats("f", one.view());
  file.read_floats("h", flat.view());
  CHECK(pair[0] == 1.0f);
  CHECK(pair[1] == -2.5f);
  CHECK(one[0] == 0.25f);
  CHECK(flat[0] == 1.0f);
  CHECK(flat[1] == 12.0f);
  Tensor<double> wide(Shape{2});
  file.read_floats("h", wide.view());
  CHECK(wide[1] == 12.0);
  CHECK_THROWS_WITH(file.read("b", pair.view()), contains("b is BF16 [2, 1], expected F32 [2, 1]"));
  CHECK_THROWS_AS(file.read_floats("i", flat.view()), FileError);
  CHECK_THROWS_WITH(file.read_floats("i", flat.view()),
                    contains("f.safetensors: tensor i is I8 [2], expected F32, BF16 or F16 [2]"));
  CHECK_THROWS_AS(file.read_floats("b", flat.view()), ShapeError);
  CHECK_THROWS_WITH(file.read_floats("none", flat.view()), contains("has no tensor none"));
  CHECK_NOTHROW(file.require_floats("b", Shape{2, 1}));
  CHECK_THROWS_AS(file.require_floats("b", Shape{1, 2}), ShapeError);
}

TEST_CASE("a name used twice or reserved is refused by the writer") {
  const Tensor<float> tensor(Shape{1});
  SafetensorsWriter writer;
  writer.add("w", tensor.view());
  CHECK_THROWS_WITH(writer.add("w", tensor.view()), contains("w is used twice"));
  CHECK_THROWS_AS(writer.add("__metadata__", tensor.view()), Error);
}

TEST_CASE("a damaged safetensors file is one clear sentence") {
  const TemporaryDirectory directory;
  const auto path = directory / "x.safetensors";
  const auto tensor = [](const std::string& dtype, const std::string& shape,
                         const std::string& offsets) {
    return R"("w":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
           "}";
  };
  const std::string good = tensor(R"("F32")", "[2]", "[0,8]");
  struct Row {
    std::string content, message;
  };
  std::string huge = file_text("{" + good + "}", 8);
  huge.replace(0, 8, 8, '\x7f');
  const Row rows[] = {
      {"", "is 0 bytes long, too short"},
      {"1234567", "is 7 bytes long, too short"},
      {file_text("{" + good + "}", 8).substr(0, 40),
       "is 40 bytes long but states a header of 54 bytes"},
      {huge, "truncated or not a safetensors file"},
      {file_text("{" + good + "}", 7),
       "stated to be bytes 0 to 8 but the file has 7 bytes of data"},
      {file_text("{" + good + "}", 9), "has 9 bytes of data, expected 8"},
      {file_text("not json", 0), "header that is not JSON"},
      {file_text("{\"\xff\":1}", 0), "header that is not JSON"},
      {file_text("[]", 0), "not a JSON object"},
      {file_text("{" + good + "," + good + "}", 8), "names the tensor w twice"},
      {file_text(R"({"w":3})", 0), "tensor w lacks a valid"},
      {file_text(R"({"w":{"dtype":"F32"}})", 0), "tensor w lacks a valid"},
      {file_text("{" + tensor("7", "[2]", "[0,8]") + "}", 8), "tensor w lacks a valid"},
      {file_text("{" + tensor(R"("F32")", "[-2]", "[0,8]") + "}", 8), "tensor w lacks a valid"},
      {file_text("{" + tensor(R"("F32")", "[2.5]", "[0,8]") + "}", 8), "tensor w lacks a valid"},
      {file_text("{" + tensor(R"("F32")", "[2]", "[0,8,9]") + "}", 8), "tensor w lacks a valid"},
      {file_text("{" + tensor(R"("F32")", "[3]", "[0,8]") + "}", 8),
       "has 8 bytes, which is not what its type F32"},
      {file_text("{" + tensor(R"("F32")", "[4611686018427387903,8]", "[0,8]") + "}", 8),
       "which is not what its type"},
      {file_text("{" + tensor(R"("F32")", "[2]", "[8,0]") + "}", 8), "stated to be bytes 8 to 0"},
      {file_text("{" + tensor(R"("F32")", "[2]", "[4,12]") + "}", 12), "overlap or gap"},
      {file_text("{" + good + R"(,"v":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12),
       "tensor v starts at byte 4 of the data, expected 8"},
      {file_text(R"({"__metadata__":{"a":1}})", 0), "metadata a is not a text"},
      {file_text(R"({"__metadata__":1})", 0), "__metadata__ is not a JSON object"},
  };
  for (const Row& row : rows) {
    INFO(row.message);
    write_file_atomically(path, row.content);
    CHECK_THROWS_WITH(SafetensorsFile(path), contains("x.safetensors: ") && contains(row.message));
    CHECK_THROWS_AS(SafetensorsFile(path), FileError);
  }
  write_file_atomically(path, file_text("{" + good + "}", 8));
  CHECK_NOTHROW(SafetensorsFile(path));
  CHECK_THROWS_AS(SafetensorsFile(directory / "missing"), FileError);
  CHECK_THROWS_AS(SafetensorsFile(directory.path()), FileError);
}

TEST_CASE("every truncation of a safetensors file is refused") {
  const TemporaryDirectory directory;
  const Tensor<float> tensor(Shape{5}, {1, 2, 3, 4, 5});
  SafetensorsWriter writer;
  writer.add("w", tensor.view());
  writer.write(directory / "whole");
  const std::string whole = read_file(directory / "whole");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write_file_atomically(directory / "cut", std::string_view(whole).substr(0, length));
    CHECK_THROWS_AS(SafetensorsFile(directory / "cut"), FileError);
  }
}

TEST_CASE("a tensor with more than four axes is listed but not read") {
  const TemporaryDirectory directory;
  write_file_atomically(
      directory / "file",
      file_text(R"({"w":{"dtype":"F32","shape":[1,1,1,1,2],"data_offsets":[0,8]}})", 8));
  SafetensorsFile file(directory / "file");
  CHECK(file.names() == std::vector<std::string>{"w"});
  CHECK_THROWS_WITH(file.load<float>("w"), contains("has 5 axes, expected at most 4"));
}

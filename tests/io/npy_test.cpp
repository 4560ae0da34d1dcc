// SPDX-License-Identifier: MIT
#include "looplab/io/npy.hpp"

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

template <class Element>
void check_round_trip(Shape shape, std::initializer_list<Element> values) {
  const TemporaryDirectory directory;
  const Tensor<Element> tensor(shape, values);
  write_npy(directory / "x.npy", tensor.view());
  const auto read = read_npy<Element>(directory / "x.npy");
  REQUIRE(read.shape() == shape);
  CHECK(std::memcmp(read.data(), tensor.data(), values.size() * sizeof(Element)) == 0);
}

/// A file as `numpy.save` of NumPy 2.4 writes it: header padded with spaces to 128 bytes in all.
std::string numpy_file(const std::string& dict, const std::string& data) {
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + dict + std::string(117 - dict.size(), ' ') +
         "\n" + data;
}

}  // namespace

TEST_CASE("npy elements and shapes of every type come back") {
  check_round_trip<float>(Shape{2, 3}, {1, -0.0f, 1e-45f, INFINITY, NAN, 6});
  check_round_trip<double>(Shape{3}, {0.1, 5e-324, -1e308});
  check_round_trip<std::int32_t>(Shape{1, 2, 1, 2}, {-1, 2, 3, 4});
  check_round_trip<std::int64_t>(Shape{}, {std::numeric_limits<std::int64_t>::min()});
  check_round_trip<float>(Shape{0, 4}, {});
}

TEST_CASE("an npy file is byte for byte as NumPy writes it") {
  const TemporaryDirectory directory;
  const Tensor<std::int32_t> tensor(Shape{2, 1}, {1, -1});
  write_npy(directory / "x.npy", tensor.view());
  CHECK(read_file(directory / "x.npy") ==
        numpy_file("{'descr': '<i4', 'fortran_order': False, 'shape': (2, 1), }",
                   std::string("\x01\0\0\0\xff\xff\xff\xff", 8)));
}

TEST_CASE("an npy file written by NumPy is read") {
  const TemporaryDirectory directory;
  const std::string data("\x00\x00\x80\x3f\x00\x00\x00\xc0", 8);  // 1, -2
  write_file_atomically(
      directory / "x.npy",
      numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", data));
  const auto vector = read_npy<float>(directory / "x.npy");
  CHECK(vector.shape() == Shape{2});
  CHECK(vector[0] == 1.0f);
  CHECK(vector[1] == -2.0f);
  write_file_atomically(
      directory / "x.npy",
      numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", data));
  CHECK(read_npy<float>(directory / "x.npy").shape() == Shape{1, 2});
}

TEST_CASE("a damaged or different npy file is one clear sentence") {
  const TemporaryDirectory directory;
  const auto path = directory / "x.npy";
  const auto with = [](const std::string& descr, const std::string& order,
                       const std::string& shape) {
    return numpy_file(
        "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }",
        std::string(8, '\0'));
  };
  struct Row {
    std::string content, message;
  };
  const Row rows[] = {
      {"", "does not start as an .npy file"},
      {std::string("\x93NUMPY\x02\x00\x76\x00", 10), "version 1.0"},
      {std::string("\x93NUMPY\x01\x00\x76", 9), "version 1.0"},
      {with("'<f4'", "False", "(2,)").substr(0, 127), "its header ends at 128: truncated"},
      {with("'<f4'", "False", "(2,)").substr(0, 135), "has 7 bytes of data, expected 2 elements"},
      {with("'<f4'", "False", "(2,)") + "x", "has 9 bytes of data"},
      {with("'<f8'", "False", "(1,)"), "elements of type '<f8', expected '<f4'"},
      {with("'>f4'", "False", "(2,)"), "elements of type '>f4', expected '<f4'"},
      {with("'<f4'", "True", "(2,)"), "column-major"},
      {with("'<f4'", "False", "(-2,)"), "no valid shape"},
      {with("'<f4'", "False", "(2"), "no valid shape"},
      {with("'<f4'", "False", "(two,)"), "no valid shape"},
      {with("'<f4'", "False", "(4611686018427387904, 4)"), "no valid shape"},
      {with("'<f4'", "False", "(4611686018427387904,)"), "has 8 bytes of data"},
      {with("'<f4'", "False", "(1, 1, 1, 1, 2)"), "has 5 axes, expected at most 4"},
      {numpy_file("{}", ""), "has elements of type"},
  };
  for (const Row& row : rows) {
    INFO(row.message);
    write_file_atomically(path, row.content);
    CHECK_THROWS_AS(read_npy<float>(path), FileError);
    CHECK_THROWS_WITH(read_npy<float>(path), contains("x.npy: ") && contains(row.message));
  }
  write_file_atomically(path, with("'<f4'", "False", "(2,)"));
  CHECK_NOTHROW(read_npy<float>(path));
  CHECK_THROWS_AS(read_npy<float>(directory / "missing"), FileError);
}

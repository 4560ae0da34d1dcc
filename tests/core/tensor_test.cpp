// SPDX-License-Identifier: MIT
#include "looplab/core/tensor.hpp"

#include <cstdint>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

using namespace looplab;

namespace {

bool is_aligned(const void* place) {
  return reinterpret_cast<std::uintptr_t>(place) % kAlignment == 0;
}

}  // namespace

TEST_CASE("a shape knows its size, rows and columns") {
  struct Row {
    Shape shape;
    Index size, rows, cols;
  };
  const Row rows[] = {
      {Shape{}, 1, 1, 1},           {Shape{5}, 5, 1, 5},
      {Shape{2, 3}, 6, 2, 3},       {Shape{2, 3, 4}, 24, 6, 4},
      {Shape{0, 4}, 0, 0, 4},       {Shape{4, 0}, 0, 4, 0},
      {Shape{1, 1, 1, 1}, 1, 1, 1}, {Shape{2, 3, 4, 5}, 120, 24, 5},
  };
  for (const Row& row : rows) {
    INFO(concat(row.shape));
    CHECK(row.shape.size() == row.size);
    CHECK(row.shape.rows() == row.rows);
    CHECK(row.shape.cols() == row.cols);
  }
}

TEST_CASE("shapes compare by rank and extents and print in brackets") {
  CHECK(Shape{2, 3} == Shape{2, 3});
  CHECK_FALSE(Shape{2, 3} == Shape{3, 2});
  CHECK_FALSE(Shape{2} == Shape{2, 1});
  CHECK_FALSE(Shape{} == Shape{0});
  CHECK(concat(Shape{2, 3}, Shape{}) == "[2, 3][]");
}

TEST_CASE("a shape of more than four axes or of a negative extent is a ShapeError") {
  CHECK_THROWS_AS((Shape{1, 2, 3, 4, 5}), ShapeError);
  CHECK_THROWS_WITH((Shape{1, 2, 3, 4, 5}), "Shape: 5 axes, at most 4 expected");
  CHECK_THROWS_WITH((Shape{2, -1}), "Shape: extent -1, expected 0 or more");
}

TEMPLATE_TEST_CASE("tensors start as zero on a 64-byte boundary, of any size", "", float, double,
                   std::int32_t, std::int64_t) {
  for (Index size : {0, 1, 7, 16, 1000}) {
    const Tensor<TestType> tensor(Shape{size});
    CHECK(is_aligned(tensor.data()));
    CHECK(tensor.size() == size);
    CHECK(std::all_of(tensor.begin(), tensor.end(), [](TestType x) { return x == 0; }));
  }
}

TEST_CASE("a padded size is the next whole number of cache lines") {
  CHECK(padded_size<float>(0) == 0);
  CHECK(padded_size<float>(1) == 16);
  CHECK(padded_size<float>(16) == 16);
  CHECK(padded_size<float>(17) == 32);
  CHECK(padded_size<double>(9) == 16);
  CHECK(padded_size<std::byte>(65) == 128);
}

TEST_CASE("elements are row-major") {
  Tensor<float> tensor(Shape{2, 3}, {0, 1, 2, 3, 4, 5});
  CHECK(tensor(1, 0) == 3.0f);
  CHECK(tensor[4] == 4.0f);
  tensor(0, 2) = 9;
  CHECK(tensor[2] == 9.0f);
  const Tensor<float> deep(Shape{2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(deep(3, 1) == 7.0f);  // as the matrix [4, 2]
}

TEST_CASE("a wrong number of initial values is a ShapeError") {
  CHECK_THROWS_AS(Tensor<float>(Shape{2, 2}, {1, 2, 3}), ShapeError);
  CHECK_THROWS_WITH(Tensor<float>(Shape{2, 2}, {1, 2, 3}), "Tensor: 3 values for shape [2, 2]");
}

TEST_CASE("copies of a tensor are deep, moves leave an empty one") {
  Tensor<float> original(Shape{2}, {1, 2});
  Tensor<float> copy = original;
  copy[0] = 7;
  CHECK(original[0] == 1.0f);
  CHECK(is_aligned(copy.data()));

  Tensor<float> assigned(Shape{3});
  assigned = original;
  assigned[1] = 8;
  CHECK(assigned.shape() == Shape{2});
  CHECK(original[1] == 2.0f);

  const float* place = original.data();
  const Tensor<float> moved = std::move(original);
  CHECK(moved.data() == place);
  CHECK(original.size() == 0);  // NOLINT: a moved-from tensor is specified to be empty
  CHECK(Tensor<float>().size() == 0);
  const Tensor<float> copy_of_empty = Tensor<float>();
  CHECK(copy_of_empty.size() == 0);
}

TEST_CASE("a view looks at the tensor's own elements and may be narrowed to constant") {
  Tensor<double> tensor(Shape{2, 2}, {1, 2, 3, 4});
  const TensorView<double> view = tensor.view();
  view(1, 1) = 5;
  CHECK(tensor(1, 1) == 5.0);
  const TensorView<const double> constant = view;
  CHECK(constant.data() == tensor.data());
  CHECK(constant.shape() == Shape{2, 2});
  CHECK(constant.span().size() == 4);
  CHECK(constant.end() - constant.begin() == 4);
  CHECK(TensorView<float>().size() == 0);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<TensorView<const double>, TensorView<double>>);
  STATIC_REQUIRE(std::is_same_v<decltype(std::as_const(tensor).view()), TensorView<const double>>);
}

TEST_CASE("fill sets every element") {
  Tensor<float> tensor(Shape{17});
  tensor.fill(2.5f);
  CHECK(std::all_of(tensor.begin(), tensor.end(), [](float x) { return x == 2.5f; }));
}

TEST_CASE("float and double are Real, integers are not") {
  STATIC_REQUIRE(Real<float>);
  STATIC_REQUIRE(Real<double>);
  STATIC_REQUIRE_FALSE(Real<int>);
  STATIC_REQUIRE_FALSE(Real<const float>);
}

// SPDX-License-Identifier: MIT
//
// Contiguous, row-major arrays of up to four axes. `Tensor` owns its elements, `TensorView` does
// not.
//
// Memory is aligned to 64 bytes (one cache line, one AVX-512 register). A view must not outlive the
// memory it points to. Kernels take plain pointers and sizes; views carry shapes between layers,
// where they are checked.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <new>
#include <ostream>
#include <span>
#include <type_traits>
#include <utility>

#include "looplab/core/error.hpp"

namespace looplab {

/// The index type used everywhere: signed, so that differences are safe.
using Index = std::ptrdiff_t;
/// Identifier of a token, class or label.
using Token = std::int32_t;

/// float for training, double for gradient checks.
template <class T>
concept Real = std::same_as<T, float> || std::same_as<T, double>;

inline constexpr std::size_t kAlignment = 64;

/// Rounds `count` elements of T up to a whole number of cache lines.
template <class T>
[[nodiscard]] constexpr Index padded_size(Index count) {
  constexpr Index kPerLine = static_cast<Index>(kAlignment / sizeof(T));
  return (count + kPerLine - 1) / kPerLine * kPerLine;
}

/// Extents of at most four axes.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<Index> extents) : Shape(std::span(extents.begin(), extents.size())) {}
  explicit Shape(std::span<const Index> extents) : rank_(static_cast<Index>(extents.size())) {
    require<ShapeError>(extents.size() <= 4, "Shape: ", extents.size(),
                        " axes, at most 4 expected");
    for (Index extent : extents)
      require<ShapeError>(extent >= 0, "Shape: extent ", extent, ", expected 0 or more");
    std::copy(extents.begin(), extents.end(), extents_.begin());
  }

  [[nodiscard]] Index rank() const { return rank_; }
  [[nodiscard]] Index operator[](Index axis) const {
    LOOPLAB_ASSERT(axis >= 0 && axis < rank_);
    return extents_[static_cast<std::size_t>(axis)];
  }
  /// Number of elements; 1 for a scalar (no axes).
  [[nodiscard]] Index size() const {
    Index n = 1;
    for (Index axis = 0; axis < rank_; ++axis) n *= (*this)[axis];
    return n;
  }
  /// Extent of the last axis; 1 for a scalar.
  [[nodiscard]] Index cols() const { return rank_ == 0 ? 1 : (*this)[rank_ - 1]; }
  /// Product of all axes but the last.
  [[nodiscard]] Index rows() const {
    Index n = 1;
    for (Index axis = 0; axis + 1 < rank_; ++axis) n *= (*this)[axis];
    return n;
  }
  [[nodiscard]] std::span<const Index> extents() const {
    return {extents_.data(), static_cast<std::size_t>(rank_)};
  }

  friend bool operator==(const Shape& a, const Shape& b) {
    return std::ranges::equal(a.extents(), b.extents());
  }
  /// Prints "[2, 3]".
  friend std::ostream& operator<<(std::ostream& out, const Shape& shape) {
    out << '[';
    for (Index axis = 0; axis < shape.rank_; ++axis) out << (axis ? ", " : "") << shape[axis];
    return out << ']';
  }

 private:
  std::array<Index, 4> extents_{};
  Index rank_ = 0;
};

/// Elements stored elsewhere, with a shape. Copying a view copies the pointer, not the elements.
template <class Scalar>
class TensorView {
 public:
  TensorView() = default;
  TensorView(Scalar* data, Shape shape) : data_(data), shape_(shape) {}
  /// A view of mutable elements is also a view of constant ones.
  operator TensorView<const Scalar>() const { return {data_, shape_}; }

  [[nodiscard]] Scalar* data() const { return data_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] Index size() const { return shape_.size(); }
  [[nodiscard]] Index rows() const { return shape_.rows(); }
  [[nodiscard]] Index cols() const { return shape_.cols(); }
  [[nodiscard]] Scalar& operator[](Index i) const {
    LOOPLAB_ASSERT(i >= 0 && i < size());
    return data_[i];
  }
  /// Element of the matrix [rows, cols].
  [[nodiscard]] Scalar& operator()(Index row, Index col) const {
    return (*this)[row * cols() + col];
  }
  [[nodiscard]] std::span<Scalar> span() const { return {data_, static_cast<std::size_t>(size())}; }
  [[nodiscard]] Scalar* begin() const { return data_; }
  [[nodiscard]] Scalar* end() const { return data_ + size(); }

 private:
  Scalar* data_ = nullptr;
  Shape shape_{0};
};

/// Frees memory taken with `allocate_aligned`.
struct AlignedDelete {
  void operator()(void* memory) const { ::operator delete (memory, std::align_val_t{kAlignment}); }
};
template <class T>
using AlignedArray = std::unique_ptr<T[], AlignedDelete>;

/// Uninitialized memory for `count` trivial elements, on a 64-byte boundary.
template <class T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] AlignedArray<T> allocate_aligned(Index count) {
  const auto bytes = static_cast<std::size_t>(std::max<Index>(count, 1)) * sizeof(T);
  return AlignedArray<T>(static_cast<T*>(::operator new (bytes, std::align_val_t{kAlignment})));
}

/// Owns its elements, which start as zero. Copies are deep.
template <class Scalar>
class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(Shape shape) : data_(allocate_aligned<Scalar>(shape.size())), shape_(shape) {
    fill(Scalar{});
  }
  /// \throws ShapeError if the number of values is not the size of `shape`.
  Tensor(Shape shape, std::initializer_list<Scalar> values) : Tensor(shape) {
    require<ShapeError>(static_cast<Index>(values.size()) == size(), "Tensor: ", values.size(),
                        " values for shape ", shape);
    std::copy(values.begin(), values.end(), data());
  }
  Tensor(const Tensor& other)
      : data_(allocate_aligned<Scalar>(other.size())), shape_(other.shape_) {
    std::copy_n(other.data(), other.size(), data());
  }
  Tensor(Tensor&& other) noexcept
      : data_(std::move(other.data_)), shape_(std::exchange(other.shape_, Shape{0})) {}
  Tensor& operator=(Tensor other) noexcept {
    std::swap(data_, other.data_);
    std::swap(shape_, other.shape_);
    return *this;
  }
  ~Tensor() = default;

  [[nodiscard]] TensorView<Scalar> view() { return {data(), shape_}; }
  [[nodiscard]] TensorView<const Scalar> view() const { return {data(), shape_}; }
  [[nodiscard]] Scalar* data() { return data_.get(); }
  [[nodiscard]] const Scalar* data() const { return data_.get(); }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] Index size() const { return shape_.size(); }
  [[nodiscard]] Index rows() const { return shape_.rows(); }
  [[nodiscard]] Index cols() const { return shape_.cols(); }
  [[nodiscard]] Scalar& operator[](Index i) { return view()[i]; }
  [[nodiscard]] const Scalar& operator[](Index i) const { return view()[i]; }
  [[nodiscard]] Scalar& operator()(Index row, Index col) { return view()(row, col); }
  [[nodiscard]] const Scalar& operator()(Index row, Index col) const { return view()(row, col); }
  [[nodiscard]] Scalar* begin() { return data(); }
  [[nodiscard]] Scalar* end() { return data() + size(); }
  [[nodiscard]] const Scalar* begin() const { return data(); }
  [[nodiscard]] const Scalar* end() const { return data() + size(); }
  void fill(Scalar value) { std::fill_n(data(), size(), value); }

 private:
  AlignedArray<Scalar> data_;
  Shape shape_{0};
};

}  // namespace looplab

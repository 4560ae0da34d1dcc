// SPDX-License-Identifier: MIT
//
// One array per file in NumPy's .npy format, version 1.0, which `numpy.load` reads.
//
//   "\x93NUMPY" 1 0 [ header length, 2 bytes ][ header: a Python dict, spaces, newline ][ data ]
//   header: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
//
// Source: numpy.org, "numpy.lib.format". Element types: float32, float64, int32 and int64, in
// little-endian row-major order. The data starts on a 64-byte boundary.
#pragma once

#include <bit>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "looplab/core/tensor.hpp"
#include "looplab/io/atomic_file.hpp"

namespace looplab {

static_assert(std::endian::native == std::endian::little, "npy data is written little-endian");

namespace npy {

inline constexpr std::string_view kMagic{"\x93NUMPY\x01\x00", 8};

/// NumPy's name of an element type.
template <class Element>
[[nodiscard]] constexpr std::string_view descr() {
  using E = std::remove_const_t<Element>;
  if constexpr (std::is_same_v<E, float>) {
    return "<f4";
  } else if constexpr (std::is_same_v<E, double>) {
    return "<f8";
  } else if constexpr (std::is_same_v<E, std::int32_t>) {
    return "<i4";
  } else {
    static_assert(std::is_same_v<E, std::int64_t>, "not an element type of this writer");
    return "<i8";
  }
}

/// Everything before the data.
[[nodiscard]] inline std::string preamble(std::string_view descr, const Shape& shape) {
  std::string dict = concat("{'descr': '", descr, "', 'fortran_order': False, 'shape': (");
  for (Index axis = 0; axis < shape.rank(); ++axis) dict += concat(axis ? ", " : "", shape[axis]);
  dict += shape.rank() == 1 ? ",), }" : "), }";
  const std::size_t before_data = kMagic.size() + sizeof(std::uint16_t) + dict.size() + 1;
  dict.append((kAlignment - before_data % kAlignment) % kAlignment, ' ');
  dict += '\n';
  const auto length = static_cast<std::uint16_t>(dict.size());
  return std::string(kMagic) + static_cast<char>(length & 0xff) + static_cast<char>(length >> 8) +
         dict;
}

/// The text after `'key':` in the header, without leading spaces; empty if the key is missing.
[[nodiscard]] inline std::string_view value_of(std::string_view header, std::string_view key) {
  const std::size_t found = header.find(concat('\'', key, "':"));
  if (found == std::string_view::npos) return {};
  header.remove_prefix(found + key.size() + 3);
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return header;
}

/// Reads "(2, 3)" or "(2,)" into `extents`; false if it is of another form or the number of
/// elements overflows.
[[nodiscard]] inline bool read_shape(std::string_view text, std::vector<Index>& extents) {
  const std::size_t close = text.find(')');
  if (!text.starts_with('(') || close == std::string_view::npos) return false;
  text = text.substr(1, close - 1);
  Index size = 1;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return true;
    Index extent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), extent);
    if (error != std::errc{} || extent < 0 || __builtin_mul_overflow(size, extent, &size))
      return false;
    extents.push_back(extent);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with(',')) text.remove_prefix(1);
  }
}

}  // namespace npy

/// Replaces `path` by a file with this tensor. \throws FileError.
template <class Element>
void write_npy(const std::filesystem::path& path, TensorView<Element> tensor) {
  write_file_atomically(path, [&](AtomicFile& file) {
    file.write(npy::preamble(npy::descr<Element>(), tensor.shape()));
    file.write(std::as_bytes(std::span<const Element>(tensor.span())));
  });
}

/// Reads a file of this element type, in the shape stored in the file.
/// \throws FileError if it is missing, damaged, of another version or of another element type.
template <class Element>
[[nodiscard]] Tensor<Element> read_npy(const std::filesystem::path& path) {
  const std::string content = read_file(path);
  const auto check = [&](bool condition, const auto&... parts) {
    require<FileError>(condition, path.string(), ": ", parts...);
  };
  constexpr std::size_t kHeaderStart = npy::kMagic.size() + sizeof(std::uint16_t);
  check(content.starts_with(npy::kMagic) && content.size() >= kHeaderStart,
        "does not start as an .npy file of version 1.0");
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(content[i]); };
  const std::size_t data_start = kHeaderStart + byte(8) + (std::size_t{byte(9)} << 8);
  check(content.size() >= data_start, "is ", content.size(), " bytes long, its header ends at ",
        data_start, ": truncated");
  const std::string_view header =
      std::string_view(content).substr(kHeaderStart, data_start - kHeaderStart);

  const std::string_view descr = npy::value_of(header, "descr");
  const std::string expected = concat('\'', npy::descr<Element>(), '\'');
  check(descr.starts_with(expected), "has elements of type ", descr.substr(0, descr.find(',')),
        ", expected ", expected);
  check(npy::value_of(header, "fortran_order").starts_with("False"),
        "is in column-major (Fortran) order, expected row-major");
  std::vector<Index> extents;
  check(npy::read_shape(npy::value_of(header, "shape"), extents), "has no valid shape");
  check(extents.size() <= 4, "has ", extents.size(), " axes, expected at most 4");
  const Shape shape{std::span<const Index>(extents)};
  const std::size_t num_bytes = content.size() - data_start;
  check(num_bytes % sizeof(Element) == 0 &&
            static_cast<std::size_t>(shape.size()) == num_bytes / sizeof(Element),
        "has ", num_bytes, " bytes of data, expected ", shape.size(), " elements of ",
        sizeof(Element), " bytes for shape ", shape);
  Tensor<Element> tensor(shape);
  std::memcpy(tensor.data(), content.data() + data_start, num_bytes);
  return tensor;
}

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// Named tensors in one file, in the public safetensors format, which Python reads directly:
//
//   [ header length, 8 bytes little-endian ][ JSON header, padded with spaces ][ data, row-major ]
//   header: {"__metadata__": {"key": "text"}, "name": {"dtype": "F32", "shape": [2, 3],
//            "data_offsets": [begin, end]}, ...}        offsets count from the end of the header
//
// Source: github.com/huggingface/safetensors, README, section "Format".
// Wider elements come first and the data starts on a 64-byte boundary, so every tensor is aligned
// to its element size. The reader checks all sizes in the header against the file's before use.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "looplab/core/tensor.hpp"
#include "looplab/io/atomic_file.hpp"

namespace looplab {

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

/// The format's name of an element type: F32, F64, I32, I64 or U64.
template <class Element>
[[nodiscard]] constexpr std::string_view safetensors_dtype() {
  using E = std::remove_const_t<Element>;
  if constexpr (std::is_same_v<E, float>) {
    return "F32";
  } else if constexpr (std::is_same_v<E, double>) {
    return "F64";
  } else if constexpr (std::is_same_v<E, std::int32_t>) {
    return "I32";
  } else if constexpr (std::is_same_v<E, std::int64_t>) {
    return "I64";
  } else {
    static_assert(std::is_same_v<E, std::uint64_t>, "not an element type of this reader");
    return "U64";
  }
}

/// The float with the value of a bfloat16, which is the upper half of a float.
[[nodiscard]] inline float float_of_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}
/// The float with the value of an IEEE half: 5 bits of exponent, 10 of significand.
[[nodiscard]] inline float float_of_half(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000u) << 16, rest = (bits & 0x7fffu) << 13;
  const bool finite = rest < 0x0f800000;
  const float size =
      finite ? std::bit_cast<float>(rest) * 0x1p112f : std::bit_cast<float>(rest | 0x7f800000u);
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(size) | sign);
}

/// Collects views and writes them as one file.
class SafetensorsWriter {
 public:
  /// Adds a tensor. Its elements are read by `write` and must live until then.
  /// \throws Error if the name is taken or reserved by the format.
  template <class Element>
  void add(std::string name, TensorView<Element> tensor) {
    require<Error>(name != "__metadata__" && names_.insert(name).second,
                   "SafetensorsWriter: the tensor name ", name, " is used twice or reserved");
    const auto bytes = std::as_bytes(std::span<const Element>(tensor.span()));
    entries_.push_back(
        {std::move(name), safetensors_dtype<Element>(), sizeof(Element), tensor.shape(), bytes});
  }
  /// Sets a metadata text that is stored with the tensors.
  void metadata(const std::string& key, std::string text) { metadata_[key] = std::move(text); }

  /// Replaces `path` by a file with all tensors added so far. \throws FileError.
  void write(const std::filesystem::path& path) const {
    std::vector<Entry> entries = entries_;
    std::ranges::stable_sort(entries, std::greater{}, &Entry::element_size);
    const std::string header = make_header(entries);
    const std::uint64_t header_size = header.size();
    write_file_atomically(path, [&](AtomicFile& file) {
      file.write(std::as_bytes(std::span(&header_size, 1)));
      file.write(header);
      for (const Entry& entry : entries) file.write(entry.bytes);
    });
  }

 private:
  struct Entry {
    std::string name;
    std::string_view dtype;
    std::size_t element_size;
    Shape shape;
    std::span<const std::byte> bytes;
  };

  [[nodiscard]] std::string make_header(std::span<const Entry> entries) const {
    nlohmann::json header = nlohmann::json::object();
    if (!metadata_.empty()) header["__metadata__"] = metadata_;
    std::size_t offset = 0;
    for (const Entry& entry : entries) {
      const auto extents = entry.shape.extents();
      header[entry.name] = {{"dtype", entry.dtype},
                            {"shape", std::vector<Index>(extents.begin(), extents.end())},
                            {"data_offsets", {offset, offset + entry.bytes.size()}}};
      offset += entry.bytes.size();
    }
    std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const std::size_t before_data = sizeof(std::uint64_t) + text.size();
    text.append((kAlignment - before_data % kAlignment) % kAlignment, ' ');
    return text;
  }

  std::vector<Entry> entries_;
  std::set<std::string> names_;
  std::map<std::string, std::string> metadata_;
};

/// A safetensors file opened for reading. The header is read and checked in the constructor,
/// tensors on demand.
class SafetensorsFile {
 public:
  /// The header's description of a tensor.
  struct Entry {
    std::string dtype;
    std::vector<Index> extents;
    std::uint64_t begin, end;  // byte offsets from the start of the data
  };

  /// \throws FileError if the file is missing, truncated or not in the format.
  explicit SafetensorsFile(std::filesystem::path path)
      : path_(std::move(path)), size_(bytes_of_file(path_)), file_(path_, std::ios::binary) {
    if (!file_) throw_file_error(path_, "cannot be read");
    const nlohmann::json header = read_header();
    for (const auto& [name, value] : header.items()) {
      if (name == "__metadata__")
        read_metadata(value);
      else
        entries_.emplace(name, read_entry(name, value));
    }
    order_by_offset();
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// Names in the order of the data.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] bool contains(const std::string& name) const { return entries_.contains(name); }
  /// \throws FileError if there is no such tensor.
  [[nodiscard]] const Entry& entry(const std::string& name) const {
    const auto found = entries_.find(name);
    check(found != entries_.end(), "has no tensor ", name);
    return found->second;
  }
  /// \throws FileError if there is no such tensor or it has more axes than a `Shape`.
  [[nodiscard]] Shape shape(const std::string& name) const {
    const Entry& found = entry(name);
    check(found.extents.size() <= 4, "tensor ", name, " has ", found.extents.size(),
          " axes, expected at most 4");
    return Shape(found.extents);
  }

  /// Reads a tensor of the element type and shape of `out`.
  /// \throws FileError if it is missing or of another type, ShapeError if it is of another shape.
  template <class Element>
  void read(const std::string& name, TensorView<Element> out) {
    constexpr std::string_view kExpected = safetensors_dtype<Element>();
    require_tensor(name, entry(name).dtype == kExpected, kExpected, out.shape());
    read_bytes(data_start_ + entry(name).begin, std::as_writable_bytes(out.span()));
  }
  /// Reads a tensor of floating-point type F32, BF16 or F16; all values are represented exactly.
  /// \throws as `read`.
  template <Real S>
  void read_floats(const std::string& name, TensorView<S> out) {
    require_floats(name, out.shape());
    const Entry& found = entry(name);
    const auto read_as = [&]<class Layout>(Layout, auto widen) {
      std::vector<Layout> stored(static_cast<std::size_t>(out.size()));
      read_bytes(data_start_ + found.begin, std::as_writable_bytes(std::span(stored)));
      std::ranges::transform(stored, out.begin(), [&](Layout x) { return S{widen(x)}; });
    };
    if (found.dtype == "F32") read_as(float{}, std::identity{});
    if (found.dtype == "BF16") read_as(std::uint16_t{}, float_of_bfloat16);
    if (found.dtype == "F16") read_as(std::uint16_t{}, float_of_half);
  }
  /// Throws what `read_floats` would throw for a tensor of this shape, without reading it.
  void require_floats(const std::string& name, const Shape& expected) const {
    const std::string& dtype = entry(name).dtype;
    require_tensor(name, dtype == "F32" || dtype == "BF16" || dtype == "F16", "F32, BF16 or F16",
                   expected);
  }
  /// Reads a tensor in the shape stored in the file. \throws as `read`.
  template <class Element>
  [[nodiscard]] Tensor<Element> load(const std::string& name) {
    Tensor<Element> tensor(shape(name));
    read(name, tensor.view());
    return tensor;
  }

 private:
  static constexpr std::uint64_t kLongestHeader = 100'000'000;  // as in the reference reader

  /// \throws FileError "path: parts" unless `condition` holds.
  template <class... Parts>
  void check(bool condition, const Parts&... parts) const {
    require<FileError>(condition, path_.string(), ": ", parts...);
  }

  /// \throws FileError unless `type_fits`, ShapeError unless the tensor is of the expected shape.
  void require_tensor(const std::string& name, bool type_fits, std::string_view types,
                      const Shape& expected) const {
    const Shape given = shape(name);
    const std::string message = concat(path_.string(), ": tensor ", name, " is ", entry(name).dtype,
                                       ' ', given, ", expected ", types, ' ', expected);
    require<FileError>(type_fits, message);
    require<ShapeError>(given == expected, message);
  }

  void read_bytes(std::uint64_t offset, std::span<std::byte> out) {
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(offset));
    file_.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
    check(file_.gcount() == static_cast<std::streamsize>(out.size()), "ended at byte ",
          offset + static_cast<std::uint64_t>(file_.gcount()), ", expected ", out.size(),
          " bytes from ", offset);
  }

  [[nodiscard]] nlohmann::json read_header() {
    std::uint64_t length = 0;
    check(size_ >= sizeof length, "is ", size_, " bytes long, too short to be a safetensors file");
    read_bytes(0, std::as_writable_bytes(std::span(&length, 1)));
    check(length <= size_ - sizeof length, "is ", size_, " bytes long but states a header of ",
          length, " bytes: truncated or not a safetensors file");
    check(length <= kLongestHeader, "has a header of ", length, " bytes, expected at most ",
          kLongestHeader);
    std::string text(length, '\0');
    read_bytes(sizeof length, std::as_writable_bytes(std::span(text)));
    data_start_ = sizeof length + length;
    std::set<std::string> seen;
    const auto refuse_duplicates = [&](int depth, nlohmann::json::parse_event_t event,
                                       const nlohmann::json& parsed) {
      if (depth == 1 && event == nlohmann::json::parse_event_t::key)
        check(seen.insert(parsed.get<std::string>()).second, "names the tensor ",
              parsed.get<std::string>(), " twice");
      return true;
    };
    try {
      nlohmann::json header = nlohmann::json::parse(std::string_view(text), refuse_duplicates);
      check(header.is_object(), "has a header that is not a JSON object: not a safetensors file");
      return header;
    } catch (const nlohmann::json::exception&) {
      throw FileError(
          concat(path_.string(), ": has a header that is not JSON: not a safetensors file"));
    }
  }

  void read_metadata(const nlohmann::json& value) {
    check(value.is_object(), "__metadata__ is not a JSON object");
    for (const auto& [key, text] : value.items()) {
      check(text.is_string(), "metadata ", key, " is not a text");
      metadata_[key] = text.get<std::string>();
    }
  }

  [[nodiscard]] Entry read_entry(const std::string& name, const nlohmann::json& value) const {
    const auto are_sizes = [&](const char* key) {
      return value.contains(key) && value[key].is_array() &&
             std::ranges::all_of(value[key], [](const auto& n) {
               return n.is_number_unsigned() && n.template get<std::uint64_t>() < (1ull << 62);
             });
    };
    check(value.is_object() && value.contains("dtype") && value["dtype"].is_string() &&
              are_sizes("shape") && are_sizes("data_offsets") && value["data_offsets"].size() == 2,
          "tensor ", name, " lacks a valid dtype, shape or pair of data_offsets");
    Entry entry{value["dtype"].get<std::string>(), value["shape"].get<std::vector<Index>>(),
                value["data_offsets"][0].get<std::uint64_t>(),
                value["data_offsets"][1].get<std::uint64_t>()};
    const std::uint64_t data_size = size_ - data_start_;
    check(entry.begin <= entry.end && entry.end <= data_size, "tensor ", name,
          " is stated to be bytes ", entry.begin, " to ", entry.end, " but the file has ",
          data_size, " bytes of data: truncated or damaged");
    check_byte_count(name, entry);
    return entry;
  }

  /// Type and shape of `entry` must need as many bytes as its offsets span. Tensors of types
  /// unknown to this library are listed unchecked; they cannot be read.
  void check_byte_count(const std::string& name, const Entry& entry) const {
    static const std::map<std::string_view, Index> kElementSize = {
        {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"I16", 2}, {"U16", 2}, {"F16", 2}, {"BF16", 2},
        {"I32", 4},  {"U32", 4}, {"F32", 4}, {"F64", 8}, {"I64", 8}, {"U64", 8}};
    const auto known = kElementSize.find(entry.dtype);
    if (known == kElementSize.end()) return;
    Index bytes = known->second;
    bool overflow = false;
    for (Index extent : entry.extents) overflow |= __builtin_mul_overflow(bytes, extent, &bytes);
    check(!overflow && static_cast<std::uint64_t>(bytes) == entry.end - entry.begin, "tensor ",
          name, " has ", entry.end - entry.begin, " bytes, which is not what its type ",
          entry.dtype, " and shape need");
  }

  /// The format allows no gaps: each tensor starts where the previous one ends.
  void order_by_offset() {
    for (const auto& [name, entry] : entries_) names_.push_back(name);
    std::ranges::stable_sort(names_, {}, [&](const std::string& name) {
      return std::pair(entries_.at(name).begin, entries_.at(name).end);
    });
    std::uint64_t end = 0;
    for (const std::string& name : names_) {
      const Entry& entry = entries_.at(name);
      check(entry.begin == end, "tensor ", name, " starts at byte ", entry.begin,
            " of the data, expected ", end, ": overlap or gap");
      end = entry.end;
    }
    check(end == size_ - data_start_, "has ", size_ - data_start_, " bytes of data, expected ",
          end);
  }

  std::filesystem::path path_;
  std::size_t size_;
  std::ifstream file_;
  std::uint64_t data_start_ = 0;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, Entry> entries_;
  std::vector<std::string> names_;
};

}  // namespace looplab

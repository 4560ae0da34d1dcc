// SPDX-License-Identifier: MIT
//
// Bump allocator for everything that lives for one pass: activations, gradients, tape nodes.
//
// `reset` forgets the contents and keeps the memory. If a pass needed more than one block, the next
// `reset` replaces the blocks by a single one of their total size. From the second pass of a given
// size on, nothing is allocated (contract 2, CONTRIBUTING.md).
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "looplab/core/tensor.hpp"

namespace looplab {

/// One thread's scratch memory. Not thread-safe; not copyable.
class Arena {
 public:
  Arena() = default;
  explicit Arena(std::size_t bytes) { add_block(bytes); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;

  /// Uninitialized memory for `count` elements on a 64-byte boundary, valid until `reset`.
  template <class T>
  requires std::is_trivially_destructible_v<T>
  [[nodiscard]] T* allocate(Index count) {
    const auto bytes =
        static_cast<std::size_t>(padded_size<std::byte>(count * static_cast<Index>(sizeof(T))));
    if (blocks_.empty() || used_ + bytes > blocks_.back().bytes)
      add_block(std::max(bytes, std::max(kMinimumBlock, capacity())));
    std::byte* start = blocks_.back().memory.get() + used_;
    used_ += bytes;
    in_use_ += bytes;
    peak_ = std::max(peak_, in_use_);
    return reinterpret_cast<T*>(start);
  }

  /// Forgets all contents. Merges several blocks into one, so that a steady state allocates
  /// nothing.
  void reset() {
    if (blocks_.size() > 1) {
      const std::size_t total = capacity();
      blocks_.clear();
      add_block(total);
    }
    used_ = in_use_ = 0;
  }

  /// Bytes owned.
  [[nodiscard]] std::size_t capacity() const {
    std::size_t total = 0;
    for (const Block& block : blocks_) total += block.bytes;
    return total;
  }
  /// Bytes handed out since the last reset.
  [[nodiscard]] std::size_t in_use() const { return in_use_; }
  /// The most bytes ever handed out between two resets.
  [[nodiscard]] std::size_t peak() const { return peak_; }

 private:
  struct Block {
    AlignedArray<std::byte> memory;
    std::size_t bytes;
  };
  static constexpr std::size_t kMinimumBlock = std::size_t{1} << 16;

  void add_block(std::size_t bytes) {
    blocks_.push_back({allocate_aligned<std::byte>(static_cast<Index>(bytes)), bytes});
    used_ = 0;
  }

  std::vector<Block> blocks_;
  std::size_t used_ = 0;    // of the last block
  std::size_t in_use_ = 0;  // of all blocks
  std::size_t peak_ = 0;    // of in_use_
};

}  // namespace looplab

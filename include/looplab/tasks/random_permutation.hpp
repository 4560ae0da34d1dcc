// SPDX-License-Identifier: MIT
//
// A random order of 0 ... size-1 that is computed, not stored: element i of it at any time, by any
// thread, in constant memory. Tasks use it to show everyone once per epoch and to draw names
// without replacement from a space far too large to list.
//
//   (l, r) -> (l ^ F(r), r),   (l, r) -> (l, r ^ F(l)),   in turn, F = Philox of (half, round)
//
// Each step is its own inverse, so the whole maps 2^b numbers onto each other (b the bits of
// size-1, but at least 8). Numbers >= size are mapped again until they fall below it: still one to
// one (cycle walking), at most 2 turns on average from size 129 on.
//
// Source: Luby & Rackoff 1988 (Feistel networks); Black & Rogaway 2002, "Ciphers with Arbitrary
//         Finite Domains", section 3 (cycle walking).
// Tests:  tests/tasks/random_permutation_test.cpp.
#pragma once

#include <algorithm>
#include <bit>

#include "looplab/core/random.hpp"

namespace looplab {

/// The bijection of 0 ... size-1 that belongs to the first 64 bits of a stream.
class RandomPermutation {
 public:
  /// \throws ConfigError unless `size` is in 1 ... 2^62.
  RandomPermutation(Index size, RandomStream stream)
      : size_(static_cast<std::uint64_t>(size)), key_{stream.next_u32(), stream.next_u32()} {
    require<ConfigError>(size >= 1 && size <= kMaxSize, "RandomPermutation: size is ", size,
                         ", expected 1 ... 2^62");
    const int bits = std::max(kMinBits, static_cast<int>(std::bit_width(size_ - 1)));
    low_bits_ = (bits + 1) / 2;
    low_mask_ = (std::uint64_t{1} << low_bits_) - 1;
    high_mask_ = (std::uint64_t{1} << (bits - low_bits_)) - 1;
  }

  static constexpr Index kMaxSize = Index{1} << 62;

  /// Where `i` in 0 ... size-1 goes.
  [[nodiscard]] Index operator()(Index i) const {
    LOOPLAB_ASSERT(i >= 0 && static_cast<std::uint64_t>(i) < size_);
    auto x = static_cast<std::uint64_t>(i);
    do x = mix(x);
    while (x >= size_);
    return static_cast<Index>(x);
  }

 private:
  static constexpr std::uint32_t kRounds = 8;
  static constexpr int kMinBits = 8;  // narrower halves reach only some of the orders

  [[nodiscard]] std::uint64_t mix(std::uint64_t x) const {
    std::uint64_t low = x & low_mask_, high = x >> low_bits_;
    for (std::uint32_t round = 0; round < kRounds; round += 2) {
      high ^= hash(low, round) & high_mask_;
      low ^= hash(high, round + 1) & low_mask_;
    }
    return high << low_bits_ | low;
  }
  [[nodiscard]] std::uint32_t hash(std::uint64_t half, std::uint32_t round) const {
    return philox4x32({static_cast<std::uint32_t>(half), round, 0, 0}, key_)[0];
  }

  std::uint64_t size_;
  std::array<std::uint32_t, 2> key_;
  int low_bits_ = 0;
  std::uint64_t low_mask_ = 0, high_mask_ = 0;
};

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// A random permutation of 0 ... size-1 that is computed, not stored: any element at any time, by
// any thread, in constant memory. Tasks use it to show every example once per epoch and to draw
// names without replacement from a space far too large to list.
//
//   (l, r) -> (l ^ F(r), r),   (l, r) -> (l, r ^ F(l)),   in turn, F = Philox of (half, round)
//
// Each step is its own inverse, so their composition is a bijection of 2^b numbers (b the bits of
// size-1, but at least 8). Numbers >= size are mapped again until they fall below it, which keeps
// the map one to one (cycle walking): at most 2 evaluations on average from size 129 on.
//
// Source: Luby & Rackoff 1988 (Feistel networks); Black & Rogaway 2002, "Ciphers with Arbitrary
//         Finite Domains", section 3 (cycle walking).
#pragma once

#include <algorithm>
#include <array>
#include <bit>

#include "looplab/core/random.hpp"

namespace looplab {

/// The bijection of 0 ... size-1 given by the first 64 bits of a stream.
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

  /// The image of `i` in 0 ... size-1.
  [[nodiscard]] Index operator()(Index i) const {
    LOOPLAB_ASSERT(i >= 0 && static_cast<std::uint64_t>(i) < size_);
    auto x = static_cast<std::uint64_t>(i);
    do mix(x);
    while (x >= size_);
    return static_cast<Index>(x);
  }

  /// Number of values that `map` handles at once.
#if defined(__AVX512DQ__)
  static constexpr Index kLanes = 8;
#else  // a vector without 64-bit multiplication is slower than one number at a time
  static constexpr Index kLanes = 1;
#endif
  /// Replaces numbers by their images. With AVX-512 this takes a third of the time, because each
  /// hash of a single number waits for the previous one.
  void map(std::array<Index, kLanes>& numbers) const {
    Words x;
    for (std::size_t i = 0; i < kLanes; ++i) x[i] = static_cast<std::uint64_t>(numbers[i]);
    const auto outside = [&] {
      bool any = false;
      for (std::size_t i = 0; i < kLanes; ++i) any |= x[i] >= size_;
      return any;
    };
    for (mix(x); outside();) {
      Words y = x;
      mix(y);
      x = x >= size_ ? y : x;
    }
    for (std::size_t i = 0; i < kLanes; ++i) numbers[i] = static_cast<Index>(x[i]);
  }

 private:
  static constexpr std::uint32_t kRounds = 8;
  static constexpr int kMinBits = 8;  // narrower halves reach only few of the permutations
  typedef std::uint64_t Words __attribute__((vector_size(8 * kLanes)));

  /// `Word`: a number, or a vector of numbers.
  template <class Word>
  [[gnu::always_inline]] void mix(Word& x) const {
    Word low = x & low_mask_, high = x >> low_bits_;
    for (std::uint32_t round = 0; round < kRounds; round += 2) {
      add_hash(low, round, high_mask_, high);
      add_hash(high, round + 1, low_mask_, low);
    }
    x = high << low_bits_ | low;
  }
  /// to ^= F(half), in the bits of the mask.
  template <class Word>
  [[gnu::always_inline]] void add_hash(const Word& half, std::uint32_t round, std::uint64_t mask,
                                       Word& to) const {
    Word a = half & std::uint64_t{0xFFFFFFFFu}, b = Word{} + round, c = {}, d = {};
    philox_rounds(a, b, c, d, key_);
    to ^= a & mask;
  }

  std::uint64_t size_;
  std::array<std::uint32_t, 2> key_;
  int low_bits_ = 0;
  std::uint64_t low_mask_ = 0, high_mask_ = 0;
};

}  // namespace looplab

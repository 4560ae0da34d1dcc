// SPDX-License-Identifier: MIT
//
// Named, counter-based random streams.
//
// A stream is a pure function of (seed, name, index). No state is shared, so a new consumer never
// shifts the numbers of another one, and any part of the data can be generated again in any order
// by any thread.
//
// Generator: Philox4x32-10. Salmon, Moraes, Dror & Shaw 2011, "Parallel Random Numbers: As Easy as
// 1, 2, 3", section 3.3; tests/core/random_test.cpp checks it against the published known answers.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <string_view>
#include <utility>

#include "looplab/core/fnv1a.hpp"
#include "looplab/core/tensor.hpp"

namespace looplab {

/// Distinguishes runs of the same configuration.
struct Seed {
  std::uint64_t value = 0;
};

/// Ten rounds of Philox4x32 in place. `Word` is a std::uint64_t that holds 32 bits, or a vector of
/// such numbers.
template <class Word>
[[gnu::always_inline]] constexpr void philox_rounds(Word& w0, Word& w1, Word& w2, Word& w3,
                                                    std::array<std::uint32_t, 2> key) {
  constexpr std::uint64_t kLow = 0xFFFFFFFFu;
  for (int round = 0; round < 10; ++round) {
    const Word a = w0 * 0xD2511F53u, b = w2 * 0xCD9E8D57u;
    w0 = (b >> 32) ^ w1 ^ key[0];
    w1 = b & kLow;
    w2 = (a >> 32) ^ w3 ^ key[1];
    w3 = a & kLow;
    key = {key[0] + 0x9E3779B9u, key[1] + 0xBB67AE85u};
  }
}

/// Four 32-bit words from a 128-bit counter and a 64-bit key.
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox4x32(
    std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  std::uint64_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
  philox_rounds(a, b, c, d, key);
  return {static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b),
          static_cast<std::uint32_t>(c), static_cast<std::uint32_t>(d)};
}

/// A sequence of random numbers named by (seed, name, index). Cheap to create and to copy.
class RandomStream {
 public:
  RandomStream(Seed seed, std::string_view name, std::uint64_t index = 0)
      : key_(words(seed.value ^ fnv1a(name))), index_(index) {}

  /// The stream of the same seed and name with another index, from its beginning.
  [[nodiscard]] RandomStream at(std::uint64_t index) const {
    RandomStream other = *this;
    other.index_ = index;
    other.position_ = 0;
    return other;
  }

  [[nodiscard]] std::uint32_t next_u32() {
    const std::uint64_t lane = position_ % 4;
    if (lane == 0) {
      const auto [low, high] = words(position_ / 4);
      const auto [index_low, index_high] = words(index_);
      block_ = philox4x32({low, high, index_low, index_high}, key_);
    }
    ++position_;
    return block_[lane];
  }
  [[nodiscard]] std::uint64_t next_u64() {
    const std::uint64_t high = next_u32();
    return high << 32 | next_u32();
  }
  /// Uniform on [0, 1) with 53 random bits.
  [[nodiscard]] double uniform() { return static_cast<double>(next_u64() >> 11) * 0x1p-53; }
  /// Uniform on 0 ... bound-1, without bias (Lemire 2019, arXiv:1805.10941).
  /// `bound` is in 1 ... 2^32-1.
  [[nodiscard]] Index below(Index bound) {
    LOOPLAB_ASSERT(bound > 0 && bound < (Index{1} << 32));
    const auto range = static_cast<std::uint32_t>(bound);
    std::uint64_t product = std::uint64_t{next_u32()} * range;
    if (static_cast<std::uint32_t>(product) < range) {
      const std::uint32_t threshold = (0u - range) % range;
      while (static_cast<std::uint32_t>(product) < threshold)
        product = std::uint64_t{next_u32()} * range;
    }
    return static_cast<Index>(product >> 32);
  }
  /// Standard normal (Box & Muller 1958). Only one number of each pair is used, so that the
  /// position in the stream is a simple function of the number of draws.
  [[nodiscard]] double normal() {
    const double radius = std::sqrt(-2.0 * std::log1p(-uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }
  /// Puts the elements in a uniformly random order (Fisher & Yates).
  template <class T>
  void shuffle(std::span<T> items) {
    for (Index i = std::ssize(items) - 1; i > 0; --i)
      std::swap(items[static_cast<std::size_t>(i)], items[static_cast<std::size_t>(below(i + 1))]);
  }

 private:
  static constexpr std::array<std::uint32_t, 2> words(std::uint64_t value) {
    return {static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32)};
  }

  std::array<std::uint32_t, 2> key_;
  std::uint64_t index_;
  std::uint64_t position_ = 0;
  std::array<std::uint32_t, 4> block_{};
};

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// bfloat16, the upper half of a float: 8 bits of exponent, 8 of significand. A storage type only:
// products read bfloat16 and accumulate in float.
//
// Rounding is to nearest, ties to even: relative error at most 2^-9. Numbers below FLT_MIN may
// become 0 (AVX-512 does so), NaN stays NaN, numbers above the largest bfloat16 become infinite.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "looplab/kernels/simd.hpp"

namespace looplab::kernels {

/// Storage of one bfloat16.
struct Bfloat16 {
  std::uint16_t bits;
};

/// The float with the same value.
[[nodiscard]] inline float to_float(Bfloat16 x) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(x.bits) << 16);
}

/// The nearest bfloat16.
[[nodiscard]] inline Bfloat16 to_bfloat16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t rounded = (bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16;
  const std::uint32_t quiet_nan = (bits >> 16) | 0x40U;
  return {static_cast<std::uint16_t>(x != x ? quiet_nan : rounded)};
}

/// Stores a vector rounded to bfloat16.
LOOPLAB_INLINE void store(Bfloat16* to, const Vec<float>& x, Whole = {}) {
#if defined(__AVX512BF16__)
  const __m256bh rounded = _mm512_cvtneps_pbh(x);
  std::memcpy(to, &rounded, sizeof rounded);
#else
  typedef std::uint32_t Wide __attribute__((vector_size(kVectorBytes)));
  typedef std::uint16_t Narrow __attribute__((vector_size(kVectorBytes / 2)));
  const Wide bits = std::bit_cast<Wide>(x);
  const Wide rounded = (bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16, nan = (bits >> 16) | 0x40U;
  const Narrow half = __builtin_convertvector(x == x ? rounded : nan, Narrow);
  std::memcpy(to, &half, sizeof half);
#endif
}

/// Stores the first `tail.count` lanes rounded to bfloat16.
LOOPLAB_INLINE void store(Bfloat16* to, const Vec<float>& x, Tail tail) {
  for (Index lane = 0; lane < tail.count; ++lane) to[lane] = to_bfloat16(x[lane]);
}

/// y [n] = x [n] rounded.
inline void round_to_bfloat16(const float* x, Bfloat16* y, Index n) {
  for_each_vector<float>(n, [&](Index i, auto part) { store(y + i, load(x + i, part), part); });
}

}  // namespace looplab::kernels

// SPDX-License-Identifier: MIT
//
// Vectors of one register (16 floats with AVX-512, 8 with AVX, else 4), elementary functions on
// them, and the loop that divides any number of elements into whole vectors and one tail.
//
// Built on the vector extensions of GCC and clang. Arithmetic and comparisons are the language's
// operators; `mask ? a : b` selects by lane. Vectors wider than a register are no portable
// alternative: GCC 12 keeps them in memory (attention with AVX2: 64 bytes is 7 times slower than
// 32).
//
//   for_each_vector<S>(n, [&](Index i, auto part) {
//     store(y + i, load(x + i, part) * two, part);
//   });
//
// Functions of float use polynomials with the error bounds stated below (tested over dense sweeps).
// Functions of double call the standard library lane by lane, because double serves gradient
// checks.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "looplab/core/tensor.hpp"

/// These functions are always inlined: vectors never cross a call, so no vector ABI is relied on.
/// They take vectors by reference, because GCC notes an ABI change for vectors passed by value.
#define LOOPLAB_INLINE [[gnu::always_inline]] inline

namespace looplab::kernels {

#if defined(__AVX512F__)
inline constexpr std::size_t kVectorBytes = 64;
inline constexpr Index kNumRegisters = 32;
#elif defined(__AVX__)
inline constexpr std::size_t kVectorBytes = 32;
inline constexpr Index kNumRegisters = 16;
#else
inline constexpr std::size_t kVectorBytes = 16;
inline constexpr Index kNumRegisters = 16;
#endif

/// Elements of S in a vector.
template <class S>
inline constexpr Index kLanes = static_cast<Index>(kVectorBytes / sizeof(S));

template <class S>
struct VectorOf {
  typedef S type __attribute__((vector_size(kVectorBytes)));
};
/// A register of S.
template <class S>
using Vec = typename VectorOf<S>::type;
/// The element type of a vector.
template <class V>
using ScalarOf = std::remove_cvref_t<decltype(std::declval<V&>()[0])>;
/// A vector of a `Real`.
template <class V>
concept RealVector = std::same_as<V, Vec<float>> || std::same_as<V, Vec<double>>;

/// Selects all lanes of a vector.
struct Whole {};
/// Selects the first `count` lanes, 0 < count < kLanes.
struct Tail {
  Index count;
};

#if defined(__AVX__) && !defined(__AVX512F__)
namespace detail {
/// All bits set in the selected lanes, as AVX's masked loads and stores require.
template <Real S>
LOOPLAB_INLINE __m256i lane_mask(Tail tail) {
  alignas(64) static constexpr std::int64_t kOnesThenZeros[8] = {-1, -1, -1, -1};
  const std::size_t zeros = kVectorBytes - static_cast<std::size_t>(tail.count) * sizeof(S);
  __m256i mask;
  std::memcpy(&mask, reinterpret_cast<const char*>(kOnesThenZeros) + zeros, sizeof mask);
  return mask;
}
}  // namespace detail
#endif

template <Real S>
LOOPLAB_INLINE Vec<S> broadcast(S value) {
  return value - Vec<S>{};  // x - 0 is x, also for -0
}

/// kLanes<S> elements from `from`, which may have any alignment.
template <Real S>
LOOPLAB_INLINE Vec<S> load(const S* from, Whole = {}) {
  Vec<S> v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

/// The first `tail.count` elements; the other lanes are `fill` and their memory is not accessed.
template <Real S>
LOOPLAB_INLINE Vec<S> load(const S* from, Tail tail, S fill = S{0}) {
#if defined(__AVX512F__)
  const auto mask = (1u << static_cast<unsigned>(tail.count)) - 1u;
  if constexpr (std::same_as<S, float>)
    return _mm512_mask_loadu_ps(broadcast(fill), static_cast<__mmask16>(mask), from);
  else
    return _mm512_mask_loadu_pd(broadcast(fill), static_cast<__mmask8>(mask), from);
#elif defined(__AVX__)
  const __m256i mask = detail::lane_mask<S>(tail);
  if constexpr (std::same_as<S, float>)
    return _mm256_blendv_ps(broadcast(fill), _mm256_maskload_ps(from, mask),
                            _mm256_castsi256_ps(mask));
  else
    return _mm256_blendv_pd(broadcast(fill), _mm256_maskload_pd(from, mask),
                            _mm256_castsi256_pd(mask));
#else
  Vec<S> v = broadcast(fill);
  for (Index lane = 0; lane < tail.count; ++lane) v[lane] = from[lane];
  return v;
#endif
}
template <Real S>
LOOPLAB_INLINE Vec<S> load(const S* from, Whole, S) {
  return load(from);
}

template <RealVector V>
LOOPLAB_INLINE void store(ScalarOf<V>* to, const V& v, Whole = {}) {
  std::memcpy(to, &v, sizeof v);
}

/// Writes the first `tail.count` lanes only.
template <RealVector V>
LOOPLAB_INLINE void store(ScalarOf<V>* to, const V& v, Tail tail) {
#if defined(__AVX512F__)
  const auto mask = (1u << static_cast<unsigned>(tail.count)) - 1u;
  if constexpr (std::same_as<ScalarOf<V>, float>)
    _mm512_mask_storeu_ps(to, static_cast<__mmask16>(mask), v);
  else
    _mm512_mask_storeu_pd(to, static_cast<__mmask8>(mask), v);
#elif defined(__AVX__)
  if constexpr (std::same_as<ScalarOf<V>, float>)
    _mm256_maskstore_ps(to, detail::lane_mask<float>(tail), v);
  else
    _mm256_maskstore_pd(to, detail::lane_mask<double>(tail), v);
#else
  for (Index lane = 0; lane < tail.count; ++lane) to[lane] = v[lane];
#endif
}

/// Prefetches n elements into the nearest cache. Any address is allowed.
template <Real S>
LOOPLAB_INLINE void prefetch(const S* from, Index n) {
  constexpr Index kLine = 64 / static_cast<Index>(sizeof(S));
  for (Index i = 0; i < n; i += kLine) __builtin_prefetch(from + i);
}

/// kLanes<double> elements of S as double; with a tail, its first elements, then zeros.
template <Real S>
LOOPLAB_INLINE Vec<double> load_as_double(const S* from, Whole = {}) {
  if constexpr (std::same_as<S, double>) {
    return load(from);
  } else {
    typedef float Half __attribute__((vector_size(kVectorBytes / 2)));
    Half half;
    std::memcpy(&half, from, sizeof half);
    return __builtin_convertvector(half, Vec<double>);
  }
}
template <Real S>
LOOPLAB_INLINE Vec<double> load_as_double(const S* from, Tail tail) {
  Vec<double> v{};
  for (Index lane = 0; lane < tail.count; ++lane) v[lane] = static_cast<double>(from[lane]);
  return v;
}

/// Calls `body(i, part)` for i = 0, kLanes, 2 kLanes, ... with part `Whole`, then once with a
/// `Tail` if n is not a multiple of kLanes.
template <Real S, class Body>
LOOPLAB_INLINE void for_each_vector(Index n, Body&& body) {
  Index i = 0;
  for (; i + kLanes<S> <= n; i += kLanes<S>) body(i, Whole{});
  if (i < n) body(i, Tail{n - i});
}

/// Calls `body(part)` with the part of a vector below `count` elements: `Whole`, a `Tail`, or no
/// call if that part is empty.
template <Real S, class Body>
LOOPLAB_INLINE void with_part(Index count, Body&& body) {
  if (count >= kLanes<S>)
    body(Whole{});
  else if (count > 0)
    body(Tail{count});
}

/// Calls `add(i, part, sum)` as `for_each_vector` calls its body, and returns the sum, lane by
/// lane. Lanes past the end must add 0. Four partial sums alternate, so that an addition need not
/// wait for the previous one.
template <Real S, class Add>
LOOPLAB_INLINE Vec<S> sum_vectors(Index n, Add&& add) {
  constexpr Index kStride = 4 * kLanes<S>;
  Vec<S> a{}, b{}, c{}, d{};
  Index i = 0;
  for (; i + kStride <= n; i += kStride) {
    add(i, Whole{}, a);
    add(i + kLanes<S>, Whole{}, b);
    add(i + 2 * kLanes<S>, Whole{}, c);
    add(i + 3 * kLanes<S>, Whole{}, d);
  }
  for (; i + kLanes<S> <= n; i += kLanes<S>) add(i, Whole{}, a);
  if (i < n) add(i, Tail{n - i}, b);
  return (a + b) + (c + d);
}

/// The larger value, lane by lane; `b` if one of the two is NaN.
template <RealVector V>
LOOPLAB_INLINE V max(const V& a, const V& b) {
  return a > b ? a : b;
}

/// The square root, lane by lane.
template <RealVector V>
LOOPLAB_INLINE V sqrt(const V& x) {
#if defined(__AVX512F__)
  // The masked form, because GCC 12 warns about the undefined lanes of the plain one.
  if constexpr (std::same_as<V, Vec<float>>)
    return _mm512_maskz_sqrt_ps(static_cast<__mmask16>(~0u), x);
  else
    return _mm512_maskz_sqrt_pd(static_cast<__mmask8>(~0u), x);
#elif defined(__AVX__)
  if constexpr (std::same_as<V, Vec<float>>)
    return _mm256_sqrt_ps(x);
  else
    return _mm256_sqrt_pd(x);
#elif defined(__SSE2__)
  if constexpr (std::same_as<V, Vec<float>>)
    return _mm_sqrt_ps(x);
  else
    return _mm_sqrt_pd(x);
#else
  V y;
  for (Index lane = 0; lane < kLanes<ScalarOf<V>>; ++lane) y[lane] = std::sqrt(x[lane]);
  return y;
#endif
}

namespace detail {

/// Lane l of the result is lane l ^ Distance of `v`.
template <int Distance, RealVector V, int... Lane>
LOOPLAB_INLINE V swap_lanes(const V& v, std::integer_sequence<int, Lane...>) {
  return __builtin_shufflevector(v, v, (Lane ^ Distance)...);
}

/// Combines all lanes in a tree of fixed shape: halves, quarters, ...
template <int Distance, RealVector V, class Combine>
LOOPLAB_INLINE ScalarOf<V> reduce(const V& v, Combine combine) {
  if constexpr (Distance == 0) {
    return v[0];
  } else {
    constexpr int kCount = static_cast<int>(kLanes<ScalarOf<V>>);
    const V other = swap_lanes<Distance>(v, std::make_integer_sequence<int, kCount>{});
    return reduce<Distance / 2>(static_cast<V>(combine(v, other)), combine);
  }
}

}  // namespace detail

/// The sum of all lanes.
template <RealVector V>
LOOPLAB_INLINE ScalarOf<V> horizontal_sum(const V& v) {
  return detail::reduce<static_cast<int>(kLanes<ScalarOf<V>>) / 2>(
      v, [](const V& a, const V& b) __attribute__((always_inline)) { return a + b; });
}

/// The largest lane.
template <RealVector V>
LOOPLAB_INLINE ScalarOf<V> horizontal_max(const V& v) {
  return detail::reduce<static_cast<int>(kLanes<ScalarOf<V>>) / 2>(
      v, [](const V& a, const V& b) __attribute__((always_inline)) { return max(a, b); });
}

/// e^x. float: relative error below 1.2e-7 where the result is a normal number; 0 below
/// log(FLT_MIN), infinity above log(FLT_MAX), NaN for NaN.
///
/// x = n log 2 + r with |r| <= log(2)/2; e^r by the polynomial of Cephes' expf (Moshier 1989), 2^n
/// by adding n to the exponent bits.
template <RealVector V>
LOOPLAB_INLINE V exp(const V& x) {
  if constexpr (std::same_as<V, Vec<float>>) {
    typedef std::uint32_t Bits __attribute__((vector_size(kVectorBytes)));
    const float magic = 0x1.8p23f;  // adding it rounds to a whole number, kept in the low bits
    const V shifted = x * 1.44269504088896341f + magic;
    const V n = shifted - magic;
    const V r = x - n * 0.693359375f - n * -2.12194440e-4f;
    V p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    const V scaled =
        std::bit_cast<V>(std::bit_cast<Bits>(p) + (std::bit_cast<Bits>(shifted) << 23));
    const V below_overflow = x <= 88.72283f ? scaled : x + std::numeric_limits<float>::infinity();
    return x < -87.33654f ? V{} : below_overflow;
  } else {
    V y;
    for (Index lane = 0; lane < kLanes<double>; ++lane) y[lane] = std::exp(x[lane]);
    return y;
  }
}

/// 1 / (1 + e^-x). Relative error in float below 3e-7 where the result is a normal number.
template <RealVector V>
LOOPLAB_INLINE V sigmoid(const V& x) {
  return ScalarOf<V>{1} / (ScalarOf<V>{1} + exp(-x));
}

/// tanh x = 2 / (1 + e^-2x) - 1. Absolute error in float below 3e-7.
template <RealVector V>
LOOPLAB_INLINE V tanh(const V& x) {
  return ScalarOf<V>{2} * sigmoid(ScalarOf<V>{2} * x) - ScalarOf<V>{1};
}

}  // namespace looplab::kernels

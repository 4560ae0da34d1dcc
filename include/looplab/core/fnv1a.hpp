// SPDX-License-Identifier: MIT
//
// The FNV-1a hash and its text form. It names random streams, run directories and files; it does
// not protect against intent.
//
//   h_0 = 14695981039346656037,   h_i = (h_{i-1} xor byte_i) * 1099511628211  (mod 2^64)
//
// Source: Fowler, Noll & Vo, "The FNV Non-Cryptographic Hash Algorithm", draft-eastlake-fnv.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace looplab {

/// h_0, the hash of no bytes.
inline constexpr std::uint64_t kFnv1aStart = 0xcbf29ce484222325u;

/// The hash after one more byte (or a larger number, in place of a byte).
[[nodiscard]] constexpr std::uint64_t fnv1a_step(std::uint64_t hash, std::uint64_t byte) {
  return (hash ^ byte) * 0x100000001b3u;
}

/// 64-bit FNV-1a hash of a text.
[[nodiscard]] constexpr std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = kFnv1aStart;
  for (char c : text) hash = fnv1a_step(hash, static_cast<unsigned char>(c));
  return hash;
}

/// All hexadecimal digits of a number, leading zeros included: 16 of a 64-bit number.
template <std::unsigned_integral Number>
[[nodiscard]] std::string hex_text(Number number) {
  std::string text(2 * sizeof number, '0');
  for (std::size_t i = text.size(); i-- > 0; number >>= 4)
    text[i] = "0123456789abcdef"[number & 15];
  return text;
}

}  // namespace looplab

// SPDX-License-Identifier: MIT
#include "looplab/kernels/bfloat16.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::kernels;

namespace {

/// Of the two bfloat16 around x, the nearer; of equally near ones the even. Slow and obvious.
float nearest(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const float low = std::bit_cast<float>(bits & 0xffff0000U);                // towards 0
  const float high = std::bit_cast<float>((bits & 0xffff0000U) + 0x10000U);  // away from 0
  const double to_low = std::abs(static_cast<double>(x) - static_cast<double>(low));
  // Beyond the largest number the next step would be 2^128.
  const double above =
      std::isinf(high) ? std::copysign(0x1p128, static_cast<double>(x)) : static_cast<double>(high);
  const double to_high = std::abs(above - static_cast<double>(x));
  if (to_low != to_high) return to_low < to_high ? low : high;
  return (bits >> 16) % 2 == 0 ? low : high;
}

std::vector<Bfloat16> rounded(const std::vector<float>& x) {
  std::vector<Bfloat16> y(x.size());
  round_to_bfloat16(x.data(), y.data(), std::ssize(x));
  return y;
}

}  // namespace

TEST_CASE("rounding takes the nearest bfloat16, ties to even, for normal numbers of any size",
          "[bfloat16]") {
  std::vector<float> x{0.0f,
                       -0.0f,
                       1.0f,
                       std::numeric_limits<float>::max(),
                       std::numeric_limits<float>::lowest(),
                       std::numeric_limits<float>::min()};
  // Every exponent and sign; significands around ties and with all bits.
  for (std::uint32_t top = 0x0080; top < 0x7f80; top += 3)
    for (std::uint32_t low : {0x0000U, 0x0001U, 0x7fffU, 0x8000U, 0x8001U, 0xffffU})
      for (std::uint32_t sign : {0U, 0x80000000U})
        x.push_back(std::bit_cast<float>(sign | (top << 16) | low));
  const auto y = rounded(x);
  Index wrong = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    wrong += to_float(y[i]) != nearest(x[i]);
    wrong += to_float(to_bfloat16(x[i])) != nearest(x[i]);
  }
  CHECK(wrong == 0);
}

TEST_CASE("infinities and NaN stay what they are; what is too small becomes at most FLT_MIN",
          "[bfloat16]") {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::bit_cast<float>(0x7f800001U);  // all its bits are in the lower half
  std::vector<float> x(16, infinity);
  x[1] = -infinity;
  x[2] = nan;
  x[3] = std::numeric_limits<float>::denorm_min();
  x.push_back(nan);  // the tail
  const auto y = rounded(x);
  CHECK(to_float(y[0]) == infinity);
  CHECK(to_float(y[1]) == -infinity);
  CHECK(std::isnan(to_float(y[2])));
  CHECK(std::abs(to_float(y[3])) <= std::numeric_limits<float>::min());
  CHECK(std::isnan(to_float(y[16])));
}

TEST_CASE("any count is rounded and nothing beyond it is touched", "[bfloat16]") {
  for (std::size_t n : {0U, 1U, 15U, 16U, 17U, 33U}) {
    std::vector<float> x(n + 1);
    for (std::size_t i = 0; i <= n; ++i) x[i] = static_cast<float>(i + 1);
    std::vector<Bfloat16> y(n + 1, Bfloat16{0xabcd});
    round_to_bfloat16(x.data(), y.data(), static_cast<Index>(n));
    for (std::size_t i = 0; i < n; ++i) CHECK(to_float(y[i]) == x[i]);
    CHECK(y[n].bits == 0xabcd);
  }
}

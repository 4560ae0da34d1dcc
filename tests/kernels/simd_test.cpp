// SPDX-License-Identifier: MIT
#include "looplab/kernels/simd.hpp"

#include <array>
#include <numeric>
#include <vector>

#include "support/catch.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab::kernels;

namespace {

// The bounds stated in the header. double goes through the standard library.
constexpr double kExpError = 1.2e-7, kSigmoidError = 3e-7, kTanhError = 3e-7;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

template <class S>
using Lanes = std::array<S, static_cast<std::size_t>(kLanes<S>)>;

/// f of every element of an array or vector.
template <class Values, class Function>
Values mapped(Values x, Function f) {
  using S = typename Values::value_type;
  for_each_vector<S>(static_cast<Index>(x.size()), [&](Index i, auto part) {
    store(x.data() + i, Vec<S>(f(load(x.data() + i, part))), part);
  });
  return x;
}

/// The worst error of `f` against `exact` at `count` floats spread over [low, high].
template <class Function, class Exact>
double worst_error(double low, double high, Index count, bool relative, Function f, Exact exact) {
  double worst = 0;
  for (Index i = 0; i < count; i += kLanes<float>) {
    Lanes<float> x;
    for (std::size_t lane = 0; lane < x.size(); ++lane) {
      const double share = static_cast<double>(i + static_cast<Index>(lane)) / double(count);
      x[lane] = static_cast<float>(low + (high - low) * share);
    }
    const Lanes<float> y = mapped(x, f);
    for (std::size_t lane = 0; lane < x.size(); ++lane) {
      const double wanted = exact(static_cast<double>(x[lane]));
      const double error = std::abs(static_cast<double>(y[lane]) - wanted);
      worst = std::max(worst, relative ? error / std::abs(wanted) : error);
    }
  }
  return worst;
}

const auto kExp = [](const auto& v) __attribute__((always_inline)) { return kernels::exp(v); };

}  // namespace

TEMPLATE_TEST_CASE("partial loads and stores touch the asked lanes only", "[simd]", float, double) {
  using S = TestType;
  for (Index count = 1; count < kLanes<S>; ++count) {
    std::vector<S> from(
        static_cast<std::size_t>(count));  // exactly sized: sanitizers watch the end
    std::iota(from.begin(), from.end(), S{1});
    Lanes<S> to;
    to.fill(S{-1});
    const Vec<S> v = load(from.data(), Tail{count}, S{7});
    for (Index lane = 0; lane < kLanes<S>; ++lane)
      CHECK(v[lane] == (lane < count ? static_cast<S>(lane + 1) : S{7}));
    store(to.data(), v, Tail{count});
    for (Index lane = 0; lane < kLanes<S>; ++lane)
      CHECK(to[static_cast<std::size_t>(lane)] ==
            (lane < count ? static_cast<S>(lane + 1) : S{-1}));
  }
}

TEMPLATE_TEST_CASE("loads and stores need no alignment", "[simd]", float, double) {
  using S = TestType;
  alignas(64) std::array<S, 40> memory{};
  std::iota(memory.begin(), memory.end(), S{0});
  const Vec<S> v = load(memory.data() + 1);
  CHECK(v[0] == S{1});
  CHECK(v[kLanes<S> - 1] == static_cast<S>(kLanes<S>));
  store(memory.data() + 3, v);
  CHECK(memory[2] == S{2});
  CHECK(memory[3] == S{1});
}

TEMPLATE_TEST_CASE("sum and max take every lane", "[simd]", float, double) {
  using S = TestType;
  for (std::size_t lane = 0; lane < static_cast<std::size_t>(kLanes<S>); ++lane) {
    Lanes<S> x;
    x.fill(S{-3});
    x[lane] = S{5};
    CHECK(horizontal_sum(load(x.data())) == static_cast<S>(5 - 3 * (kLanes<S> - 1)));
    CHECK(horizontal_max(load(x.data())) == S{5});
  }
}

TEMPLATE_TEST_CASE("for_each_vector visits each element once, the tail last", "[simd]", float,
                   double) {
  using S = TestType;
  for (Index n : {0, 1, 7, 8, 9, 15, 16, 17, 33}) {
    std::vector<S> visits(static_cast<std::size_t>(n));
    for_each_vector<S>(n, [&](Index i, auto part) {
      store(visits.data() + i, load(visits.data() + i, part) + S{1}, part);
    });
    for (S count : visits) CHECK(count == S{1});
  }
}

TEST_CASE("exp in float keeps its error bound over the whole range", "[simd]") {
  CHECK(worst_error(-87.3365, 88.7228, 4'000'000, true, kExp,
                    [](double x) { return std::exp(x); }) < kExpError);
  CHECK(worst_error(-1, 1, 1'000'000, true, kExp, [](double x) { return std::exp(x); }) <
        kExpError);
}

TEST_CASE("exp in float is right outside its range", "[simd]") {
  const std::vector<float> x = {-kInfinity, -1e30f,    -88.0f, -87.4f, 88.8f,
                                1e30f,      kInfinity, 0.0f,   -0.0f};
  const std::vector<float> y = mapped(x, kExp);
  for (std::size_t lane : {0u, 1u, 2u, 3u}) CHECK(y[lane] == 0.0f);
  for (std::size_t lane : {4u, 5u, 6u}) CHECK(y[lane] == kInfinity);
  for (std::size_t lane : {7u, 8u}) CHECK(y[lane] == 1.0f);
  for (std::uint32_t payload : {0u, 1u, 0x155555u, 0x3fffffu}) {
    Lanes<float> nan;
    nan.fill(std::bit_cast<float>(0x7fc00000u | payload));
    for (float value : mapped(nan, kExp)) CHECK(std::isnan(value));
  }
}

TEST_CASE("sigmoid and tanh in float keep their error bounds", "[simd]") {
  CHECK(worst_error(
            -87, 100, 2'000'000, true,
            [](const auto& v) __attribute__((always_inline)) { return sigmoid(v); },
            [](double x) { return 1 / (1 + std::exp(-x)); }) < kSigmoidError);
  CHECK(worst_error(
            -12, 12, 2'000'000, false,
            [](const auto& v) __attribute__((always_inline)) { return kernels::tanh(v); },
            [](double x) { return std::tanh(x); }) < kTanhError);
  const Lanes<float> ends = {-kInfinity, kInfinity, -1e20f, 1e20f};
  const auto check_ends = [&](const Lanes<float>& y, float low) {
    CHECK(y[0] == low);
    CHECK(y[1] == 1.0f);
    CHECK(y[2] == low);
    CHECK(y[3] == 1.0f);
  };
  check_ends(mapped(
                 ends, [](const auto& v) __attribute__((always_inline)) { return sigmoid(v); }),
             0.0f);
  check_ends(
      mapped(
          ends, [](const auto& v) __attribute__((always_inline)) { return kernels::tanh(v); }),
      -1.0f);
}

TEST_CASE("exp in double is that of the standard library", "[simd]") {
  const std::vector<double> x = {-750, -20, -1, -1e-9, 0, 0.3, 5, 800};
  const auto e = mapped(x, kExp);
  for (std::size_t lane = 0; lane < x.size(); ++lane) CHECK(e[lane] == std::exp(x[lane]));
}

// SPDX-License-Identifier: MIT
#include "looplab/core/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace looplab;

namespace {

/// Pearson's statistic of the counts against a uniform expectation.
double chi_square(const std::vector<Index>& counts) {
  const double total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), Index{0}));
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (Index count : counts) sum += std::pow(static_cast<double>(count) - expected, 2) / expected;
  return sum;
}

/// A statistic of n classes lies below this but for about one seed in 10^6 (normal approximation
/// of Wilson & Hilferty 1931 at 4.75 standard deviations).
double chi_square_bound(std::size_t num_classes) {
  const double freedom = static_cast<double>(num_classes) - 1;
  return freedom * std::pow(1 - 2 / (9 * freedom) + 4.75 * std::sqrt(2 / (9 * freedom)), 3);
}

std::vector<std::uint64_t> first_numbers(RandomStream stream, int count = 8) {
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(stream.next_u64());
  return numbers;
}

}  // namespace

TEST_CASE("Philox4x32-10 gives the published known answers") {
  // Random123 1.14.0, tests/kat_vectors.
  using Counter = std::array<std::uint32_t, 4>;
  struct Row {
    Counter counter;
    std::array<std::uint32_t, 2> key;
    Counter answer;
  };
  constexpr std::uint32_t kOnes = 0xffffffff;
  constexpr Row kRows[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{kOnes, kOnes, kOnes, kOnes},
       {kOnes, kOnes},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (const Row& row : kRows) CHECK(philox4x32(row.counter, row.key) == row.answer);
}

TEST_CASE("a stream is a pure function of seed, name and index") {
  const auto numbers = first_numbers({Seed{1}, "data", 5});
  CHECK(first_numbers({Seed{1}, "data", 5}) == numbers);
  CHECK(first_numbers({Seed{2}, "data", 5}) != numbers);
  CHECK(first_numbers({Seed{1}, "date", 5}) != numbers);
  CHECK(first_numbers({Seed{1}, "data", 6}) != numbers);
  CHECK(first_numbers({Seed{1}, "data", 5 + (std::uint64_t{1} << 32)}) != numbers);

  RandomStream used(Seed{1}, "data", 9);
  static_cast<void>(used.next_u32());
  CHECK(first_numbers(used.at(5)) == numbers);
}

TEST_CASE("streams of different seeds, names and indices share no numbers at their start") {
  std::map<std::uint64_t, std::string> seen;
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    for (const char* name : {"a", "b", "init", "data"})
      for (std::uint64_t index = 0; index < 20; ++index)
        for (std::uint64_t number : first_numbers({Seed{seed}, name, index}))
          CHECK(seen.emplace(number, name).second);
}

TEST_CASE("a copied stream goes on where the original was") {
  RandomStream stream(Seed{3}, "x");
  for (int i = 0; i < 5; ++i) static_cast<void>(stream.next_u32());
  RandomStream copy = stream;
  for (int i = 0; i < 9; ++i) CHECK(copy.next_u32() == stream.next_u32());
}

TEST_CASE("a stream's words are Philox blocks of consecutive counters") {
  RandomStream stream(Seed{42}, "", 7);
  std::vector<std::uint32_t> words(8);
  for (std::uint32_t& word : words) word = stream.next_u32();
  const std::uint64_t key = 42 ^ fnv1a("");
  for (std::uint32_t block : {0u, 1u}) {
    const auto expected = philox4x32(
        {block, 0, 7, 0}, {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
    CHECK(std::equal(expected.begin(), expected.end(), words.begin() + 4 * block));
  }
}

TEST_CASE("below is uniform, also for bounds that do not divide 2^32") {
  RandomStream stream(Seed{11}, "below");
  for (Index bound : {1, 2, 3, 10, 64, 1000}) {
    std::vector<Index> counts(static_cast<std::size_t>(bound));
    for (Index i = 0; i < 100 * bound + 10'000; ++i)
      ++counts.at(static_cast<std::size_t>(stream.below(bound)));
    INFO("bound " << bound);
    if (bound > 1) CHECK(chi_square(counts) < chi_square_bound(counts.size()));
  }
}

TEST_CASE("below does not prefer small numbers at a bound near 2^32") {
  // With a bound of 3/4 2^32, a biased `word * bound >> 32` would hit every third number twice.
  RandomStream stream(Seed{12}, "below");
  const Index bound = Index{3} << 30;
  std::vector<Index> residues(3), thirds(3);
  for (int i = 0; i < 30'000; ++i) {
    const Index number = stream.below(bound);
    REQUIRE(number >= 0);
    REQUIRE(number < bound);
    ++residues[static_cast<std::size_t>(number % 3)];
    ++thirds[static_cast<std::size_t>(number / (bound / 3))];
  }
  CHECK(chi_square(residues) < chi_square_bound(3));
  CHECK(chi_square(thirds) < chi_square_bound(3));
}

TEST_CASE("uniform lies in [0, 1) evenly") {
  RandomStream stream(Seed{13}, "uniform");
  std::vector<Index> counts(50);
  for (int i = 0; i < 50'000; ++i) {
    const double x = stream.uniform();
    REQUIRE(x >= 0.0);
    REQUIRE(x < 1.0);
    ++counts[static_cast<std::size_t>(x * 50)];
  }
  CHECK(chi_square(counts) < chi_square_bound(counts.size()));
}

TEST_CASE("normal numbers have the moments and tails of a standard normal") {
  RandomStream stream(Seed{14}, "normal");
  constexpr int kCount = 200'000;
  double mean = 0, square = 0, cube = 0, fourth = 0;
  int beyond_two = 0;
  for (int i = 0; i < kCount; ++i) {
    const double x = stream.normal();
    REQUIRE(std::isfinite(x));
    mean += x / kCount;
    square += x * x / kCount;
    cube += x * x * x / kCount;
    fourth += x * x * x * x / kCount;
    beyond_two += std::abs(x) > 2;
  }
  // Five standard errors; the variances of x, x^2, x^3, x^4 are 1, 2, 15, 96.
  const auto error = [](double variance) { return 5 * std::sqrt(variance / kCount); };
  CHECK(std::abs(mean) < error(1));
  CHECK(std::abs(square - 1) < error(2));
  CHECK(std::abs(cube) < error(15));
  CHECK(std::abs(fourth - 3) < error(96));
  const double p = std::erfc(std::sqrt(2.0));  // P(|x| > 2)
  CHECK(std::abs(static_cast<double>(beyond_two) / kCount - p) < error(p * (1 - p)));
}

TEST_CASE("shuffle gives every order equally often and keeps the elements") {
  RandomStream stream(Seed{15}, "shuffle");
  std::map<std::array<int, 4>, Index> counts;
  for (int i = 0; i < 24'000; ++i) {
    std::array<int, 4> items = {0, 1, 2, 3};
    stream.shuffle(std::span(items.data(), items.size()));
    ++counts[items];
  }
  REQUIRE(counts.size() == 24);
  std::vector<Index> by_order;
  for (const auto& [order, count] : counts) by_order.push_back(count);
  CHECK(chi_square(by_order) < chi_square_bound(24));

  std::vector<int> none, one = {5};
  stream.shuffle(std::span(none));
  stream.shuffle(std::span(one));
  CHECK(one == std::vector<int>{5});
}

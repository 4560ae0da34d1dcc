// SPDX-License-Identifier: MIT
#include "looplab/tasks/detail/random_permutation.hpp"

#include <map>
#include <set>
#include <vector>

#include "support/catch.hpp"

using namespace looplab;

namespace {
RandomPermutation permutation(Index size, std::uint64_t index = 0) {
  return {size, RandomStream(Seed{1}, "random_permutation_test", index)};
}
}  // namespace

TEST_CASE("a random permutation visits everyone exactly once") {
  for (Index size : {1, 2, 3, 4, 5, 7, 8, 9, 100, 1000, 4096, 4097})
    for (std::uint64_t index = 0; index < 5; ++index) {
      const RandomPermutation order = permutation(size, index);
      std::set<Index> seen;
      for (Index i = 0; i < size; ++i) seen.insert(order(i));
      INFO("size " << size << ", index " << index);
      CHECK(std::ssize(seen) == size);
      CHECK(*seen.begin() == 0);
      CHECK(*seen.rbegin() == size - 1);
    }
}

TEST_CASE("a random permutation is a pure function of its stream") {
  const RandomPermutation a = permutation(1000, 1), again = permutation(1000, 1);
  const RandomPermutation b = permutation(1000, 2);
  Index agreements = 0;
  for (Index i = 999; i >= 0; --i) {
    REQUIRE(a(i) == again(i));
    agreements += a(i) == b(i);
  }
  CHECK(agreements < 10);  // 1 expected
}

TEST_CASE("every pair of places is equally likely for the first two elements") {
  constexpr Index kDraws = 20000;
  for (Index size : {3, 5, 6, 11}) {
    std::map<std::pair<Index, Index>, double> counts;
    for (Index draw = 0; draw < kDraws; ++draw) {
      const RandomPermutation order = permutation(size, static_cast<std::uint64_t>(draw));
      ++counts[{order(0), order(1)}];
    }
    const auto cells = static_cast<double>(size * (size - 1));
    const double expected = static_cast<double>(kDraws) / cells;
    double chi_squared = 0;
    for (const auto& [pair, count] : counts)
      chi_squared += (count - expected) * (count - expected) / expected;
    chi_squared += (cells - static_cast<double>(counts.size())) * expected;
    // Mean cells - 1, variance 2 (cells - 1): five standard deviations.
    INFO("size " << size);
    CHECK(chi_squared < cells - 1 + 5 * std::sqrt(2 * (cells - 1)));
  }
}

TEST_CASE("a random permutation of the largest size stays inside it") {
  const RandomPermutation order = permutation(RandomPermutation::kMaxSize);
  std::set<Index> seen;
  for (Index i = 0; i < 1000; ++i) {
    const Index to = order(RandomPermutation::kMaxSize - 1 - i);
    CHECK(to >= 0);
    CHECK(to < RandomPermutation::kMaxSize);
    seen.insert(to);
  }
  CHECK(seen.size() == 1000);
  CHECK_THROWS_AS(permutation(0), ConfigError);
  CHECK_THROWS_AS(permutation(RandomPermutation::kMaxSize + 1), ConfigError);
}

TEST_CASE("numbers side by side go where each goes alone") {
  for (Index size : {1, 3, 200, 257, 2640}) {
    const RandomPermutation order = permutation(size);
    for (Index first = 0; first < size; first += 7) {
      std::array<Index, RandomPermutation::kLanes> numbers;
      for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = (first + static_cast<Index>(i)) % size;
      const auto before = numbers;
      order.map(numbers);
      for (std::size_t i = 0; i < numbers.size(); ++i) REQUIRE(numbers[i] == order(before[i]));
    }
  }
}

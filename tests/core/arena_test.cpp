// SPDX-License-Identifier: MIT
#include "looplab/core/arena.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using namespace looplab;

namespace {

std::atomic<int> num_allocations{0};

void* counted_allocation(std::size_t bytes, std::size_t alignment) {
  ++num_allocations;
  const std::size_t whole = (bytes + alignment - 1) / alignment * alignment;
  if (void* memory = std::aligned_alloc(alignment, whole == 0 ? alignment : whole)) return memory;
  throw std::bad_alloc();
}

}  // namespace

// Every allocation of this test program is counted.
void* operator new(std::size_t bytes) {
  return counted_allocation(bytes, alignof(std::max_align_t));
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted_allocation(bytes, static_cast<std::size_t>(alignment));
}
// The forms that throw nothing too: the address sanitizer has its own, which `free` may not end.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  ++num_allocations;
  return std::malloc(bytes);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

TEST_CASE("arena memory is aligned and does not overlap, also across blocks") {
  Arena arena;
  std::vector<std::pair<std::byte*, Index>> pieces;
  for (Index size : {1, 63, 64, 65, 1000, 100'000, 3, 0, 200'000, 7}) {
    auto* place = arena.allocate<std::byte>(size);
    CHECK(reinterpret_cast<std::uintptr_t>(place) % kAlignment == 0);
    std::fill_n(place, size, static_cast<std::byte>(pieces.size()));
    pieces.emplace_back(place, size);
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto [place, size] = pieces[i];
    CHECK(std::all_of(place, place + size, [&](std::byte b) { return b == std::byte(i); }));
  }
}

TEST_CASE("arena sizes count elements in whole cache lines") {
  Arena arena;
  CHECK(arena.in_use() == 0);
  CHECK(arena.capacity() == 0);
  static_cast<void>(arena.allocate<double>(1));
  CHECK(arena.in_use() == 64);
  static_cast<void>(arena.allocate<double>(9));
  CHECK(arena.in_use() == 64 + 128);
  CHECK(arena.capacity() >= arena.in_use());
  arena.reset();
  CHECK(arena.in_use() == 0);
}

TEST_CASE("a reset keeps the memory and merges several blocks into one") {
  Arena arena(128);
  static_cast<void>(arena.allocate<std::byte>(128));
  static_cast<void>(arena.allocate<std::byte>(100'000));
  const std::size_t capacity = arena.capacity();
  arena.reset();
  CHECK(arena.capacity() == capacity);
  const auto* first = arena.allocate<std::byte>(static_cast<Index>(capacity) - 64);
  const auto* second = arena.allocate<std::byte>(64);
  CHECK(second == first + capacity - 64);  // one block holds what took several
  CHECK(arena.capacity() == capacity);
}

TEST_CASE("after the first pass of a given size an arena allocates nothing") {
  Arena arena;
  const auto pass = [&] {
    for (Index size : {10, 3000, 70'000, 1, 500'000})
      static_cast<void>(arena.allocate<float>(size));
    arena.reset();
  };
  num_allocations = 0;
  pass();
  CHECK(num_allocations > 0);
  num_allocations = 0;
  for (int i = 0; i < 100; ++i) pass();
  CHECK(num_allocations == 0);
}

TEST_CASE("an arena is moved, never copied, and takes only what needs no destructor") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Arena>);
  STATIC_REQUIRE_FALSE(std::is_copy_assignable_v<Arena>);
  Arena arena;
  float* place = arena.allocate<float>(3);
  place[2] = 4;
  const Arena moved = std::move(arena);
  CHECK(place[2] == 4.0f);
  CHECK(moved.in_use() == 64);
}

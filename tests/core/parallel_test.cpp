// SPDX-License-Identifier: MIT
#include "looplab/core/parallel.hpp"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace looplab;

namespace {

/// Counts itself and waits until `expected` workers have; false if they do not come: a missing
/// worker is a failure and not a hang.
bool wait_for(std::atomic<int>& arrived, int expected) {
  ++arrived;
  for (int tries = 0; arrived < expected && tries < 1'000'000; ++tries) std::this_thread::yield();
  return arrived >= expected;
}

}  // namespace

TEST_CASE("parallel_for runs each item exactly once at any number of threads") {
  for (int num_threads : {1, 2, 3, 8}) {
    for (Index num_items : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(num_items));
      std::atomic<bool> worker_in_range{true};
      parallel_for(num_items, num_threads, [&](Index item, int worker) {
        ++runs[static_cast<std::size_t>(item)];
        if (worker < 0 || worker >= num_threads) worker_in_range = false;
      });
      INFO(num_threads << " threads, " << num_items << " items");
      CHECK(std::all_of(runs.begin(), runs.end(), [](const auto& count) { return count == 1; }));
      CHECK(worker_in_range);
    }
  }
}

TEST_CASE("parallel_for uses as many workers as asked for, each by one thread") {
  std::atomic<int> arrived{0};
  std::atomic<unsigned> workers{0};
  parallel_for(4, 4, [&](Index, int worker) {
    workers |= 1u << worker;
    wait_for(arrived, 4);
  });
  CHECK(workers == 0b1111u);
}

TEST_CASE("a parallel_for inside another has workers of its own") {
  std::atomic<int> arrived{0};
  std::atomic<bool> all_arrived{true};
  parallel_for(2, 2, [&](Index, int) {
    parallel_for(2, 2, [&](Index, int) {
      if (!wait_for(arrived, 4)) all_arrived = false;
    });
  });
  CHECK(all_arrived);
}

TEST_CASE("items start in order") {
  std::vector<Index> order;
  parallel_for(20, 1, [&](Index item, int) { order.push_back(item); });
  for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == static_cast<Index>(i));
}

TEST_CASE("an exception in a body passes out and skips the items not yet started") {
  for (int num_threads : {1, 2, 8}) {
    std::atomic<int> runs{0};
    const auto body = [&](Index item, int) {
      ++runs;
      if (item == 3) throw std::runtime_error("item 3");
    };
    CHECK_THROWS_WITH(parallel_for(100'000'000, num_threads, body), "item 3");
    CHECK(runs < 100'000'000);
  }
}

TEST_CASE("when every worker throws, one exception passes out") {
  CHECK_THROWS_AS(parallel_for(100, 4, [](Index, int) { throw ShapeError("x"); }), ShapeError);
}

TEST_CASE("parallel_for may be called from inside another") {
  for (int num_threads : {1, 2, 3}) {
    std::vector<std::atomic<int>> runs(6 * 50);
    parallel_for(6, num_threads, [&](Index outer, int) {
      parallel_for(50, num_threads,
                   [&](Index inner, int) { ++runs[static_cast<std::size_t>(outer * 50 + inner)]; });
    });
    CHECK(std::all_of(runs.begin(), runs.end(), [](const auto& count) { return count == 1; }));
  }
}

TEST_CASE("a library called inside a body sees one thread, also with one worker") {
  const int before = omp_get_max_threads();
  for (int num_threads : {1, 2, 3}) {
    std::atomic<int> most{0};
    parallel_for(10, num_threads, [&](Index, int) {
      if (omp_get_max_threads() > most) most = omp_get_max_threads();
    });
    CHECK(most == 1);
  }
  CHECK(omp_get_max_threads() == before);
}

TEST_CASE("an exception leaves the caller's thread count as it was") {
  const int before = omp_get_max_threads();
  for (int num_threads : {1, 2}) {
    CHECK_THROWS_AS(parallel_for(2, num_threads, [](Index, int) { throw Error("x"); }), Error);
    CHECK(omp_get_max_threads() == before);
  }
}

TEST_CASE("workers take no signals, the calling thread those it took before") {
  const auto takes = [](int signal) {
    ::sigset_t blocked;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    return ::sigismember(&blocked, signal) == 0;
  };
  std::atomic<int> arrived{0}, taking{0}, faults_blocked{0};
  parallel_for(4, 4, [&](Index, int worker) {
    wait_for(arrived, 4);
    if (worker > 0 && (takes(SIGINT) || takes(SIGTERM) || takes(SIGALRM))) ++taking;
    if (!takes(SIGSEGV)) ++faults_blocked;
  });
  CHECK(taking == 0);
  CHECK(faults_blocked == 0);
  CHECK(takes(SIGINT));
  CHECK(takes(SIGTERM));
}

TEST_CASE("a number of threads of 0 means all, a negative one is refused") {
  CHECK(hardware_threads() >= 1);
  CHECK(resolve_threads(0) == hardware_threads());
  CHECK(resolve_threads(5) == 5);
  CHECK_THROWS_AS(resolve_threads(-1), ConfigError);
  CHECK_THROWS_WITH(resolve_threads(-1), "num_threads: -1, expected 0 (all) or more");
}

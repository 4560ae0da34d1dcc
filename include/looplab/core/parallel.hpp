// SPDX-License-Identifier: MIT
//
// Threads. The only file with OpenMP parallel regions or OpenMP runtime calls.
//
// The caller divides the work into items whose content does not depend on the number of threads.
// Scheduling is dynamic; results do not depend on it (contract 1, CONTRIBUTING.md). Every worker
// sets its own OpenMP thread count to 1, even when it is the only worker, because kernels of a
// compute library called inside would otherwise start threads of their own.
#pragma once

#include <omp.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>

#include "looplab/core/tensor.hpp"

namespace looplab {

/// Number of threads this process may use at once.
[[nodiscard]] inline int hardware_threads() { return omp_get_num_procs(); }

/// `requested` threads, or all of the processor's if `requested` is 0.
/// \throws ConfigError if negative.
[[nodiscard]] inline int resolve_threads(int requested) {
  require<ConfigError>(requested >= 0, "num_threads: ", requested, ", expected 0 (all) or more");
  return requested == 0 ? hardware_threads() : requested;
}

/// During its lifetime, a library that asks OpenMP for threads gets the calling thread only.
class SingleThreadScope {
 public:
  SingleThreadScope() { omp_set_num_threads(1); }
  ~SingleThreadScope() { omp_set_num_threads(before_); }
  SingleThreadScope(const SingleThreadScope&) = delete;
  SingleThreadScope& operator=(const SingleThreadScope&) = delete;

 private:
  int before_ = omp_get_max_threads();
};

/// Blocks all signals but those that a thread causes itself for the calling thread, from the first
/// call on. A handler that interrupts a kernel writes to the thread's stack, and some products of
/// compute libraries with AVX-512 have no valid stack pointer for a while.
inline void block_signals() {
  static thread_local const int blocked = [] {
    ::sigset_t signals;
    ::sigfillset(&signals);
    for (int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPIPE, SIGXFSZ})
      ::sigdelset(&signals, own);
    return ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  }();
  static_cast<void>(blocked);
}

/// Calls `body(item, worker)` for every item in 0 ... num_items-1, on at most `num_threads`
/// workers; worker is in 0 ... num_threads-1. Items start in order, each on the first free worker.
///
/// The first exception is rethrown here after all workers have stopped; items not yet started then
/// are skipped. May be called from inside another call's body. Worker 0 is the calling thread; the
/// others take no signals.
template <class Body>
void parallel_for(Index num_items, int num_threads, Body&& body) {
  std::atomic<Index> next{0};
  std::exception_ptr failure;
  std::mutex failure_lock;
  const auto work = [&](int worker) {
    try {
      for (Index item; (item = next.fetch_add(1)) < num_items;) body(item, worker);
    } catch (...) {
      next = num_items;
      const std::scoped_lock lock(failure_lock);
      if (!failure) failure = std::current_exception();
    }
  };
  const int team = static_cast<int>(std::clamp<Index>(num_items, 1, std::max(1, num_threads)));
  const auto work_alone = [&](int worker) {
    const SingleThreadScope single_thread;
    if (worker > 0) block_signals();
    work(worker);
  };
  if (team == 1) {  // a parallel region of one thread would allocate
    work_alone(0);
  } else {
    if (omp_get_max_active_levels() < 2) omp_set_max_active_levels(2);
#pragma omp parallel num_threads(team)
    work_alone(omp_get_thread_num());
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace looplab

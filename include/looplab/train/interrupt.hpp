// SPDX-License-Identifier: MIT
//
// Ctrl-C as a request: long work looks at it between steps, saves and returns.
// Tests: tests/train/interrupt_test.cpp.
#pragma once

#include <atomic>
#include <csignal>

namespace looplab {

namespace detail {
inline std::atomic<bool> interrupt_flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "must be safe inside a signal handler");
}  // namespace detail

/// Whether the user (or `request_interrupt`) asked the program to stop.
[[nodiscard]] inline bool interrupt_requested() { return detail::interrupt_flag.load(); }
inline void request_interrupt() { detail::interrupt_flag = true; }
inline void clear_interrupt() { detail::interrupt_flag = false; }

/// From now on SIGINT and SIGTERM only set the flag; a second one ends the program at once.
inline void install_interrupt_handler() {
  const auto handler = [](int signal) {
    request_interrupt();
    std::signal(signal, SIG_DFL);
  };
  std::signal(SIGINT, handler);
  std::signal(SIGTERM, handler);
}

}  // namespace looplab

// SPDX-License-Identifier: MIT
//
// Ctrl-C as a request, and a time to stop: long work looks at them between steps, saves and
// returns. Tests: tests/train/interrupt_test.cpp.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <limits>

namespace looplab {

namespace detail {
inline std::atomic<bool> interrupt_flag{false};
inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
inline std::atomic<std::int64_t> stop_time{kNever};  // ticks of the steady clock
static_assert(std::atomic<bool>::is_always_lock_free, "must be safe inside a signal handler");
}  // namespace detail

/// Whether the time of a `StopTime` has come.
[[nodiscard]] inline bool stop_time_passed() {
  const std::int64_t time = detail::stop_time.load();
  return time != detail::kNever &&
         std::chrono::steady_clock::now().time_since_epoch().count() >= time;
}

/// Whether the user (or `request_interrupt`) asked the program to stop.
[[nodiscard]] inline bool user_interrupted() { return detail::interrupt_flag.load(); }
/// Whether to stop, for whichever reason.
[[nodiscard]] inline bool interrupt_requested() { return user_interrupted() || stop_time_passed(); }
inline void request_interrupt() { detail::interrupt_flag = true; }
inline void clear_interrupt() { detail::interrupt_flag = false; }

/// While it lives, long work stops when `seconds` from now are over. One at a time.
class StopTime {
 public:
  explicit StopTime(double seconds) {
    using Ticks = std::chrono::steady_clock::duration;
    const auto time = std::chrono::steady_clock::now() +
                      std::chrono::duration_cast<Ticks>(std::chrono::duration<double>(seconds));
    detail::stop_time = time.time_since_epoch().count();
  }
  ~StopTime() { detail::stop_time = detail::kNever; }
  StopTime(const StopTime&) = delete;
  StopTime& operator=(const StopTime&) = delete;
};

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

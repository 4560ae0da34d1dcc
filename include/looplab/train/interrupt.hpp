// SPDX-License-Identifier: MIT
//
// Interruption by Ctrl-C and by a time limit. Long work with a state checks for both between steps,
// saves and returns; long work without a state calls `throw_if_interrupted` regularly.
#pragma once

#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <vector>

namespace looplab {

namespace detail {
inline std::atomic<bool> interrupt_flag{false};
inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
inline std::atomic<std::int64_t> stop_time{kNever};  // ticks of the steady clock
static_assert(std::atomic<bool>::is_always_lock_free, "must be safe inside a signal handler");
}  // namespace detail

/// Whether the time limit of a `StopTime` is reached.
[[nodiscard]] inline bool stop_time_passed() {
  const std::int64_t time = detail::stop_time.load();
  return time != detail::kNever &&
         std::chrono::steady_clock::now().time_since_epoch().count() >= time;
}

/// Whether the user (or `request_interrupt`) asked the program to stop.
[[nodiscard]] inline bool user_interrupted() { return detail::interrupt_flag.load(); }
/// Whether to stop, for either reason.
[[nodiscard]] inline bool interrupt_requested() { return user_interrupted() || stop_time_passed(); }
inline void request_interrupt() { detail::interrupt_flag = true; }
inline void clear_interrupt() { detail::interrupt_flag = false; }

/// Thrown by long work without a state to save when the user asks to stop. Not an `Error`, because
/// nothing is wrong.
struct Interrupted : std::exception {
  [[nodiscard]] const char* what() const noexcept override {
    return "interrupted; the work in progress is discarded";
  }
};

/// \throws Interrupted if the user asked to stop
inline void throw_if_interrupted() {
  if (user_interrupted()) throw Interrupted();
}

/// During its lifetime, long work stops after `seconds` from now. One at a time.
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

/// During its lifetime, the first SIGINT and the first SIGTERM only set the flag; a second one ends
/// the program at once. For work that checks the flag; otherwise signals keep their effect. One at
/// a time, created by the thread that does the work.
///
/// The handler runs on a stack of its own, because a kernel may have moved the thread's stack
/// pointer (see `block_signals` in core/parallel.hpp).
class InterruptScope {
 public:
  InterruptScope() {
    ::sigaltstack(nullptr, &stack_before_);
    if (stack_before_.ss_flags & SS_DISABLE) {
      ::stack_t own{};
      own.ss_sp = stack_.data();
      own.ss_size = stack_.size();
      ::sigaltstack(&own, nullptr);
    }
    struct ::sigaction action {};
    action.sa_handler = [](int) { request_interrupt(); };
    action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESTART | SA_RESETHAND);
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, &interrupt_before_);
    ::sigaction(SIGTERM, &action, &terminate_before_);
  }
  ~InterruptScope() {
    ::sigaction(SIGINT, &interrupt_before_, nullptr);
    ::sigaction(SIGTERM, &terminate_before_, nullptr);
    if (stack_before_.ss_flags & SS_DISABLE) ::sigaltstack(&stack_before_, nullptr);
  }
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

 private:
  std::vector<std::byte> stack_{std::size_t{64} << 10};
  ::stack_t stack_before_{};
  struct ::sigaction interrupt_before_ {
  }, terminate_before_{};
};

}  // namespace looplab

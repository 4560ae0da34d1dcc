// SPDX-License-Identifier: MIT
#include "looplab/train/interrupt.hpp"

#include <utility>

#include "support/catch.hpp"

using namespace looplab;

namespace {

[[nodiscard]] struct ::sigaction disposition(int signal) {
  struct ::sigaction now {};
  ::sigaction(signal, nullptr, &now);
  return now;
}

std::atomic<const void*> handler_frame{nullptr};

}  // namespace

TEST_CASE(
    "in a scope the first signal only asks, the second would end; after it all is as before") {
  clear_interrupt();
  const auto before = std::pair(disposition(SIGINT).sa_handler, disposition(SIGTERM).sa_handler);
  for (int signal : {SIGINT, SIGTERM}) {
    {
      const InterruptScope scope;
      CHECK_FALSE(interrupt_requested());
      throw_if_interrupted();
      ::raise(signal);
      CHECK(interrupt_requested());
      CHECK_THROWS_AS(throw_if_interrupted(), Interrupted);
      CHECK(disposition(signal).sa_handler == SIG_DFL);  // the handler has taken itself out
    }
    CHECK(disposition(SIGINT).sa_handler == before.first);
    CHECK(disposition(SIGTERM).sa_handler == before.second);
    clear_interrupt();
  }
}

TEST_CASE("handlers in a scope run on a stack of their own") {
  const auto on_own_stack = [] {
    ::stack_t stack{};
    ::sigaltstack(nullptr, &stack);
    const auto* begin = static_cast<const std::byte*>(stack.ss_sp);
    const auto* frame = static_cast<const std::byte*>(handler_frame.load());
    return !(stack.ss_flags & SS_DISABLE) && frame >= begin && frame < begin + stack.ss_size;
  };
  ::stack_t before{}, after{};
  ::sigaltstack(nullptr, &before);
  {
    const InterruptScope scope;
    CHECK((disposition(SIGINT).sa_flags & SA_ONSTACK) != 0);
    CHECK((disposition(SIGTERM).sa_flags & SA_ONSTACK) != 0);
    struct ::sigaction probe = disposition(SIGINT);  // the same flags, a handler that tells
    probe.sa_handler = [](int) {
      const char here = 0;
      handler_frame = static_cast<const void*>(&here);
    };
    ::sigaction(SIGUSR1, &probe, nullptr);
    ::raise(SIGUSR1);
    CHECK(on_own_stack());
  }
  ::sigaltstack(nullptr, &after);
  CHECK(after.ss_sp == before.ss_sp);
  CHECK(after.ss_flags == before.ss_flags);
}

TEST_CASE("a program may ask itself to stop") {
  clear_interrupt();
  request_interrupt();
  CHECK(interrupt_requested());
  clear_interrupt();
  CHECK_FALSE(interrupt_requested());
}

TEST_CASE("a stop time stops when it has come, and is not the user's doing") {
  clear_interrupt();
  {
    const StopTime later(1000);
    CHECK_FALSE(interrupt_requested());
  }
  {
    const StopTime now(0);
    CHECK(interrupt_requested());
    CHECK(stop_time_passed());
    CHECK_FALSE(user_interrupted());
  }
  CHECK_FALSE(interrupt_requested());
}

// SPDX-License-Identifier: MIT
#include "looplab/train/interrupt.hpp"

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("once the handler is installed, the first signal only asks, the second would end") {
  clear_interrupt();
  for (int signal : {SIGINT, SIGTERM}) {
    install_interrupt_handler();
    CHECK_FALSE(interrupt_requested());
    std::raise(signal);
    CHECK(interrupt_requested());
    CHECK(std::signal(signal, SIG_DFL) == SIG_DFL);  // the handler has taken itself out
    clear_interrupt();
  }
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
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

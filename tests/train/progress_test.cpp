// SPDX-License-Identifier: MIT
#include "looplab/train/progress.hpp"

#include <sstream>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

TEST_CASE("durations are said in two units at most", "[progress]") {
  CHECK(duration_text(0.4) == "0 s");
  CHECK(duration_text(59.4) == "59 s");
  CHECK(duration_text(65) == "1 min 05 s");
  CHECK(duration_text(3600 + 600) == "1 h 10 min");
  CHECK(duration_text(-3) == "0 s");
}

TEST_CASE("the line shows label, share, time left and note", "[progress]") {
  CHECK(progress_line("training", 0.25, 72, "loss 1") ==
        "training  [#####...............]  25 %  1 min 12 s left  loss 1");
  CHECK(progress_line("x", 2, -1, "") == "x  [####################] 100 %");
}

TEST_CASE("a terminal gets one line that is drawn in place and ended once", "[progress]") {
  std::ostringstream out;
  {
    Progress progress("runs", 10, out, true);
    for (Index i = 1; i <= 10; ++i) progress.update(i, "step");
    CHECK(out.str().find('\n') == std::string::npos);
    progress.finish();
  }
  CHECK(std::ranges::count(out.str(), '\n') == 1);
  CHECK_THAT(out.str(), contains("\r") && contains("100 %  0 s left  step"));
}

TEST_CASE("elsewhere short work stays quiet", "[progress]") {
  std::ostringstream out;
  {
    Progress progress("runs", 1000, out, false);
    for (Index i = 1; i <= 1000; ++i) progress.add(1);
    CHECK(out.str().empty());
    progress.say("a run has failed");
  }
  CHECK(out.str() == "a run has failed\n");
}

TEST_CASE("units from several threads add up", "[progress]") {
  std::ostringstream out;
  Progress progress("runs", 4000, out, true);
  progress.skip(1000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) progress.add(1);
    });
  for (std::thread& thread : threads) thread.join();
  progress.finish();
  CHECK_THAT(out.str(), contains("100 %"));
}

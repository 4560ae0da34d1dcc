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

TEST_CASE("parts under way stand beside the whole, cut to the terminal's width", "[progress]") {
  std::ostringstream out;
  Progress progress("0 of 3 runs", 300, out, true);
  {
    ProgressPart first(progress, "1x1-s1", 100), second(progress, "1x4-s1", 200);
    first.skip(40);
    first.add(10);
    second.add(50);
    progress.relabel("1 of 3 runs");
    progress.finish();
  }
  CHECK_THAT(out.str(), contains("1 of 3 runs  [######..............]  33 %") &&
                            contains("  1x1-s1 50 %  1x4-s1 25 %\033[K\n"));
  std::ostringstream narrow;
  Progress cut("0 of 3 runs", 300, narrow, true, 31);
  ProgressPart(cut, "1x1-s1", 100).add(10);
  cut.finish();
  CHECK_THAT(narrow.str(), contains("\r0 of 3 runs  [................\033[K"));
  std::ostringstream after;
  Progress done("3 of 3 runs", 1, after, true);
  ProgressPart(done, "1x1-s1", 1).add(0);
  done.add(1);
  done.finish();
  CHECK(after.str().rfind("1x1-s1") < after.str().rfind('\r'));
}

TEST_CASE("time left follows from what was done since the start", "[progress]") {
  using namespace std::chrono_literals;
  Estimate estimate(100);
  estimate.skip(20);
  CHECK(estimate.share() == 0.2);
  CHECK(estimate.seconds_left(estimate.start() + 10s) == -1);  // nothing done here
  estimate.add(20);
  CHECK(estimate.seconds_left(estimate.start() + 500ms) == -1);
  CHECK(estimate.seconds_left(estimate.start() + 10s) == Approx(30));
  estimate.add(60);
  CHECK(estimate.seconds_left(estimate.start() + 10s) == 0);
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/runner.hpp"

#include <sstream>

#include "support/catch.hpp"
#include "support/experiment_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

struct Scene {
  TemporaryDirectory directory;
  std::vector<Experiment> experiments{load_experiment(write_claim(directory / "claims"), "tiny")};
  std::ostringstream out;

  [[nodiscard]] std::vector<PlannedRun> plan(const std::string& name = "out") const {
    return plan_runs(experiments, directory / name);
  }
  RunsOutcome run(const std::vector<PlannedRun>& runs, int threads = 1, bool rerun = false) {
    Progress progress("runs", 1, out, false);
    return run_all(runs, threads, rerun, &progress);
  }
};

std::vector<double> losses(const RunsOutcome& outcome) {
  std::vector<double> values;
  for (const RunResult& result : outcome.results)
    values.push_back(find_metric(result.metrics, "loss")->value);
  return values;
}

}  // namespace

TEST_CASE("runs are spread over threads so that the last ends early", "[runner]") {
  CHECK(num_wide_runs({5, 4, 3}, 1) == 0);
  CHECK(num_wide_runs({1, 1, 1, 1}, 2) == 0);    // side by side is best
  CHECK(num_wide_runs({1}, 2) == 1);             // nothing to run beside it
  CHECK(num_wide_runs({1, 1, 1}, 2) == 1);       // one wide, two side by side
  CHECK(num_wide_runs({100, 1, 1, 1}, 2) >= 1);  // the long one would run alone at the end
  CHECK(num_wide_runs({}, 2) == 0);
}

TEST_CASE("a claim runs its cells times its seeds, once", "[runner]") {
  Scene scene;
  const auto runs = scene.plan();
  REQUIRE(runs.size() == 9);
  const RunsOutcome first = scene.run(runs);
  CHECK(first.failures.empty());
  CHECK(first.num_reused == 0);
  REQUIRE(first.results.size() == 9);
  CHECK(first.results[4].cell == "1x2");
  CHECK(first.results[4].seed == 2);
  CHECK(first.results[4].cost.model.unique_parameters ==
        first.results[0].cost.model.unique_parameters);
  CHECK(first.results[4].cost.model.effective_parameters >
        first.results[0].cost.model.effective_parameters);
  for (const char* name : {"config.ini", "log.jsonl", "checkpoint.safetensors", "result.json"})
    CHECK(std::filesystem::exists(runs[0].directory / name));
  CHECK(to_json(resolve_run(read_ini(runs[0].directory / "config.ini"))) ==
        to_json(runs[0].config));

  const RunsOutcome second = scene.run(runs);
  CHECK(second.num_reused == 9);
  CHECK(second.num_stale == 0);
  CHECK(losses(second) == losses(first));
  CHECK(losses(scene.run(scene.plan("elsewhere"), 3)) == losses(first));  // same bits
}

TEST_CASE("results of another version are stale, and run again only on request", "[runner]") {
  Scene scene;
  const auto runs = scene.plan();
  const RunsOutcome first = scene.run(runs);
  RunResult old = first.results[0];
  old.stamp.results_version = kResultsVersion + 1;
  old.metrics[0].value = 0.123;
  write_result(runs[0].directory / "result.json", old);
  const RunsOutcome kept = scene.run(runs);
  CHECK(kept.num_stale == 1);
  CHECK(kept.results[0].stale);
  CHECK(kept.results[0].metrics[0].value == 0.123);
  const RunsOutcome again = scene.run(runs, 1, true);
  CHECK(again.num_stale == 0);
  CHECK(again.num_reused == 8);
  CHECK(losses(again) == losses(first));
}

TEST_CASE("an interrupted claim goes on to the same bits", "[runner]") {
  Scene scene;
  const auto expected = losses(scene.run(scene.plan("whole")));
  const auto runs = scene.plan();
  request_interrupt();
  const RunsOutcome stopped = scene.run(runs);
  clear_interrupt();
  CHECK(stopped.interrupted);
  CHECK(stopped.results.empty());
  {  // stop in the middle of the first run
    prepare_directory(runs[0]);
    const AnyTask task = make_task(runs[0].config.task);
    LoopedTransformer<float> model(runs[0].config.model, Seed{1});
    Trainer trainer(model, task, runs[0].config.train);
    trainer.directory(runs[0].directory).on_step([](const StepReport& report) {
      if (report.step == 3) request_interrupt();
    });
    CHECK_FALSE(trainer.run());
    clear_interrupt();
  }
  CHECK(losses(scene.run(runs)) == expected);
}

TEST_CASE("the time of an interrupted run counts all its sessions", "[runner]") {
  Scene scene;
  const PlannedRun run = scene.plan()[0];
  const std::filesystem::path file = run.directory / "seconds.txt";
  Progress progress("runs", 1, scene.out, false);
  request_interrupt();
  CHECK_FALSE(execute(run, 1, progress));
  clear_interrupt();
  double seconds = 0;
  REQUIRE(from_text(read_file(file), seconds));
  CHECK(seconds > 0);
  write_file_atomically(file, to_text(seconds + 1000));
  CHECK(execute(run, 1, progress)->wall_seconds > seconds + 1000);
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK(execute(run, 1, progress)->wall_seconds < 1000);
}

TEST_CASE("a run that fails is named and does not stop the others", "[runner]") {
  Scene scene;
  const auto runs = scene.plan();
  write_text(runs[3].directory, "a file where a directory should be");
  const RunsOutcome outcome = scene.run(runs);
  CHECK(outcome.results.size() == 8);
  REQUIRE(outcome.failures.size() == 1);
  CHECK_THAT(outcome.failures[0], contains(runs[3].directory.filename().string()));
  CHECK_THROWS_AS(std::rethrow_exception(outcome.first_failure), FileError);
}

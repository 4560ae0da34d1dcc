// SPDX-License-Identifier: MIT
#include "looplab/lab/runs/runner.hpp"

#include <sstream>

#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/train/trainer.hpp"
#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/file_size_limit.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

struct Scene {
  TemporaryDirectory directory;
  std::vector<Claim> claims{load_claim(write_claim(directory / "claims"), "tiny")};
  std::ostringstream out;

  [[nodiscard]] std::vector<PlannedRun> plan(const std::string& name = "out") const {
    return plan_runs(claims, directory / name);
  }
  RunsOutcome run(const std::vector<PlannedRun>& runs, int threads = 1, bool rerun = false) {
    Progress progress("runs", 1, out, false);
    return run_all(runs, {.threads = threads, .rerun_stale = rerun}, &progress);
  }
};

std::vector<double> losses(const RunsOutcome& outcome) {
  std::vector<double> values;
  for (const RunResult& result : outcome.results)
    values.push_back(find_metric(result.metrics, "loss")->value);
  return values;
}

}  // namespace

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
  old.stamp = ResultStamp(kResultsVersion + 1, "");
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

TEST_CASE("the time of a killed run counts up to its last checkpoint", "[runner]") {
  Scene scene;
  const PlannedRun run = scene.plan()[0];
  prepare_directory(run);
  std::filesystem::create_directory(run.directory / "result.json");  // fails when all is trained
  Progress progress("runs", 1, scene.out, false);
  CHECK_THROWS_AS(execute(run, 1, progress), FileError);
  double seconds = 0;
  REQUIRE(from_text(read_file(run.directory / "seconds.txt"), seconds));
  CHECK(seconds > 0);
}

TEST_CASE("runs stop when their minutes are over and go on to the same bits", "[runner]") {
  Scene scene;
  const auto expected = losses(scene.run(scene.plan("whole")));
  const auto runs = scene.plan();
  Progress progress("runs", 1, scene.out, false);
  const RunsOutcome stopped = run_all(runs, {.threads = 1, .minutes = 1e-9}, &progress);
  CHECK(stopped.out_of_time);
  CHECK_FALSE(stopped.interrupted);
  CHECK(stopped.num_left == 9);
  CHECK(stopped.results.empty());
  CHECK_FALSE(interrupt_requested());
  const RunsOutcome all = run_all(runs, {.threads = 1, .minutes = 1000}, &progress);
  CHECK_FALSE(all.out_of_time);
  CHECK(all.num_left == 0);
  CHECK(losses(all) == expected);
  CHECK_FALSE(run_all(runs, {.threads = 1, .minutes = 1e-9}, &progress).out_of_time);
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

TEST_CASE("whatever a run throws is its own failure", "[runner]") {
  Scene scene;
  const auto runs = scene.plan();
  const auto expected = losses(scene.run(scene.plan("whole")));
  const auto leave_log = [&](std::size_t i, const std::string& line) {
    write_text(runs[i].directory / "log.jsonl", "{\"step\":0}\n" + line + "\n");
    prepare_directory(runs[i]);
  };
  const std::string path = (runs[2].directory / "log.jsonl").string();
  leave_log(0, "3");
  leave_log(1, "[1]");
  // Read only up to the checkpoint: that of a run which has done some steps.
  (void)scene.run({runs[2]});
  std::filesystem::remove(runs[2].directory / "result.json");
  write_text(path, "{\"step\":0}\n{\"step\":\"x\"}\n");
  write_text(runs[3].directory / "evaluations.jsonl" / "file", "");  // std::filesystem_error
  const RunsOutcome outcome = scene.run(runs, 2);
  auto failures = outcome.failures;
  std::ranges::sort(failures);
  CAPTURE(failures);
  REQUIRE(failures.size() == 4);
  CHECK_THAT(failures[0], contains("log.jsonl: line 2 is not a JSON object"));
  CHECK_THAT(failures[1], contains("log.jsonl: line 2 is not a JSON object"));
  CHECK_THAT(failures[2], contains(path + ": line 2 is no record") && contains("type must be"));
  CHECK_THAT(failures[3], contains("evaluations.jsonl"));
  CHECK(losses(outcome) == std::vector<double>(expected.begin() + 4, expected.end()));
}

TEST_CASE("a result of another run is refused, kept, and does not stop the others", "[runner]") {
  Scene scene;
  const auto runs = scene.plan();
  const RunsOutcome first = scene.run(runs);
  const auto path = [&](std::size_t i) { return runs[i].directory / "result.json"; };
  std::filesystem::copy_file(path(1), path(0), std::filesystem::copy_options::overwrite_existing);
  RunResult other = first.results[3];
  other.hash = "0123456789ab";
  write_result(path(3), other);
  write_text(path(4), "{}");
  std::filesystem::remove(path(8));
  const RunsOutcome second = scene.run(runs);
  REQUIRE(second.failures.size() == 3);
  CHECK_THAT(second.failures[0],
             contains("result.json: is the result of hash " + first.results[1].hash +
                      " and seed 2, expected " + runs[0].hash + " and 1; move it away"));
  CHECK_THAT(second.failures[1], contains("of hash 0123456789ab and seed 1"));
  CHECK_THAT(second.failures[2], contains("is not a result"));
  CHECK(second.first_failure);
  CHECK(second.results.size() == 6);  // one of them made now
  CHECK(second.num_reused == 5);
  CHECK(read_result(path(0)).seed == 2);
}

TEST_CASE("what is finished is recorded with its claim, and nobody runs it again", "[runner]") {
  Scene scene;
  const auto folder = scene.directory / "claims";
  const auto plan = [&](const std::string& out) {
    return plan_runs(scene.claims, scene.directory / out, folder);
  };
  const auto file = folder / "loops_help" / "results" / "tiny" / "rows.jsonl";
  Progress progress("runs", 1, scene.out, false);
  const auto first_seed = [&](const std::string& out) {
    auto runs = plan(out);
    std::erase_if(runs, [](const PlannedRun& run) { return run.config.train.seed > 1; });
    return runs;
  };
  const RunsOutcome silent = run_all(first_seed("a"), {.threads = 1}, &progress);
  CHECK_FALSE(std::filesystem::exists(file));

  // Those done before are recorded too, each once.
  const RunPolicy record{.threads = 3, .record = true};
  CHECK(run_all(first_seed("a"), record, &progress).num_reused == 3);
  CHECK(ResultRows(file).rows().size() == 3);
  const RunsOutcome all = run_all(plan("a"), record, &progress);
  CHECK(all.results.size() == 9);
  CHECK(ResultRows(file).rows().size() == 9);
  const std::string rows = read_file(file);
  CHECK(run_all(plan("a"), record, &progress).num_reused == 9);
  CHECK(read_file(file) == rows);

  // Elsewhere, with nothing but the rows.
  const RunsOutcome elsewhere = run_all(plan("b"), {.threads = 1}, &progress);
  CHECK(elsewhere.num_reused == 9);
  CHECK(losses(elsewhere) == losses(all));
  CHECK_FALSE(std::filesystem::exists(scene.directory / "b"));

  // A row that was cut is made again, with the same result.
  write_text(file, rows.substr(0, rows.size() - 40));
  const RunsOutcome mended = run_all(plan("b"), record, &progress);
  CHECK(mended.num_reused == 8);
  CHECK(losses(mended) == losses(all));
  CHECK(ResultRows(file).rows().size() == 9);
}

TEST_CASE("rows of another stamp are stale, until they are run and recorded again", "[runner]") {
  Scene scene;
  const auto folder = scene.directory / "claims";
  const auto runs = plan_runs(scene.claims, scene.directory / "out", folder);
  const auto file = folder / "loops_help" / "results" / "tiny" / "rows.jsonl";
  Progress progress("runs", 1, scene.out, false);
  const RunsOutcome now = run_all(runs, {.threads = 1, .record = true}, &progress);
  std::string rows = read_file(file);
  const std::string stamp = "\"results_version\":" + to_text(kResultsVersion);
  for (std::size_t at = 0; (at = rows.find(stamp, at)) != std::string::npos; at += stamp.size())
    rows.replace(at, stamp.size(), "\"results_version\":" + to_text(kResultsVersion + 1));
  write_text(file, rows);
  CHECK(run_all(runs, {.threads = 1}, &progress).num_stale == 0);  // results are here
  std::filesystem::remove_all(scene.directory / "out");
  const RunsOutcome stale = run_all(runs, {.threads = 1, .record = true}, &progress);
  CHECK(stale.num_stale == 9);
  CHECK(stale.results[0].stale);
  CHECK(read_file(file) == rows);
  const RunPolicy again{.threads = 1, .rerun_stale = true, .record = true};
  CHECK(losses(run_all(runs, again, &progress)) == losses(now));
  CHECK(ResultRows(file).rows().size() == 18);
  std::filesystem::remove_all(scene.directory / "out");
  CHECK(run_all(runs, {.threads = 1}, &progress).num_stale == 0);
}

TEST_CASE("rows that cannot be written are said before anything runs", "[runner]") {
  Scene scene;
  const auto folder = scene.directory / "claims";
  const auto runs = plan_runs(scene.claims, scene.directory / "out", folder);
  const auto file = folder / "loops_help" / "results" / "tiny" / "rows.jsonl";
  Progress progress("runs", 1, scene.out, false);
  const RunPolicy record{.threads = 1, .record = true};
  const auto check_refused_with = [&](const std::string& reason) {
    CHECK_THROWS_WITH(run_all(runs, record, &progress),
                      contains("rows.jsonl: ") && contains(reason));
    CHECK_FALSE(std::filesystem::exists(scene.directory / "out"));
  };
  std::filesystem::create_directories(file);
  check_refused_with("cannot be read");
  std::filesystem::remove(file);
  std::filesystem::create_symlink("/dev/full", file);
  check_refused_with("cannot be read");
  std::filesystem::remove(file);
  write_text(file, "{\"claim\": \"x\"}\n");
  check_refused_with("line 1: is not a result");
  write_text(file, "<<<<<<< HEAD\n");
  check_refused_with("line 1 is not a JSON object");
  std::filesystem::remove(file);
  if (::geteuid() != 0) {  // nothing is forbidden to root
    using std::filesystem::perms;
    std::filesystem::permissions(file.parent_path(), perms::owner_read | perms::owner_exec);
    check_refused_with("cannot be written (Permission denied)");
    std::filesystem::permissions(file.parent_path(), perms::owner_all);
  }
}

TEST_CASE("a row that does not fit on the disk is a failure; the result is kept", "[runner]") {
  Scene scene;
  const auto folder = scene.directory / "claims";
  const auto runs = plan_runs(scene.claims, scene.directory / "out", folder);
  const auto file = folder / "loops_help" / "results" / "tiny" / "rows.jsonl";
  Progress progress("runs", 1, scene.out, false);
  const RunsOutcome plain = run_all(runs, {.threads = 1}, &progress);
  std::filesystem::create_directories(file.parent_path());
  ResultRows rows(file);
  RunResult other = plain.results[0];
  other.hash = "other";
  for (other.seed = 1; other.seed <= 40; ++other.seed)  // longer than any other file of a run
    rows.add(other);
  const std::string before = read_file(file);
  std::filesystem::remove_all(scene.directory / "out");
  {
    const FileSizeLimit limit(before.size() + 100);
    const RunsOutcome full = run_all(runs, {.threads = 1, .record = true}, &progress);
    CHECK(losses(full) == losses(plain));
    CHECK(full.failures.size() == 9);
    CHECK_THAT(full.failures[0],
               contains("rows.jsonl: cannot be written (File too large)"));
  }
  CHECK(read_file(file) == before);
  CHECK(run_all(runs, {.threads = 1, .record = true}, &progress).num_reused == 9);
  CHECK(ResultRows(file).rows().size() == 49);
}

TEST_CASE("rows of settings that have changed are counted, not used", "[runner]") {
  Scene scene;
  const auto folder = scene.directory / "claims";
  const auto runs = plan_runs(scene.claims, scene.directory / "out", folder);
  Progress progress("runs", 1, scene.out, false);
  (void)run_all(runs, {.threads = 1, .record = true}, &progress);
  std::vector<Claim> changed = scene.claims;
  changed[0].cells[1].config.train.learning_rate *= 2;
  const auto others = plan_runs(changed, scene.directory / "others", folder);
  const RunsOutcome outcome = run_all(others, {.threads = 1}, &progress);
  CHECK(outcome.num_unknown_rows == 3);
  CHECK(outcome.num_reused == 6);
  changed = scene.claims;
  changed[0].seeds.count = 1;
  const auto few = plan_runs(changed, scene.directory / "few", folder);
  CHECK(run_all(few, {.threads = 1}, &progress).num_unknown_rows == 0);
}

TEST_CASE("every row committed with a claim is of a run that its preset asks for", "[runner]") {
  const auto folder =
      std::filesystem::path(LOOPLAB_TEST_DATA_DIR).parent_path().parent_path() / "experiments";
  for (const std::string& claim : claim_names(folder))
    for (const std::string& preset : preset_names(folder / claim)) {
      const auto file = results_folder(folder / claim, preset) / "rows.jsonl";
      if (!std::filesystem::exists(file)) continue;
      CAPTURE(file);
      CHECK(num_unknown_rows(ResultRows(file),
                             plan_runs({load_claim(folder / claim, preset)}, "out")) == 0);
    }
}

TEST_CASE("claims that ask for the same run share it", "[runner]") {
  Scene scene;
  const auto folder = scene.directory / "claims", other = folder / "loops_help_too";
  std::filesystem::copy(folder / "loops_help", other);
  scene.claims.push_back(load_claim(other, "tiny"));
  const auto plan = [&](const std::string& out) {
    return plan_runs(scene.claims, scene.directory / out, folder);
  };
  Progress progress("runs", 1, scene.out, false);

  const RunsOutcome both = run_all(plan("a"), {.threads = 1, .record = true}, &progress);
  REQUIRE(both.results.size() == 18);
  CHECK(both.num_reused == 9);
  CHECK(both.num_left == 0);
  CHECK(both.results[12].claim == "loops_help_too");
  CHECK(both.results[12].cell == both.results[3].cell);
  CHECK(losses(both)[12] == losses(both)[3]);
  CHECK_FALSE(std::filesystem::exists(scene.directory / "a" / "runs" / "loops_help_too"));
  CHECK(ResultRows(other / "results" / "tiny" / "rows.jsonl").rows().size() == 9);

  // Another time, of one claim alone: the rows of the other serve.
  std::filesystem::remove(other / "results" / "tiny" / "rows.jsonl");
  scene.claims.erase(scene.claims.begin());
  const RunsOutcome alone = run_all(plan("b"), {.threads = 1}, &progress);
  CHECK(alone.num_reused == 9);
  CHECK(alone.results[3].claim == "loops_help_too");
  CHECK_FALSE(std::filesystem::exists(scene.directory / "b"));
}

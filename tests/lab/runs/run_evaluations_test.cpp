// SPDX-License-Identifier: MIT
#include "looplab/lab/runs/run_evaluations.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <sstream>
#include <thread>

#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/lab/config/run_cost.hpp"
#include "looplab/lab/config/run_identity.hpp"
#include "looplab/lab/runs/runner.hpp"
#include "looplab/train/checkpoint.hpp"
#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

/// A looped run of 20 steps with a curve of 5 points and three numbers of loops at test time.
[[nodiscard]] PlannedRun small_run(const std::filesystem::path& directory) {
  const RunConfig config = resolve_run(
      parse_ini("[task]\nkind = k_hop_induction\nsequence_length = 9\nalphabet_size = 3\n"
                "max_hops = 2\n[model]\nd_model = 8\nnum_heads = 1\nnum_loops = 2\n"
                "[train]\nnum_steps = 20\nbatch_size = 4\ncheckpoint_every = 3\n"
                "[evaluation]\nnum_sequences = 12\ntest_loops = 1,2,5\ncurve_points = 5\n"
                "curve_sequences = 6\n",
                "small.ini"));
  return {"claim", "1x2", config, short_hash(config), directory, run_cost(config)};
}

[[nodiscard]] std::optional<RunResult> finish(const PlannedRun& run, int threads = 1) {
  std::ostringstream out;
  Progress progress("run", 1, out, false);
  return execute(run, threads, progress);
}

/// All of a result that does not depend on the clock.
[[nodiscard]] std::string text_of(RunResult result) {
  result.wall_seconds = 0;
  return to_json(result).dump();
}

[[nodiscard]] std::vector<Index> num_loops_of(const std::vector<MetricsAt>& entries) {
  std::vector<Index> all;
  for (const MetricsAt& entry : entries) all.push_back(entry.at);
  return all;
}

}  // namespace

TEST_CASE("points of a curve divide the steps evenly and end with the last", "[evaluations]") {
  const auto steps = [](Index num_steps, Index points) {
    RunConfig config;
    config.train.num_steps = num_steps;
    config.evaluation.curve_points = points;
    return curve_steps(config);
  };
  using Steps = std::vector<Index>;
  CHECK(steps(800, 8) == Steps{100, 200, 300, 400, 500, 600, 700, 800});
  CHECK(steps(10, 4) == Steps{2, 5, 7, 10});
  CHECK(steps(3, 8) == Steps{1, 2, 3});
  CHECK(steps(800, 0).empty());
  CHECK(steps(0, 8).empty());
  RunConfig longer;
  longer.train.num_steps = 100;
  longer.train.repeat_tail = 0.1;
  longer.evaluation.curve_points = 11;
  CHECK(curve_steps(longer) == Steps{10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110});
}

TEST_CASE("a result holds the curve and what the model does with other numbers of loops",
          "[evaluations]") {
  const TemporaryDirectory directory;
  const PlannedRun run = small_run(directory / "run");
  const RunResult result = *finish(run);
  CHECK(num_loops_of(result.test_loops) == std::vector<Index>{1, 2, 5});
  CHECK(num_loops_of(result.curve) == std::vector<Index>{4, 8, 12, 16, 20});
  CHECK(text_of(read_result(run.directory / "result.json")) == text_of(result));

  // Judged again from the checkpoint, window by window as evaluate() does.
  const AnyTask task = make_task(run.config.task);
  LoopedTransformer<float> model(run.config.model, std::nullopt);
  SafetensorsFile weights = open_checkpoint(run.directory / "checkpoint.safetensors");
  load_parameters(weights, ParameterList<float>(model));
  const auto loss = [&](Index loops, Index windows) {
    return evaluate(model, task,
                    {.num_loops = loops,
                     .num_sequences = windows,
                     .split = Split::test,
                     .seed = Seed{1}})
        .loss;
  };
  const auto stored = [](const Metrics& metrics) { return find_metric(metrics, "loss")->value; };
  CHECK(stored(result.metrics) == loss(2, 12));
  CHECK(stored(result.test_loops[0].metrics) == loss(1, 12));
  CHECK(stored(result.test_loops[1].metrics) == stored(result.metrics));
  CHECK(stored(result.test_loops[2].metrics) == loss(5, 12));
  CHECK(stored(result.curve[4].metrics) == loss(2, 6));
  CHECK(stored(result.curve[0].metrics) != stored(result.curve[4].metrics));
  CHECK(result.test_loops[0].metrics[0].floor == result.metrics[0].floor);
  CHECK(result.metrics[0].has_floor);
}

TEST_CASE("looking at a run on the way changes nothing in it, nor do threads", "[evaluations]") {
  const TemporaryDirectory directory;
  const PlannedRun watched = small_run(directory / "watched");
  PlannedRun plain = small_run(directory / "plain"), wide = small_run(directory / "wide");
  plain.config.evaluation.curve_points = 0;
  plain.config.evaluation.test_loops.clear();
  const RunResult expected = *finish(watched), bare = *finish(plain);
  CHECK(metric_values(bare.metrics) == metric_values(expected.metrics));
  CHECK(bare.curve.empty());
  CHECK_FALSE(to_json(bare).contains("curve"));
  CHECK_FALSE(to_json(bare).contains("test_loops"));
  CHECK(read_file(plain.directory / "checkpoint.safetensors") ==
        read_file(watched.directory / "checkpoint.safetensors"));
  CHECK(text_of(*finish(wide, 3)) == text_of(expected));
}

TEST_CASE("a run killed again and again ends with the same result and curve", "[evaluations]") {
  const TemporaryDirectory directory;
  const std::string expected = text_of(*finish(small_run(directory / "whole")));
  const PlannedRun run = small_run(directory / "killed");
  int kills = 0;
  for (double milliseconds = 1; !std::filesystem::exists(run.directory / "result.json");
       milliseconds = 1.3 * milliseconds + 1) {
    const ::pid_t child = ::fork();
    if (child == 0) {
      (void)finish(run);
      ::_exit(0);
    }
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(milliseconds));
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    kills += WIFSIGNALED(status) ? 1 : 0;
    REQUIRE(kills < 60);
  }
  CHECK(kills > 0);
  CHECK(text_of(read_result(run.directory / "result.json")) == expected);
  CHECK(text_of(*finish(run)) == expected);
}

TEST_CASE("a kill between two writes of a run loses neither bits nor points", "[evaluations]") {
  const TemporaryDirectory directory;
  const PlannedRun whole = small_run(directory / "whole");
  const std::string expected = text_of(*finish(whole));
  const std::string lines = read_file(whole.directory / "evaluations.jsonl");
  CHECK(std::ranges::count(lines, '\n') == 5 + 3);
  // The trained model's checkpoint is there, and any number of lines with a part of the next.
  for (std::size_t end = lines.find('\n') + 1; end < lines.size(); end += 97) {
    const PlannedRun cut = small_run(directory / concat("cut", end));
    std::filesystem::copy(whole.directory, cut.directory);
    std::filesystem::remove(cut.directory / "result.json");
    write_file_atomically(cut.directory / "evaluations.jsonl", lines.substr(0, end));
    CHECK(text_of(*finish(cut)) == expected);
    CHECK(read_file(cut.directory / "evaluations.jsonl") == lines);
  }
}

TEST_CASE("evaluations of a trained model may be interrupted between one and the next",
          "[evaluations]") {
  const TemporaryDirectory directory;
  const PlannedRun run = small_run(directory / "run");
  const std::string expected = text_of(*finish(run));
  const std::string lines = read_file(run.directory / "evaluations.jsonl");
  std::filesystem::remove(run.directory / "result.json");
  write_file_atomically(run.directory / "evaluations.jsonl",
                        lines.substr(0, lines.rfind('\n', lines.size() - 2) + 1));
  request_interrupt();
  CHECK_FALSE(finish(run));
  CHECK_FALSE(std::filesystem::exists(run.directory / "result.json"));
  clear_interrupt();
  CHECK(text_of(*finish(run)) == expected);
  CHECK(read_file(run.directory / "evaluations.jsonl") == lines);
}

TEST_CASE("what stands in the file is not evaluated again; later steps are dropped",
          "[evaluations]") {
  const TemporaryDirectory directory;
  const PlannedRun run = small_run(directory / "run");
  (void)finish(run);
  const auto file = run.directory / "evaluations.jsonl";
  std::string lines = read_file(file);
  const std::string last_step = "{\"step\":20,\"num_loops\":5,";
  REQUIRE(lines.find(last_step) != std::string::npos);
  auto record = nlohmann::ordered_json::parse(lines.substr(lines.find(last_step)));
  record["metrics"]["loss"] = 123.0;
  write_file_atomically(
      file, lines.substr(0, lines.find(last_step)) + json_line(record) + "{\"step\":24}\n");
  std::filesystem::remove(run.directory / "result.json");
  const RunResult again = *finish(run);
  CHECK(find_metric(again.test_loops[2].metrics, "loss")->value == 123.0);
  CHECK(read_file(file).find("\"step\":24") == std::string::npos);
  write_file_atomically(file, std::string_view("{\"step\":20}\n"));
  CHECK_THROWS_WITH(finish(run), contains("evaluations.jsonl: is not a list of evaluations"));
}

TEST_CASE("an endless evaluation set needs a size, which is said before training",
          "[evaluations]") {
  const TemporaryDirectory directory;
  PlannedRun run = small_run(directory / "run");
  run.config.evaluation.num_sequences = 0;
  CHECK_THROWS_WITH(finish(run), contains("evaluation: num_sequences is 0, expected 1 or more"));
  CHECK_FALSE(std::filesystem::exists(run.directory / "checkpoint.safetensors"));
}

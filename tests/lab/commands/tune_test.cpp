// SPDX-License-Identifier: MIT
#include "looplab/lab/commands/tune.hpp"

#include "looplab/lab/config/resolve_run.hpp"
#include "support/claim_files.hpp"
#include "support/program_call.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

/// A tiny claim to be tuned, and the program's output.
struct TuningScene {
  TemporaryDirectory directory;
  std::filesystem::path claim = write_claim(directory / "claims");
  std::vector<std::string> command{"tune", claim.string() + "/", "--preset=tiny", "--threads=2",
                                   "--out=" + (directory / "out").string()};

  void write_tuning(const std::string& lines) const {
    write_claim_file(claim, "[tuning]\n" + lines);
  }
  [[nodiscard]] std::filesystem::path results() const { return claim / "results" / "tiny"; }
  [[nodiscard]] auto log() const { return read_json_lines(results() / "tuning.jsonl"); }
  [[nodiscard]] std::string rates() const { return read_file(results() / "rates.ini"); }
};

}  // namespace

TEST_CASE("tuning runs differ from what is reported in seed, rate and windows alone", "[tune]") {
  RunConfig config = resolve_run(parse_ini(kTinyRun, "tiny.ini"));
  config.train.warmup_steps = 2;
  config.evaluation.test_loops = {1, 8};
  config.evaluation.curve_points = 2;
  config.train.seed = 101;
  const RunConfig run = tuning_run(config, 0.25, 1.5);
  CHECK(run.train.seed == 101);
  CHECK(run.train.learning_rate == 0.25);
  CHECK(run.train.num_steps == 6);
  CHECK(run.train.warmup_steps == 3);
  CHECK(run.evaluation.split == Split::validation);
  CHECK(config.evaluation.split == Split::test);
  CHECK(tuning_run(config, 0.25, 0.001).train.num_steps == 1);
  CHECK(run.evaluation.test_loops.empty());
  CHECK(run.evaluation.curve_points == 0);
  RunConfig back = run;
  back.evaluation = config.evaluation;
  back.train = config.train;
  CHECK(to_json(back) == to_json(config));
}

TEST_CASE("every cell tries every rate on every tuning seed, once", "[tune]") {
  const TuningScene scene;
  scene.write_tuning("learning_rates = 1e-3, 1e-2, 1e-1\nseeds = 101,102\nmax_extensions = 0\n");
  const Said first = call(scene.command);
  CAPTURE(first.err, first.out);
  REQUIRE(first.code == 0);
  CHECK_THAT(first.out, contains("3 cells x 3 rates x 2 tuning seeds = 18 runs") &&
                            contains("0 are made") && contains("18 are made"));
  CHECK(scene.log().size() == 18);
  const std::string rates = scene.rates();
  CHECK_THAT(rates, contains("# cell") && contains("0.001") && contains("[cell.2x1]"));
  const Claim claim = load_claim(scene.claim, "tiny");

  // The fit of the logged values; 1x1 and 1x2 differ in loops alone, 2x1 in layers.
  std::map<std::string, double> optima;
  for (const Cell& cell : claim.cells) {
    TunedCell tuned{.name = cell.name, .values = {{}, {}, {}}};
    for (const auto& record : scene.log())
      if (record.at("cell") == cell.name) {
        const auto rate = double(record.at("learning_rate"));
        tuned.values[rate == 1e-3 ? 0 : rate == 1e-2 ? 1 : 2].push_back(record.at("value"));
      }
    REQUIRE(tuned.values[2].size() == 2);
    optima[cell.name] = rate_optimum(tuned, {1e-3, 1e-2, 1e-1}, Goal::highest).rate;
  }
  const double once = optima["1x1"], twice = optima["1x2"];
  const bool near = std::max(once, twice) <= 10.001 * std::min(once, twice);
  const auto rate_of = [&](const std::string& name) {
    return find_cell(claim, name)->config.train.learning_rate;
  };
  CHECK(rate_of("1x1") == rounded(near ? std::sqrt(once * twice) : once, 2));
  CHECK(rate_of("1x2") == rounded(near ? std::sqrt(once * twice) : twice, 2));
  CHECK(rate_of("2x1") == rounded(optima["2x1"], 2));
  CHECK_THAT(rates, contains("# 1x1, 1x2 differ in the number of loops alone") &&
                        contains("shared rate") &&
                        contains(near ? "they share" : "each keeps its own"));

  std::filesystem::remove_all(scene.directory / "out");
  std::filesystem::remove(scene.results() / "rates.ini");
  const Said second = call(scene.command);  // reads the log alone
  CHECK(second.code == 0);
  CHECK(scene.log().size() == 18);
  CHECK(scene.rates() == rates);
}

TEST_CASE("only some cells may try the grid, for all that have their model", "[tune]") {
  const TuningScene scene;
  const std::string grid =
      "[cell.2x1_fewer]\nmodel.num_block_layers = 2\ntask.max_hops = 1\n"
      "[tuning]\nlearning_rates = 1e-3, 1e-2, 1e-1\nmax_extensions = 0\n"
      "cells = ";
  write_claim_file(scene.claim, grid + "1x?,2x1\n");
  const Said said = call(scene.command);
  CAPTURE(said.err, said.out);
  REQUIRE(said.code == 0);
  CHECK_THAT(said.out, contains("3 cells x 3 rates x 1 tuning seed = 9 runs"));
  CHECK_THAT(scene.rates(), contains("# of 2x1"));
  const Claim claim = load_claim(scene.claim, "tiny");
  CHECK(find_cell(claim, "2x1_fewer")->config.train.learning_rate ==
        find_cell(claim, "2x1")->config.train.learning_rate);
  write_claim_file(scene.claim, grid + "1x2\n");
  check_refused(scene.command, 2,
                {"cells is 1x2", "cell 1x1 finds no rate", "a beginning of its name",
                 "a cell that is trained with one loop"});
  write_claim_file(scene.claim, grid + "1x1\n");
  check_refused(scene.command, 2, {"cell 1x2 finds no rate", "with more than one loop"});
  write_claim_file(scene.claim, grid + "1x1,1x22\n");
  check_refused(scene.command, 2, {"cells has 1x22, which matches no cell of the preset tiny"});
}

TEST_CASE("a cell that tries no rates takes that of a cell whose loops are alike", "[tune]") {
  const TuningScene scene;
  scene.write_tuning(
      "learning_rates = 1e-3, 1e-2, 1e-1\nmax_extensions = 0\ncells = 1x1,1x2\n"
      "[cell.2x4]\nmodel.num_block_layers = 2\nmodel.num_loops = 4\n");
  const Said said = call(scene.command);
  CAPTURE(said.err, said.out);
  REQUIRE(said.code == 0);
  CHECK(scene.log().size() == 6);
  const std::string rates = scene.rates();
  CHECK_THAT(rates.substr(rates.find("\n[cell.2x1]")),
             contains("# of 1x1") && contains("# of 1x2"));
  const Claim claim = load_claim(scene.claim, "tiny");
  const auto rate_of = [&](const std::string& name) {
    return find_cell(claim, name)->config.train.learning_rate;
  };
  CHECK(rate_of("2x1") == rate_of("1x1"));
  CHECK(rate_of("2x4") == rate_of("1x2"));
}

TEST_CASE("an optimum at an end extends the grid for all cells, so often and no more", "[tune]") {
  const TuningScene scene;
  // So small that the largest always lowers the loss most.
  scene.write_tuning(
      "learning_rates = 1e-7, 1e-6, 1e-5\nmetric = loss\ngoal = lowest\nmax_extensions = 2\n");
  const Said said = call(scene.command);
  CAPTURE(said.err, said.out);
  REQUIRE(said.code == 0);
  CHECK(scene.log().size() == 15);
  std::map<std::string, std::vector<double>> tried;
  for (const auto& record : scene.log())
    tried[record.at("cell")].push_back(record.at("learning_rate"));
  for (auto& [cell, rates] : tried) {
    std::ranges::sort(rates);
    CHECK(rates == std::vector<double>{1e-7, 1e-6, 1e-5, 1e-4, 1e-3});
  }
  CHECK_THAT(said.out, contains("the grid is extended for all cells") &&
                           contains("3 runs more for that end, at most 2 times"));
  CHECK_THAT(scene.rates(), contains("grew for all cells, 2 times") &&
                                contains("Still at an end after 2 of at most 2 extensions"));
}

TEST_CASE("a run that diverges loses, is logged, and stops nothing", "[tune]") {
  const TuningScene scene;
  // The last cell decays to -99 times its weights at each step of the largest rate.
  scene.write_tuning(
      "learning_rates = 1e-3, 1e-2, 10\nmetric = loss\ngoal = lowest\n"
      "max_extensions = 0\n[cell.2x1]\ntrain.weight_decay = 10\ntrain.num_steps = 60\n");
  for (int call_number = 0; call_number < 2; ++call_number) {
    const Said said = call(scene.command);
    CAPTURE(said.err, said.out, call_number);
    REQUIRE(said.code == 0);
    CHECK(scene.log().size() == 9);
    CHECK_THAT(scene.rates(), contains("diverged"));
  }
  for (const auto& record : scene.log())
    CHECK(record["value"].is_null() == (record["cell"] == "2x1" && record["learning_rate"] == 10));
  CHECK(load_claim(scene.claim, "tiny").cells[2].config.train.learning_rate < 10);
  CHECK_THAT(scene.rates(),
             contains("Cell 2x1 has runs that did not diverge at fewer than 3 rates"));
}

TEST_CASE("a run that fails stops no other run, but no rates are chosen without it", "[tune]") {
  const TuningScene scene;
  scene.write_tuning("learning_rates = 1e-3, 1e-2, 1e-1\nmax_extensions = 0\n");
  REQUIRE(call(scene.command).code == 0);
  const auto first = scene.log().at(0);
  const std::string name =
      concat(first["cell"].get<std::string>(), "-lr", to_text(first["learning_rate"].get<double>()),
             "-s101-", first["hash"].get<std::string>());
  const std::filesystem::path folder = scene.directory / "out" / "tuning" / "loops_help" / name;
  REQUIRE(std::filesystem::remove_all(folder) > 0);
  std::filesystem::remove_all(scene.results());
  write_file_atomically(folder, "a file where the folder of the run belongs");
  const Said failed = call(scene.command);
  CAPTURE(failed.err, failed.out);
  CHECK(failed.code == 5);
  CHECK_THAT(failed.err, contains(name));
  CHECK_THAT(failed.out,
             contains("Runs that failed:\n  " + name) && contains("No rates are chosen"));
  CHECK(scene.log().size() == 8);
  CHECK_FALSE(std::filesystem::exists(scene.results() / "rates.ini"));
  std::filesystem::remove(folder);
  CHECK(call(scene.command).code == 0);
  CHECK(scene.log().size() == 9);
}

TEST_CASE("interrupted tuning goes on where it was", "[tune]") {
  const TuningScene scene;
  scene.write_tuning("learning_rates = 1e-3, 1e-2, 1e-1\nmax_extensions = 0\n");
  request_interrupt();
  const Said stopped = call(scene.command);
  clear_interrupt();
  CHECK(stopped.code == kExitInterrupted);
  CHECK_THAT(stopped.err, contains("Call again to continue"));
  CHECK(scene.log().empty());
  CHECK_FALSE(std::filesystem::exists(scene.results() / "rates.ini"));
  REQUIRE(call(scene.command).code == 0);
  const auto whole = scene.log();

  // A kill after four runs: the same rates, five runs more.
  std::string text;
  for (std::size_t i = 0; i < 4; ++i) text += json_line(whole[i]);
  const std::string rates = scene.rates();
  write_file_atomically(scene.results() / "tuning.jsonl", text);
  REQUIRE(call(scene.command).code == 0);
  const auto again = scene.log();
  REQUIRE(again.size() == whole.size());
  const auto chosen = [](const std::string& ini) { return ini.substr(ini.find("\n[cell.")); };
  CHECK(chosen(scene.rates()) == chosen(rates));
  for (const auto& record : again)
    CHECK(std::ranges::count_if(whole, [&](const auto& other) {
            return other["hash"] == record["hash"] && other["value"] == record["value"];
          }) == 1);
}

TEST_CASE("bad input to tune gets one sentence", "[tune]") {
  const TuningScene scene;
  check_refused({"tune"}, 2, {"claim is missing"});
  check_refused({"tune", (scene.directory / "none").string()}, 5, {"is no claim"});
  check_refused(scene.command, 2, {"no section [tuning]"});
  scene.write_tuning("learning_rates = 1, 2\n");
  check_refused(scene.command, 2, {"expected 3 or more"});
  scene.write_tuning("learning_rates = 1, 2, 3\nmetric = acuracy\n");
  check_refused(scene.command, 2, {"unknown metric acuracy; did you mean accuracy?"});
  write_claim_file(scene.claim, TinyClaim{.presets = "[preset.tiny]\nseeds = 200\n",
                                          .more = "[tuning]\nlearning_rates = 1, 2, 3\n"});
  check_refused(scene.command, 2, {"seed 101 is one of those reported (1 ... 200)"});
  check_refused(with(scene.command, {"--preset=tinny"}), 2, {"given before"});
}

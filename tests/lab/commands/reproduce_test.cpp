// SPDX-License-Identifier: MIT
#include "looplab/lab/commands/reproduce.hpp"

#include "support/claim_files.hpp"
#include "support/program_call.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("reproduce runs claims and writes a report; again it only reads", "[program]") {
  const TemporaryDirectory directory;
  write_claim(directory / "claims");
  const std::vector<std::string> command{"reproduce",
                                         "--preset",
                                         "tiny",
                                         "--claims=" + (directory / "claims").string(),
                                         "--out=" + (directory / "out").string(),
                                         "--threads=1"};
  const Said first = call(command);
  CAPTURE(first.err);
  CHECK(first.code == 0);
  for (const char* part : {"Loops help.", "verdict", "exchange rate", "effective parameters",
                           "without embeddings", "FLOP per token", "report.html", "vectors of"})
    CHECK_THAT(first.out, contains(part));
  CHECK(std::filesystem::exists(directory / "out" / "report.html"));
  const std::string csv = read_file(directory / "out" / "results.csv");
  CHECK(std::ranges::count(csv, '\n') == 10);

  const Said second = call(command);
  CHECK(second.code == 0);
  CHECK_THAT(second.out, contains("9 of 9 runs had been done before"));
  CHECK(read_file(directory / "out" / "results.csv") == csv);
  CHECK(call(with(command, {"--strict"})).code == kExitNotReproduced);
  CHECK(call({"run", (directory / "claims" / "loops_help").string() + "/", "--preset=other",
              "--seeds=1", "--out=" + (directory / "out1").string()})
            .code == 0);
  CHECK(std::ranges::count(read_file(directory / "out1" / "results.csv"), '\n') == 4);
}

TEST_CASE("quick runs the claims of the summary, every other preset those that have it",
          "[program]") {
  const TemporaryDirectory directory;
  write_claim(directory.path());
  ReproduceOptions options;
  options.claims = directory.path().string();
  std::filesystem::copy(directory / "loops_help", directory / "other_claim");
  const std::vector<std::string> both{"loops_help", "other_claim"}, marked{"other_claim"};
  CHECK(chosen_claims(options) == both);  // none is marked
  write_text(directory / "other_claim" / "claim.ini",
             read_file(directory / "loops_help" / "claim.ini") + "[claim]\nsummary = true\n");
  CHECK(chosen_claims(options) == marked);
  options.preset = "tiny";
  CHECK(chosen_claims(options) == both);
  write_text(directory / "other_claim" / "claim.ini",
             read_file(directory / "other_claim" / "claim.ini") + "[preset.standard]\nseeds = 4\n");
  options.preset = "standard";
  CHECK(chosen_claims(options) == marked);
  options.preset = "standrd";
  CHECK_THROWS_WITH(chosen_claims(options), contains("unknown preset standrd; did you mean"));
  options.preset = "quick";
  options.only = "loops_help";
  CHECK(chosen_claims(options) == std::vector<std::string>{"loops_help"});
}

TEST_CASE("runs made again are compared with those recorded", "[program]") {
  const TemporaryDirectory directory;
  write_claim(directory / "claims");
  const auto command = [&](const char* out) {
    return std::vector<std::string>{"reproduce", "--preset=tiny", "--threads=1",
                                    "--claims=" + (directory / "claims").string(),
                                    "--out=" + (directory / out).string()};
  };
  CHECK_THAT(call(with(command("a"), {"--rerun"})).out, contains("has a recorded reference"));
  CHECK(call(with(command("a"), {"--record"})).code == 0);
  const Said again = call(with(command("b"), {"--rerun"}));
  CHECK_THAT(again.out, contains("Same as the reference: 9 of 9 runs, bit for bit."));
  CHECK_FALSE(contains("had been done before").match(again.out));
}

TEST_CASE("--seeds does not reach seeds that have been looked at", "[program]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory / "claims");
  write_claim_file(claim, "[preset.fresh]\nseeds = 2\nlooked_at = 4-9\n");
  check_refused({"run", claim.string(), "--preset=fresh", "--seeds=4",
                 "--out=" + (directory / "out").string()},
                kExitConfig, {"seeds 1 ... 4 are to confirm, but 4 ... 9 have been looked at"});
}

TEST_CASE("an interrupted reproduction says how to go on", "[program]") {
  const TemporaryDirectory directory;
  write_claim(directory / "claims");
  request_interrupt();
  const Said said =
      call({"reproduce", "--preset=tiny", "--claims=" + (directory / "claims").string(),
            "--out=" + (directory / "out").string()});
  clear_interrupt();
  CHECK(said.code == 130);
  CHECK_THAT(said.err, contains("Call again to continue"));
}

TEST_CASE("a reproduction may stop by the clock, and be recorded", "[program]") {
  const TemporaryDirectory directory;
  const auto kept = results_folder(write_claim(directory / "claims"), "tiny");
  const std::vector<std::string> command{"reproduce",
                                         "--preset=tiny",
                                         "--threads=1",
                                         "--claims=" + (directory / "claims").string(),
                                         "--out=" + (directory / "out").string(),
                                         "--record"};
  const Said stopped = call(with(command, {"--minutes=0.0000001"}));
  CHECK(stopped.code == 0);
  CHECK_THAT(stopped.out, contains("time limit reached; 0 of 9 runs are done, 9 are left and") &&
                              contains("Call again to continue"));
  CHECK_FALSE(std::filesystem::exists(directory / "out" / "report.html"));
  CHECK(call(command).code == 0);
  const std::string csv = read_file(directory / "out" / "results.csv");
  std::filesystem::remove_all(directory / "out");
  const Said again = call(with(command, {"--minutes=0.0000001"}));
  CHECK_THAT(again.out, contains("9 of 9 runs had been done before"));
  CHECK(read_file(directory / "out" / "results.csv") == csv);
  CHECK(ResultRows(kept / "rows.jsonl").rows().size() == 9);
  CHECK_THAT(read_file(kept / "verdict.md"), contains("9 of 9 runs"));
  std::filesystem::remove(kept / "rows.jsonl");
  std::filesystem::create_directory(kept / "rows.jsonl");
  check_refused(command, kExitFile, {"rows.jsonl"});
}

TEST_CASE("what all claims say together is recorded when all of them are chosen", "[program]") {
  const TemporaryDirectory directory;
  const auto claims = directory / "claims";
  const auto first = write_claim(claims);
  std::filesystem::copy(first, claims / "another_claim", std::filesystem::copy_options::recursive);
  const std::vector<std::string> command{"reproduce", "--preset=tiny",
                                         "--claims=" + claims.string(), "--record",
                                         "--out=" + (directory / "out").string()};
  const auto recorded = [&] {
    return std::filesystem::exists(claims / "results" / "tiny" / "exchange_rates.svg");
  };
  CHECK(call(with(command, {"--only=another_claim"})).code == 0);
  CHECK_FALSE(recorded());
  CHECK(call(command).code == 0);
  CHECK(recorded() == std::filesystem::exists(directory / "out" / "exchange_rates.svg"));
}

TEST_CASE("--no-run makes verdicts from the recorded runs alone", "[program]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory / "claims");
  const std::vector<std::string> command{"reproduce", "--preset=tiny", "--no-run",
                                         "--claims=" + (directory / "claims").string(),
                                         "--out=" + (directory / "out").string()};
  const Said none = call(command);
  CHECK(none.code == 0);
  CHECK_THAT(none.out, contains("no results"));
  CHECK_FALSE(std::filesystem::exists(directory / "out" / "runs"));
  // A claim that shares its runs with one of the same plan has the rows of that one.
  std::filesystem::copy(claim, directory / "claims/another_claim");
  CHECK(call({"run", claim.string(), "--preset=tiny", "--record",
              "--out=" + (directory / "made").string()})
            .code == 0);
  CHECK(call(command).code == 0);
  CHECK(std::ranges::count(read_file(directory / "out" / "results.csv"), '\n') == 19);
}

TEST_CASE("bad input to reproduce gets one sentence", "[program]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory / "claims");
  const std::string claims = "--claims=" + (directory / "claims").string(),
                    out = "--out=" + (directory / "out").string();
  check_refused({"reproduse"}, 2, {"did you mean reproduce?"});
  check_refused({"reproduce", "--presett=tiny"}, 2, {"did you mean preset?"});
  check_refused({"reproduce", claims, out, "--preset=tyni"}, 2,
                {"unknown preset tyni; did you mean tiny?", "other, tiny"});
  check_refused({"reproduce", claims, out, "--preset=tiny", "--only=loop_help"}, 2,
                {"unknown claim loop_help", "loops_help"});
  check_refused({"reproduce", claims, out, "--preset=tiny", "--seeds=-1", "--threads=9999"}, 2,
                {"seeds is -1", "threads is 9999"});
  check_refused({"reproduce", claims, out, "--seeds=three"}, 2, {"a whole number"});
  check_refused({"reproduce", "--claims=" + (directory / "none").string()}, 5, {"none"});
  check_refused({"claims", "--claims=" + (directory / "none").string()}, 5,
                {"is no folder", "--claims"});
  check_refused({"run"}, 2, {"claim is missing"});
  check_refused({"run", claim.string(), claims, "--only=loops_help"}, 2,  // it has its claim
                {"unknown option claims", "unknown option only"});
  check_refused({"run", (directory / "none").string()}, 5, {"is no claim"});
  write_text(directory / "blocked", "a file");
  check_refused({"reproduce", claims, "--preset=tiny", "--out=" + (directory / "blocked").string()},
                5, {(directory / "blocked").string()});
  check_refused(
      {"reproduce", claims, "--preset=tiny", "--out=" + (directory / "blocked" / "below").string()},
      5, {"cannot be"});
  write_claim_file(claim, "[cell.2x1]\nmodel.num_lops = 3\nmodel.d_model = 9\n");
  check_refused({"reproduce", claims, out, "--preset=tiny"}, 2,
                {"claim.ini:", "did you mean model.num_loops?"});
}

TEST_CASE("a run that fails gives its exit code after the report", "[program]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory / "claims");
  const std::string out = (directory / "out").string();
  const auto runs = plan_runs({load_claim(claim, "tiny")}, out);
  write_text(runs[0].directory, "a file where a directory should be");
  const Said said = call({"reproduce", "--preset=tiny", "--threads=1",
                          "--claims=" + (directory / "claims").string(), "--out=" + out});
  CHECK(said.code == kExitFile);
  CHECK_THAT(said.err, contains("1x1-s1"));
  CHECK_THAT(read_file(directory / "out" / "report.html"), contains("A run failed"));
}

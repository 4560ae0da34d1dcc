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
  for (const char* part : {"Loops help.", "verdict", "gap closed", "effective parameters",
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

TEST_CASE("quick runs the gap-closed set, every other preset all claims", "[program]") {
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
  options.preset = "standard";
  CHECK(chosen_claims(options) == both);
  options.preset = "quick";
  options.only = "loops_help";
  CHECK(chosen_claims(options) == std::vector<std::string>{"loops_help"});
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

TEST_CASE("the verdict on one claim of a family is that among all of them", "[program]") {
  const TemporaryDirectory directory;
  const auto claims = directory / "claims", claim = write_claim(claims);
  write_claim_file(claim, "[claim]\nfamily = loops\n");
  std::filesystem::copy(claim, claims / "others_help");
  write_claim_file(claims / "others_help",
                   "[claim]\nfamily = loops\n[train]\nweight_decay = 0.3\n");
  const auto verdict = [&](const std::vector<std::string>& selection) {
    const std::vector<std::string> command{"reproduce", "--preset=tiny", "--threads=1", "--record",
                                           "--claims=" + claims.string(),
                                           "--out=" + (directory / "out").string()};
    CHECK(call(with(command, selection)).code == 0);
    return read_file(results_folder(claim, "tiny") / "verdict.md");
  };
  const std::string alone = verdict({"--only=loops_help"});
  CHECK_THAT(alone, contains("# Preliminary: Loops help.") &&
                        contains("2 primary endpoints of the 2 claims of family loops") &&
                        contains("not measured yet in others_help"));
  const std::string among_all = verdict({});
  CHECK_FALSE(contains("reliminary").match(among_all));
  CHECK_THAT(among_all, contains("in its family"));
  CHECK(verdict({"--only=loops_help"}) == among_all);
}

TEST_CASE("the figure of gaps is recorded with the whole gap-closed set", "[program]") {
  const TemporaryDirectory directory;
  const auto claims = directory / "claims";
  const auto first = write_claim(claims);
  std::filesystem::copy(first, claims / "another_claim", std::filesystem::copy_options::recursive);
  write_text(first / "claim.ini", read_file(first / "claim.ini") + "[claim]\nsummary = true\n");
  CHECK(summary_claims(claims) == std::vector{first.filename().string()});
  const auto run = [&](const std::string& only) {
    CHECK(call({"reproduce", "--preset=tiny", "--claims=" + claims.string(), "--record",
                "--out=" + (directory / "out").string(), "--only=" + only})
              .code == 0);
    return std::filesystem::exists(claims / "results" / "tiny" / "gap_closed.svg");
  };
  CHECK_FALSE(run("another_claim"));
  CHECK(run(first.filename().string()) ==
        std::filesystem::exists(directory / "out" / "gap_closed.svg"));
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

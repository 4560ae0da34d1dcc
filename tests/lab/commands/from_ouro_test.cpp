// SPDX-License-Identifier: MIT
#include "looplab/lab/commands/from_ouro.hpp"

#include "support/model_variants.hpp"
#include "support/program_call.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("from-ouro says what a checkpoint is and what it predicts", "[program][ouro]") {
  const TemporaryDirectory directory;
  const std::string folder = (directory / "ouro").string();
  LoopedTransformerConfig config = model_variants()[0].config;
  config.exit_gate = true;
  const TinyModel<float> tiny(config);
  export_ouro(tiny.model, folder);

  const Said plain = call({"from-ouro", folder});
  CAPTURE(plain.err, plain.out);
  CHECK(plain.code == 0);
  CHECK_THAT(plain.out,
             contains("[model]\nvocab_size = 5\n") && contains("num_loops = 3\n") &&
                 contains("norm_placement = sandwich\n") &&
                 contains(concat(tiny.parameters.num_parameters(), " unique parameters (")));
  CHECK_THAT(plain.out, !contains("likeliest"));

  const auto file = directory / "said.safetensors";
  const Said said =
      call({"from-ouro", folder, "--tokens=1,4,0", "--loops=2", "--out=" + file.string()});
  CAPTURE(said.err, said.out);
  CHECK(said.code == 0);
  const std::vector<Token> tokens{1, 4, 0};
  const auto expected = predict_per_loop(tiny.model, {1, 3, tokens}, 2);
  const float* last = expected.logits.data() + (2 * 3 - 1) * 5;
  const auto best = std::max_element(last, last + 5) - last;
  const double exits = static_cast<double>(expected.exit_probabilities(1, 2));
  const std::string row = said.out.substr(said.out.find("\n   2  " + fixed(exits, 4)) + 1);
  CHECK_THAT(row.substr(0, 31), contains(concat(' ', best, " 0.")));
  SafetensorsFile written(file);
  CHECK(std::ranges::equal(written.load<Token>("tokens"), tokens));
  CHECK(written.shape("logits") == Shape{2, 3, 5});
  CHECK(std::ranges::equal(written.load<float>("logits"), expected.logits));
  CHECK(std::ranges::equal(written.load<float>("exit_probabilities"), expected.exit_probabilities));
}

TEST_CASE("the five likeliest tokens stand with their probabilities", "[ouro]") {
  const float logits[] = {0, 3, 1, 2, -1, 4, 1};
  const std::vector<TableCell> five = likeliest_tokens(logits, 7);
  REQUIRE(five.size() == 5);
  CHECK(five[0].text.starts_with("5 0.61"));
  const std::vector<TableCell> two = likeliest_tokens(logits, 2);
  REQUIRE(two.size() == 2);
  CHECK(two[0].text == "1 0.9526");
  CHECK(two[1].text == "0 0.0474");
}

TEST_CASE("from-ouro refuses what it cannot read in one sentence", "[program][ouro]") {
  const TemporaryDirectory directory;
  const std::string folder = (directory / "ouro").string();
  const TinyModel<float> tiny(model_variants()[0].config);
  export_ouro(tiny.model, folder);
  check_refused({"from-ouro"}, kExitConfig, {"from-ouro: the folder of a checkpoint is missing"});
  check_refused({"from-ouro", folder + "s"}, kExitFile, {"ouros/config.json: cannot be read"});
  check_refused({"from-ouro", folder, "--out=x"}, kExitConfig, {"--out needs --tokens"});
  check_refused({"from-ouro", folder, "--tokens=1,5"}, kExitShape, {"5"});
  check_refused({"from-ouro", folder, "--tokens=1,-1"}, kExitConfig, {"tokens is -1, expected 0"});
  check_refused({"from-ouro", folder, "--tokens=one"}, kExitConfig,
                {"tokens is \"one\", expected whole numbers"});
  check_refused({"from-ouro", folder, "--tokens=0,0,0,0,0,0,0,0,0"}, kExitShape,
                {"window of 9 positions, max_sequence_length is 8"});
  std::filesystem::remove(std::filesystem::path(folder) / kSafetensorsName);
  check_refused({"from-ouro", folder}, kExitFile, {"ouro: has neither model.safetensors nor"});
}

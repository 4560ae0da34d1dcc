// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/claim_reader.hpp"

#include "support/catch.hpp"
#include "support/experiment_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("a claim is read with its cells, endpoints and gaps", "[experiment]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory.path());
  CHECK(claim_names(directory.path()) == std::vector<std::string>{"loops_help"});
  CHECK(preset_names(claim) == std::vector<std::string>{"other", "tiny"});
  const Claim experiment = load_claim(claim, "tiny");
  CHECK(experiment.text.title == "Loops help.");
  CHECK(experiment.seeds == 3);
  REQUIRE(experiment.cells.size() == 3);
  CHECK(experiment.cells[0].name == "1x1");
  CHECK(experiment.cells[0].label == "baseline");
  CHECK(experiment.cells[1].config.model.num_loops == 2);
  CHECK(experiment.cells[2].config.model.num_block_layers == 2);
  CHECK(experiment.cells[2].config.train.num_steps == 4);
  REQUIRE(experiment.endpoints.size() == 2);
  CHECK(experiment.endpoints[0].name == "loops_help");
  CHECK(experiment.endpoints[0].size == 0.3);
  CHECK(experiment.endpoints[0].primary);
  CHECK(experiment.endpoints[1].kind == EndpointKind::null);
  REQUIRE(experiment.gaps.size() == 1);
  CHECK(experiment.gaps[0].iso_flop == "2x1");
  const Settings fewer_steps{{"train.num_steps", "2", "command line"}};
  CHECK(load_claim(claim, "tiny", fewer_steps).cells[1].config.train.num_steps == 2);
}

TEST_CASE("expectations of a preset replace the common ones", "[experiment]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory.path());
  write_text(claim / "expected.tiny.ini",
             "[endpoint.only]\nmetric = accuracy\ncell = 1x2\nbaseline = 1x1\n");
  CHECK(load_claim(claim, "tiny").endpoints.at(0).name == "only");
  CHECK(load_claim(claim, "other").endpoints.size() == 2);
  CHECK(preset_names(claim) == std::vector<std::string>{"other", "tiny"});
}

TEST_CASE("a preset may judge a claim by a metric of its own", "[experiment]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory.path());
  write_text(claim / "other.ini", kTinyPreset + "[claim]\nmetric = loss\n");
  CHECK(load_claim(claim, "other").text.metric == "loss");
  CHECK(load_claim(claim, "other").text.title == "Loops help.");
  CHECK(load_claim(claim, "other").cells.size() == 3);
  CHECK(load_claim(claim, "tiny").text.metric == "accuracy");
  write_text(claim / "other.ini", kTinyPreset + "[claim]\nmetric = none\n");
  CHECK_THROWS_WITH(load_claim(claim, "other"), contains("metric"));
  write_text(claim / "other.ini", kTinyPreset + "[claim]\nmetrics = loss\n");
  CHECK_THROWS_WITH(load_claim(claim, "other"), contains("metrics"));
}

TEST_CASE("learning rates that were tuned replace those of their preset", "[experiment]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory.path());
  const auto rate = [&](const std::string& preset, std::size_t cell, const auto&... more) {
    return load_claim(claim, preset, more...).cells.at(cell).config.train.learning_rate;
  };
  write_text(claim / "tuning.ini", "[tuning]\n");
  write_text(claim / "rates.tiny.ini", "[cell.1x2]\ntrain.learning_rate = 0.25\n");
  CHECK(preset_names(claim) == std::vector<std::string>{"other", "tiny"});
  CHECK(rate("tiny", 1) == 0.25);
  CHECK(rate("tiny", 0) == TrainerConfig{}.learning_rate);
  CHECK(rate("other", 1) == TrainerConfig{}.learning_rate);
  CHECK(rate("tiny", 1, Settings{}, Rates::preset) == TrainerConfig{}.learning_rate);
  CHECK(rate("tiny", 1, Settings{{"train.learning_rate", "0.5", "command line"}}) == 0.5);
  write_text(claim / "rates.tiny.ini",
             "[cell.1x3]\ntrain.learning_rate = 1\n[cell.1x2]\ntrain.num_steps = 9\n");
  CHECK_THROWS_WITH(rate("tiny", 0),
                    contains("rates.tiny.ini:2: unknown key cell.1x3.train.learning_rate") &&
                        contains("unknown key cell.1x2.train.num_steps"));
}

TEST_CASE("what is wrong with a claim is said in one message", "[experiment]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory.path());
  const auto load = [&] { return load_claim(claim, "tiny"); };
  CHECK_THROWS_WITH(load_claim(claim, "tinny"),
                    contains("unknown preset tinny; did you mean tiny?"));
  CHECK_THROWS_AS(load_claim(directory / "none", "tiny"), FileError);
  CHECK_THROWS_AS(claim_names(directory / "none"), FileError);

  write_text(claim / "tiny.ini", "seed = 3\n" + kTinyPreset +
                                     "model.num_lops = 2\n[cell.bad]\nmodel.d_model = 7\n"
                                     "model.num_heads = 2\n[modle]\nd_model = 8\n");
  CHECK_THROWS_AS(load(), ConfigError);
  CHECK_THROWS_WITH(load(), contains("tiny.ini:1: unknown key seed; did you mean seeds?") &&
                                contains("unknown key modle; did you mean model?") &&
                                contains("did you mean model.num_loops?") &&
                                contains("d_model 7 is not divisible"));
  write_text(claim / "tiny.ini", "seeds = 0\n[task]\nkind = k_hop_induction\n");
  CHECK_THROWS_WITH(load(), contains("seeds is 0") && contains("no section [cell.NAME]"));
}

TEST_CASE("claim.ini may ask for figures and have the paper's values", "[experiment]") {
  const TemporaryDirectory directory;
  const auto claim = write_claim(directory.path());
  const std::string words = read_file(claim / "claim.ini");
  CHECK_FALSE(load_claim(claim, "tiny").text.summary);
  write_text(claim / "claim.ini", words +
                                      "summary = true\n[published]\n1x2 = 0.98\n12x1 = 0.9\n"
                                      "[figure.sweep]\nkind = sweep\nx = model.num_loops\n");
  const Claim experiment = load_claim(claim, "tiny");
  CHECK(experiment.text.title == "Loops help.");
  CHECK(experiment.text.summary);
  REQUIRE(experiment.published.size() == 2);
  CHECK(experiment.published[1].name == "12x1");
  CHECK(experiment.published[1].value == 0.9);
  REQUIRE(experiment.figures.size() == 1);
  CHECK(experiment.figures[0].name == "sweep");
  CHECK(experiment.figures[0].x == "model.num_loops");
  write_text(claim / "claim.ini", words + "[publised]\n1x2 = 0.98\n[published]\n1x1 = high\n");
  CHECK_THROWS_WITH(load_claim(claim, "tiny"),
                    contains("unknown key publised; did you mean published?") &&
                        contains("published value 1x1 is \"high\", expected a number"));
}

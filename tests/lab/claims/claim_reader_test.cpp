// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/claim_reader.hpp"

#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {
struct ClaimScene {
  TemporaryDirectory directory;
  std::filesystem::path claim = write_claim(directory.path());

  [[nodiscard]] Claim load(const std::string& more, const std::string& preset = "tiny") const {
    write_claim_file(claim, more);
    return load_claim(claim, preset);
  }
};
}  // namespace

TEST_CASE("a claim is read with its cells, endpoints and exchange rates", "[claim]") {
  const ClaimScene scene;
  CHECK(claim_names(scene.directory.path()) == std::vector<std::string>{"loops_help"});
  CHECK(preset_names(scene.claim) == std::vector<std::string>{"other", "tiny"});
  const Claim claim = load_claim(scene.claim, "tiny");
  CHECK(claim.text.title == "Loops help.");
  CHECK(claim.seeds.count == 3);
  REQUIRE(claim.cells.size() == 3);
  CHECK(claim.cells[0].name == "1x1");
  CHECK(claim.cells[0].label == "baseline");
  CHECK(claim.cells[1].label == "1 layer, 2 loops");
  CHECK(claim.cells[1].config.model.num_loops == 2);
  CHECK(claim.cells[2].config.model.num_block_layers == 2);
  CHECK(claim.cells[2].config.train.num_steps == 4);
  REQUIRE(claim.endpoints.size() == 2);
  CHECK(claim.endpoints[0].name == "loops_help");
  CHECK(claim.endpoints[0].size == 0.3);
  CHECK(claim.endpoints[0].primary);
  CHECK(claim.endpoints[1].kind == EndpointKind::null);
  REQUIRE(claim.exchanges.size() == 1);
  CHECK(claim.exchanges[0].ladder == "1x1, 2x1");
  const Settings fewer_steps{{"train.num_steps", "2", "command line"}};
  CHECK(load_claim(scene.claim, "tiny", fewer_steps).cells[1].config.train.num_steps == 2);
}

TEST_CASE("a preset changes cells, words and expectations, and selects among them", "[claim]") {
  const ClaimScene scene;
  const std::string other =
      "[preset.other]\nclaim.metric = loss\ncells = 1x*\nendpoints = loops_help\nexchanges = none\n"
      "cell.1x2.train.num_steps = 8\nendpoint.loops_help.size = 0.5\n"
      "[preset.other.cell.1x4]\nmodel.num_loops = 4\n";
  write_claim_file(scene.claim, TinyClaim{.presets = "[preset.tiny]\nseeds = 3\n" + other});
  const Claim tiny = load_claim(scene.claim, "tiny"), changed = load_claim(scene.claim, "other");
  CHECK(tiny.text.metric == "accuracy");
  CHECK(tiny.cells.size() == 3);
  CHECK(tiny.endpoints.size() == 2);
  CHECK(changed.text.metric == "loss");
  CHECK(changed.text.title == "Loops help.");
  REQUIRE(changed.cells.size() == 3);
  CHECK(changed.cells[1].config.train.num_steps == 8);
  CHECK(changed.cells[2].name == "1x4");
  REQUIRE(changed.endpoints.size() == 1);
  CHECK(changed.endpoints[0].size == 0.5);
  CHECK(changed.exchanges.empty());
}

TEST_CASE("cells come from grids, their settings and labels from patterns as well", "[claim]") {
  const ClaimScene scene;
  const Claim claim = scene.load(
      "[grid]\ncell.{k}x{R}_long = kxR: 1x4 3x1\n[cell.*_long]\ntrain.num_steps = 8\n"
      "[label]\n3x* = three\n*_long = {shape}, width {model.d_model}, {steps} steps\n");
  REQUIRE(claim.cells.size() == 5);
  CHECK(claim.cells[0].name == "1x4_long");  // those of the grid come first
  CHECK(claim.cells[0].label == "1 layer, 4 loops, width 8, 8 steps");
  CHECK(claim.cells[0].config.train.num_steps == 8);
  CHECK(claim.cells[1].config.model.num_block_layers == 3);
  CHECK(claim.cells[2].config.train.num_steps == 4);
  CHECK_THROWS_WITH(scene.load("[label]\n5x1 = five\n[cell.*_lng]\ntrain.num_steps = 8\n"),
                    contains("label 5x1 matches no cell") &&
                        contains("cell.*_lng matches no cell of any preset"));
  CHECK_THROWS_WITH(scene.load("[label]\n1x2 = {modl.d_model}\n"),
                    contains("has the placeholder {modl.d_model}"));
}

TEST_CASE("compare names the cells of an endpoint as a formula", "[claim]") {
  const ClaimScene scene;
  const Claim claim = scene.load("[endpoint.more]\ncompare = 2x1 - 1x1\n");
  REQUIRE(claim.endpoints.size() == 3);
  CHECK(claim.endpoints[2].cell == "2x1");
  CHECK(claim.endpoints[2].baseline == "1x1");
  CHECK(claim.endpoints[2].metric == "accuracy");  // the claim's
  CHECK_THROWS_WITH(scene.load("[endpoint.more]\ncompare = 2x1\n"),
                    contains("compare is \"2x1\", expected CELL - BASELINE"));
}

TEST_CASE("a cell may have fewer seeds than its claim", "[claim]") {
  const ClaimScene scene;
  const Claim claim = scene.load("[cell.1x?]\nseeds = 2\n");
  CHECK(num_seeds(claim, claim.cells[0]) == 2);
  CHECK(num_seeds(claim, claim.cells[2]) == 3);
  CHECK(num_runs(claim) == 7);
  CHECK_THROWS_WITH(scene.load("[cell.1x?]\nseeds = 0\n"),
                    contains("seeds is 0, expected a whole number in 1 ... 1000"));
}

TEST_CASE("a preset may be made from another, with its learning rates", "[claim]") {
  const ClaimScene scene;
  write_text(results_folder(scene.claim, "tiny") / "rates.ini",
             "[cell.1x2]\ntrain.learning_rate = 0.25\n");
  const Claim pilot =
      scene.load("[preset.pilot]\nfrom = tiny\nseeds = 2\nfirst_seed = 101\n", "pilot");
  CHECK(pilot.seeds.first == 101);
  CHECK(pilot.cells.at(1).config.train.learning_rate == 0.25);
}

TEST_CASE("learning rates that were tuned replace those of the claim file", "[claim]") {
  const ClaimScene scene;
  const auto rate = [&](const std::string& preset, std::size_t cell, const auto&... more) {
    return load_claim(scene.claim, preset, more...).cells.at(cell).config.train.learning_rate;
  };
  const auto rates = results_folder(scene.claim, "tiny") / "rates.ini";
  write_text(rates, "[cell.1x2]\ntrain.learning_rate = 0.25\n");
  CHECK(rate("tiny", 1) == 0.25);
  CHECK(rate("tiny", 0) == TrainerConfig{}.learning_rate);
  CHECK(rate("other", 1) == TrainerConfig{}.learning_rate);
  CHECK(rate("tiny", 1, Settings{}, Rates::preset) == TrainerConfig{}.learning_rate);
  CHECK(rate("tiny", 1, Settings{{"train.learning_rate", "0.5", "command line"}}) == 0.5);
  write_text(rates, "[cell.1x3]\ntrain.learning_rate = 1\n[cell.1x2]\ntrain.num_steps = 9\n");
  CHECK_THROWS_WITH(rate("tiny", 0),
                    contains("rates.ini:2: unknown key cell.1x3.train.learning_rate") &&
                        contains("unknown key cell.1x2.train.num_steps"));
}

TEST_CASE("smoke has the cells, rates and expectations of quick, cut short", "[claim]") {
  const ClaimScene scene;
  write_claim_file(scene.claim, "[preset.quick]\ntrain.num_steps = 400\nseeds = 5\n");
  write_text(results_folder(scene.claim, "quick") / "rates.ini",
             "[cell.1x2]\ntrain.learning_rate = 0.25\n");
  const Claim smoke = load_claim(scene.claim, "smoke");
  CHECK(smoke.preset == "smoke");
  CHECK(smoke.seeds.count == 2);
  REQUIRE(smoke.cells.size() == 3);
  CHECK(smoke.cells[1].config.train.learning_rate == 0.25);
  CHECK(smoke.cells[1].config.train.num_steps == 40);
  CHECK(smoke.endpoints.size() == 2);
  write_claim_file(scene.claim, "[preset.standard]\nseeds = 5\n");
  CHECK(load_claim(scene.claim, "smoke").seeds.count == 1);
}

TEST_CASE("what is wrong with a claim is said in one message", "[claim]") {
  const ClaimScene scene;
  CHECK_THROWS_WITH(load_claim(scene.claim, "tinny"),
                    contains("loops_help: unknown preset tinny; did you mean tiny?"));
  CHECK_THROWS_AS(load_claim(scene.directory / "none", "tiny"), FileError);
  CHECK_THROWS_AS(claim_names(scene.directory / "none"), FileError);
  CHECK_THROWS_WITH(scene.load("[cell.2x1]\nmodel.num_lops = 2\n[cell.bad]\nmodel.d_model = 7\n"
                               "model.num_heads = 2\n[grid]\ncell.x = model.d_modl: 8\n"),
                    contains("did you mean model.num_loops?") &&
                        contains("d_model 7 is not divisible") &&
                        contains("grid: unknown key model.d_modl; did you mean model.d_model?"));
  write_claim_file(scene.claim, TinyClaim{.cells = "", .presets = "[preset.tiny]\nseeds = 0\n"});
  CHECK_THROWS_WITH(load_claim(scene.claim, "tiny"),
                    contains("seeds is 0") && contains("preset tiny has no cells"));
}

TEST_CASE("claim.ini may ask for figures and have the paper's values", "[claim]") {
  const ClaimScene scene;
  CHECK_FALSE(scene.load("").text.summary);
  const Claim claim = scene.load(
      "[claim]\nsummary = true\nalpha = 0.05\n[published]\n1x2 = 0.98\n12x1 = 0.9\n"
      "[figure.sweep]\nkind = sweep\nx = model.num_loops\n");
  CHECK(claim.text.summary);
  CHECK(confidence_of(claim, claim.endpoints[0]) == 0.95);
  REQUIRE(claim.published.size() == 2);
  CHECK(claim.published[1].name == "12x1");
  CHECK(claim.published[1].value == 0.9);
  REQUIRE(claim.figures.size() == 1);
  CHECK(claim.figures[0].name == "sweep");
  CHECK(claim.figures[0].x == "model.num_loops");
  CHECK_THROWS_WITH(scene.load("[published]\n1x1 = high\n"),
                    contains("published value 1x1 is \"high\", expected a number"));
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/claim_file.hpp"

#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {
struct FileScene {
  TemporaryDirectory directory;
  std::filesystem::path claim = directory / "claim";

  [[nodiscard]] ClaimFile read(const std::string& text) const {
    write_text(claim / "claim.ini", text);
    return read_claim_file(claim);
  }
};
}  // namespace

TEST_CASE("a preset has the settings of the claim, and its own over them", "[claim_file]") {
  const FileScene scene;
  const ClaimFile file = scene.read(
      "seeds = 3\n[train]\nnum_steps = 4\n[preset.quick]\nseeds = 5\ntrain.batch_size = 8\n"
      "[preset.quick.cell.1x4]\nlabel = loop\n[preset.paper]\ntrain.num_steps = 100\n");
  CHECK(file.preset_names() == std::vector<std::string>{"paper", "quick", "smoke"});
  CHECK(last_value(file.at("quick"), "seeds") == "5");
  CHECK(last_value(file.at("quick"), "train.num_steps") == "4");
  CHECK(last_value(file.at("quick"), "cell.1x4.label") == "loop");
  CHECK(last_value(file.at("smoke"), "seeds") == "5");
  CHECK(last_value(file.at("paper"), "seeds") == "3");
  CHECK(last_value(file.at("paper"), "train.num_steps") == "100");
  CHECK(file.at("paper").back().where == "claim.ini:10");
  const ClaimFile standard =
      scene.read("[preset.standard]\nseeds = 5\n[preset.pilot]\nseeds = 2\n");
  CHECK(standard.preset_names() == std::vector<std::string>{"pilot", "smoke", "standard"});
  CHECK(last_value(standard.at("smoke"), "seeds") == "5");
  CHECK(results_folder("a/b", "quick") == std::filesystem::path("a/b/results/quick"));
}

TEST_CASE("a preset made from another has that one's settings, and its own over them",
          "[claim_file]") {
  const FileScene scene;
  const ClaimFile file = scene.read(
      "[preset.standard]\nseeds = 8\ntrain.num_steps = 4\n"
      "[preset.pilot]\nfrom = standard\nseeds = 3\n");
  CHECK(last_value(file.at("pilot"), "seeds") == "3");
  CHECK(last_value(file.at("pilot"), "train.num_steps") == "4");
  CHECK(last_value(file.at("pilot"), "from").empty());
  CHECK(file.source_of("pilot") == "standard");
  CHECK(file.source_of("standard") == "standard");
}

TEST_CASE("a file goes over what it includes, which may include more", "[claim_file]") {
  const FileScene scene;
  write_text(scene.directory / "inner.ini", "[train]\nnum_steps = 1\nbatch_size = 2\n");
  write_text(scene.directory / "shared.ini", "include = inner.ini\n[train]\nnum_steps = 3\n");
  write_text(scene.directory / "other.ini", "[preset.quick]\nseeds = 2\n");
  const ClaimFile file =
      scene.read("include = ../shared.ini, ../other.ini\n[train]\nschedule = cosine\n");
  CHECK(last_value(file.common, "train.num_steps") == "3");
  CHECK(last_value(file.common, "train.batch_size") == "2");
  CHECK(last_value(file.common, "train.schedule") == "cosine");
  CHECK(last_value(file.at("quick"), "seeds") == "2");
  CHECK_THROWS_WITH(scene.read("seeds = 1\ninclude = ../shred.ini\n"),
                    contains("claim.ini:2: include is ../shred.ini, expected a file relative to"));
  write_text(scene.directory / "inner.ini", "include = shared.ini\n");
  CHECK_THROWS_WITH(scene.read("include = ../shared.ini\n"),
                    contains("inner.ini:1: include leads in a circle: shared.ini -> inner.ini -> "
                             "shared.ini"));
}

TEST_CASE("names select sections in their order, a name wins over a pattern", "[claim_file]") {
  const Settings settings = parse_ini(
      "[cell.1x4]\ntrain.num_steps = 4\n[cell.*]\ntrain.num_steps = 1\ntrain.batch_size = 1\n"
      "[cell.1x1]\nlabel = a\n[cell.2x1_long]\nlabel = b\n",
      "claim.ini");
  Problems problems;
  const auto names = [&](const std::string& selection) {
    return selected_names(settings, "cell", selection, problems);
  };
  CHECK(names("") == std::vector<std::string>{"1x4", "1x1", "2x1_long"});
  CHECK(names("*_long, 1x?") == std::vector<std::string>{"2x1_long", "1x4", "1x1"});
  CHECK(names("none").empty());
  CHECK(problems.empty());
  CHECK(last_value(settings_of(settings, "cell", "1x4"), "train.num_steps") == "4");
  CHECK(last_value(settings_of(settings, "cell", "1x4"), "train.batch_size") == "1");
  CHECK(last_value(settings_of(settings, "cell", "1x1"), "train.num_steps") == "1");
  (void)names("1x4, 3x3");
  CHECK_THROWS_WITH(problems.throw_if_any(), contains("cells: unknown cell 3x3"));
}

TEST_CASE("each mistake in a claim file has its own sentence, with its line", "[claim_file]") {
  const FileScene scene;
  CHECK_THROWS_WITH(scene.read("[modle]\nd_model = 8\n"),
                    contains("claim.ini:2: unknown section modle; did you mean model?"));
  CHECK_THROWS_WITH(scene.read("seed = 8\n"),
                    contains("claim.ini:1: unknown key seed; did you mean seeds?"));
  CHECK_THROWS_WITH(
      scene.read("[preset.quick]\ntrian.num_steps = 8\n"),
      contains("claim.ini:2: unknown section of a preset trian; did you mean train?"));
  CHECK_THROWS_WITH(scene.read("[preset]\nquick = 8\n"), contains("expected [preset.NAME]"));
  CHECK_THROWS_WITH(scene.read("[preset.a.preset.b]\nseeds = 8\n"),
                    contains("claim.ini:2: a preset has presets"));
  CHECK_THROWS_WITH(scene.read("seeds = 3\n[preset.quick]\nseeds = 3\n"),
                    contains("claim.ini:3: [preset.quick] changes nothing"));
  CHECK_THROWS_WITH(scene.read("seeds = 3\n[preset.quick]\n[preset.paper]\nseeds = 4\n"),
                    contains("claim.ini:2: [preset.quick] changes nothing"));
  CHECK_THROWS_WITH(scene.read("[preset.smoke]\nseeds = 3\n"),
                    contains("claim.ini:2: preset smoke is made from quick or standard by a rule"));
  CHECK_THROWS_WITH(scene.read("seeds = 3\n[preset.pilot]\nfrom = standrd\nseeds = 2\n"),
                    contains("claim.ini:3: preset pilot is made from standrd, expected another"));
  CHECK_THROWS_AS(read_claim_file(scene.directory / "none"), FileError);
}

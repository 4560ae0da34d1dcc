// SPDX-License-Identifier: MIT
//
// The committed rows are found by the hash of their configuration. This test fails where a change to
// the code or to a claim file renames a run.
#include <set>
#include <sstream>

#include "looplab/lab/config/run_identity.hpp"
#include "looplab/lab/runs/run_plan.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

namespace {
const std::filesystem::path kGolden = LOOPLAB_TEST_DATA_DIR;

/// "claim<TAB>preset<TAB>cell<TAB>hash" of every cell with its tuned learning rate and seed 1;
/// smoke, whose runs are never recorded, is left out.
std::set<std::string> present_hashes(const std::filesystem::path& claims) {
  std::set<std::string> lines;
  for (const std::string& name : claim_names(claims))
    for (const std::string& preset : preset_names(claims / name)) {
      if (preset == "smoke") continue;
      Claim claim = load_claim(claims / name, preset);
      for (Cell& cell : claim.cells) {
        cell.config.train.seed = 1;
        lines.insert(concat(name, '\t', preset, '\t', cell.name, '\t', short_hash(cell.config)));
      }
    }
  return lines;
}
}  // namespace

TEST_CASE("every run of a committed claim keeps its hash", "[claim][golden]") {
  std::istringstream golden(read_file(kGolden / "run_hashes.tsv"));
  std::string line;
  std::getline(golden, line);
  REQUIRE(line == "claim\tpreset\tcell\thash");
  std::set<std::string> present = present_hashes(kGolden / ".." / ".." / "experiments");
  while (std::getline(golden, line)) {
    INFO(line << "\nis not among the runs of experiments/: its committed rows would be lost");
    CHECK(present.erase(line) == 1);
  }
  for (const std::string& more : present)
    FAIL_CHECK(more << "\nis missing in tests/golden/run_hashes.tsv: add the line");
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/report/cells_table.hpp"

#include "looplab/lab/claims/claim_reader.hpp"
#include "looplab/lab/config/run_cost.hpp"
#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/made_results.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("every cell stands beside the value of the paper, which may have more", "[cells_table]") {
  const TemporaryDirectory directory;
  Claim claim = load_claim(write_claim(directory.path()), "tiny");
  claim.published = {{"1x2", 0.98}, {"12x1", 0.9}};
  std::vector<RunResult> results;
  add_cell(results, "1x2", 0.9);
  for (RunResult& result : results) {
    result.claim = claim.name;
    result.wall_seconds = 20;
  }
  results[0].stale = true;
  const Table table = cells_table(claim, ClaimResults(claim.name, results))
                          .without({"label", "parameters", "without embeddings",
                                    "effective parameters", "FLOP per token", "FLOP of training"});
  const std::string text = markdown_text(table);
  CHECK_THAT(text, contains("| cell | k x R | exposures per person | accuracy | answer_nats | "
                            "seeds | paper | seconds per run |"));
  CHECK_THAT(text, contains("| 1x1 | 1 x 1 |  | no results |  | 0 |  |  |"));
  CHECK_THAT(text, contains("| 1x2 | 1 x 2 |  | 0.920 ± 0.025 | 0.080 ± 0.025 | 3; 1 stale | "
                            "0.980 | 20.0 |"));
  CHECK_THAT(text, contains("| 12x1 |  |  |  |  |  | 0.900 |  |"));
}

TEST_CASE("the shape holds the loops of training and, where others were judged, those too",
          "[cells_table]") {
  const TemporaryDirectory directory;
  const std::filesystem::path folder = write_claim(directory.path());
  write_claim_file(folder,
                   "[cell.more]\nmodel.num_loops = 1\ntrain.num_loops = 3\n"
                   "[cell.judged]\ntrain.num_loops = 6\nevaluation.num_loops = 5\n");
  const std::string text =
      markdown_text(cells_table(load_claim(folder, "tiny"), {"loops_help", {}}).without({"label"}));
  CHECK_THAT(text, contains("| more | 1 x 3 |") && contains("| judged | 1 x 6; judged with 5 |"));
}

// SPDX-License-Identifier: MIT
#include "looplab/lab/report/verdict_table.hpp"

#include "looplab/lab/report/text_table.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {

Verdicts made_verdicts() {
  EndpointRow row;
  row.claim = "claim";
  row.title = "Loops help.";
  row.endpoint.name = "loops_help";
  row.endpoint.metric = "accuracy";
  row.endpoint.cell = "1x4";
  row.endpoint.baseline = "1x1";
  row.endpoint.primary = true;
  row.difference = {3, 0.5, 0.4, 0.6};
  row.p = 0.001;
  row.corrected_p = 0.004;
  row.verdict = stats::Verdict::reproduced;
  row.note = "a | b";
  GapRow gap{"claim", {}, {0.9, 0.8, 1.0, ""}, {{}, 0, 0, "no results"}, 3};
  gap.gap.label = "manipulation: hops";
  gap.gap.metric = "accuracy";
  gap.gap.loop = "1x4";
  gap.gap.iso_parameter = "1x1";
  gap.gap.iso_flop = "4x1";
  GapRow other = gap;
  other.claim = "other";
  other.gap.label = "elsewhere";
  return {{row}, {gap, other}, {{"loops", {"claim", "other"}, {"other"}, 1}}};
}

}  // namespace

TEST_CASE("the table on the terminal says what was measured and how sure it is",
          "[verdict_table]") {
  const Verdicts verdicts = made_verdicts();
  const std::string table = terminal_text(verdict_table(verdicts)) +
                            terminal_text(gap_table(verdicts)) + correction_text(verdicts);
  for (const char* part :
       {"Loops help.", "loops_help (primary)", "+0.500 [0.400, 0.600]", "p 0.0010,",
        "0.0040 in its", "a | b", "reproduced", "gap closed", "elsewhere", "accuracy: 0.900",
        "undefined: no results", "over the 1 primary endpoint of the 2 claims of family loops.",
        "Preliminary: a primary endpoint is not measured yet in other, counted with p = 1."})
    CHECK_THAT(table, contains(part));
}

TEST_CASE("the tables in Markdown are those of one claim, with every sign safe",
          "[verdict_table]") {
  const Verdicts verdicts = made_verdicts();
  const std::string text =
      markdown_text(verdict_table(verdicts, "claim")) + markdown_text(gap_table(verdicts, "claim"));
  CHECK_THAT(text,
             contains("| loops_help (primary) | accuracy: 1x4 - 1x1 > 0 | +0.500 [0.400, 0.600], "
                      "3 seeds; p 0.0010, 0.0040 in its family; a \\| b | reproduced |"));
  CHECK_THAT(text, contains("| manipulation: hops | (1x4 - 1x1) / (4x1 - 1x1) | accuracy: 0.900 "
                            "[0.800, 1.00] | undefined: no results |"));
  CHECK(text.find("elsewhere") == std::string::npos);
}

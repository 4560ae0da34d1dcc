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
  row.endpoint.size = 0.3;
  row.endpoint.power = "0.95 with 3 seeds";
  row.measured = true;
  row.estimate = {3, 0.5, 0.4, 0.6, 0.99};
  row.p = 0.001;
  row.size = SizeReached::by_interval;
  row.verdict = stats::Verdict::reproduced;
  row.notes = {"a | b"};
  ExchangeRow exchange{"claim",
                       {},
                       {stats::LadderPlace::on, 2.0, 0.5, 0.4, 0.6, ""},
                       {stats::LadderPlace::undefined, 0, 0, 0, 0, "no results"},
                       3};
  exchange.exchange.label = "k hops: 1 x 4";
  exchange.exchange.metric = "accuracy";
  exchange.exchange.cell = "1x4";
  exchange.exchange.ladder = "1x1, 4x1";
  ExchangeRow other = exchange;
  other.claim = "other";
  other.exchange.label = "elsewhere";
  return {{row}, {exchange, other}};
}

}  // namespace

TEST_CASE("the table on the terminal says what was measured and how sure it is",
          "[verdict_table]") {
  const Verdicts verdicts = made_verdicts();
  const std::string table =
      terminal_text(verdict_table(verdicts)) + terminal_text(exchange_table(verdicts));
  for (const char* part :
       {"Loops help.", "loops_help (primary)", "+0.500 [0.400, 0.600]", "p 0.0010;", "99.0 %",
        "power: 0.95", "a | b", "reproduced", "exchange rate", "elsewhere", "accuracy: 0.500",
        "undefined: no results"})
    CHECK_THAT(table, contains(part));
}

TEST_CASE("the tables in Markdown are those of one claim, with every sign safe",
          "[verdict_table]") {
  const Verdicts verdicts = made_verdicts();
  const std::string text = markdown_text(verdict_table(verdicts, "claim")) +
                           markdown_text(exchange_table(verdicts, "claim"));
  CHECK_THAT(text,
             contains("| loops_help (primary) | accuracy: 1x4 - 1x1 >= 0.3; power: 0.95 with 3 "
                      "seeds | +0.500 [0.400, 0.600], 3 seeds; p 0.0010; at least 0.3: yes, "
                      "with the whole interval; 99.0 % interval; a \\| b | reproduced |"));
  CHECK_THAT(text,
             contains("| k hops: 1 x 4 | 1x4 | 1x1, 4x1 | accuracy: 0.500 [0.400, 0.600], worth "
                      "2.00 layers | undefined: no results | 3 |"));
  CHECK(text.find("elsewhere") == std::string::npos);
}

TEST_CASE("an effect and its size, or shares of runs, are stated apart", "[verdict_table]") {
  EndpointRow row;
  row.endpoint.size = 0.3;
  row.estimate.count = 3;
  row.p = 0.04;
  CHECK(statements_text(row) == "p 0.0400");
  row.size = SizeReached::by_mean;
  CHECK(statements_text(row) == "p 0.0400; at least 0.3: yes, by its mean");
  row.size = SizeReached::no;
  row.p.reset();
  CHECK(statements_text(row) == "at least 0.3: no");
  CHECK(shares_text({{11, 15}, {0, 10}}) == "11 of 15 - 0 of 10");
}

TEST_CASE("the verdict on a claim is that on its primary endpoints", "[verdict_table]") {
  Verdicts verdicts = made_verdicts();
  CHECK(claim_verdict_text(verdicts, "claim") ==
        "loops_help: reproduced, +0.500 [0.400, 0.600], 3 seeds");
  verdicts.endpoints[0].measured = false;
  CHECK(claim_verdict_text(verdicts, "claim").starts_with("preliminary: loops_help: "));
  CHECK(claim_verdict_text(verdicts, "other") == "no primary endpoint");
}

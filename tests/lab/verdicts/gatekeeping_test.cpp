// SPDX-License-Identifier: MIT
#include "looplab/lab/verdicts/gatekeeping.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

namespace {

EndpointRow made_row(const std::string& name, bool primary, stats::Verdict verdict) {
  EndpointRow row;
  row.endpoint.name = name;
  row.endpoint.primary = primary;
  row.verdict = verdict;
  return row;
}

}  // namespace

TEST_CASE("a primary endpoint counts only if those before it are reproduced", "[gatekeeping]") {
  using enum stats::Verdict;
  std::vector<EndpointRow> rows{
      made_row("first", true, reproduced),      made_row("reported", false, not_reproduced),
      made_row("second", true, inconclusive),   made_row("third", true, reproduced),
      made_row("fourth", true, not_reproduced), made_row("also_reported", false, reproduced)};
  keep_gate(rows);
  CHECK(rows[0].verdict == reproduced);
  CHECK(rows[1].verdict == not_reproduced);
  CHECK(rows[2].verdict == inconclusive);
  CHECK(rows[3].verdict == inconclusive);
  CHECK(rows[3].notes.at(0) ==
        "would be reproduced on its own, but second, stated before it, is not");
  CHECK(rows[4].verdict == not_reproduced);
  CHECK(rows[4].notes.empty());
  CHECK(rows[5].verdict == reproduced);  // reported ones neither close the gate nor pass it
}

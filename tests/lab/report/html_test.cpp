// SPDX-License-Identifier: MIT
#include "looplab/lab/report/html.hpp"

#include "looplab/lab/report/verdict_table.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("names cannot break out of the page", "[html]") {
  CHECK(html_text("<a & \"b\">") == "&lt;a &amp; &quot;b&quot;&gt;");
}

TEST_CASE("large numbers are written for people", "[html]") {
  CHECK(html_number("1234567") == "1&#8239;234&#8239;567");
  CHECK(html_number("123") == "123");
  CHECK(html_number("1.26e+13") == "1.26·10<sup>13</sup>");
  CHECK(html_number("1.2e+06") == "1.2·10<sup>6</sup>");
  for (const char* same : {"", "0.500", "-1234", "0.920 ± 0.025", "no e+ here"})
    CHECK(html_number(same) == same);
}

TEST_CASE("every verdict has a colour that the style knows", "[html]") {
  for (const stats::Verdict verdict :
       {stats::Verdict::reproduced, stats::Verdict::not_reproduced, stats::Verdict::inconclusive,
        stats::Verdict::beyond_budget}) {
    const TableCell cell = verdict_cell(verdict);
    CHECK(html_cell(cell, Align::left) ==
          concat("<span class=\"v ", cell.badge, "\">", to_text(verdict), "</span>"));
    CHECK(kReportStyle.find(concat('.', cell.badge, '{')) != std::string_view::npos);
  }
}

TEST_CASE("a table in HTML has numbers on the right and details in small letters", "[html]") {
  Table table({"<name>"}, {"size"});
  table.add({{"a", "one <b>\ntwo"}, 12345});
  table.add({{"", "only details"}, "12 ± 3"});
  CHECK(html_text(table) ==
        "<div class=\"scroll\"><table><tr><th>&lt;name&gt;</th><th class=\"n\">size</th></tr>\n"
        "<tr><td>a<br><small>one &lt;b&gt;<br>two</small></td>"
        "<td class=\"n\">12&#8239;345</td></tr>\n"
        "<tr><td><small>only details</small></td><td class=\"n\">12 ± 3</td></tr>\n"
        "</table></div>\n");
}

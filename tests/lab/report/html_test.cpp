// SPDX-License-Identifier: MIT
#include "looplab/lab/report/html.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("names cannot break out of the page", "[html]") {
  CHECK(html_text("<a & \"b\">") == "&lt;a &amp; &quot;b&quot;&gt;");
}

TEST_CASE("large numbers are written for people", "[html]") {
  CHECK(grouped(1234567) == "1&#8239;234&#8239;567");
  CHECK(grouped(123) == "123");
  CHECK(html_number(1.26e13) == "1.3·10<sup>13</sup>");
  CHECK(html_number(0.5) == "0.500");
}

TEST_CASE("every verdict has a colour that the style knows", "[html]") {
  for (const stats::Verdict verdict :
       {stats::Verdict::reproduced, stats::Verdict::not_reproduced, stats::Verdict::inconclusive,
        stats::Verdict::beyond_budget}) {
    const std::string word = badge(verdict);
    CHECK_THAT(word, looplab_test::contains(to_text(verdict)));
    const std::size_t begin = word.find("v ") + 2;
    const std::string kind = word.substr(begin, word.find('"', begin) - begin);
    CHECK(kReportStyle.find(concat('.', kind, '{')) != std::string_view::npos);
  }
}

// SPDX-License-Identifier: MIT
//
// Text and numbers as HTML, and the style of the report.
#pragma once

#include <cmath>
#include <iomanip>
#include <sstream>
#include <string>
#include <string_view>

#include "looplab/lab/report/short_text.hpp"

namespace looplab::lab {

/// The text with HTML's special characters escaped.
[[nodiscard]] inline std::string html_text(std::string_view text) {
  std::string safe;
  for (char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

/// "1.2·10^9", as HTML.
[[nodiscard]] inline std::string html_number(double value) {
  if (std::abs(value) < 1e6) return short_number(value);
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << value / std::pow(10.0, exponent) << "·10<sup>"
       << exponent << "</sup>";
  return text.str();
}

/// A whole number in groups of three digits, as HTML.
[[nodiscard]] inline std::string grouped(Index value) {
  std::string text = to_text(value);
  for (std::size_t i = text.size(); i > 3; text.insert(i, "&#8239;")) i -= 3;
  return text;
}

/// A verdict as a coloured word.
[[nodiscard]] inline std::string badge(stats::Verdict verdict) {
  constexpr std::array<std::string_view, 4> kKinds{"reproduced", "not", "inconclusive", "beyond"};
  return concat("<span class=\"v ", kKinds[static_cast<std::size_t>(verdict)], "\">",
                to_text(verdict), "</span>");
}

/// The content of the <style> element.
inline constexpr std::string_view kReportStyle =
    "body{font:16px/1.5 system-ui,Helvetica,Arial,sans-serif;color:#222;background:#fff;margin:0}"
    "main{max-width:66rem;margin:0 auto;padding:2rem 1.2rem}h1{font-size:1.7rem;margin:0 0 .3rem}"
    "h2{font-size:1.25rem;margin:2.6rem 0 .4rem;border-top:1px solid #ddd;padding-top:1.4rem}"
    "h3{font-size:1rem;margin:1.6rem 0 .3rem}p{margin:.4rem 0}.lead{font-size:1.05rem}"
    "table{border-collapse:collapse;width:100%;margin:.8rem 0;font-size:.9rem}"
    "th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;border-bottom:1px solid "
    "#e4e4e4}"
    "th{background:#f6f6f6;font-weight:600}td.n,th.n{text-align:right;white-space:nowrap}"
    ".scroll{overflow-x:auto}small,.small{color:#666;font-size:.85rem}"
    ".v{display:inline-block;padding:.1rem .55rem;border-radius:1rem;white-space:nowrap;"
    "font-weight:600;font-size:.85rem}.reproduced{background:#d9f0e3;color:#0b5c36}"
    ".not{background:#f9dcd6;color:#8a2310}.inconclusive{background:#eee;color:#444}"
    ".beyond{background:#dfe9f5;color:#234a75}"
    ".warn{background:#fff4d6;padding:.5rem .8rem;border-left:4px solid #e0a800}"
    "figure{margin:1rem 0}figure svg{width:100%;height:auto;display:block}"
    "figcaption{color:#555;font-size:.88rem;max-width:46rem}code{font-size:.88em}";

}  // namespace looplab::lab

// SPDX-License-Identifier: MIT
//
// Text, numbers and tables as HTML, and the style of the report.
#pragma once

#include <string>
#include <string_view>

#include "looplab/lab/report/table.hpp"

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

/// The text of a number: digits of a whole one in groups of three, "1.2e+09" as 1.2·10^9. Other text
/// is only escaped.
[[nodiscard]] inline std::string html_number(std::string_view number) {
  std::string text = html_text(number);
  if (const std::size_t e = text.find("e+"); e != std::string::npos && text.find(' ') > e)
    return concat(text.substr(0, e), "·10<sup>", std::stoi(text.substr(e + 2)), "</sup>");
  if (text.find_first_not_of("0123456789") == std::string::npos)
    for (std::size_t i = text.size(); i > 3; text.insert(i, "&#8239;")) i -= 3;
  return text;
}

/// A cell: its badge around the text, then the details in small letters, one per line.
[[nodiscard]] inline std::string html_cell(const TableCell& cell, Align align) {
  std::string html = align == Align::right ? html_number(cell.text) : html_text(cell.text);
  if (!cell.badge.empty()) html = concat("<span class=\"v ", cell.badge, "\">", html, "</span>");
  if (cell.small.empty()) return html;
  std::string small = html_text(cell.small);
  for (std::size_t i = 0; (i = small.find('\n', i)) != std::string::npos;)
    small.replace(i, 1, "<br>");
  return concat(html, html.empty() ? "" : "<br>", "<small>", small, "</small>");
}

/// The table as an element that scrolls sideways where the page is narrow.
[[nodiscard]] inline std::string html_text(const Table& table) {
  std::string html = "<div class=\"scroll\"><table>";
  for (std::size_t r = 0; r <= table.num_rows(); ++r) {
    html += "<tr>";
    for (const Column& column : table.columns)
      html +=
          concat(r == 0 ? "<th" : "<td", column.align == Align::right ? " class=\"n\">" : ">",
                 r == 0 ? html_text(column.heading) : html_cell(column.cells[r - 1], column.align),
                 r == 0 ? "</th>" : "</td>");
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
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
    "th{background:#f6f6f6;font-weight:600}td.n,th.n{text-align:right}td.n{white-space:nowrap}"
    "td:first-child{font-weight:600}td "
    "small{font-weight:400}.scroll{overflow-x:auto}small,.small{color:#666;font-size:.85rem}"
    ".v{display:inline-block;padding:.1rem .55rem;border-radius:1rem;white-space:nowrap;"
    "font-weight:600;font-size:.85rem}.reproduced{background:#d9f0e3;color:#0b5c36}"
    ".not{background:#f9dcd6;color:#8a2310}.inconclusive{background:#eee;color:#444}"
    ".beyond{background:#dfe9f5;color:#234a75}"
    ".warn{background:#fff4d6;padding:.5rem .8rem;border-left:4px solid #e0a800}"
    "figure{margin:1rem 0}figure svg{width:100%;height:auto;display:block}"
    "figcaption{color:#555;font-size:.88rem;max-width:46rem}code{font-size:.88em}";

}  // namespace looplab::lab

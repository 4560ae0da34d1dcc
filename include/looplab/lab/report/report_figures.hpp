// SPDX-License-Identifier: MIT
//
// The figures of a report, drawn once: those of each claim, and the one over all claims.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/lab/figures/claim_figures.hpp"
#include "looplab/lab/figures/exchange_plot.hpp"
#include "looplab/lab/report/html.hpp"
#include "looplab/lab/verdicts/verdict.hpp"

namespace looplab::lab {

/// Drawn figures; without gnuplot each has a problem instead of an SVG.
struct ReportFigures {
  Figure exchange_rates;                                 // empty without exchange rates
  std::map<std::string, std::vector<Figure>> of_claims;  // by the claim's name

  /// The figures of a claim that has results, the main one first.
  [[nodiscard]] const std::vector<Figure>& of(const std::string& claim) const {
    static const std::vector<Figure> kNone;
    const auto found = of_claims.find(claim);
    return found == of_claims.end() ? kNone : found->second;
  }
  /// Why figures are missing, each reason once.
  [[nodiscard]] std::set<std::string> problems() const {
    std::set<std::string> all{exchange_rates.problem};
    for (const auto& [claim, figures] : of_claims)
      for (const Figure& figure : figures) all.insert(figure.problem);
    all.erase("");
    return all;
  }
};

/// Draws the figures of all claims with gnuplot, or with `program`.
[[nodiscard]] inline ReportFigures draw_figures(const std::vector<Claim>& claims,
                                                const std::vector<RunResult>& results,
                                                const Verdicts& verdicts,
                                                const std::string& program = "gnuplot") {
  ReportFigures figures;
  if (const FigurePlan plan = exchange_figure(verdicts.exchanges); !plan.script.empty())
    figures.exchange_rates = draw(plan, program);
  for (const Claim& claim : claims)
    for (const FigurePlan& plan : ClaimFigures(claim, results).plans())
      figures.of_claims[claim.name].push_back(draw(plan, program));
  return figures;
}

/// gnuplot's SVG as an element of an HTML page: no prolog, no name spaces, a title for screen readers.
[[nodiscard]] inline std::string inline_svg(std::string svg, const std::string& title) {
  svg.erase(0, std::min(svg.find("<svg"), svg.size()));
  for (std::string_view name : {"xmlns=", "xmlns:xlink="}) {
    const std::size_t begin = svg.find(concat(' ', name));
    if (begin == std::string::npos) continue;
    svg.erase(begin, svg.find('"', svg.find('"', begin) + 1) + 1 - begin);
  }
  const std::string own = "<title>Gnuplot</title>";
  if (const std::size_t i = svg.find(own); i != std::string::npos)
    svg.replace(i, own.size(), "<title>" + title + "</title>");
  return svg;
}

/// A figure with its caption as an element of an HTML page; "" if it could not be drawn.
[[nodiscard]] inline std::string figure_element(const Figure& figure) {
  if (figure.svg.empty()) return "";
  return concat("<figure style=\"max-width:", figure.size.width, "px\">",
                inline_svg(figure.svg, html_text(figure.title)), "<figcaption>",
                html_text(figure.caption), "</figcaption></figure>\n");
}

}  // namespace looplab::lab
